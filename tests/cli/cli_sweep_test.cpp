// assay sweep: its points are runs, its files the same for every number of workers, and the store
// is never harmed.
#include <signal.h>

#include <set>
#include <thread>

#include "sweep_files.hpp"

using namespace cli_test;

namespace {

constexpr size_t varied = 5; // columns before hw

std::string number_of(const assay_json* total, const char* key) {
    const assay_json* value = assay_json_get(total, key);
    char text[32] = "";
    if (value != nullptr && assay_json_kind_of(value) == ASSAY_JSON_NUMBER) {
        assay_format_real(assay_json_number(value), text, sizeof text);
    }
    return text;
}

// What a row says of a point, and what `assay run` does.
bool agrees(const std::vector<std::string>& row, const assay_json* total) {
    static const char* const keys[] = {"cycles",   "seconds",     "energy_j",
                                       "area_mm2", "utilisation", "dram_bytes"};
    for (size_t i = 0; i < 6; ++i) {
        if (row[varied + 4 + i] != number_of(total, keys[i])) {
            return false;
        }
    }
    return true;
}

} // namespace

TEST_F(CliSweep, HeaderAndRowsAreAsAgreed) {
    const Outcome o = sweep({"--format", "csv", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const auto lines = lines_of(o.out);
    EXPECT_EQ(lines[0], "rows,wbuf_bytes,pe_count,queue_depth,clock_mhz,hw,workload,policy,status,"
                        "cycles,seconds,energy_j,area_mm2,utilisation,dram_bytes,error");
    ASSERT_EQ(lines.size(), 1 + 2 * (5 * 2 + 3 * 2 * 2)); // 8 x 8192 is beyond the constraint
    EXPECT_EQ(lines[1].rfind("2,4096,,,100,dense,small,,ok,", 0), 0u) << lines[1];
    EXPECT_EQ(lines.back().rfind(",,16,4,250.5,sparse,tiny,,ok,", 0), 0u) << lines.back();
    EXPECT_EQ(o.err, "");
}

TEST_F(CliSweep, EveryPointIsWhatRunSays) {
    spec_ = folder_.write("spec.json", R"({
        "schema": 1, "hw": ["dense.json", "sparse.json"], "workloads": ["small.json", "tiny.json"],
        "policies": ["narrow.json"],
        "vary": {"rows": [2, 16], "wbuf_bytes": [8192], "pe_count": [4, 16], "dram_bits_per_cycle": [64],
                 "clock_mhz": [250.5]}})");
    const Outcome o = sweep({"--format", "csv", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const auto lines = lines_of(o.out);
    ASSERT_EQ(lines.size(), 9u);
    for (size_t i = 1; i < lines.size(); ++i) {
        auto row = fields_of(lines[i]);
        const auto names = fields_of(lines[0]);
        std::vector<std::string> run = {"run",
                                        "--no-outputs",
                                        "--quiet",
                                        "--format",
                                        "json",
                                        "--hw",
                                        folder_.path(row[varied] + ".json"),
                                        "--workload",
                                        folder_.path(row[varied + 1] + ".json"),
                                        "--policy",
                                        folder_.path(row[varied + 2] + ".json")};
        for (size_t v = 0; v < varied; ++v) {
            if (!row[v].empty()) {
                run.insert(run.end(), {"--set", names[v] + "=" + row[v]});
            }
        }
        const Outcome alone = assay(run);
        ASSERT_EQ(alone.exit_code, 0) << alone.err;
        Json json(alone.out);
        const assay_json* total = assay_json_get(json.at(""), "total");
        ASSERT_NE(total, nullptr);
        EXPECT_TRUE(agrees(row, total)) << lines[i] << "\n" << alone.out;
        // The comparison is one: a digit more or less is noticed.
        for (size_t field = varied + 4; field < varied + 10; ++field) {
            auto wrong = row;
            wrong[field] += "1";
            EXPECT_FALSE(agrees(wrong, total));
        }
    }
}

TEST_F(CliSweep, AnyNumberOfWorkersGivesTheSameBytes) {
    const std::string expected = undisturbed();
    for (const char* jobs : {"1", "2", "5"}) {
        const Outcome o =
            assay({"sweep", spec_, "--no-store", "--format", "csv", "--quiet", "--jobs", jobs});
        ASSERT_EQ(o.exit_code, 0) << o.err;
        EXPECT_EQ(o.out, expected) << jobs;
    }
}

TEST_F(CliSweep, KnownPointsAreNotRunAgain) {
    const std::string csv = folder_.path("a.csv"), again = folder_.path("b.csv");
    Outcome o = sweep({"--out", csv});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.err, "44 points, 0 known, 44 to run"));
    o = sweep({"--out", again});
    EXPECT_TRUE(contains(o.err, "44 points, 44 known, 0 to run"));
    EXPECT_EQ(read_file(again), read_file(csv));
    // Another specification with the same machines: the same points.
    spec_ = folder_.write("other.json", R"({"schema": 1, "hw": ["sparse.json"],
        "workloads": ["tiny.json"], "vary": {"pe_count": [2, 4], "clock_mhz": [100],
        "queue_depth": [1]}})");
    o = sweep({});
    EXPECT_TRUE(contains(o.err, "2 points, 1 known, 1 to run")) << o.err;
    EXPECT_EQ(exported(store_).size(), 45u);
}

TEST_F(CliSweep, FailuresAreResultsAndKept) {
    spec_ = folder_.write("spec.json", R"({"schema": 1, "hw": ["dense.json", "sparse.json"],
        "workloads": ["small.json"], "vary": {"wbuf_bytes": [128, 4096], "pe_count": [8],
        "index_bits": [8], "codebook_bits": [8], "spmat_width_bits": [8]}})");
    Outcome o = sweep({"--format", "csv"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const std::string first = o.out;
    EXPECT_TRUE(contains(first, ",dense,small,,failed,,,,,,,")) << first;
    EXPECT_TRUE(contains(first, ",dense,small,,ok,")) << first;
    EXPECT_TRUE(contains(first, ",sparse,small,,invalid,,,,,,,")) << first;
    EXPECT_TRUE(contains(first, "layer a: its smallest tile")) << first;
    o = sweep({"--format", "csv"});
    EXPECT_EQ(o.out, first);
    EXPECT_TRUE(contains(o.err, "3 points, 3 known, 0 to run")) << o.err;
    EXPECT_EQ(exported(store_).size(), 2u); // what its rules forbid is no run
}

TEST_F(CliSweep, JsonLinesHaveTheSameValuesAndHashes) {
    const std::string jsonl = folder_.path("a.jsonl");
    ASSERT_EQ(sweep({"--out", jsonl, "--quiet"}).exit_code, 0);
    const auto lines = lines_of(read_file(jsonl));
    const auto rows = lines_of(undisturbed());
    ASSERT_EQ(lines.size() + 1, rows.size());
    for (size_t i = 0; i < lines.size(); ++i) {
        Json json(lines[i]);
        const auto row = fields_of(rows[i + 1]);
        const assay_json* pe_count = assay_json_get(json.at(""), "pe_count");
        ASSERT_NE(pe_count, nullptr);
        EXPECT_EQ(assay_json_kind_of(pe_count) == ASSAY_JSON_NULL, row[2].empty());
        EXPECT_EQ(number_of(json.at(""), "cycles"), row[varied + 4]);
        EXPECT_EQ(number_of(json.at(""), "energy_j"), row[varied + 6]);
        EXPECT_EQ(std::string(assay_json_string(assay_json_get(json.at(""), "hw_hash"))).size(),
                  32u);
    }
}

TEST_F(CliSweep, FrontsAndEffectsAreFilesToo) {
    const Outcome o = sweep({"--pareto", "latency,area", "--pareto-out", folder_.path("front.csv"),
                             "--sensitivity-out", folder_.path("effects.csv")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const auto front = lines_of(read_file(folder_.path("front.csv")));
    const std::string all = undisturbed();
    EXPECT_GT(front.size(), 2u);
    EXPECT_LT(front.size(), 40u);
    for (const std::string& line : front) {
        EXPECT_TRUE(contains(all, line + "\n"));
    }
    const auto effects = lines_of(read_file(folder_.path("effects.csv")));
    EXPECT_EQ(effects[0], "hw,workload,policy,metric,option,points,levels,share,factor,best");
    EXPECT_TRUE(contains(o.out, "options that matter"));
    EXPECT_TRUE(contains(o.out, "points on the fronts"));
}

TEST_F(CliSweep, UsageMistakesAreToldAtOnce) {
    const Outcome o = assay({"sweep", spec_, "--shard", "3/2", "--out", "x.txt", "--pareto",
                             "latency,speed,latency", "--chunk", "5", "--store", "a", "--no-store",
                             "--jobs", "0"});
    EXPECT_EQ(o.exit_code, 2);
    for (const char* part : {"--shard", "--out \"x.txt\"", "\"speed\"", "latency is given twice",
                             "--chunk needs --engine slurm", "exclude each other", "--jobs"}) {
        EXPECT_TRUE(contains(o.err, part)) << part << "\n" << o.err;
    }
    EXPECT_EQ(assay({"sweep"}).exit_code, 2);
    EXPECT_EQ(assay({"sweep", folder_.path("nothing.json")}).exit_code, 2);
}

TEST_F(CliSweep, WithMistakesNothingRunsAndNothingIsMade) {
    folder_.write("spec.json", R"({"schema": 1, "hw": ["dense.json"], "workloads": ["small.json"],
        "vary": {"rows": [0]}})");
    const Outcome o = sweep({"--out", folder_.path("a.csv")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "vary.rows[0]"));
    const auto names = folder_.names();
    EXPECT_EQ(std::count(names.begin(), names.end(), "m.sqlite"), 0);
    EXPECT_EQ(std::count(names.begin(), names.end(), "a.csv"), 0);
}

TEST_F(CliSweep, ADryRunTellsTheTimeAndRunsLittle) {
    const Outcome o = sweep({"--dry-run"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(o.out, "");
    EXPECT_TRUE(contains(o.err, "44 points, 0 known, 44 to run"));
    EXPECT_TRUE(contains(o.err, "40 points are left, about"));
    EXPECT_EQ(exported(store_).size(), 4u);
}

// ---- Shards ----

TEST_F(CliSweep, ShardsMakeTheSameStoreTogether) {
    const std::string expected = undisturbed();
    std::vector<std::string> merge = {"store", "merge", store_};
    for (int i = 1; i <= 3; ++i) {
        const std::string shard = folder_.path("shard-" + std::to_string(i));
        const Outcome o =
            assay({"sweep", spec_, "--store", shard, "--shard", std::to_string(i) + "/3"});
        ASSERT_EQ(o.exit_code, 0) << o.err;
        EXPECT_EQ(o.out, "");
        EXPECT_GE(exported(shard).size(), 14u);
        merge.push_back(shard);
    }
    ASSERT_EQ(assay(merge).exit_code, 0);
    const Outcome o = sweep({"--format", "csv"});
    EXPECT_EQ(o.out, expected);
    EXPECT_TRUE(contains(o.err, "44 known, 0 to run"));
}

TEST_F(CliSweep, OnlyListedPointsAreRun) {
    const std::string list = folder_.write("points", "3\n7-9, 20\n");
    ASSERT_EQ(sweep({"--points", list}).exit_code, 0);
    EXPECT_EQ(exported(store_).size(), 5u);
    ASSERT_EQ(sweep({"--points", list, "--shard", "2/2"}).exit_code, 0);
    EXPECT_EQ(exported(store_).size(), 5u);
    EXPECT_EQ(sweep({"--points", folder_.write("bad", "44")}).exit_code, 2);
}

// ---- The store ----

TEST_F(CliSweep, AStoreThatIsNoneIsLeftAlone) {
    for (const std::string& bytes : {std::string(9000, 'x'), std::string("hello")}) {
        folder_.write("m.sqlite", bytes);
        const Outcome o = sweep({"--out", folder_.path("a.csv")});
        EXPECT_EQ(o.exit_code, 2);
        EXPECT_TRUE(contains(o.err, "is not a measurement store")) << o.err;
        EXPECT_EQ(read_file(store_), bytes);
    }
}

TEST_F(CliSweep, ADamagedStoreIsLeftAlone) {
    ASSERT_EQ(sweep({"--quiet"}).exit_code, 0);
    std::string bytes = read_file(store_);
    std::fill(bytes.begin() + 4096, bytes.begin() + 8192, '\x5a');
    folder_.write("m.sqlite", bytes);
    const Outcome o = sweep({});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "damaged")) << o.err;
    EXPECT_EQ(read_file(store_), bytes);
}

// A limit on the size of files stands for a full disk.
TEST_F(CliSweep, AFullDiskLosesNothing) {
    const std::string expected = undisturbed();
    ASSERT_EQ(sweep({"--shard", "1/13", "--quiet"}).exit_code, 0); // makes the file: four points
    const size_t before = exported(store_).size();
    Outcome o = assay_in_shell("trap '' XFSZ; ulimit -f 40; exec \"$0\" \"$@\"",
                               words({"--out", folder_.path("a.csv"), "--jobs", "1"}));
    EXPECT_EQ(o.exit_code, 3) << o.err;
    EXPECT_TRUE(contains(o.err, store_)) << o.err;
    const auto names = folder_.names();
    EXPECT_EQ(std::count(names.begin(), names.end(), "a.csv"), 0);
    EXPECT_GE(exported(store_).size(), before);
    EXPECT_EQ(assay({"store", "verify", "--store", store_}).exit_code, 0);
    o = sweep({"--format", "csv", "--quiet"});
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(o.out, expected);
}

// Read-only for everybody, root too: a file system mounted so, in a namespace of its own.
TEST_F(CliSweep, AReadOnlyStoreIsSaidToBe) {
    ASSERT_EQ(sweep({"--shard", "1/2", "--quiet"}).exit_code, 0);
    const size_t before = exported(store_).size();
    const std::string folder = folder_.path("");
    const std::string mounted = "mount --bind \"$DIR\" \"$DIR\" && "
                                "mount -o remount,ro,bind \"$DIR\" && exec \"$@\"";
    const auto read_only = [&](std::vector<std::string> command) {
        std::string script =
            "DIR='" + folder + "' exec unshare -m sh -c '" + mounted + "' sh \"$0\" \"$@\"";
        return assay_in_shell(script, std::move(command));
    };
    if (read_only({"--version"}).exit_code != 0) {
        GTEST_SKIP() << "no right to mount here";
    }
    const Outcome o = read_only({"sweep", spec_, "--store", store_, "--no-cache"});
    EXPECT_EQ(o.exit_code, 3) << o.err;
    EXPECT_TRUE(contains(o.err, store_)) << o.err;
    EXPECT_EQ(exported(store_).size(), before);
    // Looking is allowed.
    EXPECT_EQ(read_only({"store", "info", "--store", store_}).exit_code, 0);
    EXPECT_EQ(read_only({"store", "verify", "--store", store_}).exit_code, 0);
    EXPECT_EQ(read_only({"store", "gc", "--store", store_}).exit_code, 3);
}
