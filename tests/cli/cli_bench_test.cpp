// assay bench: the shape of what it says and the signature; no time is judged here.
#include <filesystem>
#include <set>

#include "fixtures.hpp"

using namespace cli_test;

namespace {

namespace fs = std::filesystem;

std::string machine(size_t i, const std::string& key) {
    return "machines." + std::to_string(i) + "." + key;
}

// Everything is measured once for all tests that only read it.
class CliBench : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        outcome_ =
            new Outcome(assay({"bench", "--quick", "--format", "json", "--root", source("")}));
    }
    static void TearDownTestSuite() { delete outcome_; }
    void SetUp() override { ASSERT_EQ(outcome_->exit_code, 0) << outcome_->err; }

    static Outcome* outcome_;
};

Outcome* CliBench::outcome_ = nullptr;

TEST_F(CliBench, ComparesTheModelsOnEveryMachine) {
    Json json(outcome_->out);
    ASSERT_EQ(json.size("machines"), 5u);
    std::set<std::string> signatures;
    for (size_t i = 0; i < 5; ++i) {
        ASSERT_EQ(json.size(machine(i, "layers")), 3u) << i;
        EXPECT_GT(json.number(machine(i, "layers.0.cycles")), 0) << i;
        EXPECT_EQ(json.number(machine(i, "layers.0.event.runs")), 5) << i;
        EXPECT_EQ(json.number(machine(i, "layers.0.clocked.runs")), 1) << i;
        EXPECT_GE(json.number(machine(i, "geomean")), json.number(machine(i, "minimum"))) << i;
        signatures.insert(json.text(machine(i, "signature")));
    }
    EXPECT_EQ(signatures.size(), 5u) << "each machine counts something else";
}

// Accuracy needs libtorch and data, HAWQ-V3's programs need data, which the rest does not.
bool without_accuracy(const std::string& json) {
    return Json(json).at("accuracy.images") == nullptr;
}

bool without_exact(const std::string& json) {
    return Json(json).at("search.exact_slowest_s") == nullptr;
}

TEST_F(CliBench, JudgesEveryTargetThatItMeasures) {
    Json json(outcome_->out);
    const size_t count = 11 + !without_accuracy(outcome_->out) + !without_exact(outcome_->out);
    ASSERT_EQ(json.size("ratios"), count)
        << "two of FC6, five machines, first query, look-up, quantised / float, evolution, ddpg, "
           "exact";
    for (size_t i = 0; i < count; ++i) {
        EXPECT_GT(json.number("ratios." + std::to_string(i) + ".value"), 0) << i;
        EXPECT_GT(json.number("ratios." + std::to_string(i) + ".target"), 0) << i;
    }
    EXPECT_EQ(json.at("table"), nullptr) << "left out by --quick";
}

TEST_F(CliBench, MeasuresAFirstQueryAndTheStore) {
    Json json(outcome_->out);
    EXPECT_EQ(json.number("first_query.runs"), 5);
    EXPECT_GE(json.number("first_query.slowest_s"), json.number("first_query.answer_s"));
    EXPECT_GT(json.number("first_query.whole_s"), json.number("first_query.answer_s"))
        << "the files are part of it";
    EXPECT_EQ(json.number("store.entries"), 256);
    EXPECT_GT(json.number("store.get_s"), 0);
    EXPECT_GE(json.number("clocked.median_s"), json.number("clocked.min_s"));
}

TEST_F(CliBench, MeasuresAccuracyOnPartOfTheImages) {
    if (without_accuracy(outcome_->out)) {
        GTEST_SKIP() << "**** no accuracy engine, or ASSAY_DATA is not set: NOT tested ****";
    }
    Json json(outcome_->out);
    EXPECT_EQ(json.number("accuracy.images"), 50);
    for (const char* key : {"float_s", "quantised_s", "candidate_s", "reuse_s", "open_s"}) {
        EXPECT_GT(json.number(std::string("accuracy.") + key), 0) << key;
    }
    EXPECT_GT(json.number("accuracy.reused_layers"), 0);
    EXPECT_LT(json.number("accuracy.reused_layers"), json.number("accuracy.layers"));
}

TEST_F(CliBench, MeasuresSearches) {
    Json json(outcome_->out);
    for (const char* key : {"evolution_candidates", "evolution_s", "ddpg_episodes", "ddpg_s",
                            "table_candidates", "table_s"}) {
        EXPECT_GT(json.number(std::string("search.") + key), 0) << key;
    }
    if (!without_exact(outcome_->out)) {
        EXPECT_GT(json.number("search.exact_slowest_s"), 0);
    }
}

TEST_F(CliBench, TheTextSaysTheSameSignature) {
    Outcome text = assay({"bench", "--quick", "--root", source("")});
    ASSERT_EQ(text.exit_code, 0) << text.err;
    EXPECT_EQ(contains(text.err, "accuracy is skipped"), without_accuracy(outcome_->out));
    EXPECT_EQ(contains(text.out, "accuracy of ResNet-20"), !without_accuracy(outcome_->out));
    const std::string signature = Json(outcome_->out).text("signature");
    EXPECT_EQ(signature.size(), 32u);
    EXPECT_TRUE(contains(text.out, "signature: " + signature));
    EXPECT_TRUE(contains(text.out, "measured elsewhere"));
    EXPECT_EQ(contains(text.err, "exact is skipped"), without_exact(outcome_->out));
    EXPECT_EQ(contains(text.out, "exact on HAWQ"), !without_exact(outcome_->out));
}

TEST_F(CliBench, WhatIsMissingIsSkippedLoudly) {
    Folder folder;
    fs::create_directories(folder.path("hw_configs"));
    fs::create_directories(folder.path("traces"));
    fs::copy(source("hw_configs/eie_64pe.json"), folder.path("hw_configs"));
    fs::copy(source("traces/eie"), folder.path("traces/eie"));
    Outcome o = assay({"bench", "--quick", "--format", "json", "--root", folder.path("")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.err, "bit_fusion_16x32 is skipped"));
    EXPECT_TRUE(contains(o.err, "MobileNet is skipped"));
    EXPECT_TRUE(contains(o.err, "accuracy is skipped"));
    EXPECT_TRUE(without_accuracy(o.out));
    Json json(o.out), all(outcome_->out);
    EXPECT_EQ(json.size("ratios"), 5u + !without_exact(o.out));
    EXPECT_EQ(json.at("first_query"), nullptr);
    EXPECT_EQ(json.text(machine(4, "signature")), all.text(machine(4, "signature")))
        << "eie_64pe was there";
    EXPECT_NE(json.text("signature"), all.text("signature")) << "less was compared";
}

TEST(CliBenchFiles, NamesTheOnesItCannotDoWithout) {
    Folder folder;
    Outcome o = assay({"bench", "--root", folder.path("nowhere")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "hw_configs/eie_64pe.json"));
    EXPECT_TRUE(contains(o.err, "traces/eie/alexnet_fc6.json"));
}

} // namespace
