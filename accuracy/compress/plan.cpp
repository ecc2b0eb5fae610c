#include "plan.hpp"

#include <map>
#include <string>

#include "contract.h"
#include "parameter_reader.hpp"
#include "quote.h"

namespace assay {
namespace {

// Kept shares of the layers with weights, in order.
struct Published {
    const char* network;
    std::vector<double> densities;
};

const std::vector<Published>& published() {
    static const std::vector<Published> all = {
        {"lenet_300_100", {0.08, 0.09, 0.26}},
        {"lenet5", {0.66, 0.12, 0.08, 0.19}},
        {"alexnet", {0.84, 0.38, 0.35, 0.37, 0.37, 0.09, 0.09, 0.25}},
        {"vgg16",
         {0.58, 0.22, 0.34, 0.36, 0.53, 0.24, 0.42, 0.32, 0.27, 0.34, 0.35, 0.29, 0.36, 0.04, 0.04,
          0.23}},
    };
    return all;
}
constexpr unsigned conv_codebook_bits = 8, linear_codebook_bits = 5;

bool has_weights(const Layer& layer) {
    return layer.op == Op::conv || layer.op == Op::fc;
}

std::vector<size_t> layers_with_weights(const assay_workload& workload) {
    std::vector<size_t> out;
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        if (has_weights(workload.layers[i])) {
            out.push_back(i);
        }
    }
    return out;
}

const Published* find_published(const assay_workload& workload) {
    const size_t count = layers_with_weights(workload).size();
    for (const Published& p : published()) {
        if (workload.name == p.network && p.densities.size() == count) {
            return &p;
        }
    }
    return nullptr;
}

std::string quoted(const std::string& name) {
    return assay_quote(name.c_str()).text;
}

bool does_something(const LayerPlan& plan) {
    return plan.density < 1 || plan.codebook_bits > 0;
}

// Layers of one tensor would have to be pruned, shared and stored together.
void check_tensors(const assay_workload& workload, const std::vector<LayerPlan>& plans,
                   assay_report* report) {
    std::map<std::string, const Layer*> owner;
    for (size_t i = 0; i < plans.size(); ++i) {
        const Layer& layer = workload.layers[i];
        if (!has_weights(layer)) {
            continue;
        }
        for (const std::string& name : weight_names(layer)) {
            const auto [found, is_new] = owner.emplace(name, &layer);
            if (!is_new && does_something(plans[i])) {
                assay_report_add(report,
                                 "layer %s: reads the tensor %s as layer %s does; such layers "
                                 "cannot be compressed",
                                 quoted(layer.name).c_str(), quoted(name).c_str(),
                                 quoted(found->second->name).c_str());
            }
        }
    }
}

assay_status check_plans(const assay_workload& workload, const std::vector<LayerPlan>& plans,
                         size_t mistakes, assay_report* report) {
    check_tensors(workload, plans, report);
    size_t busy = 0;
    for (const LayerPlan& plan : plans) {
        busy += does_something(plan);
    }
    if (busy == 0) {
        assay_report_add(report, "nothing to compress: no layer has a density below 1 or a "
                                 "codebook");
    }
    return assay_report_count(report) == mistakes ? ASSAY_OK : ASSAY_BAD_INPUT;
}

void check_useless(const Layer& layer, const char* key, uint64_t value, assay_report* report) {
    if (value > 0) {
        assay_report_add(report,
                         "layer %s: %s is %llu in the policy; compression follows only w_density "
                         "and codebook_bits",
                         quoted(layer.name).c_str(), key, static_cast<unsigned long long>(value));
    }
}

} // namespace

assay_status plan_by_policy(const assay_workload& workload, const assay_policy& policy,
                            std::vector<LayerPlan>& out, assay_report* report) {
    ASSAY_REQUIRE(policy.layers.size() == workload.layers.size());
    const size_t mistakes = assay_report_count(report);
    out.assign(workload.layers.size(), LayerPlan());
    for (size_t i : layers_with_weights(workload)) {
        const assay_layer_policy& p = policy.layers[i];
        check_useless(workload.layers[i], "w_bits", p.w_bits, report);
        check_useless(workload.layers[i], "a_bits", p.a_bits, report);
        check_useless(workload.layers[i], "keep_channels", p.keep_channels, report);
        out[i] = {p.w_density > 0 ? p.w_density : 1, p.codebook_bits};
    }
    return check_plans(workload, out, mistakes, report);
}

assay_status plan_uniform(const assay_workload& workload, double density, unsigned codebook_bits,
                          std::vector<LayerPlan>& out, assay_report* report) {
    const size_t mistakes = assay_report_count(report);
    const std::vector<size_t> layers = layers_with_weights(workload);
    const Published* known = find_published(workload);
    out.assign(workload.layers.size(), LayerPlan());
    if (!known && (density == 0 || codebook_bits == 0)) {
        assay_report_add(report,
                         "network %s: a policy, or a density and codebook_bits, must be stated; "
                         "published ones are known of lenet_300_100, lenet5, alexnet and vgg16",
                         quoted(workload.name).c_str());
        return ASSAY_BAD_INPUT;
    }
    for (size_t k = 0; k < layers.size(); ++k) {
        const bool conv = workload.layers[layers[k]].op == Op::conv;
        LayerPlan& plan = out[layers[k]];
        plan.density = density > 0 ? density : known->densities[k];
        plan.codebook_bits = codebook_bits > 0 ? codebook_bits
                             : conv            ? conv_codebook_bits
                                               : linear_codebook_bits;
    }
    return check_plans(workload, out, mistakes, report);
}

} // namespace assay
