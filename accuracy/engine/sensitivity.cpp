// How sensitive a network is to each layer: the engine's curvature and the weights' own errors.
#include <algorithm>

#include "calibration.hpp"
#include "contract.h"
#include "environment.hpp"
#include "guarded.hpp"
#include "settings.hpp"

namespace assay {
namespace {

CurvatureSettings curvature_settings(const assay_sensitivity_settings& s) {
    CurvatureSettings out;
    out.images = s.images;
    constexpr unsigned default_samples = 100;
    out.max_iterations = s.samples != 0 ? s.samples : default_samples;
    out.sampled = s.samples != 0;
    out.tolerance = s.tolerance;
    out.seed = s.seed;
    if (s.progress != nullptr) {
        out.progress = [progress = s.progress, user = s.user](size_t done, size_t total,
                                                              const char* label) {
            return progress(user, done, total, label);
        };
    }
    return out;
}

void add_squared_errors(const assay_accuracy& env, unsigned widths, assay_layer_sensitivity& row) {
    const std::vector<float>& weights = env.model->parameters[row.layer].weight;
    const QuantSettings quant = quant_settings(env.settings);
    for (unsigned bits = 1; bits < ASSAY_WIDTHS; ++bits) {
        if ((widths >> bits & 1) != 0 && !weights.empty()) {
            const QuantisedWeights quantised =
                quantise_weights(weights, env.model->layer(row.layer).out.c, bits,
                                 quant.weight_clip, quant.per_channel, quant.asymmetric);
            row.squared_error[bits] = squared_error(weights, quantised);
        }
    }
}

assay_layer_sensitivity row_of(const LayerSensitivity& found) {
    assay_layer_sensitivity row{};
    row.layer = found.layer;
    row.value = found.value;
    row.iterations = found.iterations;
    row.converged = found.converged;
    const size_t known = std::min<size_t>(found.by_bits.size(), ASSAY_WIDTHS);
    std::copy_n(found.by_bits.begin(), known, row.by_bits);
    return row;
}

assay_status measure(assay_accuracy& env, const assay_sensitivity_settings& settings,
                     assay_layer_sensitivity* out, size_t* count, assay_report* report) {
    assay_status status = check_settings(settings, report);
    const assay_status able = require_engine(env, "sensitivity", report);
    status = status == ASSAY_OK ? able : status;
    std::vector<LayerSensitivity> found;
    if (status == ASSAY_OK) {
        status = env.engine->sensitivity(static_cast<Sensitivity>(settings.method),
                                         curvature_settings(settings), found, report);
    }
    if (status != ASSAY_OK) {
        return status;
    }
    ASSAY_REQUIRE(found.size() <= env.model->size());
    for (const LayerSensitivity& layer : found) {
        out[*count] = row_of(layer);
        add_squared_errors(env, settings.widths, out[(*count)++]);
    }
    return ASSAY_OK;
}

} // namespace
} // namespace assay

using namespace assay;

assay_status assay_accuracy_sensitivity(assay_accuracy* env,
                                        const assay_sensitivity_settings* settings,
                                        assay_layer_sensitivity* out, size_t* count,
                                        assay_report* report) {
    ASSAY_REQUIRE(env != nullptr && settings != nullptr && out != nullptr && count != nullptr &&
                  report != nullptr);
    *count = 0;
    return guarded(report, [&] { return measure(*env, *settings, out, count, report); });
}
