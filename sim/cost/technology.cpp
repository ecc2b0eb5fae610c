#include "technology.hpp"

namespace assay::cost {

namespace {
constexpr double reference_nm = 45;
}

double area_scale(double technology_nm) {
    const double shrink = technology_nm / reference_nm;
    return shrink * shrink;
}

double energy_scale(double technology_nm) {
    return technology_nm / reference_nm;
}

double leakage_scale(double technology_nm) {
    return technology_nm / reference_nm;
}

} // namespace assay::cost
