// The evaluator: nothing is simulated twice, nothing finished is lost.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evaluator.h"
#include "sim_files.hpp"

using namespace assay_test;

namespace {

class Evaluator : public SimFiles {
  protected:
    void SetUp() override {
        load_net();
        ASSERT_EQ(load_hw("t.csv", small_csv()), ASSAY_OK) << report_.text();
        for (size_t layer : {0, 1, 3}) {
            for (unsigned w : {4u, 6u}) {
                for (unsigned a : {4u, 6u}) {
                    questions_.push_back({layer, w, a});
                }
            }
        }
        answers_.resize(questions_.size());
    }
    ~Evaluator() override { assay_store_close(&store_); }

    void open_store() {
        assay_store_close(&store_);
        ASSERT_EQ(assay_store_open(folder_.path("m.sqlite").c_str(), &store_, report_), ASSAY_OK)
            << report_.text();
    }
    // kill_at: the process kills itself when so many are done.
    assay_status evaluate(unsigned jobs, size_t stop_at = SIZE_MAX, size_t kill_at = SIZE_MAX) {
        stop_at_ = stop_at;
        kill_at_ = kill_at;
        assay_evaluator_settings settings{};
        settings.hw = hw_;
        settings.model = ASSAY_MODEL_EVENT;
        settings.workload = net_;
        settings.jobs = jobs;
        settings.store = store_;
        settings.progress = [](void* user, size_t done, size_t, const char*) {
            const Evaluator& test = *static_cast<Evaluator*>(user);
            if (done >= test.kill_at_) {
                raise(SIGKILL);
            }
            return done < test.stop_at_;
        };
        settings.user = this;
        assay_evaluator* evaluator = nullptr;
        EXPECT_EQ(assay_evaluator_new(&settings, &evaluator), ASSAY_OK);
        const assay_status status = assay_evaluate(evaluator, questions_.data(), questions_.size(),
                                                   answers_.data(), &counts_, report_);
        assay_evaluator_free(&evaluator);
        return status;
    }
    void expect_all() {
        for (size_t i = 0; i < questions_.size(); ++i) {
            const assay_question& q = questions_[i];
            const size_t row = q.layer == 3 ? 3 : q.layer + 1;
            EXPECT_EQ(answers_[i].cycles, 1000 * row + 10 * q.w_bits + q.a_bits) << i;
        }
    }

    assay_store* store_ = nullptr;
    std::vector<assay_question> questions_;
    std::vector<assay_measurement> answers_;
    assay_evaluation_counts counts_{};
    size_t stop_at_ = SIZE_MAX, kill_at_ = SIZE_MAX;
};

} // namespace

TEST_F(Evaluator, AnswersWithoutAStore) {
    for (unsigned jobs : {1u, 2u, 3u}) {
        ASSERT_EQ(evaluate(jobs), ASSAY_OK) << report_.text();
        expect_all();
        EXPECT_EQ(counts_.simulated, 12u);
        EXPECT_EQ(counts_.known, 0u);
    }
}

TEST_F(Evaluator, AsksTheStoreFirst) {
    open_store();
    ASSERT_EQ(evaluate(2), ASSAY_OK) << report_.text();
    EXPECT_EQ(counts_.simulated, 12u);
    const std::vector<assay_measurement> first = answers_;
    ASSERT_EQ(evaluate(2), ASSAY_OK);
    EXPECT_EQ(counts_.simulated, 0u);
    EXPECT_EQ(counts_.known, 12u);
    EXPECT_EQ(memcmp(first.data(), answers_.data(), first.size() * sizeof first[0]), 0);
}

TEST_F(Evaluator, EqualQuestionsAreAskedOnce) {
    const std::vector<assay_question> once = questions_;
    questions_.insert(questions_.end(), once.begin(), once.end());
    answers_.resize(questions_.size());
    ASSERT_EQ(evaluate(1), ASSAY_OK) << report_.text();
    EXPECT_EQ(counts_.questions, 24u);
    EXPECT_EQ(counts_.distinct, 12u);
    EXPECT_EQ(counts_.simulated, 12u);
    expect_all();
}

// On simulated silicon the name of a layer and its place do not matter.
TEST_F(Evaluator, EqualLayersAreOneMeasurement) {
    assay_hw_free(&hw_);
    ASSERT_EQ(assay_hw_default("eie", &hw_, report_), ASSAY_OK);
    EXPECT_EQ(key(0, 4, 4), key(1, 4, 4));
    EXPECT_NE(key(0, 4, 4), key(3, 4, 4));
    EXPECT_NE(key(0, 4, 4, 1), key(0, 4, 4, 2));
}

TEST_F(Evaluator, AStopKeepsWhatIsDone) {
    open_store();
    EXPECT_EQ(evaluate(1, 5), ASSAY_INTERRUPTED);
    EXPECT_EQ(counts_.simulated, 5u);
    ASSERT_EQ(evaluate(1), ASSAY_OK) << report_.text();
    EXPECT_EQ(counts_.known, 5u);
    EXPECT_EQ(counts_.simulated, 7u);
    expect_all();
}

TEST_F(Evaluator, Kill9LosesNothingThatWasDone) {
    for (size_t kill_at : {size_t{3}, size_t{4}}) {
        const pid_t child = fork();
        if (child == 0) {
            open_store();
            evaluate(2, SIZE_MAX, kill_at);
            _exit(1); // not reached
        }
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    open_store();
    ASSERT_EQ(evaluate(2), ASSAY_OK) << report_.text();
    EXPECT_EQ(counts_.known, 7u);
    EXPECT_EQ(counts_.simulated, 5u);
    expect_all();
}

TEST_F(Evaluator, ARefusedMeasurementSaysWhy) {
    open_store();
    questions_.push_back({0, 5, 5});
    answers_.resize(questions_.size());
    EXPECT_EQ(evaluate(1), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("layer \"a\"")) << report_.text();
    EXPECT_TRUE(report_.mentions("no entry for w5 a5")) << report_.text();
}
