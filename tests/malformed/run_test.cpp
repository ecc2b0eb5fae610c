// What can go wrong around good files: words, images, memories that are too small, caches, outputs.
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "malformed.hpp"

using namespace malformed;

namespace fs = std::filesystem;

namespace {

const char* const image_net = R"({
  "schema": 1, "name": "image", "input": {"shape": [3, 4, 5]}, "layers": [
    {"name": "c", "op": "conv", "out_channels": 2, "kernel": [3, 3],
     "weights": {"kind": "statistical", "density": 0.5}}
  ]
})";

// Two layers of the same shape: their encoded matrices could stand in for each other.
const char* const twins = R"({
  "schema": 1, "name": "twins", "layers": [
    {"name": "a", "op": "fc", "in_features": 64, "out_features": 64,
     "weights": {"kind": "statistical", "density": 0.3, "seed": 1},
     "activations": {"kind": "statistical", "density": 0.5}},
    {"name": "b", "op": "fc", "out_features": 64, "in_features": 64,
     "weights": {"kind": "statistical", "density": 0.3, "seed": 2},
     "activations": {"kind": "statistical", "density": 0.5}}
  ]
})";

// Large enough to take a while, small enough not to take long.
const char* const slow = R"({
  "schema": 1, "name": "slow", "layers": [
    {"name": "a", "op": "fc", "in_features": 4096, "out_features": 4096,
     "weights": {"kind": "statistical", "density": 0.1},
     "activations": {"kind": "statistical", "density": 0.9}}
  ]
})";

class BadRun : public testing::Test {
  protected:
    // A run of `text` with this cache; the bytes of its result.
    std::string result(const std::string& text, const std::string& cache) const {
        const cli_test::Outcome o = watched(cached(text, cache));
        EXPECT_EQ(o.exit_code, 0) << o.err;
        EXPECT_NE(o.out, "");
        return o.out;
    }
    Words cached(const std::string& text, const std::string& cache) const {
        return {"run",
                "--hw",
                place_.hw(),
                "--workload",
                place_.write("w.json", text),
                "--cache",
                cache,
                "--check",
                "--format",
                "json",
                "--quiet",
                "--set",
                "dram_bits_per_cycle=64"};
    }
    Words files(const std::string& folder) const {
        Words paths;
        for (const auto& entry : fs::directory_iterator(folder)) {
            paths.push_back(entry.path());
        }
        return paths;
    }
    void expect_bad_image(const Words& more, const Words& fragments) const {
        Words words = {
            "run",       "--hw", place_.hw(), "--workload", place_.write("net.json", image_net),
            "--no-cache"};
        words.insert(words.end(), more.begin(), more.end());
        expect_refused(words, fragments);
    }

    Workplace place_;
};

TEST_F(BadRun, LayersThatDoNotExistAreNamed) {
    place_.expect_bad_run({"--layer", "b"}, {"--layer \"b\": no workload has such a layer"});
    place_.expect_bad_run({"--layer", ""}, {"--layer"});
    place_.expect_bad_run({"--layer", std::string(100000, 'a')}, {"--layer", "..."});
}

TEST_F(BadRun, OneFileCannotTakeTwoOutputs) {
    const std::string both = place_.path("both.vcd");
    expect_refused(place_.run({"--model", "clocked", "--vcd", both, "--out", both}),
                   {"--out and --vcd name the same file", "both.vcd"});
}

TEST_F(BadRun, ImagesOfTheWrongSizeAreNamed) {
    const std::string image = place_.write("i_4x5x3.raw", std::string(60, 'x'));
    expect_bad_image({"--input", place_.path("absent_4x5x3.raw")}, {"absent_4x5x3.raw", "cannot"});
    expect_bad_image({"--input", place_.write("i.raw", "x")}, {"i.raw", "HxWxC"});
    expect_bad_image({"--input", place_.write("e_4x5x3.raw", "")}, {"e_4x5x3.raw", "0 bytes"});
    expect_bad_image({"--input", place_.write("s_4x5x3.raw", "short")}, {"5 bytes", "of 60 bytes"});
    expect_bad_image({"--input", image, "--input-index", "1"}, {"image index 1", "0 .. 0"});
    expect_bad_image({"--input", image, "--input-shape", "3x4x5"}, {"5 channels", "has 3"});
    expect_bad_image({"--input", image, "--input-shape", "9999999x9999999x9999999"},
                     {"image size", "1 .. 65536"});
    expect_bad_image({"--input", image, "--input-shape", "65536x65536x65536"},
                     {"of 281474976710656 bytes"});
    expect_bad_image({"--input", place_.folder().path(".")}, {"HxWxC"});
    expect_bad_image({"--input", place_.folder().path("."), "--input-shape", "4x5x3"},
                     {"not a regular file"});
    place_.expect_bad_run({"--input", image}, {"good_workload.json", "takes no input file"});
}

TEST_F(BadRun, LayersBeyondTheMemoriesAreNamed) {
    Words words = {"run",
                   "--hw",
                   place_.hw(),
                   "--workload",
                   place_.write("slow.json", slow),
                   "--no-cache",
                   "--out",
                   place_.path("result.json")};
    expect_refused(words, {"layer a does not fit: needs ", " KB of entries in PE ",
                           ", has 128.0 KB", "spmat_bytes", "dram_bits_per_cycle is 0"});
    words.insert(words.end(), {"--set", "pe_count=64", "--set", "act_sram_bytes=8", "--set",
                               "act_registers=16", "--set", "ptr_bytes=262144"});
    expect_refused(words, {"layer a does not fit: needs room for 64 input, 64 output",
                           "holds 4 (act_sram_bytes)"});
    words.back() = "ptr_bytes=8";
    expect_refused(words, {"layer a does not fit: the 64 columns from 0 need", "65 pointers",
                           "and 4 pointers"});
    words.insert(words.end(), {"--set", "dram_bits_per_cycle=8"});
    expect_refused(words, {"layer a does not fit: the 64 columns from 0 need", "65 pointers"});
    EXPECT_FALSE(fs::exists(place_.path("result.json")));
}

TEST_F(BadRun, MatricesBeyondTheSimulatorAreNamed) {
    const std::string huge = replaced(replaced(slow, "4096", "16000"), R"("out_features": 4096)",
                                      R"("out_features": 16000)");
    expect_refused(
        {"run", "--hw", place_.hw(), "--workload", place_.write("huge.json", huge), "--no-cache",
         "--set", "pe_count=1", "--set", "act_registers=1"},
        {"layer a", "16000 columns", "16000 row blocks", " GB of pointers", "act_registers"});
}

TEST_F(BadRun, DamagedCacheFilesChangeNothing) {
    const std::string cache = place_.path("cache");
    const std::string expected = result(twins, cache);
    ASSERT_EQ(files(cache).size(), 2u);
    const std::vector<std::string (*)(std::string)> damages = {
        [](std::string bytes) {
            return bytes.replace(bytes.size() / 2, 1, 1,
                                 static_cast<char>(~bytes[bytes.size() / 2]));
        },
        [](std::string bytes) { return bytes.replace(0, 1, "b"); },
        [](std::string bytes) { return bytes.substr(0, bytes.size() / 2); },
        [](std::string bytes) { return bytes + "x"; },
        [](std::string bytes) { return std::string(bytes.size(), '\xff'); },
        [](std::string) { return std::string(); },
    };
    for (size_t i = 0; i < damages.size(); ++i) {
        SCOPED_TRACE(i);
        for (const std::string& path : files(cache)) {
            const std::string bytes = cli_test::read_file(path);
            place_.write("cache/" + fs::path(path).filename().string(), damages[i](bytes));
        }
        EXPECT_EQ(result(twins, cache), expected);
    }
}

TEST_F(BadRun, CacheFilesUnderAnotherNameAreNotTaken) {
    const std::string cache = place_.path("cache");
    const std::string expected = result(twins, cache);
    const Words paths = files(cache);
    ASSERT_EQ(paths.size(), 2u);
    fs::copy_file(paths[0], paths[1], fs::copy_options::overwrite_existing);
    EXPECT_EQ(result(twins, cache), expected);
}

TEST_F(BadRun, CacheFilesThatAreNoFilesChangeNothing) {
    const std::string cache = place_.path("cache");
    const std::string expected = result(twins, cache);
    const Words paths = files(cache);
    ASSERT_EQ(paths.size(), 2u);
    fs::remove(paths[0]);
    fs::create_directory(paths[0]);
    fs::remove(paths[1]);
    ASSERT_EQ(mkfifo(paths[1].c_str(), 0600), 0);
    EXPECT_EQ(result(twins, cache), expected);
}

TEST_F(BadRun, CachesThatCannotBeUsedChangeNothing) {
    const std::string expected = result(twins, place_.path("cache"));
    EXPECT_EQ(result(twins, place_.write("file", "no folder")), expected);
    EXPECT_EQ(result(twins, "/dev/null"), expected);
    EXPECT_EQ(result(twins, "/proc/nothing/here"), expected);
    EXPECT_EQ(result(twins, place_.path(std::string(300, 'c'))), expected);
}

TEST_F(BadRun, TwoProcessesShareOneCache) {
    const std::string cache = place_.path("cache");
    Words words = cached(twins, cache);
    words.insert(words.begin(), cli_test::program());
    cli_test::Child first(words), second(words);
    const cli_test::Outcome a = first.wait(), b = second.wait();
    EXPECT_EQ(a.exit_code, 0) << a.err;
    EXPECT_EQ(b.exit_code, 0) << b.err;
    EXPECT_EQ(a.out, b.out);
    EXPECT_EQ(result(twins, cache), a.out);
    EXPECT_EQ(files(cache).size(), 2u);
}

TEST_F(BadRun, KilledAtAnyMomentItLeavesAUsableCache) {
    const std::string cache = place_.path("cache"), out = place_.path("result.json");
    Words words = cached(slow, cache);
    words.insert(words.begin(), cli_test::program());
    words.insert(words.end(), {"--out", out});
    for (int milliseconds : {0, 20, 60, 120, 200}) {
        cli_test::Child child(words);
        std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
        kill(child.pid(), SIGKILL);
        child.wait();
        fs::remove(out); // there only if it was done before
    }
    const std::string after_kills = result(slow, cache);
    EXPECT_EQ(result(slow, place_.path("fresh")), after_kills);
}

TEST_F(BadRun, OutputsThatCannotBeWrittenAreNamed) {
    struct Target {
        std::string path;
        Words fragments;
    };
    const Target targets[] = {
        {"/dev/full", {"/dev/full", "No space left"}},
        {place_.path("absent/result.json"), {"absent/result.json", "No such file"}},
        {place_.path("."), {"directory"}},
        {place_.hw() + "/x", {"good_hw.json/x"}},
        {place_.path(std::string(300, 'o')), {"File name too long"}},
    };
    const Words before = place_.folder().names();
    for (const Target& target : targets) {
        const cli_test::Outcome o = watched(place_.run({"--out", target.path}));
        EXPECT_EQ(o.exit_code, 3) << o.err; // not the input's fault
        EXPECT_EQ(o.out, "");
        for (const std::string& fragment : target.fragments) {
            EXPECT_NE(o.err.find(fragment), std::string::npos) << o.err;
        }
    }
    EXPECT_EQ(place_.folder().names(), before);
}

TEST_F(BadRun, AFullStandardOutputIsNoSuccess) {
    Words words = {"run", "--hw", place_.hw(), "--workload", place_.workload(), "--no-cache"};
    const cli_test::Outcome o = cli_test::assay_in_shell("exec \"$0\" \"$@\" >/dev/full", words);
    EXPECT_EQ(o.exit_code, 3) << o.err;
    EXPECT_NE(o.err.find("standard output"), std::string::npos) << o.err;
}

TEST_F(BadRun, WaveformsThatCannotBeWrittenAreNamed) {
    for (const std::string& path : {place_.path("absent/w.vcd"), std::string("/proc")}) {
        const cli_test::Outcome o = watched(place_.run({"--model", "clocked", "--vcd", path}));
        EXPECT_EQ(o.exit_code, 3) << o.err;
        EXPECT_EQ(o.out, "");
        EXPECT_NE(o.err.find(path), std::string::npos) << o.err;
    }
}

// Legal extremes in combination: the two models still agree, whatever rounds.
TEST_F(BadRun, ExtremeButLegalHardwareRuns) {
    const Words extremes[] = {
        {"--set", "pe_count=1024", "--set", "act_registers=1", "--set", "queue_depth=1024"},
        {"--set", "clock_mhz=333.33", "--set", "technology_nm=7"},
        {"--set", "clock_mhz=7777.7", "--set", "technology_nm=180"},
        {"--set", "index_bits=1", "--set", "codebook_bits=1", "--set", "spmat_width_bits=8"},
        {"--set", "weight_bits=4", "--set", "act_bits=4", "--set", "act_sram_width_bits=4"},
        {"--set", "lnzd_group=64", "--set", "broadcast_latency_cycles=64"},
        {"--set", "spmat_bytes=64", "--set", "ptr_bytes=64", "--set", "dram_bits_per_cycle=65536"},
    };
    for (const Words& extreme : extremes) {
        Words words = {"--check", "--format", "csv", "--quiet"};
        words.insert(words.end(), extreme.begin(), extreme.end());
        const cli_test::Outcome event = watched(place_.run(words));
        EXPECT_EQ(event.exit_code, 0) << event.err;
        words.insert(words.end(), {"--model", "clocked"});
        const cli_test::Outcome clocked = watched(place_.run(words));
        EXPECT_EQ(clocked.exit_code, 0) << clocked.err;
        EXPECT_EQ(replaced(clocked.out, ",clocked,", ",event,"), event.out);
    }
}

// Weights near the end of a float leave no fraction bits, layer after layer.
TEST_F(BadRun, HugeWeightsStayWithinTheArithmetic) {
    std::string text =
        R"({"schema": 1, "name": "huge", "input": {"shape": [2, 1, 1]}, "layers": [)";
    for (int i = 0; i < 8; ++i) {
        text += R"({"name": "l)" + std::to_string(i) +
                R"(", "op": "fc", "out_features": 2, "bias": [3e38, -3e38],
                    "weights": {"kind": "dense", "values": [[3e38, -3e38], [1e-38, 3e38]]}},)";
    }
    text += R"({"name": "both", "op": "concat", "inputs": ["input", "l7"]}]})";
    const cli_test::Outcome o = watched(cached(text, place_.path("cache")));
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

} // namespace
