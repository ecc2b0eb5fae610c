#include <algorithm>

#include "eie_model.hpp"

namespace assay::eie {
namespace {

// No bricks here: what they compute is compared with this.
int32_t add_product(const Format& f, int32_t sum, int32_t weight, int32_t act) {
    if (f.fusion.used) {
        const int64_t product = int64_t{weight} * fusion_operand(f.fusion, act);
        return wrapping_sum(sum, static_cast<int32_t>(static_cast<uint32_t>(product)));
    }
    uint64_t saturations = 0;
    return accumulate(f, sum, scaled_product(f, weight, act), saturations);
}

} // namespace

// Column by column like the broadcast, because saturation makes the order of additions matter.
void reference(const SparseCodes& matrix, const Format& format, const std::vector<int32_t>* bias,
               uint32_t vectors, const std::function<void(uint32_t, int16_t*)>& input,
               std::vector<int32_t>& result) {
    result.assign(size_t{vectors} * matrix.rows, 0);
    std::vector<int16_t> column(matrix.cols);
    std::vector<int32_t> sum(matrix.rows);
    for (uint32_t v = 0; v < vectors; ++v) {
        input(v, column.data());
        for (uint32_t row = 0; row < matrix.rows; ++row) {
            sum[row] = bias != nullptr ? (*bias)[row] : 0;
        }
        for (uint32_t c = 0; c < matrix.cols; ++c) {
            const int32_t act = column[c];
            if (act == 0) {
                continue;
            }
            for (uint32_t e = matrix.col_start[c]; e < matrix.col_start[c + 1]; ++e) {
                int32_t& s = sum[matrix.row[e]];
                s = add_product(format, s, format.codebook[matrix.code[e]], act);
            }
        }
        std::copy(sum.begin(), sum.end(), result.begin() + size_t{v} * matrix.rows);
    }
}

} // namespace assay::eie
