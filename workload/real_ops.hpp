// Functions of real numbers that both the fixed-point host and the float reference compute.
#pragma once

#include <cmath>
#include <vector>

#include "workload.hpp"

namespace assay {

inline double gelu(double x) {
    return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
}

inline double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}

// Every position's channels to mean 0 and variance 1; 1e-5 is added to the variance, as is usual.
inline std::vector<float> normalised(const std::vector<float>& in, const Shape& shape) {
    std::vector<float> out(in.size());
    const size_t plane = size_t{shape.h} * shape.w;
    for (size_t p = 0; p < plane; ++p) {
        double sum = 0, squares = 0;
        for (size_t i = p; i < in.size(); i += plane) {
            sum += in[i];
            squares += static_cast<double>(in[i]) * in[i];
        }
        const double mean = sum / shape.c;
        const double variance = std::max(0.0, squares / shape.c - mean * mean);
        for (size_t i = p; i < in.size(); i += plane) {
            out[i] = static_cast<float>((in[i] - mean) / std::sqrt(variance + 1e-5));
        }
    }
    return out;
}

} // namespace assay
