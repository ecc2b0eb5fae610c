// Policy files: widths per layer, and every mistake told.
#include <set>

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

TEST_F(Policy, CompressionIsReadToo) {
    ASSERT_EQ(load(R"({"schema": 1, "default": {"w_density": 0.5, "codebook_bits": 4},
                       "layers": {"a": {"w_density": 1, "keep_channels": 2}}})"),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(assay_policy_at(policy_, 0).w_density, 1.0);
    EXPECT_EQ(assay_policy_at(policy_, 0).codebook_bits, 4u);
    EXPECT_EQ(assay_policy_at(policy_, 0).keep_channels, 2u);
    EXPECT_EQ(assay_policy_at(policy_, 1).w_density, 0.5);
    EXPECT_EQ(assay_policy_at(policy_, 1).keep_channels, 0u);
    EXPECT_EQ(assay_policy_at(policy_, 2).w_density, 0.0); // pooling has no weights
    EXPECT_EQ(assay_policy_at(policy_, 2).codebook_bits, 0u);
}

TEST_F(Policy, RangesOfCompression) {
    refuses(R"({"schema": 1, "default": {"w_density": 0, "codebook_bits": 9, "keep_channels": 1},
                "layers": {"a": {"w_density": 1.5, "codebook_bits": 0, "keep_channels": 5000},
                           "b": {"keep_channels": 0}}})",
            {"default.w_density: must be greater than 0", "default.codebook_bits",
             "default: unknown key \"keep_channels\"", "layers.a.w_density",
             "layers.a.codebook_bits", "layers.a.keep_channels", "layers.b.keep_channels"});
}

TEST_F(Policy, ChannelsAreThoseOfWhatALayerReads) {
    assay_workload_free(&net_);
    const std::string path = folder_.write("net2.json", R"({"schema": 1, "name": "image",
        "input": {"shape": [2, 6, 6]}, "layers": [
        {"name": "a", "op": "conv2d", "out_channels": 8, "kernel": 3, "padding": 1},
        {"name": "dw", "op": "conv2d", "out_channels": 8, "kernel": 3, "groups": 8},
        {"name": "f", "op": "linear", "in_features": 128, "out_features": 5}]})");
    ASSERT_EQ(assay_workload_load(path.c_str(), nullptr, &net_, report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(load(R"({"schema": 1, "layers": {"f": {"keep_channels": 8}}})"), ASSAY_OK)
        << report_.text();
    assay_policy_free(&policy_);
    refuses(R"({"schema": 1, "layers": {"f": {"keep_channels": 9}, "dw": {"keep_channels": 4},
                "a": {"keep_channels": 3}}})",
            {"layers.f.keep_channels: expected an integer from 1 to 8",
             "layers.dw.keep_channels: a convolution of groups",
             "layers.a.keep_channels: expected an integer from 1 to 2"});
}

TEST_F(Policy, TextIsReadLikeAFile) {
    const std::string text = R"({"schema": 1, "default": {"w_bits": 4}})";
    ASSERT_EQ(assay_policy_parse(text.data(), text.size(), "line 3", net_, &policy_, report_),
              ASSAY_OK);
    EXPECT_EQ(assay_policy_w_bits(policy_, 0), 4u);
    assay_policy_free(&policy_);
    const std::string wrong = R"({"schema": 1, "default": {"w_bits": 40}})";
    EXPECT_EQ(assay_policy_parse(wrong.data(), wrong.size(), "line 3", net_, &policy_, report_),
              ASSAY_BAD_INPUT);
    EXPECT_EQ(policy_, nullptr);
    EXPECT_TRUE(report_.mentions("line 3: default.w_bits")) << report_.text();
    EXPECT_EQ(assay_policy_parse("{", 1, "line 4", net_, &policy_, report_), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("line 4:1:")) << report_.text();
}

TEST_F(Policy, TheHashIsOfWhatIsSaidOfTheLayers) {
    const auto hash = [&](const std::string& json) {
        char out[33] = "";
        if (load(json) == ASSAY_OK) {
            assay_policy_hash(policy_, out);
        }
        assay_policy_free(&policy_);
        return std::string(out);
    };
    const std::string all = hash(R"({"schema": 1, "default": {"w_bits": 4}})");
    EXPECT_EQ(all.size(), 32u);
    EXPECT_EQ(all, hash(R"({"layers": {"a": {"w_bits": 4}, "b": {"w_bits": 4}, "c": {"w_bits": 4}},
                            "schema": 1})"));
    std::set<std::string> others{all};
    for (const char* said : {R"("w_bits": 5)", R"("a_bits": 4)", R"("w_density": 0.5)",
                             R"("codebook_bits": 4)", R"("keep_channels": 1)"}) {
        others.insert(hash(std::string(R"({"schema": 1, "layers": {"a": {)") + said + "}}}"));
    }
    EXPECT_EQ(others.size(), 6u);
}

TEST_F(Policy, MustBeAnObject) {
    refuses("[]", {"expected an object"});
    refuses(R"({"schema": 1, "layers": []})", {"layers: expected an object"});
    refuses("{", {"p.json:1:"});
}

TEST_F(Policy, MadeOfLayersItIsThatOfTheText) {
    std::vector<assay_layer_policy> layers(assay_workload_layer_count(net_));
    layers[0] = {3, 5, 0.25, 2, 1};
    layers[3].a_bits = 16;
    ASSERT_EQ(assay_policy_make(net_, layers.data(), &policy_, report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(assay_policy_w_bits(policy_, 0), 3u);
    EXPECT_EQ(assay_policy_at(policy_, 0).w_density, 0.25);
    EXPECT_EQ(assay_policy_at(policy_, 0).keep_channels, 1u);
    EXPECT_EQ(assay_policy_a_bits(policy_, 3), 16u);
    char made[33], read[33];
    assay_policy_hash(policy_, made);
    char* text = nullptr;
    ASSERT_EQ(assay_policy_json(policy_, net_, &text), ASSAY_OK);
    assay_policy_free(&policy_);
    ASSERT_EQ(load(text), ASSAY_OK) << text;
    free(text);
    assay_policy_hash(policy_, read);
    EXPECT_STREQ(made, read);
    assay_policy_free(&policy_);
    layers[0].w_bits = 17;
    layers[2].a_bits = 8; // pooling has no widths
    EXPECT_EQ(assay_policy_make(net_, layers.data(), &policy_, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(report_.count(), 2u) << report_.text();
}
