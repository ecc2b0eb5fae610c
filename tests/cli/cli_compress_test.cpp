// assay compress with the fake engine, and its results on a machine.
#include <cstdlib>

#include "../accuracy/engine_files.hpp"
#include "fixtures.hpp"

using namespace cli_test;

namespace {

class CliCompress : public testing::Test {
  protected:
    CliCompress()
        : module_("ASSAY_TORCH_ENGINE", std::getenv("ASSAY_FAKE_ENGINE")),
          cache_("ASSAY_CACHE", files_.path("cache").c_str()) {
        engine_test::write_data(files_);
        net_ = files_.write("small.json", engine_test::net_json);
        weights_ = files_.path("w.safetensors");
        const Outcome o = assay({"train", "--network", net_, "--data", files_.path(""), "--epochs",
                                 "1", "--quiet", "--out", weights_});
        EXPECT_EQ(o.exit_code, 0) << o.err;
    }
    std::string out(const std::string& name) const { return files_.path("out/" + name); }
    Outcome compress(std::vector<std::string> more) const {
        more.insert(more.begin(), {"compress", "--network", net_, "--weights", weights_, "--data",
                                   files_.path(""), "--quiet", "--out", files_.path("out")});
        return assay(more);
    }

    assay_test::TempDir files_;
    engine_test::Variable module_, cache_;
    std::string net_, weights_;
};

} // namespace

TEST_F(CliCompress, TheReportCountsTheFile) {
    const Outcome o = compress({"--density", "0.5", "--codebook-bits", "3", "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const Json report(o.out);
    EXPECT_EQ(report.text("network"), "small");
    EXPECT_EQ(report.number("file_bits"),
              8.0 * double(read_file(out("small.compressed.safetensors")).size()));
    EXPECT_EQ(report.number("file_bits"),
              report.number("file_header_bits") + report.number("total.coded_bits.total"));
    EXPECT_EQ(report.text("stages.0.stage"), "float");
    EXPECT_EQ(report.text("stages.5.stage"), "coded");
    EXPECT_EQ(report.number("layers.0.kept"), 3);
    EXPECT_EQ(read_file(out("small.report.json")), o.out);
}

TEST_F(CliCompress, TheSameLayersRunOnEie) {
    const Outcome o = compress({"--density", "0.5", "--codebook-bits", "4"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "coded"));
    const std::string hw = source("hw_configs/eie_64pe.json");
    const Outcome run = assay({"run", "--hw", hw, "--workload", out("small.json"), "--check"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_TRUE(contains(run.out, "0 differ"));
    EXPECT_EQ(run.err.find("clustered"), std::string::npos) << run.err; // the codes as they are
}

TEST_F(CliCompress, FollowsAPolicy) {
    const std::string policy = files_.write(
        "p.json", R"({"schema": 1, "layers": {"f": {"w_density": 0.2, "codebook_bits": 2}}})");
    const Outcome o = compress({"--policy", policy, "--epochs", "0", "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const Json report(o.out);
    EXPECT_EQ(report.number("layers.1.kept"), 3);
    EXPECT_EQ(report.number("layers.1.codebook_bits"), 2);
    EXPECT_EQ(report.number("layers.0.gap_bits"), 0);
    EXPECT_EQ(report.size("stages"), 4u); // nothing was trained
}

TEST_F(CliCompress, TellsAllMistakesAtOnce) {
    const Outcome o = compress({"--density", "2", "--codebook-bits", "9", "--policy", "p.json",
                                "--steps", "0", "--format", "xml"});
    EXPECT_EQ(o.exit_code, 2);
    for (const char* what : {"--density", "--codebook-bits", "--steps", "--format", "--policy"}) {
        EXPECT_TRUE(contains(o.err, what));
    }
}

TEST_F(CliCompress, NetworksWithoutPublishedDensitiesMustBeTold) {
    const Outcome o = compress({});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "lenet_300_100, lenet5, alexnet and vgg16"));
}

TEST_F(CliCompress, PoliciesOfWidthsAreRefused) {
    const std::string policy =
        files_.write("p.json", R"({"schema": 1, "default": {"w_bits": 4, "a_bits": 4}})");
    const Outcome o = compress({"--policy", policy});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "w_bits is 4 in the policy"));
}

TEST_F(CliCompress, TheNetworkItselfIsNotWrittenOver) {
    const std::string before = read_file(net_);
    const Outcome o =
        assay({"compress", "--network", net_, "--weights", weights_, "--data", files_.path(""),
               "--quiet", "--density", "0.5", "--codebook-bits", "3", "--out", files_.path("")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "small.json")) << o.err;
    EXPECT_EQ(read_file(net_), before);
    EXPECT_EQ(compress({"--density", "0.5", "--codebook-bits", "3"}).exit_code, 0);
    EXPECT_EQ(compress({"--density", "0.5", "--codebook-bits", "4"}).exit_code, 0); // its own files
}
