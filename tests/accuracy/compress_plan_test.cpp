#include "compress_fixture.hpp"
#include "plan.hpp"

using namespace compress_test;

namespace {

struct Policy {
    assay_policy* policy = nullptr;
    Policy(const Net& net, const std::string& json) {
        Report report;
        EXPECT_EQ(assay_policy_parse(json.data(), json.size(), "P", net.workload, &policy, report),
                  ASSAY_OK)
            << report.text();
    }
    ~Policy() { assay_policy_free(&policy); }
};

std::string net_of(const std::string& name, const std::vector<std::string>& layers) {
    std::string out = R"({"schema": 1, "name": ")" + name + R"(", "layers": [)";
    for (size_t i = 0; i < layers.size(); ++i) {
        out += (i ? ", " : "") + layers[i];
    }
    return out + "]}";
}

} // namespace

TEST(Plan, FollowsThePolicy) {
    Net net;
    const Policy p(net, R"({"schema": 1, "default": {"w_density": 0.5},
                            "layers": {"fc1": {"w_density": 0.1, "codebook_bits": 3}}})");
    std::vector<LayerPlan> plans;
    Report report;
    ASSERT_EQ(plan_by_policy(*net.workload, *p.policy, plans, report), ASSAY_OK) << report.text();
    ASSERT_EQ(plans.size(), 4u);
    EXPECT_EQ(plans[0].density, 0.5);
    EXPECT_EQ(plans[0].codebook_bits, 0u);
    EXPECT_EQ(plans[1].density, 1); // a pool
    EXPECT_EQ(plans[2].density, 0.1);
    EXPECT_EQ(plans[2].codebook_bits, 3u);
}

TEST(Plan, RefusesKeysThatItDoesNotFollow) {
    Net net;
    const Policy p(net, R"({"schema": 1, "layers": {"conv": {"w_bits": 4, "w_density": 0.5},
                            "fc1": {"a_bits": 8}, "fc2": {"keep_channels": 3}}})");
    std::vector<LayerPlan> plans;
    Report report;
    EXPECT_EQ(plan_by_policy(*net.workload, *p.policy, plans, report), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report.mentions("layer \"conv\": w_bits is 4")) << report.text();
    EXPECT_TRUE(report.mentions("layer \"fc1\": a_bits is 8"));
    EXPECT_TRUE(report.mentions("layer \"fc2\": keep_channels is 3"));
    EXPECT_EQ(report.count(), 3u);
}

TEST(Plan, RefusesToDoNothing) {
    Net net;
    const Policy p(net, R"({"schema": 1, "default": {"w_density": 1}})");
    std::vector<LayerPlan> plans;
    Report report;
    EXPECT_EQ(plan_by_policy(*net.workload, *p.policy, plans, report), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report.mentions("nothing to compress"));
}

TEST(Plan, RefusesSharedTensors) {
    Net net;
    net.workload->layers[3].tensors.weight = {"fc1.weight"};
    std::vector<LayerPlan> plans;
    Report report;
    EXPECT_EQ(plan_uniform(*net.workload, 0.5, 4, plans, report), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report.mentions("layer \"fc2\": reads the tensor \"fc1.weight\" as layer \"fc1\""))
        << report.text();
}

TEST(Plan, OneForAll) {
    Net net;
    std::vector<LayerPlan> plans;
    Report report;
    ASSERT_EQ(plan_uniform(*net.workload, 0.3, 4, plans, report), ASSAY_OK);
    for (size_t i : {0, 2, 3}) {
        EXPECT_EQ(plans[i].density, 0.3);
        EXPECT_EQ(plans[i].codebook_bits, 4u);
    }
    EXPECT_EQ(plans[1].density, 1);
    EXPECT_EQ(plans[1].codebook_bits, 0u);
}

TEST(Plan, PublishedDensitiesByName) {
    const Net net(net_of("lenet_300_100",
                         {R"({"name": "a", "op": "linear", "in_features": 8, "out_features": 6})",
                          R"({"name": "b", "op": "linear", "out_features": 4})",
                          R"({"name": "c", "op": "linear", "out_features": 2})"}));
    std::vector<LayerPlan> plans;
    Report report;
    ASSERT_EQ(plan_uniform(*net.workload, 0, 0, plans, report), ASSAY_OK) << report.text();
    EXPECT_EQ(plans[0].density, 0.08);
    EXPECT_EQ(plans[2].density, 0.26);
    EXPECT_EQ(plans[2].codebook_bits, 5u);
    ASSERT_EQ(plan_uniform(*net.workload, 0, 4, plans, report), ASSAY_OK);
    EXPECT_EQ(plans[1].density, 0.09);
    EXPECT_EQ(plans[1].codebook_bits, 4u);
}

TEST(Plan, OtherNetworksMustBeTold) {
    Net net;
    std::vector<LayerPlan> plans;
    Report report;
    EXPECT_EQ(plan_uniform(*net.workload, 0, 4, plans, report), ASSAY_BAD_INPUT);
    EXPECT_EQ(plan_uniform(*net.workload, 0.5, 0, plans, report), ASSAY_BAD_INPUT);
    EXPECT_EQ(report.count(), 2u);
    EXPECT_TRUE(report.mentions("lenet_300_100, lenet5, alexnet and vgg16"));
}
