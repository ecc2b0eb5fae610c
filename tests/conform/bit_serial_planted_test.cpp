// The agreement test has teeth: copies of the machine's description, each with one small error
// planted at build time (tests/conform/meson.build), must all be caught by the same comparison.
#include <gtest/gtest.h>

#include <string>

#include "bit_serial_cases.hpp"

using namespace assay;
using namespace assay::bit_serial;

namespace assay::bit_serial {
#define ASSAY_MUTANT(name) std::unique_ptr<tiled::Design> make_##name(const Options& options);
#include "bit_serial_mutants.inc"
#undef ASSAY_MUTANT
} // namespace assay::bit_serial

namespace {

struct Mutant {
    const char* name;
    std::unique_ptr<tiled::Design> (*make)(const Options& options);
};

const Mutant mutants[] = {
#define ASSAY_MUTANT(name) {#name, make_##name},
#include "bit_serial_mutants.inc"
#undef ASSAY_MUTANT
};

class BitSerialPlanted : public ::testing::TestWithParam<Mutant> {};

bool caught(const Case& c, const Mutant& mutant) {
    const Outcome wrong = run_event(c, *mutant.make(c.options));
    std::vector<uint32_t> sums(c.nest.outputs(), 0);
    tiled::reference(c.operands(sums));
    return wrong.sums != sums ||
           !first_difference(wrong, run_clocked(c, *make_design(c.options))).empty();
}

} // namespace

TEST_P(BitSerialPlanted, IsCaught) {
    uint64_t count = 0;
    for (uint64_t i = 0; i < 40; ++i) {
        count += caught(make_case(20261123, i), GetParam());
    }
    const bool control = std::string(GetParam().name) == "nothing_planted";
    EXPECT_EQ(count > 0, !control);
    RecordProperty("caught", static_cast<int>(count));
}

INSTANTIATE_TEST_SUITE_P(Mutants, BitSerialPlanted, ::testing::ValuesIn(mutants),
                         [](const auto& info) { return std::string(info.param.name); });
