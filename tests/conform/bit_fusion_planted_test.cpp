// The agreement test has teeth: copies of what the event model is made of, each with one small
// error planted in its source at build time (tests/conform/meson.build), must all be caught.
#include <gtest/gtest.h>

#include "bit_fusion_cases.hpp"

using namespace assay;
using namespace assay::bit_fusion;

namespace assay::bit_fusion {
#define ASSAY_MUTANT(name) std::unique_ptr<tiled::Design> make_##name(const Options& options);
#include "bit_fusion_mutants.inc"
#undef ASSAY_MUTANT
} // namespace assay::bit_fusion

namespace {

struct Mutant {
    const char* name;
    std::unique_ptr<tiled::Design> (*make)(const Options& options);
};

const Mutant mutants[] = {
#define ASSAY_MUTANT(name) {#name, make_##name},
#include "bit_fusion_mutants.inc"
#undef ASSAY_MUTANT
};

class BitFusionPlanted : public ::testing::TestWithParam<Mutant> {};

} // namespace

TEST_P(BitFusionPlanted, IsCaught) {
    uint64_t caught = 0, run = 0;
    for (uint64_t i = 0; i < 400 && caught == 0; ++i) {
        const Options options = make_options(20261123, i);
        const tiled::LayerCase c = tiled::make_layer_case(20261123, i, 6000);
        const auto run_with = [&](std::unique_ptr<tiled::Design> (*make)(const Options&),
                                  assay_model model) {
            return run_layer([&] { return any_mapping(make(options), options, i * 7919); }, c,
                             model);
        };
        const tiled::LayerRun right = run_with(make_design, ASSAY_MODEL_CLOCKED);
        if (!right.fits) {
            continue;
        }
        ++run;
        const tiled::LayerRun wrong = run_with(GetParam().make, ASSAY_MODEL_EVENT);
        caught += !first_difference(right, wrong).empty();
    }
    EXPECT_EQ(caught, 1u) << "not by one of " << run << " cases";
}

INSTANTIATE_TEST_SUITE_P(Mutants, BitFusionPlanted, ::testing::ValuesIn(mutants),
                         [](const auto& info) { return std::string(info.param.name); });
