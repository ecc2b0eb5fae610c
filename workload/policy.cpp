// Policies: files, text and uniform widths.
#include "policy.hpp"

#include <cmath>
#include <cstdio>
#include <memory>
#include <string>

#include "content_hash.hpp"
#include "contract.h"
#include "graph.hpp"
#include "guarded.hpp"
#include "handles.hpp"
#include "json.h"
#include "quote.h"
#include "suggest.h"
#include "text.hpp"
#include "workload.hpp"

namespace assay {
namespace {

constexpr uint64_t most_codebook_bits = 8;

const char* const default_keys[] = {"w_bits", "a_bits", "w_density", "codebook_bits", nullptr};
const char* const layer_keys[] = {"w_bits",        "a_bits",        "w_density",
                                  "codebook_bits", "keep_channels", nullptr};
const char* const weight_keys[] = {"w_density", "codebook_bits", "keep_channels"};

bool is_object(const assay_json* value, const std::string& where, assay_report* report) {
    if (assay_json_kind_of(value) == ASSAY_JSON_OBJECT) {
        return true;
    }
    assay_report_add(report, "%s: expected an object, found %s", where.c_str(),
                     assay_json_describe(value));
    return false;
}

void read_unsigned(const assay_json* object, const char* key, const std::string& where,
                   uint64_t most, unsigned& out, assay_report* report) {
    uint64_t value = 0;
    if (assay_json_read_uint(object, key, where.c_str(), 1, most, false, &value, report)) {
        out = static_cast<unsigned>(value);
    }
}

void read_share(const assay_json* object, const std::string& where, double& out,
                assay_report* report) {
    double value = 0;
    if (!assay_json_read_real(object, "w_density", where.c_str(), 0, 1, false, &value, report)) {
        return;
    }
    if (value == 0) {
        assay_report_add(report, "%s.w_density: must be greater than 0, at most 1", where.c_str());
        return;
    }
    out = value;
}

// What the default and a layer may both say.
void read_common(const assay_json* object, const std::string& where, assay_layer_policy& out,
                 assay_report* report) {
    read_unsigned(object, "w_bits", where, max_bits, out.w_bits, report);
    read_unsigned(object, "a_bits", where, max_bits, out.a_bits, report);
    read_unsigned(object, "codebook_bits", where, most_codebook_bits, out.codebook_bits, report);
    read_share(object, where, out.w_density, report);
}

void read_default(const assay_json* object, const std::string& where, assay_layer_policy& out,
                  assay_report* report) {
    if (!is_object(object, where, report)) {
        return;
    }
    assay_json_check_keys(object, default_keys, where.c_str(), report);
    read_common(object, where, out, report);
}

void report_unknown(const char* name, const std::string& where, const assay_workload& workload,
                    assay_report* report) {
    const char* near = nullptr;
    size_t best = SIZE_MAX;
    for (const Layer& layer : workload.layers) {
        if (is_matrix(layer.op) && assay_is_nearer(name, layer.name.c_str(), &best)) {
            near = layer.name.c_str();
        }
    }
    assay_report_add(report, "%s: workload %s has no layer %s%s%s%s", where.c_str(),
                     assay_quote(workload.name.c_str()).text, assay_quote(name).text,
                     near != nullptr ? ", did you mean " : "",
                     near != nullptr ? assay_quote(near).text : "", near != nullptr ? "?" : "");
}

// The second operand of a matmul is computed: there is nothing to prune or to share.
void check_matmul(const assay_json* object, const std::string& where, assay_report* report) {
    for (const char* key : weight_keys) {
        if (assay_json_get(object, key) != nullptr) {
            assay_report_add(report, "%s.%s: a matmul has no weights", where.c_str(), key);
        }
    }
}

void read_keep_channels(const assay_workload& workload, size_t i, const assay_json* object,
                        const std::string& where, assay_layer_policy& out, assay_report* report) {
    if (workload.layers[i].groups > 1 && assay_json_get(object, "keep_channels") != nullptr) {
        assay_report_add(report,
                         "%s.keep_channels: a convolution of groups has what the layers that read "
                         "it keep",
                         where.c_str());
        return;
    }
    assay_json_read_uint(object, "keep_channels", where.c_str(), 1, channels_read(workload, i),
                         false, &out.keep_channels, report);
}

void read_keys_of(const assay_workload& workload, size_t i, const assay_json* object,
                  const std::string& where, assay_layer_policy& out, assay_report* report) {
    const Layer& layer = workload.layers[i];
    assay_json_check_keys(object, layer_keys, where.c_str(), report);
    if (layer.op == Op::matmul) {
        check_matmul(object, where, report);
        read_unsigned(object, "w_bits", where, max_bits, out.w_bits, report);
        read_unsigned(object, "a_bits", where, max_bits, out.a_bits, report);
        return;
    }
    read_common(object, where, out, report);
    read_keep_channels(workload, i, object, where, out, report);
}

void read_layer(const assay_json* member, const std::string& where, const assay_workload& workload,
                assay_policy& out, assay_report* report) {
    const char* name = assay_json_key(member);
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        const Layer& layer = workload.layers[i];
        if (layer.name != name) {
            continue;
        }
        if (!is_matrix(layer.op)) {
            assay_report_add(report, "%s.%s: is a %s, only conv2d, linear and matmul have widths",
                             where.c_str(), assay_quote(name).text, layer_op_name(layer));
            return;
        }
        const std::string inner = where + "." + name;
        if (is_object(member, inner, report)) {
            read_keys_of(workload, i, member, inner, out.layers[i], report);
        }
        return;
    }
    report_unknown(name, where, workload, report);
}

void spread(const assay_layer_policy& common, const assay_workload& workload, assay_policy& out) {
    out.layers.assign(workload.layers.size(), assay_layer_policy{});
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        const Op op = workload.layers[i].op;
        if (op == Op::matmul) {
            out.layers[i].w_bits = common.w_bits;
            out.layers[i].a_bits = common.a_bits;
        } else if (is_matrix(op)) {
            out.layers[i] = common;
        }
    }
}

void read_policy(const assay_json* root, const std::string& path, const assay_workload& workload,
                 assay_policy& out, assay_report* report) {
    if (!is_object(root, path, report)) {
        return;
    }
    const char* const legal[] = {"schema", "layers", "default", nullptr};
    assay_json_check_keys(root, legal, path.c_str(), report);
    uint64_t schema = 0;
    assay_json_read_uint(root, "schema", path.c_str(), 1, 1, true, &schema, report);
    assay_layer_policy common{};
    const assay_json* fallback = assay_json_get(root, "default");
    if (fallback != nullptr) {
        read_default(fallback, path + ": default", common, report);
    }
    spread(common, workload, out);
    const assay_json* layers = assay_json_get(root, "layers");
    if (layers == nullptr || !is_object(layers, path + ": layers", report)) {
        return;
    }
    for (const assay_json* m = assay_json_first(layers); m != nullptr; m = assay_json_next(m)) {
        read_layer(m, path + ": layers", workload, out, report);
    }
}

assay_status make_policy(const assay_json_doc* doc, const char* name,
                         const assay_workload& workload, assay_policy** out, assay_report* report) {
    const size_t before = assay_report_count(report);
    auto policy = std::make_unique<assay_policy>();
    read_policy(assay_json_root(doc), name, workload, *policy, report);
    if (assay_report_count(report) > before) {
        return ASSAY_BAD_INPUT;
    }
    *out = policy.release();
    return ASSAY_OK;
}

} // namespace

uint64_t channels_read(const assay_workload& workload, size_t i) {
    const Layer& layer = workload.layers[i];
    if (layer.op != Op::fc || layer.inputs.empty()) {
        return layer.in.c;
    }
    const int input = layer.inputs.front();
    return input < 0 ? workload.input_shape.c : workload.layers[static_cast<size_t>(input)].out.c;
}

} // namespace assay

using namespace assay;

assay_status assay_policy_load(const char* path, const assay_workload* workload, assay_policy** out,
                               assay_report* report) {
    ASSAY_REQUIRE(path != nullptr && workload != nullptr && out != nullptr && report != nullptr);
    *out = nullptr;
    return guarded(report, [&] {
        assay_json_doc* parsed = nullptr;
        const assay_status status = assay_json_load(path, &parsed, report);
        JsonDoc doc(parsed);
        return status == ASSAY_OK ? make_policy(doc.get(), path, *workload, out, report) : status;
    });
}

assay_status assay_policy_parse(const char* text, size_t size, const char* name,
                                const assay_workload* workload, assay_policy** out,
                                assay_report* report) {
    ASSAY_REQUIRE(text != nullptr && name != nullptr && workload != nullptr && out != nullptr);
    ASSAY_REQUIRE(report != nullptr);
    *out = nullptr;
    return guarded(report, [&] {
        assay_json_doc* parsed = nullptr;
        const assay_status status = assay_json_parse(name, text, size, &parsed, report);
        JsonDoc doc(parsed);
        return status == ASSAY_OK ? make_policy(doc.get(), name, *workload, out, report) : status;
    });
}

assay_status assay_policy_uniform(const assay_workload* workload, unsigned w_bits, unsigned a_bits,
                                  assay_policy** out, assay_report* report) {
    ASSAY_REQUIRE(workload != nullptr && out != nullptr);
    *out = nullptr;
    return guarded(report, [&] {
        if (w_bits < 1 || w_bits > max_bits || a_bits < 1 || a_bits > max_bits) {
            assay_report_add(report,
                             "widths of %u bits (weights) and %u (activations), "
                             "legal: 1 .. 16",
                             w_bits, a_bits);
            return ASSAY_BAD_INPUT;
        }
        auto policy = std::make_unique<assay_policy>();
        assay_layer_policy common{};
        common.w_bits = w_bits;
        common.a_bits = a_bits;
        spread(common, *workload, *policy);
        *out = policy.release();
        return ASSAY_OK;
    });
}

assay_layer_policy assay_policy_at(const assay_policy* policy, size_t layer) {
    ASSAY_REQUIRE(policy != nullptr && layer < policy->layers.size());
    return policy->layers[layer];
}

unsigned assay_policy_w_bits(const assay_policy* policy, size_t layer) {
    return assay_policy_at(policy, layer).w_bits;
}

unsigned assay_policy_a_bits(const assay_policy* policy, size_t layer) {
    return assay_policy_at(policy, layer).a_bits;
}

void assay_policy_hash(const assay_policy* policy, char out[33]) {
    ASSAY_REQUIRE(policy != nullptr && out != nullptr);
    ContentHash hash;
    hash.uint("layers", policy->layers.size());
    for (const assay_layer_policy& layer : policy->layers) {
        hash.uint("w_bits", layer.w_bits);
        hash.uint("a_bits", layer.a_bits);
        hash.real("w_density", layer.w_density);
        hash.uint("codebook_bits", layer.codebook_bits);
        hash.uint("keep_channels", layer.keep_channels);
    }
    snprintf(out, 33, "%s", hash.text().c_str());
}

void assay_policy_free(assay_policy** policy) {
    ASSAY_REQUIRE(policy != nullptr);
    delete *policy;
    *policy = nullptr;
}
