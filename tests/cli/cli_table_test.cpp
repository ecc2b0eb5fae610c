// assay table, and assay run with a policy on a table.
#include <signal.h>

#include <filesystem>
#include <thread>

#include "../unit/table_files.hpp"
#include "fixtures.hpp"

using namespace cli_test;

namespace {

class CliTable : public CliRun {
  protected:
    void SetUp() override {
        CliRun::SetUp();
        hw_ = folder_.write("hw.csv", assay_test::small_csv());
        net_ = folder_.write("net.json", assay_test::small_net);
        store_ = folder_.path("m.sqlite");
    }
    // assay table, never with the store of whoever runs the tests
    Outcome table(std::vector<std::string> more, bool with_store = true) const {
        std::vector<std::string> words = {"table", "--hw", hw_, "--workload", net_};
        if (with_store) {
            words.insert(words.end(), {"--store", store_});
        } else {
            words.push_back("--no-store");
        }
        words.insert(words.end(), more.begin(), more.end());
        return assay(words);
    }
    std::string out(const std::string& name) const { return folder_.path(name); }

    // A table over 4 .. 6 needs its middle too.
    void fill_widths() {
        std::string text = "layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes\n";
        for (const char* name : {"a", "b", "c"}) {
            for (int w = 1; w <= 8; ++w) {
                for (int a = 1; a <= 8; ++a) {
                    text += std::string(name) + "," + std::to_string(w) + "," + std::to_string(a) +
                            "," + std::to_string(1000 * (name[0] - 'a' + 1) + 10 * w + a) +
                            ",0,0,5\n";
                }
            }
        }
        hw_ = folder_.write("hw.csv", text);
    }

    std::string hw_, net_, store_;
};

} // namespace

TEST_F(CliTable, CsvHasTheAgreedHeaderAndRows) {
    Outcome o = table({"--bits", "4..4", "--out", out("t.csv")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(read_file(out("t.csv")), "layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes\n"
                                       "a,4,4,1044,4.176e-06,0.001044,100\n"
                                       "b,4,4,2044,8.176e-06,0.002044,101\n"
                                       "c,4,4,3044,1.2176e-05,0.003044,102\n");
    EXPECT_TRUE(contains(o.err, "3 entries, 3 distinct: 0 known, 3 simulated"));
    EXPECT_EQ(o.out, "");
}

TEST_F(CliTable, NpyIsLayersByWidths) {
    fill_widths();
    ASSERT_EQ(table({"--bits", "2..4", "--out", out("t.npy")}).exit_code, 0);
    const std::string bytes = read_file(out("t.npy"));
    ASSERT_EQ(bytes.size(), 128u + 8 * 27);
    EXPECT_TRUE(contains(bytes, "'descr': '<i8', 'fortran_order': False, 'shape': (3, 3, 3)"));
    int64_t value = 0;
    memcpy(&value, bytes.data() + 128 + 8 * (9 + 3 * 1 + 2), sizeof value);
    EXPECT_EQ(value, 2034); // layer b, w 3, a 4
}

TEST_F(CliTable, JsonHoldsTheSameAndSaysWhatItIs) {
    Outcome o = table({"--bits", "4..4", "--out", out("t.json"), "--batch", "3"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(read_file(out("t.json")));
    EXPECT_EQ(json.text("kind"), "table");
    EXPECT_EQ(json.text("model"), "event");
    EXPECT_EQ(json.text("hw.accelerator"), "table");
    EXPECT_EQ(json.text("workload.name"), "small");
    EXPECT_EQ(json.number("workload.batch"), 3);
    EXPECT_EQ(json.size("layers"), 3u);
    EXPECT_EQ(json.text("layers.2.name"), "c");
    EXPECT_EQ(json.text("layers.2.op"), "linear");
    EXPECT_EQ(json.number("layers.2.macs"), 32);
    EXPECT_EQ(json.number("layers.2.cycles.0.0"), 3044);
    EXPECT_EQ(json.number("layers.2.dram_bytes.0.0"), 102);
}

TEST_F(CliTable, SameBytesForAnyNumberOfJobs) {
    fill_widths();
    for (const char* jobs : {"1", "2", "3"}) {
        Outcome o =
            table({"--jobs", jobs, "--out", out(std::string(jobs) + ".npy"), "--out",
                   out(std::string(jobs) + ".csv"), "--out", out(std::string(jobs) + ".json")},
                  false);
        ASSERT_EQ(o.exit_code, 0) << o.err;
    }
    for (const char* ending : {".npy", ".csv", ".json"}) {
        const std::string first = read_file(out(std::string("1") + ending));
        EXPECT_GT(first.size(), 100u);
        EXPECT_EQ(read_file(out(std::string("2") + ending)), first) << ending;
        EXPECT_EQ(read_file(out(std::string("3") + ending)), first) << ending;
    }
}

TEST_F(CliTable, ATableIsAMachineThatGivesTheSameTable) {
    fill_widths();
    ASSERT_EQ(
        table({"--out", out("t.json"), "--out", out("t.csv"), "--out", out("t.npy")}).exit_code, 0);
    const std::string csv = read_file(out("t.csv"));
    for (const char* name : {"t.json", "t.csv"}) {
        hw_ = out(name);
        ASSERT_EQ(table({"--out", out("again.csv")}).exit_code, 0);
        EXPECT_EQ(read_file(out("again.csv")), csv) << name;
    }
    const std::string npy = read_file(out("t.npy"));
    hw_ = out("t.npy");
    ASSERT_EQ(table({"--set", "low_bits=2", "--out", out("again.npy")}).exit_code, 0);
    EXPECT_EQ(read_file(out("again.npy")), npy);
}

TEST_F(CliTable, NothingIsSimulatedTwice) {
    fill_widths();
    ASSERT_EQ(table({"--bits", "2..4", "--out", out("a.csv")}).exit_code, 0);
    Outcome o = table({"--bits", "3..5", "--out", out("b.csv")});
    EXPECT_TRUE(contains(o.err, "27 entries, 27 distinct: 12 known, 15 simulated"));
    o = table({"--bits", "2..4", "--out", out("c.csv")});
    EXPECT_TRUE(contains(o.err, "27 known, 0 simulated"));
    EXPECT_EQ(read_file(out("a.csv")), read_file(out("c.csv")));
    o = table({"--bits", "2..4", "--out", out("d.csv")}, false);
    EXPECT_TRUE(contains(o.err, "0 known, 27 simulated"));
    EXPECT_EQ(read_file(out("a.csv")), read_file(out("d.csv")));
}

TEST_F(CliTable, EqualLayersAreSimulatedOnce) {
    hw_ = source("hw_configs/eie_64pe.json");
    Outcome o = table({"--bits", "4..4"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.err, "3 entries, 2 distinct: 0 known, 2 simulated"));
}

TEST_F(CliTable, TwoAtOnceShareAStore) {
    fill_widths();
    const std::vector<std::string> words = {program(),    "table", "--hw",   hw_,
                                            "--workload", net_,    "--jobs", "2",
                                            "--store",    store_,  "--out"};
    std::vector<std::string> first = words, second = words;
    first.push_back(out("first.csv"));
    second.push_back(out("second.csv"));
    Child one(first), two(second);
    Outcome o1 = one.wait(), o2 = two.wait();
    EXPECT_EQ(o1.exit_code, 0) << o1.err;
    EXPECT_EQ(o2.exit_code, 0) << o2.err;
    EXPECT_EQ(read_file(out("first.csv")), read_file(out("second.csv")));
    EXPECT_TRUE(contains(table({"--out", out("c.csv")}).err, "147 known, 0 simulated"));
}

// At whatever moment it hits: the second run ends in the same bytes.
TEST_F(CliTable, Kill9AndTheSameCommandAgain) {
    fill_widths();
    ASSERT_EQ(table({"--out", out("whole.csv")}, false).exit_code, 0);
    for (int wait_ms : {0, 5, 10, 20, 40}) {
        Child child({program(), "table", "--hw", hw_, "--workload", net_, "--store", store_,
                     "--out", out("t.csv")});
        std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms));
        kill(child.pid(), SIGKILL);
        child.wait();
    }
    Outcome o = table({"--out", out("t.csv")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(read_file(out("t.csv")), read_file(out("whole.csv")));
}

TEST_F(CliTable, SummaryWithoutOut) {
    Outcome o = table({"--bits", "4..4", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(o.err, "");
    EXPECT_TRUE(contains(o.out, "small on hw, event model, batch 1"));
    EXPECT_TRUE(contains(o.out, "3,044"));
    EXPECT_TRUE(contains(o.out, "6,132")); // 1044 + 2044 + 3044
    EXPECT_FALSE(contains(o.out, "pool"));
}

TEST_F(CliTable, AllMistakesOfTheCommandLineAreTold) {
    Outcome o = table({"--bits", "8..2", "--out", "t.txt", "--jobs", "0", "--batch", "0",
                       "--no-store", "--model", "evnt", "--set", "x"});
    EXPECT_EQ(o.exit_code, 2);
    for (const char* part :
         {"--bits: \"8..2\"", "--out \"t.txt\": legal are", "--jobs: \"0\"", "--batch: \"0\"",
          "--store and --no-store exclude", "did you mean \"event\"", "--set \"x\""}) {
        EXPECT_TRUE(contains(o.err, part));
    }
    for (const char* bits :
         {"2", "..", "2..", "..8", "0..8", "2..17", "2..8x", "2...8", "1..999"}) {
        EXPECT_TRUE(contains(table({"--bits", bits}).err, "is not LO..HI")) << bits;
    }
}

TEST_F(CliTable, AForeignStoreIsRefusedAndLeftAlone) {
    folder_.write("m.sqlite", "my notes");
    Outcome o = table({"--bits", "4..4", "--out", out("t.csv")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "is not a measurement store; it is left as it is"));
    EXPECT_EQ(read_file(store_), "my notes");
    EXPECT_EQ(read_file(out("t.csv")), "");
}

TEST_F(CliTable, AFullDiskIsAnErrorAndKeepsTheStoreWhole) {
    fill_widths();
    ASSERT_EQ(table({"--bits", "4..4", "--out", out("a.csv")}).exit_code, 0);
    // A limit on file sizes stands for a full disk: every write beyond it fails.
    Outcome o = assay_in_shell("trap '' XFSZ; ulimit -f 80; \"$0\" \"$@\"",
                               {"table", "--hw", hw_, "--workload", net_, "--store", store_,
                                "--bits", "1..8", "--out", out("b.csv")});
    EXPECT_EQ(o.exit_code, 3) << o.err;
    EXPECT_TRUE(contains(o.err, "cannot write to the measurement store"));
    o = table({"--bits", "1..8", "--out", out("b.csv")});
    EXPECT_EQ(o.exit_code, 0) << o.err;
    const std::string csv = read_file(out("b.csv"));
    EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 64);
}

TEST_F(CliTable, AMissingEntryNamesLayerAndWidths) {
    Outcome o = table({"--bits", "4..5", "--jobs", "1"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "layer \"a\""));
    EXPECT_TRUE(contains(o.err, "no entry for w4 a5, it has w4 a4, w4 a6, w6 a4, w6 a6"));
}

TEST_F(CliTable, CheckKnowsTables) {
    Outcome o = assay({"check", hw_});
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "ok (hardware, table, "));
}

TEST_F(CliTable, RunFollowsAPolicy) {
    const std::string policy =
        folder_.write("p.json", R"({"schema": 1, "default": {"w_bits": 4, "a_bits": 4},
                                    "layers": {"c": {"w_bits": 6}}})");
    Outcome o = assay({"run", "--hw", hw_, "--workload", net_, "--policy", policy, "--format",
                       "json", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    EXPECT_EQ(json.number("total.cycles"), 1044 + 2044 + 3064);
    EXPECT_EQ(json.number("layers.3.w_bits"), 6);
    o = assay({"run", "--hw", hw_, "--workload", net_, "--w-bits", "6", "--a-bits", "4", "--format",
               "json", "--quiet", "--batch", "2"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json uniform(o.out);
    EXPECT_EQ(uniform.number("total.cycles"), 1064 + 2064 + 3064);
    EXPECT_EQ(uniform.number("workload.batch"), 2);
}

TEST_F(CliTable, RunRefusesContradictingWidths) {
    Outcome o = assay({"run", "--hw", hw_, "--workload", net_, "--w-bits", "17"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--w-bits needs --a-bits"));
    EXPECT_TRUE(contains(o.err, "--w-bits: \"17\" is not an integer in 1 .. 16"));
    o = assay({"run", "--hw", hw_, "--workload", net_, "--policy", "p", "--w-bits", "4", "--a-bits",
               "4"});
    EXPECT_TRUE(contains(o.err, "--policy and --w-bits exclude each other"));
    o = assay({"run", "--hw", hw_, "--workload", net_, "--policy", out("none.json")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "none.json"));
}
