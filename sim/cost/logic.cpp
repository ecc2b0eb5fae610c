#include "logic.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "interpolate.hpp"

namespace assay::cost {
namespace {

struct Point {
    double bits, value;
};

// Horowitz, "Computing's energy problem", ISSCC 2014, 45 nm: integer add 0.03 pJ (8 bit) and 0.1 pJ
// (32 bit) published; 0.05 pJ (16 bit) recalled.
constexpr Point add_pj[] = {{8, 0.03}, {16, 0.05}, {32, 0.1}};
// Areas of the same adders: recalled.
constexpr Point add_um2[] = {{8, 36}, {16, 67}, {32, 137}};
// Horowitz: integer multiply 0.2 pJ (8 bit) and 3.1 pJ (32 bit), published. 16 bit: EIE (ISCA 2016)
// section on precision, a 16-bit multiply takes 5 times less energy than int32: 3.1 / 5, published.
constexpr Point multiply_pj[] = {{8, 0.2}, {16, 0.62}, {32, 3.1}};
// Areas of the same multipliers: recalled; none for 16 bit.
constexpr Point multiply_um2[] = {{8, 282}, {32, 3495}};

// Power laws from point to point; the first and the last one continue beyond the ends.
template <size_t N>
double power_law(const Point (&points)[N], double bits) {
    size_t i = 0;
    while (i + 2 < N && bits > points[i + 1].bits) {
        ++i;
    }
    return log_log(points[i].bits, points[i].value, points[i + 1].bits, points[i + 1].value, bits);
}

} // namespace

double adder_pj(double width_bits) {
    return power_law(add_pj, width_bits);
}

double adder_um2(double width_bits) {
    return power_law(add_um2, width_bits);
}

double multiplier_pj(double a_bits, double b_bits) {
    return power_law(multiply_pj, std::sqrt(a_bits * b_bits));
}

double multiplier_um2(double a_bits, double b_bits) {
    return power_law(multiply_um2, std::sqrt(a_bits * b_bits));
}

// 0.009 pJ a bit: the Aladdin plug-in of Accelergy, published, for 40 nm by its authors; the one
// node from 40 to 45 nm is left alone. It states no separate read: taken as equal, whatever the
// number of registers behind the multiplexer (assumed).
double register_pj_per_bit() {
    return 0.009;
}

// NanGate 45 nm Open Cell Library, cell DFF_X1: 3.23 um x 1.4 um, published.
double register_um2_per_bit() {
    return 4.522;
}

// A tree of 2:1 multiplexers. NanGate 45 nm Open Cell Library, cell MUX2_X1: 1.33 um x 1.4 um,
// published.
double selector_um2(double inputs, double width_bits) {
    return std::max(inputs - 1, 0.0) * width_bits * 1.862;
}

// NanGate 45 nm Open Cell Library, typical corner: 79.1 nW in a DFF_X1 of 4.522 um2; recalled.
double logic_leakage_mw_per_um2() {
    return 79.1e-6 / 4.522;
}

} // namespace assay::cost
