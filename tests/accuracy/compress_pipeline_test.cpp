#include <algorithm>
#include <set>

#include "compress_fixture.hpp"
#include "mask.hpp"
#include "pipeline.hpp"

using namespace compress_test;

namespace {

std::vector<std::string> names(const Compression& c) {
    std::vector<std::string> out;
    for (const CompressionStage& stage : c.stages) {
        out.push_back(stage.name);
    }
    return out;
}

uint64_t kept(const Parameters& p) {
    return p.weight.size() - static_cast<uint64_t>(std::count(p.weight.begin(), p.weight.end(), 0));
}

size_t distinct(const Parameters& p) {
    return std::set<float>(p.weight.begin(), p.weight.end()).size();
}

class Pipeline : public ::testing::Test {
  protected:
    Pipeline() : engine_(net_.parameters) {
        settings_.plans = {{0.5, 3}, {}, {0.1, 2}, {1, 4}};
        settings_.prune_epochs = 2;
        settings_.share_epochs = 3;
    }
    assay_status run() { return compress(engine_, *net_.workload, settings_, out_, report_); }

    Net net_;
    FakeEngine engine_;
    PipelineSettings settings_;
    Compression out_;
    Report report_;
};

} // namespace

TEST_F(Pipeline, StagesInOrder) {
    ASSERT_EQ(run(), ASSAY_OK) << report_.text();
    EXPECT_EQ(names(out_), (std::vector<std::string>{"float", "pruned", "retrained", "shared",
                                                     "tuned", "coded"}));
    EXPECT_EQ(engine_.trainings, (std::vector<double>{2, 3}));
    EXPECT_EQ(out_.stages[0].bits, 32u * (144 + 2880 + 200 + 53));
    EXPECT_EQ(out_.stages[1].bits, out_.stages[2].bits);
    EXPECT_LT(out_.stages[3].bits, out_.stages[2].bits);
    EXPECT_EQ(out_.stages[5].bits, 8 * out_.network.bytes.size());
    EXPECT_EQ(out_.stages[0].search.images, 1000u);
    EXPECT_EQ(out_.stages[0].final.images, 500u);
}

TEST_F(Pipeline, EveryStageIsEvaluatedAsItIs) {
    ASSERT_EQ(run(), ASSAY_OK);
    const uint64_t pruned = 72 + 288 + 200;
    EXPECT_EQ(out_.stages[0].search.correct, (144u + 2880 + 200) % 1000);
    for (size_t i = 1; i < 6; ++i) {
        EXPECT_EQ(out_.stages[i].search.correct, pruned) << i;
        EXPECT_EQ(out_.stages[i].final.correct, pruned % 500) << i;
    }
}

TEST_F(Pipeline, MasksAndCodebooksHoldWhateverTheEngineDoes) {
    ASSERT_EQ(run(), ASSAY_OK);
    EXPECT_EQ(kept(out_.parameters[0]), 72u);
    EXPECT_EQ(kept(out_.parameters[2]), 288u);
    EXPECT_EQ(kept(out_.parameters[3]), 200u);
    EXPECT_LE(distinct(out_.parameters[0]), 8u);
    EXPECT_LE(distinct(out_.parameters[2]), 4u);
    EXPECT_LE(distinct(out_.parameters[3]), 16u);
    const Mask mask = magnitude_mask(net_.parameters[2].weight, 0.1);
    for (size_t i = 0; i < mask.size(); ++i) {
        ASSERT_EQ(out_.parameters[2].weight[i] != 0, mask[i] != 0) << i;
    }
}

TEST_F(Pipeline, TellsTheEngineItsConstraints) {
    ASSERT_EQ(run(), ASSAY_OK);
    ASSERT_EQ(engine_.constraints.size(), 3u);
    const auto& pruning = engine_.constraints[0];
    EXPECT_EQ(pruning.masks[0], magnitude_mask(net_.parameters[0].weight, 0.5));
    EXPECT_TRUE(pruning.masks[3].empty()); // all of it is kept
    EXPECT_TRUE(pruning.codes[0].empty());
    const auto& sharing = engine_.constraints[1];
    EXPECT_EQ(sharing.masks[0], pruning.masks[0]);
    ASSERT_EQ(sharing.codes[0].size(), 144u);
    for (size_t i = 0; i < 144; ++i) {
        ASSERT_EQ(sharing.codes[0][i] == 0, pruning.masks[0][i] == 0);
    }
    EXPECT_TRUE(engine_.constraints[2].masks.empty()); // no longer
}

TEST_F(Pipeline, LeavesTheNetworkAsItWas) {
    ASSERT_EQ(run(), ASSAY_OK);
    EXPECT_TRUE(same_values(engine_.now, net_.parameters));
}

TEST_F(Pipeline, SharedValuesHaveARateOfTheirOwnAndNoDecay) {
    settings_.training.rate = 0.02;
    settings_.training.weight_decay = 0.001;
    settings_.share_rate = 0.0003;
    ASSERT_EQ(run(), ASSAY_OK);
    EXPECT_EQ(engine_.rates, (std::vector<double>{0.02, 0.0003}));
    EXPECT_EQ(engine_.decays, (std::vector<double>{0.001, 0}));
}

TEST_F(Pipeline, WithoutTrainingItsStagesAreMissing) {
    settings_.prune_epochs = settings_.share_epochs = 0;
    ASSERT_EQ(run(), ASSAY_OK);
    EXPECT_EQ(names(out_), (std::vector<std::string>{"float", "pruned", "shared", "coded"}));
    EXPECT_TRUE(engine_.trainings.empty());
}

TEST_F(Pipeline, PrunesInSteps) {
    settings_.prune_steps = 4;
    ASSERT_EQ(run(), ASSAY_OK);
    EXPECT_EQ(engine_.trainings, (std::vector<double>{0.5, 0.5, 0.5, 0.5, 3}));
    uint64_t last = 2880;
    for (unsigned step = 1; step <= 4; ++step) {
        const uint64_t now = count_kept(engine_.constraints[step - 1].masks[2]);
        EXPECT_EQ(now, static_cast<uint64_t>(std::llround(2880 * gradual_density(0.1, step, 4))));
        EXPECT_LT(now, last);
        last = now;
    }
    EXPECT_EQ(names(out_).size(), 6u);
}

TEST_F(Pipeline, OnlySharingAndOnlyPruning) {
    settings_.plans = {{1, 3}, {}, {}, {}};
    ASSERT_EQ(run(), ASSAY_OK);
    EXPECT_EQ(names(out_), (std::vector<std::string>{"float", "shared", "tuned", "coded"}));
    settings_.plans = {{}, {}, {0.5, 0}, {}};
    ASSERT_EQ(run(), ASSAY_OK);
    EXPECT_EQ(names(out_), (std::vector<std::string>{"float", "pruned", "retrained", "coded"}));
    EXPECT_EQ(out_.codings[2].codebook_bits, 0u);
    EXPECT_EQ(out_.codings[2].gap_bits, 4u);
    EXPECT_EQ(out_.codings[0].gap_bits, 0u); // nothing pruned: no index
}

TEST_F(Pipeline, StopsOnRequestAndRestores) {
    settings_.progress = [](const char* stage, uint64_t, uint64_t, double) {
        return std::string(stage) != "tuned";
    };
    EXPECT_EQ(run(), ASSAY_INTERRUPTED);
    EXPECT_TRUE(same_values(engine_.now, net_.parameters));
    EXPECT_TRUE(engine_.constraints.back().masks.empty());
}

TEST_F(Pipeline, PassesOnWhatTheEngineSays) {
    engine_.fails = true;
    EXPECT_EQ(run(), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("training failed"));
    EXPECT_TRUE(same_values(engine_.now, net_.parameters));
}

TEST_F(Pipeline, SameInputSameBytes) {
    ASSERT_EQ(run(), ASSAY_OK);
    const std::vector<uint8_t> bytes = out_.network.bytes;
    ASSERT_EQ(run(), ASSAY_OK);
    EXPECT_EQ(out_.network.bytes, bytes);
}

TEST_F(Pipeline, NegativeZerosDoNotDisturb) {
    engine_.first[2].weight[7] = engine_.now[2].weight[7] = -0.0f;
    engine_.first[3].weight[7] = engine_.now[3].weight[7] = -0.0f;
    settings_.plans = {{}, {}, {1, 4}, {}};
    settings_.share_epochs = 0;
    EXPECT_EQ(run(), ASSAY_OK) << report_.text();
}
