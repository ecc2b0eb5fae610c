// Policy files: widths per layer, and every mistake told.
#include "sim_files.hpp"

using namespace assay_test;

namespace {

class Policy : public SimFiles {
  protected:
    void SetUp() override { load_net(); }
    ~Policy() override { assay_policy_free(&policy_); }
    assay_status load(const std::string& json) {
        return assay_policy_load(folder_.write("p.json", json).c_str(), net_, &policy_, report_);
    }
    void refuses(const std::string& json, const std::vector<std::string>& reasons) {
        Report report;
        EXPECT_EQ(assay_policy_load(folder_.write("p.json", json).c_str(), net_, &policy_, report),
                  ASSAY_BAD_INPUT);
        EXPECT_EQ(policy_, nullptr);
        EXPECT_EQ(report.count(), reasons.size()) << report.text();
        for (const std::string& reason : reasons) {
            EXPECT_TRUE(report.mentions(reason)) << reason << " is not in\n" << report.text();
        }
    }
    assay_policy* policy_ = nullptr;
};

} // namespace

TEST_F(Policy, LayersOverrideTheDefault) {
    ASSERT_EQ(load(R"({"schema": 1, "layers": {"b": {"a_bits": 3}, "c": {"w_bits": 16}},
                       "default": {"w_bits": 4, "a_bits": 5}})"),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(assay_policy_w_bits(policy_, 0), 4u);
    EXPECT_EQ(assay_policy_a_bits(policy_, 0), 5u);
    EXPECT_EQ(assay_policy_w_bits(policy_, 1), 4u);
    EXPECT_EQ(assay_policy_a_bits(policy_, 1), 3u);
    EXPECT_EQ(assay_policy_w_bits(policy_, 2), 0u); // pooling has no widths
    EXPECT_EQ(assay_policy_w_bits(policy_, 3), 16u);
}

TEST_F(Policy, WithoutDefaultWhatIsNotNamedIsNotStated) {
    ASSERT_EQ(load(R"({"schema": 1, "layers": {"b": {"w_bits": 2}}})"), ASSAY_OK);
    EXPECT_EQ(assay_policy_w_bits(policy_, 0), 0u);
    EXPECT_EQ(assay_policy_w_bits(policy_, 1), 2u);
    EXPECT_EQ(assay_policy_a_bits(policy_, 1), 0u);
}

TEST_F(Policy, Uniform) {
    ASSERT_EQ(assay_policy_uniform(net_, 2, 16, &policy_, report_), ASSAY_OK);
    EXPECT_EQ(assay_policy_w_bits(policy_, 3), 2u);
    EXPECT_EQ(assay_policy_a_bits(policy_, 3), 16u);
    EXPECT_EQ(assay_policy_a_bits(policy_, 2), 0u);
    assay_policy_free(&policy_);
    EXPECT_EQ(assay_policy_uniform(net_, 0, 8, &policy_, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_policy_uniform(net_, 8, 17, &policy_, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(report_.count(), 2u);
}

TEST_F(Policy, AllMistakesAreTold) {
    refuses(R"({"schema": 2, "default": {"w_bits": 0, "bits": 3}, "lyers": {}, "layers": {
                "a": {"w_bits": 17}, "b": 3, "pool": {"w_bits": 4}, "cc": {}, "nothing": {}}})",
            {"schema", "lyers", "default.w_bits", "default: unknown key \"bits\"",
             "layers.a.w_bits: expected an integer from 1 to 16", "layers.b: expected an object",
             "layers.\"pool\": is a global_avgpool", "no layer \"cc\", did you mean \"c\"?",
             "no layer \"nothing\""});
}

TEST_F(Policy, WhatNoMachineFollowsIsRefused) {
    refuses(R"({"schema": 1, "layers": {"a": {"w_density": 0.5, "codebook_bits": 4}},
                "default": {"keep_channels": 8}})",
            {"layers.a.w_density: no machine supports it yet", "layers.a.codebook_bits",
             "default.keep_channels"});
}

TEST_F(Policy, MustBeAnObject) {
    refuses("[]", {"expected an object"});
    refuses(R"({"schema": 1, "layers": []})", {"layers: expected an object"});
    refuses("{", {"p.json:1:"});
}
