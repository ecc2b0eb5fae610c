// hw_configs/bit_fusion_16x32.json against the latency and energy table that APQ published, and the
// figures that the authors of Bit Fusion print.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

#include "bit_fusion_cases.hpp"
#include "report.hpp"

using namespace assay;
using namespace assay::bit_fusion;

namespace {

Options machine(const std::string& name) {
    assay_test::Report report;
    assay_hw* hw = nullptr;
    const std::string path = std::string(std::getenv("ASSAY_SOURCE_ROOT")) + "/hw_configs/" + name;
    EXPECT_EQ(assay_hw_load(path.c_str(), &hw, report), ASSAY_OK) << report.text();
    const Options options = *static_cast<const Options*>(assay_hw_values(hw));
    assay_hw_free(&hw);
    return options;
}

// cin,cout,in_hw,k,stride,pad,groups,w_bits,a_bits,latency_ms,energy_mj
struct Row {
    tiled::LayerCase layer;
    std::string cell; // class and widths
    double cycles, joules;
};

Row row_of(const std::string& line) {
    std::vector<double> v;
    std::stringstream in(line);
    for (std::string field; std::getline(in, field, ',');) {
        v.push_back(std::stod(field));
    }
    const auto n = [&](size_t i) { return static_cast<uint32_t>(v.at(i)); };
    Row row;
    Layer& layer = row.layer.layer;
    layer.op = Op::conv;
    layer.in = {n(0), n(2), n(2)};
    layer.kernel_h = layer.kernel_w = n(3);
    layer.stride_h = layer.stride_w = n(4);
    layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = n(5);
    layer.groups = n(6);
    const uint32_t side = (n(2) + 2 * n(5) - n(3)) / n(4) + 1;
    layer.out = {n(1), side, side};
    row.layer.w_bits = n(7);
    row.layer.a_bits = n(8);
    row.cell = (n(6) > 1 ? "depthwise " : "dense ") + std::to_string(n(3)) + " w" +
               std::to_string(n(7)) + " a" + std::to_string(n(8));
    row.cycles = v.at(9) * 500e3;
    row.joules = v.at(10) * 1e-3;
    return row;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

} // namespace

TEST(BitFusionPublished, ApqTableByClassAndWidths) {
    const char* data = std::getenv("ASSAY_DATA");
    std::ifstream file(std::string(data == nullptr ? "" : data) +
                       "/tables/apq/bitfusion_b1_third.csv");
    std::string line;
    if (data == nullptr || !std::getline(file, line)) {
        GTEST_SKIP() << "no APQ table in $ASSAY_DATA";
    }
    const Options options = machine("bit_fusion_16x32.json");
    std::map<std::string, std::vector<double>> latency, energy;
    for (uint64_t i = 0; std::getline(file, line); ++i) {
        const Row row = row_of(line);
        const auto run =
            run_layer([&] { return make_design(options); }, row.layer, ASSAY_MODEL_EVENT, false);
        ASSERT_TRUE(run.fits) << run.message;
        const double joules =
            std::accumulate(run.out.energy.begin(), run.out.energy.end(), 0.0,
                            [](double sum, const Amount& a) { return sum + a.value; });
        latency[row.cell].push_back(
            std::fabs(static_cast<double>(run.out.cycles) / row.cycles - 1));
        energy[row.cell].push_back(std::fabs(joules / row.joules - 1));
    }
    EXPECT_GE(latency.size(), 30u);
    for (const auto& [cell, errors] : latency) {
        EXPECT_LE(median(errors), 0.10) << cell;
        EXPECT_LE(median(energy[cell]), 0.15) << cell;
    }
}

// The notebook's areas add up to 2.14 mm2; the synthesised array takes 235.104 pJ per cycle.
TEST(BitFusionPublished, AreaAndArrayEnergyOfTheAuthors) {
    const Options options = machine("bit_fusion_authors.json");
    double mm2 = 0;
    for (const Amount& amount : area(options)) {
        mm2 += amount.value;
    }
    EXPECT_NEAR(mm2, 2.14, 0.005);
    tiled::LayerCounters counters;
    counters.products = 1;
    counters.issue_cycles = 1000;
    counters.weight_read_bits = 32;
    for (const Amount& amount : energy(options, counters)) {
        if (std::string(amount.name) == "array") {
            EXPECT_NEAR(amount.value, 235.104e-9, 0.1e-9);
        }
        if (std::string(amount.name) == "wbuf") {
            EXPECT_NEAR(amount.value, 0.683701e-12, 1e-18);
        }
    }
}
