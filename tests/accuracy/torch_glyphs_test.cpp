// The networks that come with their weights: what everyone has without any data.
#include <gtest/gtest.h>

#include <cstdlib>

#include "report.hpp"
#include "torch_engine.hpp"

using namespace assay;
using assay_test::Report;

namespace {

struct Shipped {
    const char* name;
    uint64_t whole, eight, four, two; // right answers of the search split's 1000, by width
};

struct FreeWorkload {
    void operator()(const assay_workload* w) const {
        auto* workload = const_cast<assay_workload*>(w);
        assay_workload_free(&workload);
    }
};

std::shared_ptr<const Model> load_shipped(const char* name, assay_report* report) {
    const std::string path =
        std::string(getenv("ASSAY_SOURCE_ROOT")) + "/traces/nets/" + name + ".json";
    assay_workload* workload = nullptr;
    if (assay_workload_load(path.c_str(), nullptr, &workload, report)) {
        return nullptr;
    }
    auto model = std::make_shared<Model>();
    model->workload = std::shared_ptr<const assay_workload>(workload, FreeWorkload());
    if (load_parameters(*workload, nullptr, model->parameters, report)) {
        return nullptr;
    }
    for (Parameters& p : model->parameters) {
        if (p.norm.present()) {
            fold_batch_norm(p);
        }
    }
    return model;
}

assay_policy uniform(const Model& model, unsigned bits) {
    assay_policy policy;
    policy.layers.assign(model.size(), {});
    for (size_t i = 0; i < model.size(); ++i) {
        if (is_matrix(model.layer(i).op)) {
            policy.layers[i].w_bits = policy.layers[i].a_bits = bits;
        }
    }
    return policy;
}

class Glyphs : public testing::TestWithParam<Shipped> {
  protected:
    void SetUp() override {
        model_ = load_shipped(GetParam().name, report_);
        ASSERT_TRUE(model_) << report_.text();
        auto data = std::make_shared<Dataset>();
        ASSERT_EQ(load_dataset("glyphs", nullptr, 1, *data, report_), ASSAY_OK);
        ASSERT_EQ(open_torch_engine({model_, data, how(), 1}, {}, engine_, report_), ASSAY_OK)
            << report_.text();
    }
    static QuantSettings how() {
        QuantSettings settings;
        settings.weight_clip = settings.activation_clip = Clip::mse;
        return settings;
    }
    uint64_t right(const assay_policy* policy) {
        Evaluation out;
        EXPECT_EQ(engine_->evaluate(policy, Split::search, 0, out, report_), ASSAY_OK)
            << report_.text();
        EXPECT_EQ(out.images, 1000u);
        return out.correct;
    }
    uint64_t right_at(unsigned bits) {
        const assay_policy policy = uniform(*model_, bits);
        return right(&policy);
    }

    Report report_;
    std::shared_ptr<const Model> model_;
    std::unique_ptr<Engine> engine_;
};

constexpr Shipped shipped[] = {
    {"glyphs_resnet", 930, 930, 897, 96},
    {"glyphs_mobile", 940, 938, 841, 85},
};

} // namespace

// Sums in another order (other instructions, another libtorch) may turn an image or two; more at
// widths where a layer's rounding amplifies it.
TEST_P(Glyphs, TheirAnswersAreThoseThatWereMeasured) {
    const Shipped& wanted = GetParam();
    EXPECT_NEAR(right(nullptr), wanted.whole, 2);
    EXPECT_NEAR(right_at(8), wanted.eight, 3);
    EXPECT_NEAR(right_at(4), wanted.four, 15);
    EXPECT_NEAR(right_at(2), wanted.two, 30);
}

INSTANTIATE_TEST_SUITE_P(Shipped, Glyphs, testing::ValuesIn(shipped),
                         [](const auto& info) { return std::string(info.param.name); });
