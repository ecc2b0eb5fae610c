// The agreement test has teeth: copies of the event model and of the DRAM's timing, each with one
// small error planted at build time (tests/conform/meson.build), must all be caught by the same
// comparison.
#include <gtest/gtest.h>

#include "tiled_cases.hpp"

using namespace assay;
using namespace assay::tiled;

namespace assay::tiled {
#define ASSAY_MUTANT(name) std::unique_ptr<Pipeline> make_##name(const PipelineOptions& options);
#include "tiled_mutants.inc"
#undef ASSAY_MUTANT
} // namespace assay::tiled

namespace {

struct Mutant {
    const char* name;
    MakePipeline make;
};

const Mutant mutants[] = {
#define ASSAY_MUTANT(name) {#name, make_##name},
#include "tiled_mutants.inc"
#undef ASSAY_MUTANT
};

class TiledPlanted : public ::testing::TestWithParam<Mutant> {};

uint64_t caught(PipelineCase (*make_case)(uint64_t, uint64_t), MakePipeline make, uint64_t cases) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < cases; ++i) {
        const PipelineCase c = make_case(20261123, i);
        count += !first_difference(run_case(c, make_event_pipeline), run_case(c, make)).empty();
    }
    return count;
}

} // namespace

// `regular` says how many lists that look like a network's would have shown the error: for some,
// none.
TEST_P(TiledPlanted, IsCaught) {
    const uint64_t random = caught(make_pipeline_case, GetParam().make, 400);
    EXPECT_GE(random, 1u);
    RecordProperty("caught", static_cast<int>(random));
    RecordProperty("regular", static_cast<int>(caught(make_regular_case, GetParam().make, 100)));
}

INSTANTIATE_TEST_SUITE_P(Mutants, TiledPlanted, ::testing::ValuesIn(mutants),
                         [](const auto& info) { return std::string(info.param.name); });
