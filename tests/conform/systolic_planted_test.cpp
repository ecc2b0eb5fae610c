// The agreement test has teeth: copies of what the event model is made of, each with one small
// error planted in its source at build time (tests/conform/meson.build), must all be caught.
#include <gtest/gtest.h>

#include "systolic_cases.hpp"

using namespace assay;
using namespace assay::systolic;

namespace assay::systolic {
#define ASSAY_MUTANT(name) std::unique_ptr<tiled::Design> make_##name(const Options& options);
#include "systolic_mutants.inc"
#undef ASSAY_MUTANT
} // namespace assay::systolic

namespace {

struct Mutant {
    const char* name;
    std::unique_ptr<tiled::Design> (*make)(const Options& options);
};

const Mutant mutants[] = {
#define ASSAY_MUTANT(name) {#name, make_##name},
#include "systolic_mutants.inc"
#undef ASSAY_MUTANT
};

class SystolicPlanted : public ::testing::TestWithParam<Mutant> {};

} // namespace

TEST_P(SystolicPlanted, IsCaught) {
    uint64_t caught = 0, run = 0;
    for (uint64_t i = 0; i < 400 && caught == 0; ++i) {
        const Options options = make_options(20261123, i);
        const tiled::LayerCase c = tiled::make_layer_case(20261123, i, 6000);
        const tiled::LayerRun right =
            run_layer([&] { return make_design(options); }, c, ASSAY_MODEL_CLOCKED);
        if (!right.fits) {
            continue;
        }
        ++run;
        const tiled::LayerRun wrong =
            run_layer([&] { return GetParam().make(options); }, c, ASSAY_MODEL_EVENT);
        caught += !first_difference(right, wrong).empty();
    }
    EXPECT_EQ(caught, 1u) << "not by one of " << run << " cases";
}

INSTANTIATE_TEST_SUITE_P(Mutants, SystolicPlanted, ::testing::ValuesIn(mutants),
                         [](const auto& info) { return std::string(info.param.name); });
