// Every number of the golden files, exactly. A difference is either a bug or a change of the
// machine; the latter is made with scripts/golden --update and reviewed as a diff.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "golden.hpp"

using namespace assay_test;

namespace {

GoldenTable golden() {
    return read_golden(project_path("tests/golden/eie.csv"));
}

// Compares the rows with or without outside data; returns how many there were.
size_t compare(const GoldenTable& table, bool data) {
    size_t rows = 0;
    for (size_t first = 0; first < table.rows.size(); first = end_of_run(table, first)) {
        if (table.rows[first].needs_data() != data) {
            continue;
        }
        try {
            const Measured measured = measure(table, first);
            rows += measured.size();
            for (const std::string& text : differences(table, first, measured)) {
                ADD_FAILURE() << text;
            }
        } catch (const std::exception& error) {
            ADD_FAILURE() << table.path << ":" << table.rows[first].line << ": " << error.what();
        }
    }
    return rows;
}

const GoldenRow& row_of(const GoldenTable& table, const std::string& workload,
                        const std::string& set, const std::string& model) {
    for (const GoldenRow& row : table.rows) {
        if (row.workload == workload && row.set == set && row.model == model) {
            return row;
        }
    }
    throw std::runtime_error("no row for " + workload + " [" + set + "] " + model);
}

std::string number(const GoldenTable& table, const GoldenRow& row, const std::string& column) {
    auto at = std::find(table.columns.begin(), table.columns.end(), column);
    return at == table.columns.end() ? "no such column" : row.numbers[at - table.columns.begin()];
}

const char real_fc8[] = "$ASSAY_DATA/eie/alexnet_fc8_64pe.safetensors";

} // namespace

class GoldenFile : public testing::TestWithParam<std::string> {};

TEST_P(GoldenFile, gives_the_frozen_counters) {
    EXPECT_GE(compare(read_golden(project_path(GetParam())), false), 18u);
}

INSTANTIATE_TEST_SUITE_P(Accelerators, GoldenFile, testing::ValuesIn(golden_files),
                         [](const auto& file) {
                             const std::string name =
                                 file.param.substr(std::strlen("tests/golden/"));
                             return name.substr(0, name.find('.'));
                         });

TEST(Golden, real_layers_give_the_frozen_counters) {
    if (!have_data()) {
        GTEST_SKIP() << "**** ASSAY_DATA is not set: golden rows of real layers NOT compared ****";
    }
    EXPECT_GE(compare(golden(), true), 24u);
}

// What was published must not be updated away: the EIE authors' simulator on its own data (cycles
// and reads at 64 and 32 bit, queue of 7), the fullest PE and the mean work counted in that data,
// and the example of the cycle contract.
TEST(Golden, file_holds_the_published_anchors) {
    const GoldenTable table = golden();
    for (const char* model : {"event", "clocked"}) {
        const GoldenRow& fc8 = row_of(table, real_fc8, "", model);
        EXPECT_EQ(number(table, fc8, "cycles"), "7926");
        EXPECT_EQ(number(table, fc8, "entries_max_pe"), "7778");
        EXPECT_EQ(number(table, fc8, "ptr_reads"), "112640");
        EXPECT_EQ(number(table, fc8, "spmat_reads"), "100900");
        EXPECT_EQ(number(table, fc8, "theoretical_cycles"), "7090");
        EXPECT_EQ(number(table, fc8, "stored_entries"), "1051991");
        EXPECT_EQ(number(table, fc8, "padding_entries"), "0");
    }
    const GoldenRow& narrow = row_of(table, real_fc8, "spmat_width_bits=32", "event");
    EXPECT_EQ(number(table, narrow, "cycles"), "7926");
    EXPECT_EQ(number(table, narrow, "spmat_reads"), "158921");
    const GoldenRow& example =
        row_of(table, "traces/examples/eie_contract.json", "pe_count=2", "clocked");
    EXPECT_EQ(number(table, example, "cycles"), "12");
}

TEST_P(GoldenFile, has_every_number_in_every_row) {
    const GoldenTable table = read_golden(project_path(GetParam()));
    EXPECT_GE(table.columns.size(), 12u);
    for (const GoldenRow& row : table.rows) {
        for (size_t c = 0; c < table.columns.size(); ++c) {
            EXPECT_NE(row.numbers[c], "") << "line " << row.line << ", " << table.columns[c];
        }
    }
}

// The comparison has teeth: one changed number is found and named.
TEST(Golden, a_changed_number_is_named) {
    GoldenTable table = golden();
    size_t first = 0;
    while (table.rows[first].workload != "traces/examples/eie_contract.json") {
        ++first;
    }
    const Measured measured = measure(table, first);
    ASSERT_EQ(differences(table, first, measured).size(), 0u);
    table.rows[first].numbers[0] = "13";
    const std::vector<std::string> found = differences(table, first, measured);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_NE(found[0].find(":" + std::to_string(table.rows[first].line) + ": "),
              std::string::npos);
    EXPECT_NE(found[0].find("cycles is 12, golden '13'"), std::string::npos) << found[0];
}
