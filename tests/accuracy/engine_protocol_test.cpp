// What is said in one line must be understood from it, and hostile lines must not hurt.
#include <cmath>

#include "damage.hpp"
#include "engine_files.hpp"
#include "network.hpp"
#include "policy.hpp"
#include "protocol.hpp"

using namespace assay;
using namespace engine_test;
using assay_test::damaged;

namespace {

class Protocol : public testing::Test {
  protected:
    Protocol() {
        std::string path;
        load_workload(folder_.write("small.json", net_json).c_str(), net_, path, report_);
        greeting_.split = ASSAY_SPLIT_FINAL;
        greeting_.images = 9;
        greeting_.seed = 5;
        greeting_.finetune_epochs = 1.5;
        greeting_.finetune_rate = 0.25;
        greeting_.finetune_images = 100;
    }
    TempDir folder_;
    Report report_;
    std::shared_ptr<const assay_workload> net_;
    Greeting greeting_;
};

} // namespace

TEST_F(Protocol, GreetingsComeBack) {
    Greeting back;
    ASSERT_EQ(read_greeting(greeting_line(*net_, greeting_), net_.get(), back, report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(back.split, ASSAY_SPLIT_FINAL);
    EXPECT_EQ(back.images, 9u);
    EXPECT_EQ(back.seed, 5u);
    EXPECT_EQ(back.finetune_epochs, 1.5);
    EXPECT_EQ(back.finetune_rate, 0.25);
    EXPECT_EQ(back.finetune_images, 100u);
}

TEST_F(Protocol, AnotherNetworkIsNoticed) {
    assay_workload other = *net_;
    other.layers[2].name = "g";
    Greeting back;
    EXPECT_EQ(read_greeting(greeting_line(other, greeting_), net_.get(), back, report_),
              ASSAY_BAD_INPUT);
    EXPECT_TRUE(contains(report_.text(), "not those of network \"small\": no layer \"f\" of 15"));
}

TEST_F(Protocol, PoliciesComeBack) {
    const std::string json = R"({"schema": 1, "default": {"a_bits": 6}, "layers": {
        "c": {"w_bits": 2, "keep_channels": 1}, "f": {"w_density": 0.3, "codebook_bits": 5}}})";
    assay_policy *policy = nullptr, *back = nullptr;
    ASSERT_EQ(assay_policy_parse(json.data(), json.size(), "p", net_.get(), &policy, report_),
              ASSAY_OK)
        << report_.text();
    Question question;
    ASSERT_EQ(read_question(question_line(*net_, 77, ASSAY_SPLIT_ALL, policy), question, report_),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(question.id, 77u);
    EXPECT_EQ(question.split, ASSAY_SPLIT_ALL);
    ASSERT_EQ(assay_policy_parse(question.policy.data(), question.policy.size(), "p", net_.get(),
                                 &back, report_),
              ASSAY_OK)
        << report_.text();
    char hash[33], hash_back[33];
    assay_policy_hash(policy, hash);
    assay_policy_hash(back, hash_back);
    EXPECT_STREQ(hash_back, hash);
    assay_policy_free(&policy);
    assay_policy_free(&back);
}

TEST_F(Protocol, NoPolicyIsTheFloatNetwork) {
    Question question;
    ASSERT_EQ(
        read_question(question_line(*net_, 1, ASSAY_SPLIT_SEARCH, nullptr), question, report_),
        ASSAY_OK);
    EXPECT_EQ(question.policy, "");
    ASSERT_EQ(read_question(R"({"id":1,"policy":null})", question, report_), ASSAY_OK);
    EXPECT_EQ(question.policy, "");
}

TEST_F(Protocol, AnswersComeBack) {
    Answer back;
    ASSERT_EQ(read_answer(answer_line(3, {0.625, NAN, 8, 12, false}), 3, back, report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(back.top1, 0.625);
    EXPECT_TRUE(std::isnan(back.loss));
    EXPECT_EQ(back.images, 8u);
    EXPECT_EQ(back.size_bits, 12u);
    EXPECT_EQ(read_answer(error_line(3, "a \"b\"\n"), 3, back, report_), ASSAY_BAD_INPUT);
    EXPECT_TRUE(back.refused);
}

TEST_F(Protocol, DeepPoliciesAreRefusedAndNotFollowed) {
    std::string line = R"({"id":1,"policy":)";
    line += std::string(100, '[') + std::string(100, ']') + "}";
    Question question;
    ASSERT_EQ(read_question(line, question, report_), ASSAY_OK) << report_.text();
    assay_policy* policy = nullptr;
    EXPECT_EQ(assay_policy_parse(question.policy.data(), question.policy.size(), "p", net_.get(),
                                 &policy, report_),
              ASSAY_BAD_INPUT);
}

// Whatever arrives: an answer or a message.
TEST_F(Protocol, DamagedLinesAreToldOf) {
    const std::string greeting = greeting_line(*net_, greeting_);
    const std::string question = question_line(*net_, 1, ASSAY_SPLIT_SEARCH, nullptr);
    const std::string answer = answer_line(1, {0.5, 1, 10, 80, false});
    size_t refused = 0;
    for (uint64_t seed = 0; seed < 3000; ++seed) {
        Report report;
        Greeting g;
        Question q;
        Answer a;
        size_t bad = 0;
        bad += read_greeting(damaged(greeting, seed), net_.get(), g, report) != ASSAY_OK;
        bad += read_question(damaged(question, seed), q, report) != ASSAY_OK;
        bad += read_answer(damaged(answer, seed), 1, a, report) != ASSAY_OK;
        EXPECT_GE(report.count(), bad) << seed;
        EXPECT_TRUE(a.top1 >= 0 && a.top1 <= 1) << seed;
        refused += bad;
    }
    EXPECT_GT(refused, 4500u); // most damage is noticed
}
