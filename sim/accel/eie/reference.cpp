#include <algorithm>

#include "eie_model.hpp"

namespace assay::eie {

// Column by column like the broadcast, because saturation makes the order of additions matter.
void reference(const SparseCodes& matrix, const Format& format, const std::vector<int16_t>* bias,
               uint32_t vectors, const std::function<void(uint32_t, int16_t*)>& input,
               std::vector<int16_t>& result) {
    result.assign(size_t{vectors} * matrix.rows, 0);
    std::vector<int16_t> column(matrix.cols);
    std::vector<int32_t> sum(matrix.rows);
    uint64_t saturations = 0;
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
                int32_t product = scaled_product(format, format.codebook[matrix.code[e]], act);
                sum[matrix.row[e]] = accumulate(format, sum[matrix.row[e]], product, saturations);
            }
        }
        std::transform(sum.begin(), sum.end(), result.begin() + size_t{v} * matrix.rows,
                       [](int32_t s) { return static_cast<int16_t>(s); });
    }
}

} // namespace assay::eie
