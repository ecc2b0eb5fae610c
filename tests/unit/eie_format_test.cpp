// Fixed point against real numbers: the error stays within what rounding can do, and nothing clips.
#include <gtest/gtest.h>

#include <cmath>

#include "eie_layer.hpp"
#include "rng.h"

using namespace assay;
using namespace assay::eie;

namespace {

struct Problem {
    Layer layer;
    std::shared_ptr<SparseCodes> codes = std::make_shared<SparseCodes>();
    std::vector<float> input;
};

Problem random_problem(assay_rng& rng, double weight_scale, double input_scale) {
    Problem p;
    const uint32_t rows = 40, cols = 60;
    p.codes->rows = rows;
    p.codes->cols = cols;
    p.codes->codebook = {0};
    for (int i = 0; i < 15; ++i) {
        p.codes->codebook.push_back(static_cast<float>(assay_rng_normal(&rng) * weight_scale));
    }
    p.codes->col_start = {0};
    for (uint32_t c = 0; c < cols; ++c) {
        for (uint32_t r = 0; r < rows; ++r) {
            if (assay_rng_unit(&rng) < 0.3) {
                p.codes->row.push_back(r);
                p.codes->code.push_back(static_cast<uint8_t>(1 + assay_rng_below(&rng, 15)));
            }
        }
        p.codes->col_start.push_back(static_cast<uint32_t>(p.codes->row.size()));
        p.input.push_back(static_cast<float>(assay_rng_normal(&rng) * input_scale));
    }
    p.layer.op = Op::fc;
    p.layer.in = {cols, 1, 1};
    p.layer.out = {rows, 1, 1};
    p.layer.weights.codes = p.codes;
    for (uint32_t r = 0; r < rows; ++r) {
        p.layer.weights.bias.push_back(static_cast<float>(assay_rng_normal(&rng) * weight_scale));
    }
    return p;
}

} // namespace

TEST(EieFormat, ErrorsStayWithinRoundingAtEveryScale) {
    assay_rng rng = assay_rng_seed(3, "formats");
    for (double weight_scale : {1e-4, 0.03, 1.0, 10.0}) {
        for (double input_scale : {0.01, 1.0, 50.0}) {
            const Problem p = random_problem(rng, weight_scale, input_scale);
            Options o{};
            assay_options_defaults(&option_table, &o);
            const FixedTensor input = fixed_from_float(p.input, p.layer.in, 16, false);
            const VectorSource source(p.layer, input, o);
            const EncodedMatrix matrix = encode(*p.codes, 64, 4, 64);
            const Format f = choose_format(o, matrix, p.layer.weights.bias, source);
            ASSERT_GE(f.shift, 0);
            ASSERT_LE(f.shift, 31);
            const std::vector<int32_t> bias = fixed_bias(f, p.layer.weights.bias);
            std::vector<int32_t> result;
            reference(
                *p.codes, f, &bias, 1, [&](uint32_t v, int16_t* column) { source.fill(v, column); },
                result);
            const double ulp = std::ldexp(1.0, -f.output_frac);
            const double weight_ulp = std::ldexp(1.0, -f.weight_frac);
            std::vector<double> exact(p.layer.weights.bias.begin(), p.layer.weights.bias.end());
            std::vector<double> bound(exact.size(), 0.5 * ulp);
            for (uint32_t c = 0; c < p.codes->cols; ++c) {
                const double act = std::ldexp(input.values[c], -input.frac_bits);
                for (uint32_t e = p.codes->col_start[c]; e < p.codes->col_start[c + 1]; ++e) {
                    exact[p.codes->row[e]] += p.codes->codebook[p.codes->code[e]] * act;
                    bound[p.codes->row[e]] += 0.5 * ulp + 0.5 * weight_ulp * std::fabs(act);
                }
            }
            for (size_t r = 0; r < exact.size(); ++r) {
                EXPECT_NEAR(std::ldexp(result[r], -f.output_frac), exact[r], bound[r])
                    << "row " << r << ", scales " << weight_scale << " " << input_scale;
                EXPECT_LT(std::abs(result[r]), 32767) << "clipped";
            }
        }
    }
}

// A sum that does not fit clips to the largest activation and is counted, up and down.
TEST(EieFormat, SumsSaturate) {
    Format f;
    uint64_t saturations = 0;
    EXPECT_EQ(accumulate(f, 32000, 1000, saturations), 32767);
    EXPECT_EQ(accumulate(f, -32000, -1000, saturations), -32768);
    EXPECT_EQ(saturations, 2u);
    EXPECT_EQ(accumulate(f, -32000, 1000, saturations), -31000);
    EXPECT_EQ(saturations, 2u);
}

// Half up: 1.5 -> 2, -1.5 -> -1, and the extreme product does not overflow.
TEST(EieFormat, ProductsRoundHalfUp) {
    Format f;
    f.shift = 1;
    f.round = 1;
    EXPECT_EQ(scaled_product(f, 3, 1), 2);
    EXPECT_EQ(scaled_product(f, -3, 1), -1);
    f.shift = 31;
    f.round = 1 << 30;
    EXPECT_EQ(scaled_product(f, -32768, -32768), 1);
}
