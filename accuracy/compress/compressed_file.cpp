#include "compressed_file.hpp"

#include <algorithm>
#include <set>

#include "contract.h"
#include "quote.h"
#include "safetensors.hpp"
#include "safetensors_writer.hpp"

namespace assay {
namespace {

const char format_name[] = "assay-compressed-1";
const char stream_suffix[] = ".stream", norm_suffix[] = ".norm";

std::vector<float> flat(const Parameters::BatchNorm& norm) {
    std::vector<float> out;
    for (const std::vector<float>* part : {&norm.scale, &norm.shift, &norm.mean, &norm.variance}) {
        out.insert(out.end(), part->begin(), part->end());
    }
    return out;
}

void unflatten(const std::vector<float>& values, Parameters::BatchNorm& norm) {
    auto at = values.begin();
    for (std::vector<float>* part : {&norm.scale, &norm.shift, &norm.mean, &norm.variance}) {
        std::copy_n(at, part->size(), part->begin());
        at += static_cast<ptrdiff_t>(part->size());
    }
}

bool has_stream(const Parameters& p) {
    return !p.weight.empty() || !p.bias.empty();
}

LayerStorage& operator+=(LayerStorage& a, const LayerStorage& b) {
    a.original += b.original;
    a.pruned += b.pruned;
    a.shared += b.shared;
    a.coded += b.coded;
    return a;
}

class Packer {
  public:
    Packer(const assay_workload& workload) : workload_(workload) {
        writer_.set_metadata("format", format_name);
        writer_.set_metadata("network", workload.name);
    }

    void add(size_t layer, const Parameters& p, const Coding& coding) {
        out_.layers.emplace_back();
        out_.streams.emplace_back();
        const std::string& name = workload_.layers[layer].name;
        if (has_stream(p)) {
            out_.streams.back() = put(name + stream_suffix, p.weight, p.bias, coding);
        }
        if (p.norm.present()) {
            put(name + norm_suffix, flat(p.norm), {}, {});
        }
    }

    CompressedNetwork finish() {
        out_.bytes = writer_.bytes();
        out_.header_bits = out_.file_bits() - out_.total().coded.total();
        return std::move(out_);
    }

  private:
    LayerStream put(const std::string& tensor, const std::vector<float>& weights,
                    const std::vector<float>& bias, const Coding& coding) {
        LayerStream stream = write_stream(weights, bias, coding);
        out_.layers.back() += account(weights, bias, coding, stream);
        writer_.add(tensor, "U8", {stream.bytes.size()}, stream.bytes.data(), stream.bytes.size());
        stream.bytes.clear();
        return stream;
    }

    const assay_workload& workload_;
    SafetensorsWriter writer_;
    CompressedNetwork out_;
};

class Unpacker {
  public:
    Unpacker(const Safetensors& file, assay_report* report) : file_(file), report_(report) {}

    void read_layer(const std::string& name, Parameters& p) {
        if (has_stream(p)) {
            read(name + stream_suffix, p.weight, p.bias);
        }
        if (p.norm.present()) {
            std::vector<float> values = flat(p.norm), none;
            read(name + norm_suffix, values, none);
            unflatten(values, p.norm);
        }
    }

    void check_names() {
        if (file_.metadata("format") != format_name) {
            assay_report_add(report_, "%s: metadata format is %s, expected \"%s\"",
                             file_.name().c_str(),
                             assay_quote(file_.metadata("format").c_str()).text, format_name);
        }
        for (const auto& [name, tensor] : file_.tensors()) {
            if (known_.count(name) == 0) {
                assay_report_add(report_, "%s: no layer of the network has the stream %s",
                                 file_.name().c_str(), assay_quote(name.c_str()).text);
            }
        }
    }

  private:
    void read(const std::string& name, std::vector<float>& weights, std::vector<float>& bias) {
        known_.insert(name);
        const Tensor* tensor = file_.require(name.c_str(), "U8", 1, report_);
        StreamContent content;
        const std::string where = file_.name() + ": " + assay_quote(name.c_str()).text;
        if (tensor && read_stream(file_.bytes(*tensor), tensor->count(), weights.size(),
                                  bias.size(), where, content, report_)) {
            weights = std::move(content.weights);
            bias = std::move(content.bias);
        }
    }

    const Safetensors& file_;
    assay_report* report_;
    std::set<std::string> known_;
};

} // namespace

LayerStorage CompressedNetwork::total() const {
    LayerStorage out;
    for (const LayerStorage& layer : layers) {
        out += layer;
    }
    return out;
}

CompressedNetwork compress_network(const assay_workload& workload,
                                   const std::vector<Parameters>& parameters,
                                   const std::vector<Coding>& codings) {
    ASSAY_REQUIRE(parameters.size() == workload.layers.size());
    ASSAY_REQUIRE(codings.size() == workload.layers.size());
    Packer packer(workload);
    for (size_t i = 0; i < parameters.size(); ++i) {
        packer.add(i, parameters[i], codings[i]);
    }
    return packer.finish();
}

assay_status decompress_network(const char* name, std::vector<uint8_t> bytes,
                                const assay_workload& workload, const std::vector<Parameters>& like,
                                std::vector<Parameters>& out, assay_report* report) {
    ASSAY_REQUIRE(like.size() == workload.layers.size());
    Safetensors file;
    assay_status status = file.parse(name, std::move(bytes), report);
    if (status != ASSAY_OK) {
        return status;
    }
    const size_t mistakes = assay_report_count(report);
    Unpacker unpacker(file, report);
    out = like;
    for (size_t i = 0; i < out.size(); ++i) {
        unpacker.read_layer(workload.layers[i].name, out[i]);
    }
    unpacker.check_names();
    return assay_report_count(report) == mistakes ? ASSAY_OK : ASSAY_BAD_INPUT;
}

} // namespace assay
