// External evaluators: small shell scripts that keep to the protocol, or do not.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <fstream>
#include <thread>

#include "engine_files.hpp"

using namespace engine_test;

namespace {

const std::string ready = R"(read hello; echo '{"protocol":1,"ready":true,"name":"sh"}'; )";

class External : public EngineTest {
  protected:
    External() {
        settings_.fresh = false;
        settings_.data = nullptr;
        settings_.external_limit_s = 20;
    }
    assay_status start(const std::string& script) {
        assay_accuracy_close(&env_);
        // The command line of a shell: quotes inside a script would need quoting themselves.
        command_ = "exec sh " + folder_.write("evaluator.sh", script);
        settings_.external = command_.c_str();
        return assay_accuracy_open(&settings_, &env_, report_);
    }
    // After a greeting as it should be.
    assay_status ask(const std::string& script) {
        EXPECT_EQ(start(ready + script), ASSAY_OK) << report_.text();
        return assay_accuracy_evaluate(env_, policy_, &result_, report_);
    }
    void refuses(const std::string& answer, const std::string& reason) {
        assay_status status = ask("read q; echo '" + answer + "'");
        EXPECT_EQ(status, ASSAY_BAD_INPUT) << answer;
        EXPECT_TRUE(contains(report_.text(), reason));
    }
    std::string command_;
    assay_accuracy_result result_{};
};

} // namespace

TEST_F(External, AnswersAreTaken) {
    ASSERT_EQ(ask(R"(read q; echo '{"id":1,"top1":0.75,"loss":1.5,"images":80,"size_bytes":12.5}'
        read q; echo '{"id":2,"top1":1,"more":"is no mistake"}')"),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(result_.top1, 0.75);
    EXPECT_EQ(result_.loss, 1.5);
    EXPECT_EQ(result_.images, 80u);
    EXPECT_EQ(result_.size_bits, 100u);
    ASSERT_EQ(assay_accuracy_evaluate(env_, nullptr, &result_, report_), ASSAY_OK);
    EXPECT_EQ(result_.top1, 1);
    EXPECT_TRUE(std::isnan(result_.loss));
    EXPECT_EQ(result_.size_bits, 32u * (6 + 3 + 15 + 5)); // counted by ourselves
}

TEST_F(External, SeesTheNetworkAndThePolicy) {
    settings_.images = 7;
    settings_.finetune_epochs = 2;
    const std::string seen = folder_.path("seen");
    EXPECT_EQ(start("read h; echo \"$h\" > " + seen +
                    R"(; echo '{"protocol":1,"ready":true}'; read q; echo "$q" >> )" + seen +
                    R"(; echo '{"id":1,"top1":0}')"),
              ASSAY_OK)
        << report_.text();
    use_bits(3, 5);
    ASSERT_EQ(assay_accuracy_evaluate(env_, policy_, &result_, report_), ASSAY_OK)
        << report_.text();
    std::ifstream file(seen);
    std::string hello, question;
    std::getline(file, hello);
    std::getline(file, question);
    EXPECT_TRUE(contains(hello, R"({"protocol":1,"network":"small","data":"raw","split":"search",)"
                                R"("images":7,"seed":1,"finetune":{"epochs":2,)"));
    EXPECT_TRUE(contains(hello, R"({"name":"c","op":"conv2d","inputs":["input"],"in":[2,4,4],)"
                                R"("out":[3,4,4],"policy":true,"groups":1,"macs":96,"params":6})"));
    EXPECT_EQ(question, R"({"id":1,"split":"search","policy":{"schema":1,"layers":{)"
                        R"("c":{"w_bits":3,"a_bits":5},"f":{"w_bits":3,"a_bits":5}}}})");
}

TEST_F(External, AnswersOutOfRange) {
    refuses(R"({"id":1,"top1":1.5})", "top1");
    refuses(R"({"id":1,"top1":-0.1})", "top1");
    refuses(R"({"id":1,"top1":NaN})", "the evaluator's answer was");
    refuses(R"({"id":1,"top1":null})", "top1");
    refuses(R"({"id":1})", "top1: missing");
    refuses(R"({"id":2,"top1":1})", "id: 2, asked was 1");
    refuses(R"({"top1":1})", "id: missing");
    refuses(R"({"id":1,"top1":1,"loss":-1})", "loss");
    refuses(R"({"id":1,"top1":1,"loss":1e999})", "the evaluator's answer");
    refuses(R"({"id":1,"top1":1,"images":0})", "images");
    refuses(R"({"id":1,"top1":1,"size_bytes":-8})", "size_bytes");
    refuses(R"({"id":1,"error":5})", "error: expected a text");
    refuses("garbage", "the evaluator's answer was \"garbage\"");
    refuses("[1]", "expected an object, found an array");
    refuses("", "the evaluator's answer");
}

TEST_F(External, ItsOwnErrorIsToldAndItGoesOn) {
    EXPECT_EQ(ask(R"(read q; echo '{"id":1,"error":"no GPU"}'; read q; echo '{"id":2,"top1":1}')"),
              ASSAY_BAD_INPUT);
    EXPECT_TRUE(contains(report_.text(), "the evaluator says: \"no GPU\""));
    EXPECT_EQ(assay_accuracy_evaluate(env_, nullptr, &result_, report_), ASSAY_OK)
        << report_.text();
}

TEST_F(External, GreetingsThatAreNone) {
    for (const auto& [answer, reason] : std::vector<std::pair<std::string, std::string>>{
             {R"({"protocol":2,"ready":true})", "protocol"},
             {R"({"protocol":1})", "ready: missing"},
             {R"({"protocol":1,"ready":false})", "ready: false"},
             {R"({"error":"unknown network"})", "the evaluator says: \"unknown network\""},
             {"hello", "the evaluator's greeting was \"hello\""}}) {
        EXPECT_EQ(start("read h; echo '" + answer + "'"), ASSAY_BAD_INPUT);
        EXPECT_EQ(env_, nullptr);
        EXPECT_TRUE(contains(report_.text(), reason));
    }
}

TEST_F(External, ProgramsThatEnd) {
    EXPECT_EQ(start("exit 3"), ASSAY_IO);
    EXPECT_TRUE(contains(report_.text(), "ended with exit code 3"));
    EXPECT_EQ(ask("read q; kill -9 $$"), ASSAY_IO);
    EXPECT_TRUE(contains(report_.text(), "died of signal 9"));
    EXPECT_EQ(ask("read q; printf '{\"id\":1,\"top1\":1}'"), ASSAY_IO); // no newline
    command_ = "/nonexistent/evaluator";
    settings_.external = command_.c_str();
    assay_accuracy_close(&env_);
    EXPECT_EQ(assay_accuracy_open(&settings_, &env_, report_), ASSAY_IO);
    EXPECT_TRUE(contains(report_.text(), "ended with exit code 127"));
}

TEST_F(External, AnEvaluatorThatDiedIsStartedAgain) {
    const std::string mark = folder_.path("mark");
    EXPECT_EQ(ask("read q; if [ -e " + mark + R"( ]; then echo '{"id":2,"top1":0.5}'; )" +
                  "else : > " + mark + "; exit 1; fi"),
              ASSAY_IO);
    EXPECT_EQ(assay_accuracy_evaluate(env_, nullptr, &result_, report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(result_.top1, 0.5);
}

TEST_F(External, LinesWithoutEnd) {
    EXPECT_EQ(ask("read q; head -c 3000000 /dev/zero | tr '\\0' a; sleep 100"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(contains(report_.text(), "a line of more than 1048576 bytes"));
    EXPECT_EQ(ask("read q; head -c 1048577 /dev/zero | tr '\\0' a; echo"), ASSAY_BAD_INPUT);
}

TEST_F(External, HangingItIsStopped) {
    settings_.external_limit_s = 1;
    const std::string pid = folder_.path("pid");
    EXPECT_EQ(ask("echo $$ > " + pid + "; read q; sleep 1000 & wait"), ASSAY_IO);
    EXPECT_TRUE(contains(report_.text(), "no answer within 1 s"));
    int number = 0;
    std::ifstream(pid) >> number;
    EXPECT_EQ(kill(number, 0), -1);
    EXPECT_EQ(errno, ESRCH);
}

TEST_F(External, TricklingIsNoAnswer) {
    settings_.external_limit_s = 1;
    EXPECT_EQ(ask("read q; while printf x; do sleep 0.02; done"), ASSAY_IO);
    EXPECT_TRUE(contains(report_.text(), "no answer within 1 s"));
}

TEST_F(External, ANullErrorIsNone) {
    EXPECT_EQ(ask(R"(read q; echo '{"id":1,"top1":0.5,"error":null}')"), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(result_.top1, 0.5);
}

TEST_F(External, ItCanBeInterrupted) {
    settings_.external_limit_s = 0;
    settings_.progress = [](void* user, uint64_t, uint64_t, double) {
        return ++*static_cast<int*>(user) < 3;
    };
    int calls = 0;
    settings_.user = &calls;
    EXPECT_EQ(start("sleep 1000"), ASSAY_INTERRUPTED);
}

// Whoever evaluates may be killed at any moment; its evaluator must not stay.
TEST_F(External, DiesWithWhoeverStartedIt) {
    const std::string pid = folder_.path("pid");
    const pid_t child = fork();
    if (child == 0) {
        start(ready + "echo $$ > " + pid + ".new; mv " + pid + ".new " + pid + "; exec sleep 1000");
        assay_accuracy_evaluate(env_, nullptr, &result_, report_);
        _exit(0);
    }
    int number = 0;
    while (!(std::ifstream(pid) >> number)) {
        std::this_thread::yield();
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    // It is nobody's child here: gone as soon as the system has noticed.
    for (int i = 0; i < 1000 && kill(number, 0) == 0; ++i) {
        usleep(10000);
    }
    std::string state;
    std::ifstream stat("/proc/" + std::to_string(number) + "/stat");
    stat >> state >> state >> state;
    EXPECT_TRUE(kill(number, 0) != 0 || state == "Z"); // a zombie where nobody buries orphans
}

TEST_F(External, WhatOnlyTheEngineDoesIsRefused) {
    ASSERT_EQ(start(ready + "read q"), ASSAY_OK) << report_.text();
    size_t count = 0;
    assay_layer_sensitivity rows[3];
    const assay_sensitivity_settings s = assay_default_sensitivity_settings();
    EXPECT_EQ(assay_accuracy_sensitivity(env_, &s, rows, &count, report_), ASSAY_BAD_INPUT);
    assay_train_settings t = assay_default_train_settings();
    t.out = "x";
    EXPECT_EQ(assay_accuracy_train(env_, nullptr, &t, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_accuracy_integers(env_, nullptr, 0, "x", report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(report_.count(), 3u) << report_.text();
}
