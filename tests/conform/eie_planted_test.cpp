// The agreement test has teeth: copies of the event model, each with one small error planted in its
// source at build time (tests/conform/meson.build), must all be caught by the same comparison.
#include <gtest/gtest.h>

#include "eie_cases.hpp"

using namespace assay;
using namespace assay::eie;

namespace assay::eie {
#define ASSAY_MUTANT(name) std::unique_ptr<Model> make_##name(const Options& options);
#include "mutants.inc"
#undef ASSAY_MUTANT
} // namespace assay::eie

namespace {

struct Mutant {
    const char* name;
    MakeModel make;
};

const Mutant mutants[] = {
#define ASSAY_MUTANT(name) {#name, make_##name},
#include "mutants.inc"
#undef ASSAY_MUTANT
};

class EiePlanted : public ::testing::TestWithParam<Mutant> {};

} // namespace

TEST_P(EiePlanted, IsCaught) {
    uint64_t caught = 0, run = 0;
    for (uint64_t i = 0; i < 400; ++i) {
        Case c;
        if (!make_case(20260711, i, c)) {
            continue;
        }
        ++run;
        const Counters right = run_case(c, make_event_model);
        const std::vector<int32_t> outputs = c.result;
        const Counters wrong = run_case(c, GetParam().make);
        caught += !first_difference(right, wrong).empty() || outputs != c.result;
    }
    EXPECT_GE(caught, 1u) << "of " << run << " cases";
    RecordProperty("caught", static_cast<int>(caught));
}

INSTANTIATE_TEST_SUITE_P(Mutants, EiePlanted, ::testing::ValuesIn(mutants),
                         [](const auto& info) { return std::string(info.param.name); });
