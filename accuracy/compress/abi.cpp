// The compression of include/assay/accuracy.h.
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <memory>

#include "compressed_workload.hpp"
#include "compression.hpp"
#include "contract.h"
#include "environment.hpp"
#include "guarded.hpp"
#include "mask.hpp"
#include "quote.h"
#include "safetensors_writer.hpp"
#include "text_file.hpp"

namespace assay {
namespace {

constexpr uint64_t compress_cookie = 0x636f6d7072657373; // "compress"
constexpr double max_epochs = 1000, max_rate = 10, max_quality = 10;
constexpr unsigned max_bits = 8, max_steps = 100, max_batch = 4096;

void check_real(const char* name, double value, double high, assay_report* report) {
    if (!(value >= 0 && value <= high)) {
        assay_report_add(report, "%s: %g, legal: 0 .. %g", name, value, high);
    }
}

void check_uint(const char* name, unsigned value, unsigned low, unsigned high,
                assay_report* report) {
    if (value < low || value > high) {
        assay_report_add(report, "%s: %u, legal: %u .. %u", name, value, low, high);
    }
}

assay_status check_settings(const assay_compress_settings& s, assay_report* report) {
    ASSAY_REQUIRE(s.cookie == compress_cookie);
    const size_t mistakes = assay_report_count(report);
    if (s.out == nullptr || s.out[0] == '\0') {
        assay_report_add(report, "out: missing");
    }
    check_real("density", s.density, 1, report);
    check_real("quality", s.quality, max_quality, report);
    check_real("prune_epochs", s.prune_epochs, max_epochs, report);
    check_real("share_epochs", s.share_epochs, max_epochs, report);
    check_real("rate", s.rate, max_rate, report);
    check_real("share_rate", s.share_rate, max_rate, report);
    check_uint("codebook_bits", s.codebook_bits, 0, max_bits, report);
    check_uint("gap_bits", s.gap_bits, 1, max_bits, report);
    check_uint("steps", s.steps, 1, max_steps, report);
    check_uint("batch", s.batch, 1, max_batch, report);
    return assay_report_count(report) == mistakes ? ASSAY_OK : ASSAY_BAD_INPUT;
}

// Streams hold what machines multiply: real weights with the norms folded into them.
assay_status check_parameters(const Model& model, assay_report* report) {
    for (size_t i = 0; i < model.size(); ++i) {
        const Parameters& p = model.parameters[i];
        const char* what = p.integers.present()                               ? "integer weights"
                           : p.norm.present() && is_matrix(model.layer(i).op) ? "a norm not folded"
                                                                              : nullptr;
        if (what) {
            assay_report_add(report, "layer %s: has %s and cannot be compressed",
                             assay_quote(model.layer(i).name.c_str()).text, what);
            return ASSAY_BAD_INPUT;
        }
    }
    return ASSAY_OK;
}

PipelineSettings pipeline_settings(const assay_accuracy& env, const assay_compress_settings& s) {
    PipelineSettings out;
    out.gap_bits = s.gap_bits;
    out.prune_steps = s.steps;
    out.prune_epochs = s.prune_epochs;
    out.share_epochs = s.share_epochs;
    out.training.rate = s.rate;
    out.share_rate = s.share_rate;
    out.training.batch = s.batch;
    out.training.augment = s.augment;
    out.training.images = s.images;
    out.training.seed = s.seed;
    out.images = env.settings.images;
    if (s.progress != nullptr) {
        out.progress = [&s](const char* stage, uint64_t done, uint64_t total, double loss) {
            return s.progress(s.user, stage, done, total, loss);
        };
    }
    return out;
}

std::string file_name(const std::string& network) {
    std::string out = network;
    for (char& c : out) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
        c = plain || (c == '.' && &c != &out[0]) ? c : '_';
    }
    return out;
}

// NAME.json and NAME.safetensors that no compression wrote are, as likely as not, the network
// itself.
assay_status check_folder(const assay_workload& workload, const char* folder,
                          assay_report* report) {
    const std::string stem = std::string(folder) + "/" + file_name(workload.name);
    if (access((stem + ".compressed.safetensors").c_str(), F_OK) == 0) {
        return ASSAY_OK;
    }
    assay_status status = ASSAY_OK;
    for (const char* ending : {".json", ".safetensors"}) {
        if (access((stem + ending).c_str(), F_OK) == 0) {
            assay_report_add(report,
                             "%s: is there already and not of a compression; name another folder",
                             assay_quote((stem + ending).c_str()).text);
            status = ASSAY_BAD_INPUT;
        }
    }
    return status;
}

assay_status write_streams(const CompressedNetwork& network, const std::string& path,
                           assay_report* report) {
    return write_text_file(path.c_str(), std::string(network.bytes.begin(), network.bytes.end()),
                           report);
}

assay_status write_files(const assay_workload& workload, const Compression& found,
                         const char* folder, assay_compression& out, assay_report* report) {
    const std::string name = file_name(workload.name);
    const std::string stem = std::string(folder) + "/" + name;
    const assay_workload own = detached_names(workload);
    out.workload_path = stem + ".json";
    assay_status status = write_streams(found.network, stem + ".compressed.safetensors", report);
    if (status == ASSAY_OK) {
        status = save_parameters(own, found.parameters, (stem + ".safetensors").c_str(), report);
    }
    if (status == ASSAY_OK) {
        const std::string text =
            compressed_workload_text(own, found.parameters, found.codings, name + ".safetensors");
        status = write_text_file(out.workload_path.c_str(), text, report);
    }
    return status == ASSAY_OK ? write_text_file((stem + ".report.json").c_str(), out.json, report)
                              : status;
}

// A threshold keeps what the density of as many weights keeps.
assay_status plan_by_quality(const Model& model, const assay_compress_settings& s,
                             std::vector<LayerPlan>& plans, assay_report* report) {
    const assay_status status = plan_uniform(*model.workload, 1, s.codebook_bits, plans, report);
    for (size_t i = 0; i < plans.size() && status == ASSAY_OK; ++i) {
        const std::vector<float>& weight = model.parameters[i].weight;
        if (plans[i].codebook_bits > 0 && !weight.empty()) {
            plans[i].density = static_cast<double>(count_kept(threshold_mask(weight, s.quality))) /
                               static_cast<double>(weight.size());
        }
    }
    return status;
}

assay_status make_plans(const assay_accuracy& env, const assay_policy* policy,
                        const assay_compress_settings& s, std::vector<LayerPlan>& plans,
                        assay_report* report) {
    if (policy) {
        return plan_by_policy(*env.workload, *policy, plans, report);
    }
    return s.quality > 0 ? plan_by_quality(*env.model, s, plans, report)
                         : plan_uniform(*env.workload, s.density, s.codebook_bits, plans, report);
}

assay_status check_all(const assay_accuracy& env, const assay_policy* policy,
                       const assay_compress_settings& settings, std::vector<LayerPlan>& plans,
                       assay_report* report) {
    const assay_status sound = check_settings(settings, report);
    assay_status status = require_engine(env, "compression", report);
    if (sound != ASSAY_OK || status != ASSAY_OK) {
        return ASSAY_BAD_INPUT;
    }
    status = check_parameters(*env.model, report);
    const assay_status planned = make_plans(env, policy, settings, plans, report);
    return status == ASSAY_OK ? planned : status;
}

assay_status run(assay_accuracy& env, const assay_policy* policy,
                 const assay_compress_settings& settings, assay_compression** out,
                 assay_report* report) {
    PipelineSettings pipeline = pipeline_settings(env, settings);
    assay_status status = check_all(env, policy, settings, pipeline.plans, report);
    status = status == ASSAY_OK ? make_folder(settings.out, report) : status;
    status = status == ASSAY_OK ? check_folder(*env.workload, settings.out, report) : status;
    if (status != ASSAY_OK) {
        return status;
    }
    Compression found;
    status = compress(*env.engine, *env.workload, pipeline, found, report);
    if (status != ASSAY_OK) {
        return status;
    }
    auto result = std::make_unique<assay_compression>();
    summarise(*env.workload, env.data->name, found, *result);
    status = write_files(*env.workload, found, settings.out, *result, report);
    if (status == ASSAY_OK) {
        *out = result.release();
    }
    return status;
}

} // namespace
} // namespace assay

using namespace assay;

assay_compress_settings assay_default_compress_settings(void) {
    assay_compress_settings s{};
    s.gap_bits = 4;
    s.steps = 1;
    s.prune_epochs = s.share_epochs = 1;
    s.rate = 0.001;
    s.share_rate = 0.001;
    s.batch = 64;
    s.augment = true;
    s.seed = 1;
    s.cookie = compress_cookie;
    return s;
}

uint64_t assay_stored_total(const assay_stored_bits* bits) {
    ASSAY_REQUIRE(bits != nullptr);
    return bits->values + bits->index + bits->codebook + bits->tables + bits->bias + bits->header +
           bits->padding;
}

assay_status assay_accuracy_compress(assay_accuracy* env, const assay_policy* policy,
                                     const assay_compress_settings* settings,
                                     assay_compression** out, assay_report* report) {
    ASSAY_REQUIRE(env != nullptr && settings != nullptr && out != nullptr && report != nullptr);
    *out = nullptr;
    return guarded(report, [&] { return run(*env, policy, *settings, out, report); });
}

size_t assay_compression_stage_count(const assay_compression* compression) {
    ASSAY_REQUIRE(compression != nullptr);
    return compression->stages.size();
}

const assay_compress_stage* assay_compression_stage(const assay_compression* compression,
                                                    size_t i) {
    ASSAY_REQUIRE(compression != nullptr && i < compression->stages.size());
    return &compression->stages[i];
}

size_t assay_compression_layer_count(const assay_compression* compression) {
    ASSAY_REQUIRE(compression != nullptr);
    return compression->layers.size();
}

const assay_compress_layer* assay_compression_layer(const assay_compression* compression,
                                                    size_t i) {
    ASSAY_REQUIRE(compression != nullptr && i < compression->layers.size());
    return &compression->layers[i];
}

const assay_compress_layer* assay_compression_total(const assay_compression* compression) {
    ASSAY_REQUIRE(compression != nullptr);
    return &compression->total;
}

uint64_t assay_compression_file_bits(const assay_compression* compression) {
    ASSAY_REQUIRE(compression != nullptr);
    return compression->file_bits;
}

uint64_t assay_compression_header_bits(const assay_compression* compression) {
    ASSAY_REQUIRE(compression != nullptr);
    return compression->header_bits;
}

const char* assay_compression_json(const assay_compression* compression) {
    ASSAY_REQUIRE(compression != nullptr);
    return compression->json.c_str();
}

const char* assay_compression_workload_path(const assay_compression* compression) {
    ASSAY_REQUIRE(compression != nullptr);
    return compression->workload_path.c_str();
}

void assay_compression_free(assay_compression** compression) {
    ASSAY_REQUIRE(compression != nullptr);
    delete *compression;
    *compression = nullptr;
}
