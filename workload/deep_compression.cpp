// The stream format of the networks released with Deep Compression (Han et al., ICLR 2016), as
// their decoder reads it:
//   u32 nnz[L]                    stored entries of each layer with weights
//   per layer: f32 codebook[2^b]  b = 8 if the layer's name contains "conv", else 4; [0] = 0
//              f32 bias[out]
//              codes              nnz * b bits, low nibble first
//              gaps               nnz * 4 bits, low nibble first, padded to a byte
// An entry stands gap + 1 places after the previous one in the row-major (out, in, h, w) tensor.
// Gaps over 15 take filler entries, whose code means 0. The stream does not say what network it is:
// that is taken from a deploy prototxt in the same folder which accounts for every byte of the
// stream, or else it is SqueezeNet v1.0.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>

#include <dirent.h>

#include "caffe_net.hpp"
#include "graph.hpp"
#include "handles.hpp"
#include "image.hpp"
#include "input_file.hpp"
#include "quote.h"
#include "sparse.hpp"
#include "text.hpp"

namespace assay {
namespace {

constexpr uint64_t max_stream_bytes = uint64_t{1} << 30;
constexpr uint64_t max_prototxt_bytes = 1 << 20;
constexpr size_t max_prototxts = 64;

using Bytes = std::vector<uint8_t>;

uint32_t read_u32(const uint8_t* at) {
    return at[0] | at[1] << 8 | at[2] << 16 | static_cast<uint32_t>(at[3]) << 24;
}

float read_f32(const uint8_t* at) {
    uint32_t bits = read_u32(at);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

unsigned nibble(const uint8_t* at, uint64_t i) {
    return at[i / 2] >> (i % 2 * 4) & 15;
}

bool has_weights(const Layer& layer) {
    return layer.op == Op::fc || layer.op == Op::conv;
}

unsigned code_bits(const Layer& layer) {
    return layer.name.find("conv") != std::string::npos ? 8 : 4;
}

// Where the parts of one layer lie. All sums stay below 2^40: nnz is 32 bits, a bias at most 2^24.
struct Section {
    uint64_t nnz, codebook, bias, codes, gaps, end;
};

Section section_at(const Layer& layer, uint64_t begin, uint32_t nnz) {
    unsigned bits = code_bits(layer);
    Section s{nnz, begin, 0, 0, 0, 0};
    s.bias = s.codebook + (uint64_t{4} << bits);
    s.codes = s.bias + uint64_t{4} * matrix_rows(layer);
    s.gaps = s.codes + (s.nnz * bits + 7) / 8;
    s.end = s.gaps + (s.nnz + 1) / 2;
    return s;
}

class StreamReader {
  public:
    StreamReader(const char* path, const Bytes& bytes, assay_report* report)
        : path_(path), bytes_(bytes), report_(report) {}

    // Checks that the layers take exactly the bytes there are, before anything is allocated for
    // them.
    bool plan(const Topology& net) {
        sections_.clear();
        uint64_t count = 0;
        for (const Layer& layer : net.layers) {
            count += has_weights(layer);
        }
        uint64_t at = 4 * count;
        if (at > bytes_.size()) {
            return fail("the header", 0,
                        text("%llu entry counts do not fit the %zu bytes of the file",
                             static_cast<unsigned long long>(count), bytes_.size()));
        }
        for (const Layer& layer : net.layers) {
            if (has_weights(layer) && !plan_layer(layer, at)) {
                return false;
            }
        }
        if (at != bytes_.size()) {
            return fail("the end", at,
                        text("%llu bytes are left after the last layer",
                             static_cast<unsigned long long>(bytes_.size() - at)));
        }
        return true;
    }

    bool decode(Topology& net) {
        size_t i = 0;
        for (Layer& layer : net.layers) {
            if (has_weights(layer) && !decode_layer(layer, sections_[i++])) {
                return false;
            }
        }
        return true;
    }

  private:
    bool fail(const std::string& layer, uint64_t offset, const std::string& message) {
        assay_report_add(report_, "%s: %s at byte %llu: %s", path_, layer.c_str(),
                         static_cast<unsigned long long>(offset), message.c_str());
        return false;
    }

    bool fail(const Layer& layer, uint64_t offset, const std::string& message) {
        return fail("layer " + std::string(assay_quote(layer.name.c_str()).text), offset, message);
    }

    bool plan_layer(const Layer& layer, uint64_t& at) {
        uint64_t count_at = 4 * sections_.size(), weights = stored_weight_count(layer);
        Section s = section_at(layer, at, read_u32(bytes_.data() + count_at));
        if (s.nnz > weights) {
            return fail(layer, count_at,
                        text("%llu stored entries for %llu weights",
                             static_cast<unsigned long long>(s.nnz),
                             static_cast<unsigned long long>(weights)));
        }
        if (s.end > bytes_.size()) {
            return fail(layer, at,
                        text("needs %llu bytes, the file has %llu left",
                             static_cast<unsigned long long>(s.end - at),
                             static_cast<unsigned long long>(bytes_.size() - at)));
        }
        sections_.push_back(s);
        at = s.end;
        return true;
    }

    bool read_floats(const Layer& layer, const char* what, uint64_t begin, uint64_t end,
                     std::vector<float>& out) {
        for (uint64_t at = begin; at < end; at += 4) {
            out.push_back(read_f32(bytes_.data() + at));
            if (!std::isfinite(out.back())) {
                return fail(layer, at, std::string(what) + " value is not finite");
            }
        }
        return true;
    }

    bool decode_layer(Layer& layer, const Section& s) {
        std::vector<float> codebook;
        std::vector<SparseEntry> entries;
        if (!read_floats(layer, "codebook", s.codebook, s.bias, codebook) ||
            !read_floats(layer, "bias", s.bias, s.codes, layer.weights.bias)) {
            return false;
        }
        if (codebook[0] != 0) {
            return fail(
                layer, s.codebook,
                text("codebook entry 0 must be 0, not %g", static_cast<double>(codebook[0])));
        }
        if (!decode_entries(layer, s, codebook, entries)) {
            return false;
        }
        std::vector<float> bias = std::move(layer.weights.bias);
        layer.weights = stored_weights(sparse_from_entries(matrix_rows(layer), matrix_cols(layer),
                                                           entries, std::move(codebook)),
                                       std::string(path_) + ": " + layer.name);
        layer.weights.bias = std::move(bias);
        return true;
    }

    bool decode_entries(const Layer& layer, const Section& s, const std::vector<float>& codebook,
                        std::vector<SparseEntry>& entries) {
        const uint8_t* codes = bytes_.data() + s.codes;
        const uint8_t* gaps = bytes_.data() + s.gaps;
        bool wide = code_bits(layer) == 8;
        uint32_t row_size = matrix_cols(layer) / layer.groups;
        uint32_t group_rows = matrix_rows(layer) / layer.groups;
        uint64_t weights = stored_weight_count(layer), next = 0;
        entries.reserve(s.nnz);
        for (uint64_t i = 0; i < s.nnz; ++i) {
            uint64_t place = next + nibble(gaps, i);
            next = place + 1;
            if (place >= weights) {
                return fail(layer, s.gaps + i / 2,
                            text("entry %llu is at place %llu of %llu weights",
                                 static_cast<unsigned long long>(i),
                                 static_cast<unsigned long long>(place),
                                 static_cast<unsigned long long>(weights)));
            }
            unsigned code = wide ? codes[i] : nibble(codes, i);
            if (codebook[code] != 0) {
                auto row = static_cast<uint32_t>(place / row_size);
                auto col = static_cast<uint32_t>(place % row_size);
                entries.push_back(
                    {row, row / group_rows * row_size + col, static_cast<uint8_t>(code)});
            }
        }
        return true;
    }

    const char* path_;
    const Bytes& bytes_;
    assay_report* report_;
    std::vector<Section> sections_;
};

std::vector<std::string> prototxts_beside(const char* path) {
    std::string folder = path;
    size_t slash = folder.rfind('/');
    folder = slash == std::string::npos ? "." : folder.substr(0, slash + 1);
    std::vector<std::string> names;
    if (DIR* dir = opendir(folder.c_str())) {
        while (const dirent* entry = readdir(dir)) {
            std::string name = entry->d_name;
            const std::string ending = ".prototxt";
            if (name.size() > ending.size() &&
                name.compare(name.size() - ending.size(), ending.size(), ending) == 0) {
                names.push_back(slash == std::string::npos ? name : folder + name);
            }
        }
        closedir(dir);
    }
    std::sort(names.begin(), names.end()); // the order of a folder is the file system's whim
    names.resize(std::min(names.size(), max_prototxts));
    return names;
}

bool read_prototxt(const char* stream, const std::string& name, const Bytes& bytes, Topology& net,
                   assay_report* report) {
    Bytes content;
    net = {};
    if (read_whole_file(name.c_str(), max_prototxt_bytes, content, report) == ASSAY_OK &&
        read_caffe_net(name, std::string(content.begin(), content.end()), net, report) &&
        StreamReader(stream, bytes, report).plan(net)) {
        return true;
    }
    assay_report_add(report, "%s: does not describe %s", name.c_str(), assay_quote(stream).text);
    return false;
}

// The first network that accounts for every byte. If none does, why not, for each candidate.
bool find_topology(const char* path, const Bytes& bytes, Topology& net, assay_report* report) {
    Report reasons(assay_report_new());
    if (!reasons) {
        throw std::bad_alloc();
    }
    std::vector<std::string> candidates = prototxts_beside(path);
    for (const std::string& name : candidates) {
        if (read_prototxt(path, name, bytes, net, reasons.get())) {
            return true;
        }
    }
    net = squeezenet_topology();
    if (StreamReader(path, bytes, candidates.empty() ? reasons.get() : nullptr).plan(net)) {
        return true;
    }
    assay_report_add(
        report, "%s: no *.prototxt beside it fits, and it is not SqueezeNet v1.0 either", path);
    for (size_t i = 0; i < assay_report_kept(reasons.get()); ++i) {
        assay_report_add(report, "%s", assay_report_text(reasons.get(), i));
    }
    return false;
}

int probe(const char* path, const std::string& head) {
    size_t length = strlen(path);
    bool named = length > 4 && strcmp(path + length - 4, ".net") == 0;
    return named && head.size() >= 4 ? 40 : 0;
}

assay_status load(const char* path, const assay_workload_params& params, assay_workload& out,
                  assay_report* report) {
    Bytes bytes;
    assay_status status = read_whole_file(path, max_stream_bytes, bytes, report);
    if (status != ASSAY_OK) {
        return status;
    }
    Topology net;
    if (!find_topology(path, bytes, net, report)) {
        return ASSAY_BAD_INPUT;
    }
    StreamReader decoder(path, bytes, report);
    if (!decoder.plan(net) || !decoder.decode(net)) {
        return ASSAY_BAD_INPUT;
    }
    out.name = net.name.empty() ? file_stem(path) : net.name;
    out.input_shape = net.input;
    out.layers = std::move(net.layers);
    Preprocess caffe; // blue, green, red; the means of the ImageNet training set
    caffe.bgr = true;
    caffe.subtract = {104, 117, 123};
    return make_image_input(params, caffe, out, report);
}

} // namespace

extern const Importer importer_deep_compression;
const Importer importer_deep_compression = {
    {"deep-compression", "a network in the released Deep Compression stream format (.net)"},
    probe,
    load,
};

} // namespace assay
