// assay store: what people see of a measurement store.
#include "sweep_files.hpp"

using namespace cli_test;

class CliStore : public CliSweep {
  protected:
    void SetUp() override {
        CliSweep::SetUp();
        ASSERT_EQ(sweep({"--quiet"}).exit_code, 0);
        ASSERT_EQ(assay({"table", "--hw", folder_.path("dense.json"), "--workload",
                         folder_.path("small.json"), "--bits", "4..4", "--store", store_, "--out",
                         folder_.path("t.csv"), "--quiet"})
                      .exit_code,
                  0);
    }
    Outcome store(std::vector<std::string> more) const {
        more.insert(more.begin(), "store");
        return assay(more);
    }
};

TEST_F(CliStore, InfoCountsWhatThereIs) {
    const Outcome o = store({"info", "--store", store_});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "2 layers, 44 runs, 12 of them failed")) << o.out;
    EXPECT_TRUE(contains(o.out, "dense")) << o.out;
    EXPECT_TRUE(contains(o.out, "yes")) << o.out;
}

TEST_F(CliStore, ExportHasEveryEntryInBothFormats) {
    const auto rows = lines_of(store({"export", "--store", store_}).out);
    ASSERT_EQ(rows.size(), 47u);
    EXPECT_EQ(rows[0].substr(0, 27), "kind,key,assay,sources,mode");
    EXPECT_EQ(rows[1].substr(0, 6), "layer,");
    EXPECT_EQ(rows[3].substr(0, 4), "run,");
    const std::string path = folder_.path("all.jsonl");
    ASSERT_EQ(store({"export", "--store", store_, "--format", "jsonl", "--out", path}).exit_code,
              0);
    const auto lines = lines_of(read_file(path));
    ASSERT_EQ(lines.size(), 46u);
    for (const std::string& line : lines) {
        Json json(line);
        EXPECT_EQ(std::string(assay_json_string(assay_json_get(json.at(""), "key"))).size(), 32u);
    }
}

TEST_F(CliStore, AnExportIsWholeOrNotAtAll) {
    const std::string path = folder_.path("all.csv");
    const Outcome o = assay_in_shell("trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"",
                                     {"store", "export", "--store", store_, "--out", path});
    EXPECT_EQ(o.exit_code, 3) << o.err;
    const auto names = folder_.names();
    EXPECT_EQ(std::count(names.begin(), names.end(), "all.csv"), 0);
}

TEST_F(CliStore, MergeVerifyAndClean) {
    const std::string other = folder_.path("other.sqlite");
    Outcome o = store({"merge", other, store_});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "46 entries added, 0 known")) << o.out;
    o = store({"merge", other, store_});
    EXPECT_TRUE(contains(o.out, "0 entries added, 46 known")) << o.out;
    o = store({"verify", "--store", other});
    EXPECT_TRUE(contains(o.out, "sound, 46 entries")) << o.out;
    o = store({"gc", "--store", other});
    EXPECT_TRUE(contains(o.out, "0 entries removed, 46 kept")) << o.out;
    EXPECT_EQ(exported(other), exported(store_));
}

TEST_F(CliStore, MistakesAreTold) {
    EXPECT_EQ(store({}).exit_code, 2);
    EXPECT_TRUE(contains(store({"exprot"}).err, "did you mean \"export\"?"));
    EXPECT_EQ(store({"merge", store_}).exit_code, 2);
    EXPECT_EQ(store({"info", store_}).exit_code, 2);
    EXPECT_EQ(store({"info", "--out", "x"}).exit_code, 2);
    EXPECT_EQ(store({"info", "--store", folder_.path("nothing")}).exit_code, 2);
    EXPECT_EQ(store({"verify", "--store", folder_.write("text", "hello")}).exit_code, 2);
    EXPECT_EQ(store({"merge", store_, folder_.path("text")}).exit_code, 2);
    EXPECT_EQ(exported(store_).size(), 46u);
}
