// assay run --timeline and --vcd: files that other programs open.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <map>

#include "fixtures.hpp"

using namespace cli_test;

namespace {

const char* const small_net = R"({"schema": 1, "name": "net", "input": {"shape": [3, 12, 12]},
  "layers": [
  {"name": "conv \"1\"", "op": "conv", "out_channels": 8, "kernel": [3, 3], "relu": true,
   "weights": {"kind": "statistical", "density": 0.4}},
  {"name": "fc", "op": "fc", "out_features": 20,
   "weights": {"kind": "statistical", "density": 0.1}}]})";

class CliTimeline : public CliRun {
  protected:
    void SetUp() override {
        CliRun::SetUp();
        mkdir(folder_.path("results").c_str(), 0755);
        file_ = folder_.path("results/t.json");
    }
    Outcome run_on(const std::string& machine, std::vector<std::string> more) const {
        std::vector<std::string> words = {
            "run",        "--hw", source("hw_configs/" + machine + ".json"), "--format", "json",
            "--workload", net()};
        words.insert(words.end(), more.begin(), more.end());
        return assay(words);
    }
    std::string net() const { return folder_.write("net.json", small_net); }
    // What the folder of results holds.
    std::vector<std::string> results() const {
        std::vector<std::string> names;
        const std::string listing = assay_in_shell("ls -A \"$1\"", {folder_.path("results")}).out;
        for (size_t start = 0, end; (end = listing.find('\n', start)) != std::string::npos;) {
            names.push_back(listing.substr(start, end - start));
            start = end + 1;
        }
        return names;
    }
    std::string file_;
};

double number_of(const assay_json* object, const char* key) {
    const assay_json* member = assay_json_get(object, key);
    return member != nullptr ? assay_json_number(member) : -1;
}

std::string text_of(const assay_json* object, const char* key) {
    const assay_json* member = assay_json_get(object, key);
    return member != nullptr ? assay_json_string(member) : "";
}

// What a viewer needs of every event. Returns the end of the last slice, per process.
std::map<double, double> expect_trace(const Json& json) {
    std::map<double, double> ends;
    std::map<std::pair<double, double>, std::string> rows;
    for (const assay_json* e = assay_json_first(json.at("traceEvents")); e != nullptr;
         e = assay_json_next(e)) {
        const std::string kind = text_of(e, "ph");
        const double process = number_of(e, "pid"), row = number_of(e, "tid");
        EXPECT_GE(process, 1);
        if (kind == "M") {
            EXPECT_NE(assay_json_get(e, "args"), nullptr);
            if (text_of(e, "name") == "thread_name") {
                EXPECT_EQ(rows.count({process, row}), 0u);
                rows[{process, row}] = text_of(assay_json_get(e, "args"), "name");
            }
        } else if (kind == "X") {
            EXPECT_EQ(rows.count({process, row}), 1u) << "a slice before its row has a name";
            EXPECT_GE(number_of(e, "ts"), 0);
            EXPECT_GE(number_of(e, "dur"), 1);
            ends[process] = std::max(ends[process], number_of(e, "ts") + number_of(e, "dur"));
        } else {
            EXPECT_EQ(kind, "C");
            EXPECT_EQ(assay_json_size(assay_json_get(e, "args")), 1u);
        }
    }
    EXPECT_GE(rows.size(), 2u);
    return ends;
}

} // namespace

TEST_F(CliTimeline, IsATraceAndChangesNothing) {
    for (const char* machine : {"bit_fusion_16x32", "bismo_edge", "tpu_v1", "eyeriss_168pe",
                                "sparse_fusion", "eie_256pe_28nm"}) {
        const Outcome plain = run_on(machine, {});
        const Outcome told = run_on(machine, {"--timeline", file_});
        ASSERT_EQ(told.exit_code, 0) << machine << told.err;
        EXPECT_EQ(told.out, plain.out) << machine;
        const std::string bytes = read_file(file_);
        const Json json(bytes), result(told.out);
        std::map<double, double> ends = expect_trace(json);
        // EIE's layers load each other's weights again: known after the last, and not shown.
        const double cycles = result.number("total.cycles");
        EXPECT_GE(ends[1], cycles) << machine;
        EXPECT_LE(ends[1], cycles + result.number("total.io_cycles")) << machine;
        EXPECT_EQ(json.text("otherData.hw.hash"), result.text("hw.hash"));
        EXPECT_EQ(json.text("otherData.model"), "event");
        EXPECT_EQ(json.number("otherData.runs.0.cycles"), cycles);
        ASSERT_EQ(run_on(machine, {"--timeline", file_}).exit_code, 0);
        EXPECT_EQ(read_file(file_), bytes) << machine << ": not the same bytes again";
    }
}

TEST_F(CliTimeline, EveryWorkloadIsAProcess) {
    const std::string other = folder_.write("other.json", tiny_workload("other", "fc"));
    Outcome o = run_on("bit_fusion_16x32", {"--workload", other, "--timeline", file_});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const Json json(read_file(file_));
    std::map<double, double> ends = expect_trace(json);
    EXPECT_EQ(ends.size(), 2u);
    EXPECT_EQ(ends[1], json.number("otherData.runs.0.cycles"));
    EXPECT_EQ(ends[2], json.number("otherData.runs.1.cycles"));
    EXPECT_EQ(json.text("otherData.runs.1.workload"), "other");
}

TEST_F(CliTimeline, MachinesWithoutOneAreRefused) {
    Outcome clocked = run_on("eie_64pe", {"--model", "clocked", "--timeline", file_});
    EXPECT_EQ(clocked.exit_code, 2);
    EXPECT_TRUE(contains(clocked.err, "--timeline: the clocked model of eie has none"));
    const std::string table = folder_.path("table.csv");
    ASSERT_EQ(assay({"table", "--hw", source("hw_configs/tpu_v1.json"), "--workload", net(),
                     "--bits", "8..8", "--no-store", "--out", table})
                  .exit_code,
              0);
    Outcome o = assay({"run", "--hw", table, "--workload", net(), "--timeline", file_});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--timeline: the event model of table has none"));
    EXPECT_TRUE(results().empty());
}

TEST_F(CliTimeline, ALargeOneIsRefusedAndLayersOfItAreNot) {
    const std::vector<std::string> words = {"run",
                                            "--hw",
                                            source("hw_configs/bit_fusion_8x16.json"),
                                            "--workload",
                                            source("traces/nets/vgg16.json"),
                                            "--no-outputs",
                                            "--timeline",
                                            file_};
    const Outcome all = assay(words);
    EXPECT_EQ(all.exit_code, 2);
    EXPECT_TRUE(contains(all.err, "vgg16.json has more than 2000000 events; name some of its "
                                  "layers with --layer"));
    EXPECT_TRUE(results().empty());
    std::vector<std::string> one = words;
    one.insert(one.end(), {"--layer", "fc8"});
    const Outcome layer = assay(one);
    ASSERT_EQ(layer.exit_code, 0) << layer.err;
    expect_trace(Json(read_file(file_)));
}

TEST_F(CliTimeline, FilesDiffer) {
    Outcome o = run_on("bit_fusion_16x32", {"--timeline", file_, "--out", file_});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--out and --timeline name the same file"));
}

// A limit of some blocks makes a write fail half-way, like a full disk.
TEST_F(CliTimeline, AFailedWriteLeavesTheOldFile) {
    folder_.write("results/t.json", "old");
    Outcome o = assay_in_shell(
        "message=$(trap '' XFSZ; ulimit -f 8; \"$0\" \"$@\" 2>&1); code=$?; echo \"$message\"; "
        "exit $code",
        {"run", "--hw", source("hw_configs/bit_fusion_8x16.json"), "--workload", net(), "--quiet",
         "--no-cache", "--timeline", file_});
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.out, "t.json: cannot write: File too large"));
    EXPECT_EQ(read_file(file_), "old");
    EXPECT_EQ(results(), std::vector<std::string>{"t.json"});
}

TEST_F(CliTimeline, PipesAreWrittenNotReplaced) {
    const std::string pipe = folder_.path("pipe");
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    Outcome o = assay_in_shell("timeout 10 cat '" + pipe +
                                   "' & \"$0\" \"$@\" >/dev/null; code=$?; wait; exit $code",
                               {"run", "--hw", source("hw_configs/bit_fusion_16x32.json"),
                                "--workload", net(), "--quiet", "--timeline", pipe});
    EXPECT_EQ(o.exit_code, 0) << o.err;
    expect_trace(Json(o.out));
    struct stat info;
    ASSERT_EQ(stat(pipe.c_str(), &info), 0);
    EXPECT_TRUE(S_ISFIFO(info.st_mode));
}

// GTKWave's own reader, which needs no display: what it takes in, the viewer shows.
TEST_F(CliTimeline, WaveformsOpenInGtkwave) {
    if (assay_in_shell("command -v vcd2fst && command -v fst2vcd", {}).exit_code != 0) {
        GTEST_SKIP()
            << "**** gtkwave is not installed (scripts/setup --dev): waveforms of --vcd NOT "
               "opened ****";
    }
    struct Case {
        std::string machine, signal;
        std::vector<std::string> sizes; // the clocked model has a process per PE
    };
    const Case cases[] = {{"bit_fusion_8x16", "phase", {}},
                          {"bismo_edge", "phase", {}},
                          {"eyeriss_168pe", "phase", {}},
                          {"tpu_v1", "phase", {"--set", "rows=8", "--set", "cols=8"}},
                          {"eie_64pe", "control", {"--set", "pe_count=4"}},
                          {"sparse_fusion", "control", {"--set", "pe_count=4"}}};
    for (const auto& [machine, signal, sizes] : cases) {
        const std::string vcd = folder_.path(machine + ".vcd"),
                          fst = folder_.path(machine + ".fst");
        std::vector<std::string> words = {"run", "--hw", source("hw_configs/" + machine + ".json")};
        words.insert(words.end(), sizes.begin(), sizes.end());
        words.insert(words.end(), {"--workload", net(), "--layer", "fc", "--model", "clocked",
                                   "--vcd", vcd, "--quiet", "--no-outputs"});
        const Outcome o = assay(words);
        ASSERT_EQ(o.exit_code, 0) << o.err;
        const Outcome read =
            assay_in_shell("vcd2fst '" + vcd + "' '" + fst + "' && fst2vcd '" + fst + "'", {});
        EXPECT_EQ(read.exit_code, 0) << machine << read.err;
        EXPECT_TRUE(contains(read.out, "$var")) << machine;
        EXPECT_TRUE(contains(read.out, signal)) << machine;
        const auto changes = std::count(read.out.begin(), read.out.end(), '#');
        EXPECT_GT(changes, 100) << machine << ": hardly anything happens";
    }
}
