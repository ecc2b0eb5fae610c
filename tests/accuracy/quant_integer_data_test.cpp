// The real networks of integers on real data. Skipped, loudly, where ASSAY_DATA is not set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "dataset.hpp"
#include "integer_net.hpp"
#include "report.hpp"

using namespace assay;

namespace {

struct Case {
    const char* network;
    const char* data;
    float least_input; // the value of the least element
    Quantiser input;   // what the biases must tell about the input
    uint32_t images;
    int background; // classes before the data's first
    // With all 1000 images: 880, 901 and 453, where arithmetic in floating point on rounded layer
    // outputs gets 877, 902 and 450.
    unsigned correct;
};

const Case cases[] = {
    {"mlperf_resnet8_cifar10_int8", "cifar10", 0, {1, -128, -128, 127}, 100, 0, 88},
    {"mlperf_dscnn_kws_int8", "kws", -211 * 0.5847029f, {0.5847029f, 83, -128, 127}, 100, 0, 94},
    {"mobilenetv1_025_128_u8", "imagenet128", -1, {1.0f / 128, 128, 0, 255}, 50, 1, 24},
};

struct FreeWorkload {
    void operator()(assay_workload* workload) const { assay_workload_free(&workload); }
};
using WorkloadOwner = std::unique_ptr<assay_workload, FreeWorkload>;

WorkloadOwner load_network(const Case& the_case, assay_report* report) {
    std::string path = std::string(getenv("ASSAY_DATA")) + "/models/" + the_case.network + ".json";
    assay_workload* workload = nullptr;
    assay_workload_load(path.c_str(), nullptr, &workload, report);
    return WorkloadOwner(workload);
}

unsigned correct_answers(const IntegerNet& net, const Dataset& data, const Preprocess& how,
                         const Case& the_case) {
    unsigned correct = 0;
    std::vector<float> values(data.test.values());
    for (uint32_t i = 0; i < the_case.images; ++i) {
        load_values(data.test, &i, 1, how, values.data());
        std::vector<int32_t> outputs = net.run(values.data()).back();
        auto best = std::max_element(outputs.begin(), outputs.end()) - outputs.begin();
        correct += best == data.test.labels[i] + the_case.background;
    }
    return correct;
}

class IntegerNetOnData : public testing::TestWithParam<Case> {};

} // namespace

TEST_P(IntegerNetOnData, InputScaleAndAnswersAreRight) {
    const Case& the_case = GetParam();
    if (!getenv("ASSAY_DATA")) {
        GTEST_SKIP() << "**** ASSAY_DATA is not set: real networks of integers NOT tested ****";
    }
    assay_test::Report report;
    WorkloadOwner workload = load_network(the_case, report);
    ASSERT_TRUE(workload) << report.text();
    std::vector<Parameters> parameters;
    IntegerNet net;
    Dataset data;
    ASSERT_EQ(load_parameters(*workload, nullptr, parameters, report), ASSAY_OK) << report.text();
    ASSERT_EQ(load_dataset(the_case.data, nullptr, 1, data, report), ASSAY_OK) << report.text();
    ASSERT_EQ(IntegerNet::make(*workload, parameters, the_case.least_input, net, report), ASSAY_OK)
        << report.text();
    const Quantiser& input = net.input_quantiser();
    EXPECT_NEAR(input.scale / the_case.input.scale, 1, 1e-6);
    EXPECT_EQ(input.zero, the_case.input.zero);
    EXPECT_EQ(input.low, the_case.input.low);
    EXPECT_EQ(input.high, the_case.input.high);
    EXPECT_EQ(correct_answers(net, data, workload->preprocess, the_case), the_case.correct);
}

INSTANTIATE_TEST_SUITE_P(Networks, IntegerNetOnData, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.network); });
