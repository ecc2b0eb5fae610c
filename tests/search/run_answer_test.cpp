// How questions are answered: with a task that fails, repeats itself or is broken.
#include <fcntl.h>

#include <cmath>
#include <limits>
#include <vector>

#include "search_files.hpp"
#include "session.h"

using namespace assay_test;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// Rewards are the first choice; what the task does wrong is set by the test.
struct Toy {
    unsigned broken = ~0u; // this first choice cannot be evaluated
    bool endless = false;  // rewards without bound
    bool over = false;     // the budget
    bool stop = false;
    size_t evaluated = 0;
};

assay_status evaluate(void* self, size_t count, const unsigned* x, assay_record* out,
                      assay_report*) {
    Toy* toy = static_cast<Toy*>(self);
    for (size_t i = 0; i < count; ++i) {
        out[i] = assay_record{};
        out[i].score.reward = x[2 * i] == toy->broken ? nan : x[2 * i];
        out[i].score.reward += toy->endless ? std::numeric_limits<double>::infinity() : 0;
        out[i].score.violation = toy->over ? 0.25 : 0;
        ++toy->evaluated;
    }
    return toy->stop ? ASSAY_INTERRUPTED : ASSAY_OK;
}

void hash(const void*, const unsigned* x, char out[33]) {
    snprintf(out, 33, "%016x%016x", x[0], x[1]);
}

void budget(const void*, const unsigned*, assay_search_budget* out) {
    *out = assay_search_budget{};
}

bool repair(void*, unsigned* x) {
    x[1] = 0;
    return true;
}

bool feasible(void*, const unsigned* x) {
    return x[1] == 0;
}

class Answer : public testing::Test {
  protected:
    void SetUp() override {
        task_.evaluate = evaluate;
        task_.hash = hash;
        task_.budget = budget;
        problem_.space.variables = 2;
        path_ = dir_.path("log.jsonl");
        session_.report = report_;
        session_.choice.task = &task_;
        session_.task = &toy_;
        session_.problem = &problem_;
        session_.known.variables = 2;
        session_.phase_count = 2;
        session_.phases[1].name = "search";
        session_.phases[1].best = SIZE_MAX;
        ASSERT_EQ(assay_log_open(path_.c_str(), &session_.log, report_), ASSAY_OK);
    }
    void TearDown() override {
        assay_log_close(&session_.log);
        assay_known_free(&session_.known);
    }
    assay_status ask(std::vector<unsigned> x) {
        score_.assign(x.size() / 2, assay_score{});
        const assay_status status = assay_answer(&session_, x.size() / 2, x.data(), score_.data());
        x_ = x;
        return status;
    }

    TempDir dir_;
    std::string path_;
    Report report_;
    Toy toy_;
    assay_task task_{};
    assay_problem problem_{};
    assay_session session_{};
    std::vector<assay_score> score_;
    std::vector<unsigned> x_;
};

} // namespace

TEST_F(Answer, NothingIsEvaluatedTwice) {
    ASSERT_EQ(ask({5, 0, 6, 0, 5, 0}), ASSAY_OK);
    EXPECT_EQ(toy_.evaluated, 2u);
    ASSERT_EQ(ask({6, 0, 7, 0}), ASSAY_OK);
    EXPECT_EQ(toy_.evaluated, 3u);
    EXPECT_EQ(score_[0].reward, 6);
    EXPECT_EQ(score_[1].reward, 7);
    EXPECT_EQ(session_.known.evaluation_count, 5u);
    EXPECT_TRUE(session_.known.evaluations[2].known);
    EXPECT_FALSE(session_.known.evaluations[4].known);
    EXPECT_EQ(session_.known.candidates[session_.phases[1].best].record.score.reward, 7);
}

TEST_F(Answer, ManyCandidatesKeepTheirNumbers) {
    for (unsigned i = 0; i < 5000; ++i) {
        ASSERT_EQ(ask({i, i % 7}), ASSAY_OK);
    }
    for (unsigned i = 0; i < 5000; ++i) {
        ASSERT_EQ(ask({i, i % 7}), ASSAY_OK);
        ASSERT_EQ(score_[0].reward, i);
    }
    EXPECT_EQ(toy_.evaluated, 5000u);
}

TEST_F(Answer, WhatIsOverTheBudgetIsRepairedBeforeItIsAsked) {
    problem_.repair = repair;
    problem_.feasible = feasible;
    ASSERT_EQ(ask({1, 9, 2, 0}), ASSAY_OK);
    EXPECT_EQ(x_, (std::vector<unsigned>{1, 0, 2, 0}));
    session_.phase_count = 1; // references stay as they are
    session_.phases[0].name = "reference";
    session_.phases[0].best = SIZE_MAX;
    ASSERT_EQ(ask({3, 9}), ASSAY_OK);
    EXPECT_EQ(x_, (std::vector<unsigned>{3, 9}));
}

TEST_F(Answer, AFailureIsALineWithoutRewardAndNeverTheBest) {
    toy_.broken = 8;
    ASSERT_EQ(ask({7, 0, 8, 0, 6, 0}), ASSAY_OK);
    EXPECT_TRUE(std::isnan(score_[1].reward));
    EXPECT_EQ(session_.known.candidates[session_.phases[1].best].record.score.reward, 7);
    EXPECT_NE(read_text(path_).find("\"x\":[8,0],"), std::string::npos);
    EXPECT_NE(read_text(path_).find("\"reward\":null"), std::string::npos);
}

TEST_F(Answer, WhatIsOverTheBudgetIsNeverTheBest) {
    toy_.over = true;
    ASSERT_EQ(ask({7, 0}), ASSAY_OK);
    EXPECT_EQ(session_.phases[1].best, SIZE_MAX);
    toy_.over = false;
    ASSERT_EQ(ask({3, 0, 3, 1}), ASSAY_OK);
    EXPECT_EQ(session_.phases[1].best, 1u); // the first of equals
}

TEST_F(Answer, ARewardThatIsNoNumberIsAFailure) {
    toy_.endless = true;
    ASSERT_EQ(ask({7, 0}), ASSAY_OK);
    EXPECT_TRUE(std::isnan(score_[0].reward));
    EXPECT_EQ(session_.phases[1].best, SIZE_MAX);
}

TEST_F(Answer, FailuresInARowEndTheSearchAndAreTriedAgain) {
    toy_.endless = true;
    for (unsigned i = 0; i + 1 < ASSAY_FAILURES_MAX; ++i) {
        ASSERT_EQ(ask({i, 1}), ASSAY_OK);
    }
    EXPECT_EQ(ask({99, 1}), ASSAY_IO);
    EXPECT_TRUE(report_.mentions("16 candidates in a row could not be evaluated"));
    const std::string header = "{\"settings_hash\":\"\"}";
    write_text(path_, header + "\n" + read_text(path_));
    assay_replay replay;
    ASSERT_EQ(assay_replay_open(path_.c_str(), header.c_str(), &replay, report_), ASSAY_OK);
    EXPECT_FALSE(assay_replay_more(&replay)); // all of them are cut off
    assay_replay_close(&replay);
}

TEST_F(Answer, AStoppedBatchLeavesNothingBehind) {
    ASSERT_EQ(ask({1, 0}), ASSAY_OK);
    const std::string before = read_text(path_);
    toy_.stop = true;
    EXPECT_EQ(ask({2, 0, 1, 0, 3, 0}), ASSAY_INTERRUPTED);
    EXPECT_EQ(read_text(path_), before);
    EXPECT_EQ(session_.known.count, 1u);
    toy_.stop = false;
    ASSERT_EQ(ask({2, 0}), ASSAY_OK);
    EXPECT_FALSE(session_.known.evaluations[1].known);
}

TEST_F(Answer, AFullDiskIsAMessage) {
    assay_log_close(&session_.log);
    session_.log.fd = open("/dev/full", O_WRONLY);
    session_.log.path = "/dev/full";
    session_.log.cut = true; // a device has nothing to cut
    EXPECT_EQ(ask({1, 0}), ASSAY_IO);
    EXPECT_TRUE(report_.mentions("/dev/full: cannot be written")) << report_.text();
}
