// Policies: files and uniform widths.
#include "policy.hpp"

#include <cstring>
#include <memory>
#include <string>

#include "abi.hpp"
#include "contract.h"
#include "handles.hpp"
#include "json.h"
#include "quote.h"
#include "suggest.h"

namespace assay {
namespace {

using Bits = assay_policy::Bits;

constexpr uint64_t min_bits = 1, max_bits = 16;

// Keys of the format that no machine can follow yet. Refused, because a policy that is followed in
// part gives numbers for another network.
const char* const unsupported[] = {"w_density", "codebook_bits", "keep_channels"};
const char* const legal_layer_keys[] = {"w_bits",        "a_bits",        "w_density",
                                        "codebook_bits", "keep_channels", nullptr};

bool is_object(const assay_json* value, const std::string& where, assay_report* report) {
    if (assay_json_kind_of(value) == ASSAY_JSON_OBJECT) {
        return true;
    }
    assay_report_add(report, "%s: expected an object, found %s", where.c_str(),
                     assay_json_describe(value));
    return false;
}

void read_width(const assay_json* object, const char* key, const std::string& where, unsigned& out,
                assay_report* report) {
    uint64_t bits = 0;
    if (assay_json_read_uint(object, key, where.c_str(), min_bits, max_bits, false, &bits,
                             report)) {
        out = static_cast<unsigned>(bits);
    }
}

void read_bits(const assay_json* object, const std::string& where, Bits& out,
               assay_report* report) {
    if (!is_object(object, where, report)) {
        return;
    }
    assay_json_check_keys(object, legal_layer_keys, where.c_str(), report);
    for (const char* key : unsupported) {
        if (assay_json_get(object, key) != nullptr) {
            assay_report_add(report, "%s.%s: no machine supports it yet, legal: w_bits and a_bits",
                             where.c_str(), key);
        }
    }
    read_width(object, "w_bits", where, out.w_bits, report);
    read_width(object, "a_bits", where, out.a_bits, report);
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

void read_layer(const assay_json* member, const std::string& where, const assay_workload& workload,
                assay_policy& out, assay_report* report) {
    const char* name = assay_json_key(member);
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        if (workload.layers[i].name != name) {
            continue;
        }
        if (!is_matrix(workload.layers[i].op)) {
            assay_report_add(report, "%s.%s: is a %s, only conv2d, linear and matmul have widths",
                             where.c_str(), assay_quote(name).text,
                             layer_op_name(workload.layers[i]));
            return;
        }
        read_bits(member, where + "." + name, out.layers[i], report);
        return;
    }
    report_unknown(name, where, workload, report);
}

void spread(const Bits& bits, const assay_workload& workload, assay_policy& out) {
    out.layers.assign(workload.layers.size(), Bits{});
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        if (is_matrix(workload.layers[i].op)) {
            out.layers[i] = bits;
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
    Bits common;
    const assay_json* fallback = assay_json_get(root, "default");
    if (fallback != nullptr) {
        read_bits(fallback, path + ": default", common, report);
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

} // namespace
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
        if (status != ASSAY_OK) {
            return status;
        }
        const size_t before = assay_report_count(report);
        auto policy = std::make_unique<assay_policy>();
        read_policy(assay_json_root(doc.get()), path, *workload, *policy, report);
        if (assay_report_count(report) > before) {
            return ASSAY_BAD_INPUT;
        }
        *out = policy.release();
        return ASSAY_OK;
    });
}

assay_status assay_policy_uniform(const assay_workload* workload, unsigned w_bits, unsigned a_bits,
                                  assay_policy** out, assay_report* report) {
    ASSAY_REQUIRE(workload != nullptr && out != nullptr);
    *out = nullptr;
    return guarded(report, [&] {
        if (w_bits < min_bits || w_bits > max_bits || a_bits < min_bits || a_bits > max_bits) {
            assay_report_add(report,
                             "widths of %u bits (weights) and %u (activations), "
                             "legal: 1 .. 16",
                             w_bits, a_bits);
            return ASSAY_BAD_INPUT;
        }
        auto policy = std::make_unique<assay_policy>();
        spread({w_bits, a_bits}, *workload, *policy);
        *out = policy.release();
        return ASSAY_OK;
    });
}

unsigned assay_policy_w_bits(const assay_policy* policy, size_t layer) {
    ASSAY_REQUIRE(policy != nullptr && layer < policy->layers.size());
    return policy->layers[layer].w_bits;
}

unsigned assay_policy_a_bits(const assay_policy* policy, size_t layer) {
    ASSAY_REQUIRE(policy != nullptr && layer < policy->layers.size());
    return policy->layers[layer].a_bits;
}

void assay_policy_free(assay_policy** policy) {
    ASSAY_REQUIRE(policy != nullptr);
    delete *policy;
    *policy = nullptr;
}
