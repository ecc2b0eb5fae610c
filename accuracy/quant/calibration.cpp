#include "calibration.hpp"

#include <algorithm>
#include <cmath>

#include "clip.hpp"
#include "contract.h"

namespace assay {
namespace {

// HAQ leaves the range alone from this width on.
constexpr unsigned haq_wide_bits = 5;
constexpr float haq_activation_limit = 6; // where its PACT parameter starts

float or_one(double clip) {
    return clip > 0 ? static_cast<float>(clip) : 1.0f;
}

// Integral from 0 to x of (t - Q(t))^2 for Q with steps of `scale` up to `high`: scale^3 / 12 for
// each whole step and a part of a cube around the nearest level, which beyond the clip is the last.
double error_integral(double scale, double high, double x) {
    double level = std::min(std::floor(x / scale + 0.5), high);
    double rest = x - level * scale;
    return level * scale * scale * scale / 12 + rest * rest * rest / 3;
}

// Squared error of the values that were seen, each bin taken as evenly filled; zeros have none.
double histogram_error(const Histogram& seen, const Quantiser& q) {
    const std::vector<uint64_t>& bins = seen.bins();
    const double width = static_cast<double>(seen.range()) / static_cast<double>(bins.size());
    double sum = 0, before = 0;
    for (size_t i = 0; i < bins.size() && static_cast<double>(i) * width <= seen.max_magnitude();
         ++i) {
        double after = error_integral(q.scale, q.high, static_cast<double>(i + 1) * width);
        uint64_t n = bins[i] - (i == 0 ? seen.zeros() : 0);
        sum += static_cast<double>(n) * (after - before);
        before = after;
    }
    return sum / width;
}

double mean_magnitude(const Histogram& seen) {
    const std::vector<uint64_t>& bins = seen.bins();
    const double width = static_cast<double>(seen.range()) / static_cast<double>(bins.size());
    double sum = 0;
    for (size_t i = 0; i < bins.size(); ++i) {
        uint64_t n = bins[i] - (i == 0 ? seen.zeros() : 0);
        sum += static_cast<double>(n) * (static_cast<double>(i) + 0.5) * width;
    }
    return sum / static_cast<double>(seen.count());
}

float activation_mse(const Histogram& seen, float max, bool is_signed, unsigned bits) {
    if (is_signed && bits == 1) { // -clip and +clip: the mean is best
        return or_one(std::min(mean_magnitude(seen), double{max}));
    }
    return least_error_clip(max, [&](float clip) {
        return histogram_error(seen, is_signed ? symmetric_quantiser(clip, bits)
                                               : half_wave_quantiser(clip, bits));
    });
}

float activation_kl(const Histogram& seen, float max, unsigned bits) {
    const double width =
        static_cast<double>(seen.range()) / static_cast<double>(seen.bins().size());
    auto used = static_cast<size_t>(seen.max_magnitude() / width) + 1;
    std::vector<uint64_t> bins = seen.bins();
    bins.resize(std::min(used, bins.size()));
    double threshold = kl_threshold(bins, width, bits);
    return threshold > 0 ? static_cast<float>(threshold) : max;
}

float max_magnitude(const float* values, size_t count) {
    float max = 0;
    for (size_t i = 0; i < count; ++i) {
        max = std::max(max, std::fabs(values[i]));
    }
    ASSAY_REQUIRE(std::isfinite(max));
    return max;
}

float mean_magnitude(const float* values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) {
        sum += std::fabs(values[i]);
    }
    return static_cast<float>(sum / static_cast<double>(count));
}

float weight_mse(const float* values, size_t count, float max, unsigned bits) {
    if (bits == 1) {
        return mean_magnitude(values, count);
    }
    return least_error_clip(max, [&](float clip) {
        return squared_error(symmetric_quantiser(clip, bits), values, count);
    });
}

// As numpy's 'sqrt' rule counts bins over 0 .. max, but for empty bins below the least magnitude.
float weight_kl(const float* values, size_t count, float max, unsigned bits) {
    std::vector<uint64_t> bins(static_cast<size_t>(std::ceil(std::sqrt(double(count)))), 0);
    const double width = double{max} / static_cast<double>(bins.size());
    for (size_t i = 0; i < count; ++i) {
        auto bin = static_cast<size_t>(std::fabs(double{values[i]}) / width);
        ++bins[std::min(bin, bins.size() - 1)];
    }
    double threshold = kl_threshold(bins, width, bits);
    return threshold > 0 ? static_cast<float>(threshold) : max;
}

Quantiser weight_quantiser(const float* values, size_t count, unsigned bits, Clip method,
                           bool asymmetric) {
    if (!asymmetric) {
        return symmetric_quantiser(weight_clip(values, count, method, bits), bits);
    }
    auto [least, most] = std::minmax_element(values, values + count);
    return asymmetric_quantiser(*least, *most, bits);
}

} // namespace

float activation_clip(const Histogram& seen, Clip method, bool is_signed, unsigned bits) {
    const float max = is_signed ? seen.max_magnitude() : seen.max();
    if (!(max > 0)) {
        return 1;
    }
    switch (method) {
    case Clip::kl:
        return activation_kl(seen, max, bits);
    case Clip::mse:
        return activation_mse(seen, max, is_signed, bits);
    case Clip::haq: {
        float limited = std::min(haq_activation_limit, max);
        return bits >= haq_wide_bits ? limited : std::min(limited, activation_kl(seen, max, bits));
    }
    case Clip::max:
        break;
    }
    return max;
}

float weight_clip(const float* values, size_t count, Clip method, unsigned bits) {
    const float max = max_magnitude(values, count);
    if (max == 0) {
        return 1;
    }
    switch (method) {
    case Clip::kl:
        return weight_kl(values, count, max, bits);
    case Clip::mse:
        return weight_mse(values, count, max, bits);
    case Clip::haq:
        return bits >= haq_wide_bits ? max : weight_kl(values, count, max, bits);
    case Clip::max:
        break;
    }
    return max;
}

QuantisedWeights quantise_weights(const std::vector<float>& weights, size_t outputs, unsigned bits,
                                  Clip method, bool per_channel, bool asymmetric) {
    ASSAY_REQUIRE(outputs > 0 && weights.size() % outputs == 0 && !weights.empty());
    const size_t channels = per_channel ? outputs : 1, size = weights.size() / channels;
    QuantisedWeights out;
    out.q.resize(weights.size());
    out.real.resize(weights.size());
    for (size_t c = 0; c < channels; ++c) {
        const float* from = weights.data() + c * size;
        Quantiser q = weight_quantiser(from, size, bits, method, asymmetric);
        quantise_all(q, from, out.q.data() + c * size, size);
        fake_quantise(q, from, out.real.data() + c * size, size);
        out.quantisers.push_back(q);
    }
    return out;
}

double squared_error(const std::vector<float>& weights, const QuantisedWeights& quantised) {
    ASSAY_REQUIRE(weights.size() == quantised.real.size());
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) {
        double d = double{quantised.real[i]} - weights[i];
        sum += d * d;
    }
    return sum;
}

} // namespace assay
