// Choice of the fixed-point formats of a layer (contract §7). The published machine leaves them to
// the compiler; ours are calibrated on the layer's own input so that no running sum clips.
#include <algorithm>
#include <cmath>

#include "eie_layer.hpp"

namespace assay::eie {
namespace {

// Largest number of fraction bits at which `magnitude` fits a signed number of `bits`.
int fraction_bits(double magnitude, int bits, int least, int most) {
    int frac = most;
    while (frac > least && std::round(std::ldexp(magnitude, frac)) >= std::ldexp(1.0, bits - 1)) {
        --frac;
    }
    return frac;
}

// Largest |running sum| of one vector in real numbers, in the order of the machine's additions.
double largest_sum(const EncodedMatrix& m, const std::vector<float>& bias, const int16_t* column,
                   double act_scale) {
    double largest = 0;
    std::vector<double> sum;
    for (size_t b = 0; b < m.blocks.size(); ++b) {
        const EncodedBlock& block = m.blocks[b];
        const size_t slice = block.rows_per_pe;
        sum.assign(slice * m.pes, 0.0);
        for (size_t i = 0; i < sum.size() && !bias.empty(); ++i) {
            const size_t row = (b * m.registers + i % slice) * m.pes + i / slice;
            sum[i] = row < bias.size() ? bias[row] : 0.0;
            largest = std::max(largest, std::fabs(sum[i]));
        }
        for (uint32_t c = 0; c < m.cols; ++c) {
            if (column[c] == 0) {
                continue;
            }
            const double act = column[c] * act_scale;
            uint64_t e = block.column_start[c];
            const uint32_t* begin = &block.ptr[size_t{c} * m.pes];
            for (uint32_t pe = 0; pe < m.pes; ++pe) {
                double* row = &sum[pe * slice] - 1;
                for (uint32_t n = begin[m.pes + pe] - begin[pe]; n > 0; --n, ++e) {
                    row += block.gap[e] + 1;
                    *row += m.codebook[block.code[e]] * act;
                    largest = std::max(largest, std::fabs(*row));
                }
            }
        }
    }
    return largest;
}

} // namespace

Format choose_format(const Options& o, const EncodedMatrix& matrix, const std::vector<float>& bias,
                     const VectorSource& source) {
    Format f;
    f.high = static_cast<int32_t>((int64_t{1} << (o.act_bits - 1)) - 1);
    f.low = -f.high - 1;
    f.input_frac = source.frac_bits();
    double weight = 0;
    for (float w : matrix.codebook) {
        weight = std::max(weight, static_cast<double>(std::fabs(w)));
    }
    f.weight_frac = fraction_bits(weight, static_cast<int>(o.weight_bits), -16, 30);
    // A few vectors stand for all; those not looked at get one bit of headroom.
    const uint32_t vectors = source.vectors();
    const uint32_t looked_at = std::min<uint32_t>(vectors, 16);
    std::vector<int16_t> column(matrix.cols);
    double largest = 0;
    for (uint32_t i = 0; i < looked_at; ++i) {
        source.fill(static_cast<uint32_t>(uint64_t{i} * vectors / looked_at), column.data());
        largest = std::max(
            largest, largest_sum(matrix, bias, column.data(), std::ldexp(1.0, -f.input_frac)));
    }
    largest *= looked_at < vectors ? 2.0 : 1.0;
    const int act_bits = static_cast<int>(o.act_bits);
    f.output_frac = fraction_bits(largest, act_bits, 0, act_bits - 1);
    // The shifter moves right by 0 to 31: finer weights than that would only be shifted out.
    f.weight_frac = std::min(f.weight_frac, 31 + f.output_frac - f.input_frac);
    f.output_frac = std::min(f.output_frac, f.weight_frac + f.input_frac);
    f.shift = f.weight_frac + f.input_frac - f.output_frac;
    f.round = f.shift > 0 ? int32_t{1} << (f.shift - 1) : 0;
    const double top = std::ldexp(1.0, static_cast<int>(o.weight_bits) - 1);
    for (size_t i = 0; i < matrix.codebook.size(); ++i) {
        const double fixed = std::round(std::ldexp(matrix.codebook[i], f.weight_frac));
        f.codebook[i] = static_cast<int32_t>(std::clamp(fixed, -top, top - 1));
    }
    return f;
}

std::vector<int32_t> fixed_bias(const Format& format, const std::vector<float>& bias) {
    std::vector<int32_t> fixed(bias.size());
    std::transform(bias.begin(), bias.end(), fixed.begin(), [&](float b) {
        const double value = std::round(std::ldexp(b, format.output_frac));
        return static_cast<int32_t>(std::clamp<double>(value, format.low, format.high));
    });
    return fixed;
}

} // namespace assay::eie
