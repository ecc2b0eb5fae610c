// The Bit Fusion authors' networks: what they count of them, and what their simulator says.
#include <gtest/gtest.h>

#include "authors.hpp"
#include "process.hpp"
#include "statistics.hpp"
#include "workload.hpp"

using namespace validation;

namespace {

struct Counted {
    double macs = 0, weight_bits = 0;
};

Counted count(const std::string& file) {
    const std::string path = cli_test::source("traces/bit_fusion/" + file + ".json");
    assay_workload* workload = nullptr;
    const assay_workload_params params = {};
    EXPECT_EQ(assay_workload_load(path.c_str(), &params, &workload, nullptr), ASSAY_OK) << path;
    Counted counted;
    for (const assay::Layer& layer : workload->layers) {
        counted.macs += static_cast<double>(layer.macs());
        counted.weight_bits += static_cast<double>(layer.params()) * layer.w_bits;
    }
    assay_workload_free(&workload);
    return counted;
}

} // namespace

TEST(AuthorsNetworks, FilesAreWhatTheScriptWrites) {
    const std::string script = cli_test::source("scripts/make_bit_fusion_nets");
    const cli_test::Outcome outcome =
        cli_test::Child({"/usr/bin/env", "python3", script, "--check"}).wait();
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

TEST(AuthorsNetworks, HaveTheMacsAndWeightsThatTheyCount) {
    for (const AuthorsNet& net : authors_nets) {
        const Counted counted = count(net.file);
        EXPECT_NEAR(counted.macs, net.macs, net.macs_digit) << net.file;
        EXPECT_NEAR(counted.weight_bits / 8 / (1 << 20), net.weight_mib, net.mib_digit) << net.file;
    }
}

TEST(AuthorsNetworks, TheirOwnNumbersHaveThePublishedMean) {
    std::vector<double> speed_ups;
    for (const AuthorsNet& net : authors_nets) {
        speed_ups.push_back(net.eyeriss_cycles / net.cycles);
    }
    EXPECT_NEAR(geometric_mean(speed_ups), 3.925, 0.0005);
}

TEST(AuthorsNetworks, CyclesOfAllEightAndTheMeanSpeedUp) {
    std::vector<double> speed_ups;
    for (const AuthorsNet& net : authors_nets) {
        const double cycles = static_cast<double>(total(run_authors(net.file), "cycles"));
        EXPECT_NEAR(cycles / net.cycles, 1, 0.15) << net.file;
        speed_ups.push_back(net.eyeriss_cycles / cycles);
    }
    EXPECT_NEAR(geometric_mean(speed_ups) / 3.925, 1, 0.10);
}

// A machine has no reason to move more than the formula, which counts whole tiles; what it may add
// in cycles is fill, drain and contention.
TEST(AuthorsNetworks, LayersOfTheStoredSweep) {
    if (!have_data()) {
        GTEST_SKIP() << "**** ASSAY_DATA is not set: the authors' stored sweep NOT compared ****";
    }
    const std::vector<SweepLayer> layers = measure_sweep();
    ASSERT_EQ(layers.size(), 18u);
    Errors cycles;
    for (const SweepLayer& l : layers) {
        cycles.add(l.ours.cycles, l.published.cycles);
        const double theirs = l.published.dram_read + l.published.dram_write;
        EXPECT_LE(l.ours.dram_read + l.ours.dram_write, 1.06 * theirs) << l.network << l.layer;
        EXPECT_LE(l.ours.cycles, 1.05 * l.published.cycles) << l.network << " " << l.layer;
    }
    EXPECT_LE(cycles.median(), 0.03);
}
