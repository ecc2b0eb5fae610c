// The cycle-by-cycle example of docs/contracts/eie.md, read back from the waveform; and small
// layers whose every cycle can be counted by hand.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "context.hpp"
#include "eie_cases.hpp"
#include "temp_dir.hpp"

using namespace assay;
using namespace assay::eie;

namespace {

// A VCD file as values of named signals over time.
class Waveform {
  public:
    explicit Waveform(const std::string& path) {
        std::ifstream in(path);
        std::string word;
        std::vector<std::string> scope;
        uint64_t time = 0;
        bool values = false;
        while (in >> word) {
            values = values || word == "$enddefinitions";
            if (word == "$comment") {
                while (in >> word && word != "$end") {}
            } else if (word == "$scope") {
                std::string kind, name;
                in >> kind >> name;
                scope.push_back(name);
            } else if (word == "$upscope") {
                scope.pop_back();
            } else if (word == "$var") {
                std::string kind, width, id, name;
                in >> kind >> width >> id >> name;
                std::string path_name;
                for (size_t i = 1; i < scope.size(); ++i) {
                    path_name += scope[i] + ".";
                }
                ids_[path_name + name] = id;
            } else if (!values) {
                continue;
            } else if (word[0] == '#') {
                time = std::stoull(word.substr(1));
            } else if (word[0] == 'b') {
                std::string id;
                in >> id;
                changes_[id][time] = std::stoull(word.substr(1), nullptr, 2);
            } else if ((word[0] == '0' || word[0] == '1') && word.size() > 1) {
                changes_[word.substr(1)][time] = static_cast<uint64_t>(word[0] - '0');
            }
        }
    }
    bool has(const std::string& signal) const { return ids_.count(signal) > 0; }
    // Value that the signal holds from `time` on.
    uint64_t at(const std::string& signal, uint64_t time) const {
        const auto& history = changes_.at(ids_.at(signal));
        auto next = history.upper_bound(time);
        return next == history.begin() ? 0 : std::prev(next)->second;
    }

  private:
    std::map<std::string, std::string> ids_;
    std::map<std::string, std::map<uint64_t, uint64_t>> changes_;
};

// The matrix and input of the example on two PEs, weights and activations as whole numbers.
void make_example(Case& c) {
    assay_options_defaults(&option_table, &c.options);
    c.options.pe_count = 2;
    c.codes.rows = c.codes.cols = 4;
    c.codes.codebook = {0, 1, 2, 3, 4, 5};
    c.codes.col_start = {0, 2, 3, 4, 5};
    c.codes.row = {0, 2, 1, 0, 3};
    c.codes.code = {1, 4, 3, 2, 5};
    c.inputs = {{1, 0, 2, 3}};
    for (int i = 0; i < 6; ++i) {
        c.job.format.codebook[static_cast<size_t>(i)] = i;
    }
    c.matrix = encode(c.codes, 2, 4, 64);
    std::string why;
    ASSERT_TRUE(make_plan(c.matrix, {1, false, 4, 4, false}, c.options, c.plan, why)) << why;
    c.job.matrix = &c.matrix;
    c.job.plan = &c.plan;
    c.job.input = [&c](uint32_t, int16_t* column) {
        std::copy(c.inputs[0].begin(), c.inputs[0].end(), column);
    };
    c.job.result = &c.result;
    c.result.assign(4, 0);
}

} // namespace

TEST(EieExample, TheWaveformShowsTheContract) {
    const assay_test::TempDir dir;
    const std::string path = dir.path("example.vcd");
    Case c;
    make_example(c);
    Counters counters;
    {
        ContextScope context;
        make_clocked_model(c.options, path.c_str())->run(c.job, counters);
    }
    EXPECT_EQ(counters.cycles, 12u);
    EXPECT_EQ(c.result, (std::vector<int32_t>{5, 0, 4, 15}));
    const Waveform wave(path);
    // Cycle 0 ends at the second edge: one edge hands over the layer. 1,250 ps a cycle, seen
    // mid-cycle.
    const auto in_cycle = [](uint64_t cycle) { return (cycle + 1) * 1250 + 600; };
    const char* const signals[] = {"control.cycle", "pe0.ptr_read.busy",
                                   "pe1.ptr_read.empty_column"};
    for (const char* signal : signals) {
        ASSERT_TRUE(wave.has(signal)) << signal;
    }
    struct Row { // one line of the table in section 8
        uint64_t cycle, busy0, empty0, busy1, empty1, write0, write1;
    };
    const Row table[] = {
        {0, 0, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0, 0},  {2, 0, 0, 0, 0, 0, 0},
        {3, 1, 0, 1, 1, 0, 0}, {4, 1, 0, 0, 0, 0, 0},  {5, 1, 0, 1, 1, 0, 0},
        {6, 1, 1, 1, 0, 0, 0}, {7, 0, 0, 0, 0, 0, 0},  {8, 0, 0, 0, 0, 1, 0},
        {9, 0, 0, 0, 0, 1, 0}, {10, 0, 0, 0, 0, 1, 0}, {11, 0, 0, 0, 0, 0, 1},
    };
    for (const Row& row : table) {
        const uint64_t t = in_cycle(row.cycle);
        EXPECT_EQ(wave.at("control.cycle", t), row.cycle);
        EXPECT_EQ(wave.at("pe0.ptr_read.busy", t), row.busy0) << "cycle " << row.cycle;
        EXPECT_EQ(wave.at("pe0.ptr_read.empty_column", t), row.empty0) << "cycle " << row.cycle;
        EXPECT_EQ(wave.at("pe1.ptr_read.busy", t), row.busy1) << "cycle " << row.cycle;
        EXPECT_EQ(wave.at("pe1.ptr_read.empty_column", t), row.empty1) << "cycle " << row.cycle;
        EXPECT_EQ(wave.at("pe0.act_rw.write", t), row.write0) << "cycle " << row.cycle;
        EXPECT_EQ(wave.at("pe1.act_rw.write", t), row.write1) << "cycle " << row.cycle;
    }
    EXPECT_EQ(wave.at("pe0.act_rw.sum", in_cycle(8)), 1u);
    EXPECT_EQ(wave.at("pe0.act_rw.sum", in_cycle(9)), 4u);
    EXPECT_EQ(wave.at("pe0.act_rw.sum", in_cycle(10)), 5u);
    EXPECT_EQ(wave.at("pe1.act_rw.sum", in_cycle(11)), 15u);
}

TEST(EieExample, StallsAreThoseOfTheContract) {
    Case c;
    make_example(c);
    const Counters m = run_case(c, make_event_model);
    EXPECT_EQ(m.cycles, 12u);
    for (size_t pe : {0u, 1u}) {
        EXPECT_EQ(m.stall[pe].fill, 2u);
        EXPECT_EQ(m.stall[pe].drain, 5u);
        EXPECT_EQ(m.stall[pe].imbalance, 0u);
    }
    EXPECT_EQ(m.stall[0].scan, 1u);
    EXPECT_EQ(m.stall[1].scan, 2u);
    EXPECT_EQ(m.stall[0].empty_column, 1u);
    EXPECT_EQ(m.stall[1].empty_column, 2u);
}

// One element, one PE: row register, broadcast, queue, issue, five stages.
TEST(EieExample, OneElementTakesNineCycles) {
    Case c;
    make_example(c);
    c.options.pe_count = 1;
    c.codes = SparseCodes();
    c.codes.rows = c.codes.cols = 1;
    c.codes.codebook = {0, 1};
    c.codes.col_start = {0, 1};
    c.codes.row = {0};
    c.codes.code = {1};
    c.inputs = {{7}};
    c.matrix = encode(c.codes, 1, 4, 64);
    std::string why;
    ASSERT_TRUE(make_plan(c.matrix, {1, false, 1, 1, false}, c.options, c.plan, why));
    EXPECT_EQ(run_case(c, make_event_model).cycles, 9u);
    EXPECT_EQ(c.result[0], 7);
    // Each stage of the wires adds one.
    c.options.broadcast_latency_cycles = 4;
    EXPECT_EQ(run_case(c, make_event_model).cycles, 13u);
    EXPECT_EQ(run_case(c, make_clocked).cycles, 13u);
}

// A layer of zeros is only scanned: a cycle to load the first row, one for each of three rows, one
// to see that all is empty.
TEST(EieExample, ZerosAreScannedARowACycle) {
    Case c;
    make_example(c);
    c.codes.cols = 6;
    c.codes.col_start = {0, 2, 3, 4, 5, 5, 5};
    c.matrix = encode(c.codes, 2, 4, 64);
    c.inputs = {{0, 0, 0, 0, 0, 0}};
    std::string why;
    ASSERT_TRUE(make_plan(c.matrix, {1, false, 6, 4, false}, c.options, c.plan, why));
    EXPECT_EQ(run_case(c, make_event_model).cycles, 5u);
    EXPECT_EQ(run_case(c, make_clocked).cycles, 5u);
}
