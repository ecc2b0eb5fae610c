// Teachers of a distillation: which fit a network, and what a training remembers of them.
#include "engine_files.hpp"
#include "network.hpp"
#include "teacher.hpp"

using namespace engine_test;

namespace {

class EngineTeacher : public EngineTest {
  protected:
    EngineTeacher() {
        settings_.fold = false;
        train_ = assay_default_train_settings();
        train_.epochs = 4;
        train_.distill_alpha = 0.5;
        train_.progress = [](void* user, uint64_t, uint64_t, double) {
            auto* left = static_cast<int*>(user);
            return left == nullptr || (*left)-- > 0;
        };
    }
    // A network with trained weights beside it; `from` in its text is replaced by `to`.
    std::string network(const char* name, const std::string& from = "",
                        const std::string& to = "") {
        const std::string file = std::string(name) + ".json";
        const std::string weights = std::string(name) + ".safetensors";
        std::string text = net_json;
        if (!from.empty()) {
            text.replace(text.find(from), from.size(), to);
        }
        write_weights(folder_.write(file, text), folder_.path(weights));
        return folder_.write(file, text.insert(1, "\"weights\": \"" + weights + "\", "));
    }
    assay_status train(const char* teacher, int* epochs_left = nullptr) {
        out_ = folder_.path("w");
        train_.out = out_.c_str();
        train_.teacher = teacher;
        train_.user = epochs_left;
        return assay_accuracy_train(env_, nullptr, &train_, report_);
    }

    assay_train_settings train_;
    std::string out_;

  private:
    // Drawn from settings_.seed.
    void write_weights(const std::string& network, const std::string& path) {
        assay_accuracy_settings settings = settings_;
        settings.network = network.c_str();
        std::shared_ptr<assay::Model> model;
        ASSERT_EQ(assay::load_model(settings, model, report_), ASSAY_OK) << report_.text();
        ASSERT_EQ(
            assay::save_parameters(*model->workload, model->parameters, path.c_str(), report_),
            ASSAY_OK)
            << report_.text();
    }
};

} // namespace

TEST_F(EngineTeacher, ANetworkThatReadsAndAnswersAlikeIsOne) {
    open();
    const std::string teacher = network("teacher", "\"out_channels\": 3", "\"out_channels\": 7");
    std::shared_ptr<const assay::Model> model;
    ASSERT_EQ(assay::load_teacher(teacher.c_str(), *assay_accuracy_workload(env_), model, report_),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(model->parameters[0].weight.size(), 14u);
    EXPECT_FALSE(model->parameters[0].norm.present()) << "norms are folded";
    EXPECT_EQ(train(teacher.c_str()), ASSAY_OK) << report_.text();
}

TEST_F(EngineTeacher, OthersAreRefusedWithAllThatIsWrong) {
    open();
    const struct {
        const char *from, *to, *part;
    } cases[] = {
        {"[2, 4, 4]", "[2, 4, 2]", "reads 2x4x2 values, the network 2x4x4"},
        {"\"out_features\": 5", "\"out_features\": 6", "has 6 outputs, the network 5"},
        {"\"data\"", "\"preprocess\": {\"scale\": [2, 2]}, \"data\"", "prepares images otherwise"},
    };
    for (const auto& wrong : cases) {
        const std::string teacher = network("teacher", wrong.from, wrong.to);
        EXPECT_EQ(train(teacher.c_str()), ASSAY_BAD_INPUT) << wrong.part;
        EXPECT_TRUE(report_.mentions(wrong.part)) << report_.text();
    }
    train_.epochs = 0; // told together with it
    EXPECT_EQ(train("resnet_of_nobody"), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("unknown network \"resnet_of_nobody\"")) << report_.text();
    EXPECT_TRUE(report_.mentions("epochs")) << report_.text();
}

TEST_F(EngineTeacher, ATrainingGoesOnOnlyWithTheSameOne) {
    open();
    const std::string one = network("one");
    settings_.seed = 2;
    const std::string other = network("other");
    int left = 2;
    ASSERT_EQ(train(one.c_str(), &left), ASSAY_INTERRUPTED);
    train_.resume = true;
    EXPECT_EQ(train(other.c_str()), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("of another training")) << report_.text();
    EXPECT_EQ(train(nullptr), ASSAY_BAD_INPUT);
    EXPECT_EQ(train(one.c_str()), ASSAY_OK) << report_.text();
}
