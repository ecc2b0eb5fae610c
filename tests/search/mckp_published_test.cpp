// The integer programs of HAWQ-V3 (Yao et al., ICML 2021) and LIMPQ (Tang et al., ECCV 2022), from
// their authors' numbers. Skipped, loudly, where ASSAY_DATA is not set.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "../validation/csv.hpp"
#include "knapsack.hpp"
#include "limpq_program.hpp"
#include "report.hpp"

using assay_test::Knapsack;
using assay_test::limpq_program;
using assay_test::Table;
using validation::Csv;

namespace {

#define NEEDS_DATA()                                                                               \
    if (!validation::have_data()) {                                                                \
        GTEST_SKIP() << "**** ASSAY_DATA is not set: published programs NOT solved ****";          \
    }

// ---- HAWQ-V3 ----

// Its first line is a comment.
Csv hawq_table(const std::string& network) {
    std::ifstream file(std::string(std::getenv("ASSAY_DATA")) + "/tables/hawq/hawq_v3_" + network +
                       ".csv");
    std::string comment;
    std::getline(file, comment);
    std::stringstream rest;
    rest << file.rdbuf();
    return Csv(rest.str());
}

struct Costs {
    double at4, at8;
};

Costs hawq_costs(const Csv& table, size_t row, const std::string& metric) {
    if (metric == "size") {
        return {0.5 * table.real(row, "parameters"), table.real(row, "parameters")};
    }
    if (metric == "bops") {
        return {table.real(row, "macs") / 64, table.real(row, "macs") / 16};
    }
    return {table.real(row, "lat_int4_ms"), table.real(row, "lat_int8_ms")};
}

using Ties = std::vector<std::pair<size_t, size_t>>;
const Ties ties18 = {{4, 6}, {9, 11}, {14, 16}};
const Ties ties50 = {{0, 3}, {10, 13}, {23, 26}, {42, 45}};

// Option 0: 4 bits; 1: 8 bits, worth what the loss does not grow.
Knapsack hawq_program(const std::string& network, const Ties& ties, const std::string& metric,
                      double fraction) {
    const Csv table = hawq_table(network);
    Table value, cost;
    std::vector<size_t> tie;
    double low = 0, high = 0;
    for (size_t i = 0; i < table.size(); ++i) {
        const Costs c = hawq_costs(table, i, metric);
        value.push_back(
            {0, table.real(i, "avg_trace") * (table.real(i, "d4_sq") - table.real(i, "d8_sq"))});
        cost.push_back({c.at4, c.at8});
        low += c.at4;
        high += c.at8;
        tie.push_back(i);
    }
    for (const auto& [first, second] : ties) {
        tie[second] = first;
    }
    return Knapsack(value, {cost}, {low + (high - low) * fraction}, tie);
}

std::string bits_of(const std::vector<size_t>& choice) {
    std::string bits;
    for (size_t option : choice) {
        bits += option == 0 ? '4' : '8';
    }
    return bits;
}

assay_mckp_result solve(const Knapsack& program, std::vector<size_t>& choice) {
    choice.resize((*program)->items);
    assay_mckp_result result;
    EXPECT_EQ(assay_mckp_solve(*program, 0, choice.data(), &result), ASSAY_OK);
    EXPECT_TRUE(result.feasible && result.proven && program.allows(choice));
    return result;
}

// The optimum of an independent solver, where the build has one.
void expect_same_by_library(const Knapsack& program, double value) {
    assay_test::Report report;
    std::vector<size_t> choice((*program)->items);
    assay_mckp_result ip;
    if (assay_mckp_solve_ip(*program, 60, choice.data(), &ip, report) == ASSAY_OK) {
        EXPECT_TRUE(ip.proven);
        EXPECT_NEAR(ip.value, value, 1e-8);
    }
}

} // namespace

// The published bits of the 19 layers between the first and the last.
TEST(HawqV3, Resnet18AsPublished) {
    NEEDS_DATA();
    const struct {
        const char* metric;
        double fraction;
        const char* bits;
        double value;
    } published[] = {
        {"size", 0.25, "8888888888888844444", 1.189414},
        {"size", 0.5, "8888888888888884844", 1.233207},
        {"size", 0.75, "8888888888888488884", 1.274273},
        {"bops", 0.25, "8884848444444444444", 0.847289},
        {"bops", 0.5, "8884888848884444444", 1.092024},
        {"bops", 0.75, "8888888848888484884", 1.227748},
        {"latency", 0.25, "8884848444444444444", 0.847289},
        {"latency", 0.5, "8888848848884484844", 1.105039},
        {"latency", 0.75, "8888888848888484884", 1.227748},
    };
    for (const auto& p : published) {
        const Knapsack program = hawq_program("resnet18", ties18, p.metric, p.fraction);
        std::vector<size_t> choice;
        const assay_mckp_result result = solve(program, choice);
        EXPECT_EQ(bits_of(choice), p.bits) << p.metric << " " << p.fraction;
        EXPECT_NEAR(result.value, p.value, 5.1e-7) << p.metric << " " << p.fraction;
        EXPECT_LT(result.nodes, 1000u); // far below the 100 ms that are asked for
        expect_same_by_library(program, result.value);
    }
}

TEST(HawqV3, Resnet50AsTheLibrarySolvesIt) {
    NEEDS_DATA();
    for (const char* metric : {"size", "bops", "latency"}) {
        for (double fraction : {0.25, 0.5, 0.75}) {
            const Knapsack program = hawq_program("resnet50", ties50, metric, fraction);
            std::vector<size_t> choice;
            const assay_mckp_result result = solve(program, choice);
            for (const auto& [first, second] : ties50) {
                EXPECT_EQ(choice[first], choice[second]);
            }
            EXPECT_LT(result.nodes, 10000u);
            expect_same_by_library(program, result.value);
        }
    }
}

// Published: 4.617439, with the repository's count of operations.
TEST(Limpq, Resnet50AsItsRepositoryCounts) {
    NEEDS_DATA();
    const Knapsack program = limpq_program(true);
    std::vector<size_t> choice;
    const assay_mckp_result result = solve(program, choice);
    EXPECT_LE(-result.value, 4.6174395);
    expect_same_by_library(program, result.value);
    double multiplier[ASSAY_LIMITS_MAX];
    assay_mckp_result dual;
    ASSERT_EQ(assay_mckp_lagrangian(*program, choice.data(), multiplier, &dual), ASSAY_OK);
    EXPECT_NEAR(-dual.bound, 4.614169, 5.1e-7);
    EXPECT_TRUE(dual.feasible);
    EXPECT_LT(-dual.value, 4.62); // within 0.1 % by itself
}

// The published answer is over the budget then.
TEST(Limpq, Resnet50ByItsTrueOperations) {
    NEEDS_DATA();
    const Knapsack program = limpq_program(false);
    std::vector<size_t> choice;
    const assay_mckp_result result = solve(program, choice);
    EXPECT_NEAR(-result.value, 4.630866, 5.1e-7); // ours, as CBC's
    expect_same_by_library(program, result.value);
}
