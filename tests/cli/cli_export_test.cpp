// assay export, and assay check of every network that ships.
#include <filesystem>

#include "fixtures.hpp"

using namespace cli_test;

namespace {

// Sorted, so that a failure names the same file everywhere.
std::vector<std::string> networks() {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(source("traces/nets"))) {
        if (entry.path().extension() == ".json") { // beside weights
            paths.push_back(entry.path());
        }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

// "PATH: ok (workload, IMPORTER, LAYERS, HASH)": from the layers on.
std::string content(const std::string& checked) {
    const std::string kind = "ok (workload, ";
    const size_t importer = checked.find(kind);
    return importer == std::string::npos
               ? ""
               : checked.substr(checked.find(", ", importer + kind.size()));
}

class CliExport : public CliRun {
  protected:
    // The exported file is the same workload, and is exported as itself.
    void expect_round_trip(const std::string& path) const {
        SCOPED_TRACE(path);
        const std::string once = folder_.path("once.json"), twice = folder_.path("twice.json");
        Outcome o = assay({"export", path, "--out", once});
        ASSERT_EQ(o.exit_code, 0) << o.err;
        EXPECT_EQ(o.out, "");
        const std::string before = content(assay({"check", path}).out);
        EXPECT_NE(before, "");
        EXPECT_EQ(content(assay({"check", once}).out), before);
        ASSERT_EQ(assay({"export", once, "--out", twice}).exit_code, 0);
        EXPECT_EQ(read_file(twice), read_file(once));
    }
};

} // namespace

TEST_F(CliExport, EveryNetworkIsValid) {
    std::vector<std::string> words = networks();
    EXPECT_EQ(words.size(), 29u);
    words.insert(words.begin(), "check");
    Outcome o = assay(words);
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(std::count(o.out.begin(), o.out.end(), '\n'), 29);
}

TEST_F(CliExport, EveryNetworkReadsBackTheSame) {
    for (const std::string& path : networks()) {
        expect_round_trip(path);
    }
}

TEST_F(CliExport, ATopologyReadsBackTheSame) {
    expect_round_trip(folder_.write(
        "t.csv",
        "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, "
        "Num Filter, Strides,\nfirst, 18, 18, 3, 3, 3, 8, 2,\nsecond, 8, 8, 1, 1, 8, 4, 1,\n"));
}

TEST_F(CliExport, WithoutAFileItPrints) {
    const std::string path = folder_.path("printed.json");
    ASSERT_EQ(assay({"export", workload(), "--out", path}).exit_code, 0);
    EXPECT_EQ(assay({"export", workload()}).out, read_file(path));
    EXPECT_NE(read_file(path), "");
}

TEST_F(CliExport, ABadWorkloadLeavesNoFile) {
    const std::string bad = folder_.write("bad.json", R"({"schema": 1, "name": "bad"})");
    const std::vector<std::string> before = folder_.names();
    Outcome o = assay({"export", bad, "--out", folder_.path("out.json")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "layers"));
    EXPECT_EQ(folder_.names(), before);
}
