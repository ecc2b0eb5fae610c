// Interpolation between two measured points of a quantity that grows like a power of its size.
#pragma once

#include <cmath>

namespace assay::cost {

// The power law through (x0, y0) and (x1, y1), at x; all of them > 0 and x0 != x1. Exact at x0.
inline double log_log(double x0, double y0, double x1, double y1, double x) {
    return y0 * std::pow(x / x0, std::log(y1 / y0) / std::log(x1 / x0));
}

} // namespace assay::cost
