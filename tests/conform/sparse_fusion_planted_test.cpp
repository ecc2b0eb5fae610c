// The agreement test has teeth: copies of the event model with one small error each, planted in
// what differs from EIE (tests/conform/meson.build), must all be caught by the same comparison.
#include <gtest/gtest.h>

#include "sparse_fusion_cases.hpp"

using namespace assay;
using assay::eie::Case;
using assay::eie::Counters;
using assay::eie::MakeModel;

namespace assay::eie {
#define ASSAY_MUTANT(name) std::unique_ptr<Model> make_##name(const Options& options);
#include "fusion_mutants.inc"
#undef ASSAY_MUTANT
} // namespace assay::eie

namespace {

struct Mutant {
    const char* name;
    MakeModel make;
};

const Mutant mutants[] = {
#define ASSAY_MUTANT(name) {#name, eie::make_##name},
#include "fusion_mutants.inc"
#undef ASSAY_MUTANT
};

class SparseFusionPlanted : public ::testing::TestWithParam<Mutant> {};

} // namespace

TEST_P(SparseFusionPlanted, IsCaught) {
    uint64_t caught = 0, run = 0;
    for (uint64_t i = 0; i < 400; ++i) {
        Case c;
        sparse_fusion::Widths widths;
        if (!sparse_fusion::make_case(20261123, i, c, widths)) {
            continue;
        }
        ++run;
        const Counters right = run_case(c, eie::make_event_model);
        const std::vector<int32_t> outputs = c.result;
        const Counters wrong = run_case(c, GetParam().make);
        caught += !first_difference(right, wrong).empty() || outputs != c.result;
    }
    EXPECT_GE(caught, 1u) << "of " << run << " cases";
    RecordProperty("caught", static_cast<int>(caught));
}

INSTANTIATE_TEST_SUITE_P(Mutants, SparseFusionPlanted, ::testing::ValuesIn(mutants),
                         [](const auto& info) { return std::string(info.param.name); });
