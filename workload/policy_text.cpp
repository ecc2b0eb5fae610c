// Policies made by a program, and policies as text.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "contract.h"
#include "guarded.hpp"
#include "json.h"
#include "policy.hpp"
#include "workload.hpp"

namespace assay {
namespace {

struct WriterFree {
    void operator()(assay_json_writer* w) const { assay_json_writer_free(&w); }
};

void write_layer(assay_json_writer* w, const assay_layer_policy& p) {
    const std::pair<const char*, uint64_t> counts[] = {{"w_bits", p.w_bits},
                                                       {"a_bits", p.a_bits},
                                                       {"codebook_bits", p.codebook_bits},
                                                       {"keep_channels", p.keep_channels}};
    for (const auto& [key, value] : counts) {
        if (value != 0) {
            assay_json_write_uint(w, key, value);
        }
    }
    if (p.w_density != 0) {
        assay_json_write_real(w, "w_density", p.w_density);
    }
}

bool says_something(const assay_layer_policy& p) {
    return p.w_bits != 0 || p.a_bits != 0 || p.codebook_bits != 0 || p.keep_channels != 0 ||
           p.w_density != 0;
}

// malloc'd; null without memory.
char* policy_text(const assay_workload& workload, const assay_layer_policy* layers) {
    std::unique_ptr<assay_json_writer, WriterFree> w(assay_json_writer_new(1));
    if (!w) {
        return nullptr;
    }
    assay_json_begin_object(w.get(), nullptr);
    assay_json_write_uint(w.get(), "schema", 1);
    assay_json_begin_object(w.get(), "layers");
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        if (says_something(layers[i])) {
            assay_json_begin_object(w.get(), workload.layers[i].name.c_str());
            write_layer(w.get(), layers[i]);
            assay_json_end_object(w.get());
        }
    }
    assay_json_end_object(w.get());
    assay_json_end_object(w.get());
    const char* text = assay_json_writer_text(w.get(), nullptr);
    return text != nullptr ? strdup(text) : nullptr;
}

} // namespace
} // namespace assay

using namespace assay;

assay_status assay_policy_json(const assay_policy* policy, const assay_workload* workload,
                               char** out) {
    ASSAY_REQUIRE(policy != nullptr && workload != nullptr && out != nullptr);
    ASSAY_REQUIRE(policy->layers.size() == workload->layers.size());
    *out = policy_text(*workload, policy->layers.data());
    return *out != nullptr ? ASSAY_OK : ASSAY_NO_MEMORY;
}

// Through the text, so that there is one place that knows what a policy may say.
assay_status assay_policy_make(const assay_workload* workload, const assay_layer_policy* layers,
                               assay_policy** out, assay_report* report) {
    ASSAY_REQUIRE(workload != nullptr && layers != nullptr && out != nullptr && report != nullptr);
    *out = nullptr;
    std::unique_ptr<char, decltype(&std::free)> text(policy_text(*workload, layers), &std::free);
    return text
               ? assay_policy_parse(text.get(), strlen(text.get()), "policy", workload, out, report)
               : ASSAY_NO_MEMORY;
}

assay_layer_shape assay_workload_layer_shape(const assay_workload* workload, size_t i) {
    ASSAY_REQUIRE(workload != nullptr && i < workload->layers.size());
    const Layer& layer = workload->layers[i];
    ASSAY_REQUIRE(is_matrix(layer.op));
    const bool linear = layer.op == Op::fc || layer.linear_rows;
    assay_layer_shape out{};
    out.in_channels = linear && layer.op == Op::fc ? layer.in.size() : layer.in.c;
    out.in_height = layer.op == Op::fc ? 1 : layer.in.h;
    out.in_width = layer.op == Op::fc ? 1 : layer.in.w;
    out.out_channels = layer.out.c;
    out.out_height = layer.out.h;
    out.out_width = layer.out.w;
    out.kernel_height = layer.kernel_h;
    out.kernel_width = layer.kernel_w;
    out.stride = layer.stride_h;
    out.groups = layer.groups;
    out.is_linear = linear;
    return out;
}
