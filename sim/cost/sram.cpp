#include "sram.hpp"

#include <algorithm>

#include "interpolate.hpp"

namespace assay::cost {
namespace {

constexpr double narrowest_bits = 16;
constexpr double widest_bits = 512;
constexpr double largest_bytes = 2 << 20;

SramCost between(double x0, const SramCost& y0, double x1, const SramCost& y1, double x) {
    if (x == x0 || x0 == x1) {
        return y0;
    }
    if (x == x1) {
        return y1;
    }
    SramCost out;
    out.read_pj = log_log(x0, y0.read_pj, x1, y1.read_pj, x);
    out.write_pj = log_log(x0, y0.write_pj, x1, y1.write_pj, x);
    out.leakage_mw = log_log(x0, y0.leakage_mw, x1, y1.leakage_mw, x);
    out.area_mm2 = log_log(x0, y0.area_mm2, x1, y1.area_mm2, x);
    return out;
}

// The points of one cell and width that enclose the size; both the same at and beyond the ends.
SramCost at_width(SramCell cell, uint32_t width_bits, double bytes) {
    const SramPoint* below = nullptr;
    const SramPoint* above = nullptr;
    for (const SramPoint& point : sram_table) {
        if (point.cell != cell || point.width_bits != width_bits) {
            continue;
        }
        if (point.bytes <= bytes) {
            below = &point;
        } else if (!above) {
            above = &point;
        }
    }
    below = below ? below : above;
    above = above ? above : below;
    return between(below->bytes, below->cost, above->bytes, above->cost, bytes);
}

// One array, 16 to 512 bits wide: the widths of the table are the powers of two between them.
SramCost one_array(SramCell cell, double bytes, double width_bits) {
    uint32_t low = static_cast<uint32_t>(narrowest_bits);
    while (2 * low <= width_bits) {
        low *= 2;
    }
    const uint32_t high = low < width_bits ? 2 * low : low;
    return between(low, at_width(cell, low, bytes), high, at_width(cell, high, bytes), width_bits);
}

} // namespace

SramCost sram_cost(SramCell cell, uint64_t bytes, uint64_t width_bits) {
    const double width = std::max(static_cast<double>(width_bits), narrowest_bits);
    const double lanes = std::ceil(width / widest_bits);
    const double lane_bytes = static_cast<double>(bytes) / lanes;
    const double banks = std::max(1.0, lane_bytes / largest_bytes);
    SramCost cost = one_array(cell, std::min(lane_bytes, largest_bytes), width / lanes);
    cost.read_pj *= lanes;
    cost.write_pj *= lanes;
    cost.leakage_mw *= lanes * banks;
    cost.area_mm2 *= lanes * banks;
    return cost;
}

} // namespace assay::cost
