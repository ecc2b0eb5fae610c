// The worker pool: everything is answered once, whatever happens to the workers.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <vector>

#include "pool.h"
#include "report.hpp"
#include "temp_dir.hpp"

using assay_test::Report;
using assay_test::TempDir;

namespace {

// Questions that make a worker do something else than answer.
enum : int {
    kill_once = 1000,
    kill_always,
    hang_once,
    refuse
};

struct World { // what workers see
    std::string mark;
    bool open_fails = false;
};

// True for the first process that asks.
bool first_time(const World& world) {
    if (std::ifstream(world.mark)) {
        return false;
    }
    std::ofstream(world.mark) << "x";
    return true;
}

assay_status open_world(void* context, void** state, assay_report* report) {
    *state = context;
    if (static_cast<World*>(context)->open_fails) {
        assay_report_add(report, "no machine today");
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

assay_status square(void* state, const void* question, void* answer, assay_report* report) {
    const World& world = *static_cast<World*>(state);
    int q = 0;
    memcpy(&q, question, sizeof q);
    if (q == kill_always || (q == kill_once && first_time(world))) {
        raise(SIGKILL);
    }
    if (q == hang_once && first_time(world)) {
        for (;;) {
            pause();
        }
    }
    if (q == refuse) {
        assay_report_add(report, "does not fit");
        return ASSAY_BAD_INPUT;
    }
    const long result = static_cast<long>(q) * q;
    memcpy(answer, &result, sizeof result);
    return ASSAY_OK;
}

void close_world(void*) {}

class Pool : public testing::Test {
  protected:
    ~Pool() override { assay_pool_free(&pool_); }

    void make(unsigned jobs, unsigned limit_s = 0) {
        world_.mark = folder_.path("mark");
        assay_pool_work work{};
        work.question_size = sizeof(int);
        work.answer_size = sizeof(long);
        work.open = open_world;
        work.answer = square;
        work.close = close_world;
        work.context = &world_;
        work.limit_s = limit_s;
        ASSERT_EQ(assay_pool_new(&work, jobs, &pool_), ASSAY_OK);
    }

    assay_status run(const std::vector<int>& questions) {
        answers_.assign(questions.size(), -1);
        told_ = 0;
        assay_pool_events events{};
        events.answered = [](void* user, size_t i, const void* answer, assay_report*) {
            Pool& test = *static_cast<Pool*>(user);
            EXPECT_EQ(test.answers_.at(i), -1) << "answered twice: " << i;
            memcpy(&test.answers_[i], answer, sizeof(long));
            ++test.told_;
            return ASSAY_OK;
        };
        events.stop = [](void* user) {
            Pool& test = *static_cast<Pool*>(user);
            return test.told_ >= test.stop_after_;
        };
        events.describe = [](void*, size_t i, char* text, size_t size) {
            snprintf(text, size, "question %zu", i);
        };
        if (abandoned_wanted_) {
            events.abandoned = [](void* user, size_t i) {
                static_cast<Pool*>(user)->abandoned_.insert(i);
            };
        }
        events.user = this;
        return assay_pool_run(pool_, questions.data(), questions.size(), &events, report_);
    }

    void expect_squares(const std::vector<int>& questions) {
        for (size_t i = 0; i < questions.size(); ++i) {
            EXPECT_EQ(answers_[i], static_cast<long>(questions[i]) * questions[i]) << i;
        }
    }

    TempDir folder_;
    World world_;
    Report report_;
    assay_pool* pool_ = nullptr;
    std::vector<long> answers_;
    size_t told_ = 0, stop_after_ = SIZE_MAX;
    bool abandoned_wanted_ = false;
    std::set<size_t> abandoned_;
};

std::vector<int> numbers(int count) {
    std::vector<int> all;
    for (int i = 0; i < count; ++i) {
        all.push_back(i);
    }
    return all;
}

} // namespace

TEST_F(Pool, AnswersAllForAnyNumberOfJobs) {
    for (unsigned jobs : {1u, 2u, 3u, 7u}) {
        make(jobs);
        ASSERT_EQ(run(numbers(500)), ASSAY_OK) << report_.text();
        expect_squares(numbers(500));
        ASSERT_EQ(run(numbers(3)), ASSAY_OK); // the same workers again
        expect_squares(numbers(3));
        assay_pool_free(&pool_);
    }
    EXPECT_EQ(report_.count(), 0u);
}

TEST_F(Pool, NothingToDo) {
    make(2);
    EXPECT_EQ(run({}), ASSAY_OK);
    EXPECT_EQ(told_, 0u);
}

TEST_F(Pool, ADeadWorkerIsReplacedAndItsQuestionAskedAgain) {
    make(2);
    std::vector<int> questions = numbers(20);
    questions[5] = kill_once;
    ASSERT_EQ(run(questions), ASSAY_OK) << report_.text();
    expect_squares(questions);
    EXPECT_EQ(report_.count(), 1u);
    EXPECT_TRUE(report_.mentions("question 5: the worker process died of signal 9; asked again"))
        << report_.text();
}

TEST_F(Pool, AQuestionThatKillsTwoWorkersIsGivenUp) {
    make(2);
    EXPECT_EQ(run({1, 2, kill_always, 3}), ASSAY_INTERNAL);
    EXPECT_EQ(report_.count(), 2u);
    EXPECT_TRUE(report_.mentions("question 2: the worker process died of signal 9; given up"))
        << report_.text();
    ASSERT_EQ(run(numbers(5)), ASSAY_OK); // the pool is still of use
    expect_squares(numbers(5));
}

TEST_F(Pool, WhoTakesAbandonedQuestionsGetsTheOthersAnswered) {
    abandoned_wanted_ = true;
    for (unsigned jobs : {1u, 2u}) {
        make(jobs);
        std::vector<int> questions = numbers(20);
        questions[4] = questions[5] = kill_always;
        ASSERT_EQ(run(questions), ASSAY_OK) << report_.text();
        EXPECT_EQ(abandoned_, (std::set<size_t>{4, 5}));
        EXPECT_EQ(told_, 18u);
        EXPECT_EQ(answers_[19], 19 * 19);
        assay_pool_free(&pool_);
    }
}

TEST_F(Pool, AHungWorkerIsKilledAndReplaced) {
    make(1, 1);
    ASSERT_EQ(run({hang_once, 4}), ASSAY_OK) << report_.text();
    expect_squares({hang_once, 4});
    EXPECT_TRUE(report_.mentions("question 0: the worker process took too long and was killed"))
        << report_.text();
}

TEST_F(Pool, ARefusedQuestionEndsTheRunWithItsMessage) {
    make(1);
    EXPECT_EQ(run({1, refuse, 2}), ASSAY_BAD_INPUT);
    EXPECT_EQ(report_.text(), "does not fit\n");
    EXPECT_EQ(answers_[0], 1);
    EXPECT_EQ(answers_[2], -1);
}

TEST_F(Pool, AWorkerThatCannotOpenSaysWhy) {
    world_.open_fails = true;
    make(1);
    EXPECT_EQ(run({1}), ASSAY_BAD_INPUT);
    EXPECT_EQ(report_.text(), "no machine today\n");
}

TEST_F(Pool, StopsOnRequestAndKeepsWhatWasTold) {
    make(2);
    stop_after_ = 10;
    EXPECT_EQ(run(numbers(500)), ASSAY_INTERRUPTED);
    EXPECT_GE(told_, 10u);
    EXPECT_LE(told_, 12u);
    stop_after_ = SIZE_MAX;
    ASSERT_EQ(run(numbers(500)), ASSAY_OK);
    expect_squares(numbers(500));
}

TEST_F(Pool, LeavesNoProcessBehind) {
    make(3);
    ASSERT_EQ(run(numbers(50)), ASSAY_OK);
    assay_pool_free(&pool_);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1); // no child is left
    EXPECT_EQ(errno, ECHILD);
}
