// HAQ's published table (Wang et al., CVPR 2019; MobileNet-V2, cloud, batch 16) and its published
// policy for 0.6 of the 8-bit latency.
#pragma once

#include <vector>

#include "../validation/csv.hpp"
#include "budget_haq.h"

namespace assay_test {

class HaqTable {
  public:
    static constexpr size_t layers = 53;

    HaqTable() : cycles_(layers * 64) {
        const auto table = validation::published_table("haq/haq_mobilenetv2_cloud_b16_cycles.csv");
        for (size_t row = 0; row < table.size(); ++row) {
            cycles_[(table.count(row, "layer") * 8 + table.count(row, "w_bits") - 1) * 8 +
                    table.count(row, "a_bits") - 1] = table.real(row, "cycles_batch16");
        }
    }

    // Activations of -1 are the 7-bit column, as a negative index of Python is.
    double cycles(size_t layer, int w, int a) const {
        return cycles_[(layer * 8 + w - 1) * 8 + (a == ASSAY_HAQ_NOT_QUANTISED ? 7 : a) - 1];
    }
    double cycles(const std::vector<assay_haq_bits>& policy) const {
        double sum = 0;
        for (size_t i = 0; i < layers; ++i) {
            sum += cycles(i, policy[i].w, policy[i].a);
        }
        return sum;
    }
    double all8() const { return cycles(std::vector<assay_haq_bits>(layers, {8, 8})); }

  private:
    std::vector<double> cycles_;
};

inline std::vector<assay_haq_bits> haq_policy() {
    return {{8, -1}, {7, 7}, {5, 6}, {4, 6}, {5, 6}, {5, 7}, {5, 6}, {7, 4}, {4, 6}, {4, 6}, {7, 7},
            {5, 6},  {4, 6}, {7, 3}, {5, 7}, {4, 7}, {7, 3}, {5, 7}, {4, 7}, {7, 7}, {4, 7}, {4, 7},
            {6, 4},  {6, 7}, {4, 7}, {7, 4}, {6, 7}, {5, 7}, {7, 4}, {6, 7}, {5, 7}, {7, 4}, {6, 7},
            {6, 7},  {6, 4}, {5, 7}, {6, 7}, {6, 4}, {5, 7}, {6, 7}, {7, 7}, {4, 7}, {7, 7}, {7, 7},
            {4, 7},  {7, 7}, {7, 7}, {4, 7}, {7, 7}, {7, 7}, {4, 7}, {7, 7}, {8, 8}};
}

} // namespace assay_test
