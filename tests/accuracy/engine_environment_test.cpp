// Environments on the built-in engine's side, with the fake engine.
#include <cmath>
#include <fstream>
#include <sstream>

#include "engine_files.hpp"
#include "json.h"
#include "safetensors.hpp"

using namespace engine_test;

namespace {

class EngineEnvironment : public EngineTest {};

std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

bool exists(const std::string& path) {
    return std::ifstream(path).good();
}

} // namespace

TEST_F(EngineEnvironment, EvaluatesOnItsSplit) {
    open();
    EXPECT_STREQ(assay_accuracy_network_name(env_), "small");
    EXPECT_EQ(assay_workload_layer_count(assay_accuracy_workload(env_)), 3u);
    EXPECT_EQ(evaluate().images, 16u); // of 32 test images
    EXPECT_EQ(evaluate().top1, 1.0);
    use_bits(4, 4);
    EXPECT_EQ(evaluate().top1, 0.5);
    const double loss = evaluate().loss;
    assay_accuracy_close(&env_);
    settings_.split = ASSAY_SPLIT_FINAL;
    settings_.images = 3;
    open();
    use_bits(4, 4);
    EXPECT_EQ(evaluate().images, 3u);
    EXPECT_EQ(evaluate().loss, loss + 1); // the fake engine's final split
}

TEST_F(EngineEnvironment, HashesTellPoliciesAndNetworksApart) {
    open();
    const std::string plain = evaluate().policy_hash;
    use_bits(4, 4);
    const std::string four = evaluate().policy_hash;
    use_bits(4, 5);
    EXPECT_EQ(plain.size(), 32u);
    EXPECT_NE(four, plain);
    EXPECT_NE(evaluate().policy_hash, four);
    assay_policy_free(&policy_);
    assay_accuracy_close(&env_);
    settings_.seed = 2; // other parameters
    open();
    EXPECT_NE(evaluate().policy_hash, plain);
}

TEST_F(EngineEnvironment, CountsStorage) {
    open();
    // c: 6 weights, 3 biases (of its folded norm); f: 15 weights, 5 biases
    EXPECT_EQ(evaluate().size_bits, 32u * (6 + 3 + 15 + 5));
    use_bits(3, 8);
    EXPECT_EQ(evaluate().size_bits, 3u * (6 + 15) + 32u * (3 + 5));
    assay_policy_free(&policy_);
    const std::string json = R"({"schema": 1, "layers": {"f": {"codebook_bits": 2}}})";
    ASSERT_EQ(assay_policy_parse(json.data(), json.size(), "p", assay_accuracy_workload(env_),
                                 &policy_, report_),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(evaluate().size_bits, 32u * 6 + (2u * 15 + 4 * 32) + 32u * (3 + 5));
}

TEST_F(EngineEnvironment, PrunedWeightsCostTheirGaps) {
    open();
    const std::string json = R"({"schema": 1, "layers": {"f": {"w_density": 0.2, "w_bits": 4}}})";
    ASSERT_EQ(assay_policy_parse(json.data(), json.size(), "p", assay_accuracy_workload(env_),
                                 &policy_, report_),
              ASSAY_OK)
        << report_.text();
    // 3 of 15 weights; no gap is longer than 15, so there is no filler
    EXPECT_EQ(evaluate().size_bits, 32u * 6 + 3u * (4 + 4) + 32u * (3 + 5));
}

TEST_F(EngineEnvironment, CandidatesDoNotSeeEachOther) {
    settings_.finetune_epochs = 2;
    open();
    use_bits(2, 2);
    const double first = evaluate().loss;
    use_bits(8, 8);
    const double other = evaluate().loss;
    use_bits(2, 2);
    EXPECT_EQ(evaluate().loss, first);
    EXPECT_NE(other, first);
    assay_accuracy_close(&env_);
    settings_.finetune_epochs = 0;
    open();
    EXPECT_NE(evaluate().loss, first); // so it had been tuned
}

TEST_F(EngineEnvironment, EveryMistakeOfTheSettings) {
    settings_.calibration_images = 0;
    settings_.finetune_epochs = NAN;
    settings_.finetune_rate = 11;
    settings_.seed = UINT64_MAX;
    settings_.network = "";
    const std::string text = refusal();
    for (const char* part : {"calibration_images: 0, legal: 1 .. 10000", "finetune_epochs",
                             "finetune_rate: 11, legal: 0 .. 10", "seed", "network: missing"}) {
        EXPECT_TRUE(contains(text, part));
    }
}

TEST_F(EngineEnvironment, WeightsAndDataAreToldTogether) {
    settings_.fresh = false;
    settings_.data = "/nonexistent";
    Variable none("ASSAY_DATA", nullptr);
    const std::string text = refusal();
    EXPECT_TRUE(contains(text, "no trained weights"));
    EXPECT_TRUE(contains(text, "assay train --network"));
    EXPECT_TRUE(contains(text, "/nonexistent"));
}

TEST_F(EngineEnvironment, DataOfAnotherShapeAreRefused) {
    folder_.write("small.json", R"({"schema": 1, "name": "small", "data": "raw",
      "layers": [{"name": "f", "op": "linear", "in_features": 7, "out_features": 5}]})");
    EXPECT_TRUE(contains(refusal(), "reads 7x1x1 values, the images of raw are 2x4x4"));
}

TEST_F(EngineEnvironment, UnknownDatasetsAreNamed) {
    settings_.dataset = "cifar11";
    const std::string text = refusal();
    EXPECT_TRUE(contains(text, "unknown dataset \"cifar11\""));
    EXPECT_TRUE(contains(text, "cifar10"));
}

TEST_F(EngineEnvironment, TheEngineMayRefuse) {
    settings_.seed = 666;
    EXPECT_TRUE(contains(refusal(), "does not like the seed"));
}

TEST_F(EngineEnvironment, WithoutAModuleItSaysSo) {
    Variable gone("ASSAY_TORCH_ENGINE", folder_.path("none.so").c_str());
    EXPECT_TRUE(contains(refusal(), "cannot be loaded as accuracy engine"));
    Variable empty("ASSAY_TORCH_ENGINE", "");
    EXPECT_FALSE(assay_accuracy_available());
    settings_.fresh = false;
    settings_.data = "/nonexistent"; // nobody looks there
    const std::string text = refusal();
    EXPECT_TRUE(contains(text, "this build has no accuracy engine"));
    EXPECT_TRUE(contains(text, "install libtorch-dev"));
    EXPECT_EQ(text.find("nonexistent"), std::string::npos) << text;
}

TEST_F(EngineEnvironment, AModuleWithoutAnEngineIsNone) {
    Variable wrong("ASSAY_TORCH_ENGINE", "libm.so.6");
    EXPECT_TRUE(contains(refusal(), "assay_engine_open"));
}

TEST_F(EngineEnvironment, FineTuningStopsOnRequest) {
    settings_.finetune_epochs = 1;
    settings_.progress = [](void*, uint64_t, uint64_t, double) { return false; };
    open();
    assay_accuracy_result out{};
    EXPECT_EQ(assay_accuracy_evaluate(env_, nullptr, &out, report_), ASSAY_INTERRUPTED);
}

TEST_F(EngineEnvironment, SensitivityHasARowPerLayerWithWeights) {
    open();
    assay_sensitivity_settings s = assay_default_sensitivity_settings();
    s.method = ASSAY_SENSITIVITY_KL;
    s.images = 500;
    s.widths = 1u << 2 | 1u << 8;
    assay_layer_sensitivity rows[3];
    size_t count = 9;
    ASSERT_EQ(assay_accuracy_sensitivity(env_, &s, rows, &count, report_), ASSAY_OK)
        << report_.text();
    ASSERT_EQ(count, 2u);
    EXPECT_EQ(rows[1].layer, 2u);
    EXPECT_EQ(rows[1].value, 2.5);
    EXPECT_EQ(rows[1].iterations, 100u);
    EXPECT_EQ(rows[1].by_bits[7], 0.25);
    EXPECT_GT(rows[1].squared_error[2], rows[1].squared_error[8]);
    EXPECT_GT(rows[1].squared_error[8], 0);
    EXPECT_EQ(rows[1].squared_error[4], 0); // not asked for
    s.samples = 100001;
    s.tolerance = 2;
    s.widths = 1u << 20;
    EXPECT_EQ(assay_accuracy_sensitivity(env_, &s, rows, &count, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(report_.count(), 3u) << report_.text();
}

namespace {

class EngineTraining : public EngineTest {
  protected:
    EngineTraining() {
        settings_.fold = false;
        train_ = assay_default_train_settings();
        train_.epochs = 4;
        train_.progress = [](void* user, uint64_t, uint64_t, double) {
            auto* left = static_cast<int*>(user);
            return left == nullptr || (*left)-- > 0;
        };
    }
    assay_status train(const std::string& out, int* epochs_left = nullptr) {
        out_ = out;
        train_.out = out_.c_str();
        train_.user = epochs_left;
        return assay_accuracy_train(env_, policy_, &train_, report_);
    }
    assay_train_settings train_;
    std::string out_;
};

} // namespace

TEST_F(EngineTraining, WritesWhatCanBeLoaded) {
    open();
    ASSERT_EQ(train(folder_.path("w.safetensors")), ASSAY_OK) << report_.text();
    EXPECT_FALSE(exists(folder_.path("w.safetensors.part")));
    const double trained = evaluate().loss;
    assay_accuracy_close(&env_);
    settings_.fresh = false;
    settings_.weights = out_.c_str();
    open();
    EXPECT_EQ(evaluate().loss, trained);
}

TEST_F(EngineTraining, ResumedItEndsInTheSameBytes) {
    open();
    ASSERT_EQ(train(folder_.path("whole")), ASSAY_OK) << report_.text();
    for (int epochs : {1, 2, 3}) {
        const std::string name = folder_.path("stopped" + std::to_string(epochs));
        int left = epochs;
        train_.resume = false;
        ASSERT_EQ(train(name, &left), ASSAY_INTERRUPTED);
        EXPECT_FALSE(exists(name));
        EXPECT_TRUE(exists(name + ".part"));
        train_.resume = true;
        left = 4 - epochs; // no more than are missing
        ASSERT_EQ(train(name, &left), ASSAY_OK) << report_.text();
        EXPECT_EQ(read(name), read(folder_.path("whole"))) << epochs;
    }
}

TEST_F(EngineTraining, EpochsDiffer) {
    open();
    train_.epochs = 1;
    ASSERT_EQ(train(folder_.path("one")), ASSAY_OK);
    const double one = evaluate().loss;
    train_.epochs = 4;
    ASSERT_EQ(train(folder_.path("four")), ASSAY_OK);
    EXPECT_NE(evaluate().loss, one);
}

TEST_F(EngineTraining, APartOfAnotherTrainingIsNotContinued) {
    open();
    int left = 2;
    ASSERT_EQ(train(folder_.path("w"), &left), ASSAY_INTERRUPTED);
    train_.resume = true;
    train_.rate = 0.5;
    EXPECT_EQ(train(folder_.path("w")), ASSAY_BAD_INPUT);
    EXPECT_TRUE(contains(report_.text(), "is of another training"));
}

TEST_F(EngineTraining, DamagedPartsAreRefused) {
    open();
    int left = 2;
    ASSERT_EQ(train(folder_.path("w"), &left), ASSAY_INTERRUPTED);
    const std::string part = read(folder_.path("w.part"));
    train_.resume = true;
    const auto refuses = [&](const std::string& content) {
        folder_.write("w.part", content);
        EXPECT_EQ(train(folder_.path("w")), ASSAY_BAD_INPUT) << content.substr(0, 400);
    };
    refuses("rubbish");
    refuses(part.substr(0, part.size() / 2));
    refuses(std::string(part).replace(part.find("parameters.0.weight"), 10, "parameterz"));
    refuses(std::string(part).replace(part.find("assay.training.steps"), 5, "other"));
    refuses(std::string(part).replace(part.size() - 4, 4, "\xff\xff\xff\x7f")); // NaN
    folder_.write("w.part", part);
    EXPECT_EQ(train(folder_.path("w")), ASSAY_OK) << report_.text();
}

TEST_F(EngineTraining, AFullDiskStopsIt) {
    open();
    EXPECT_EQ(train(folder_.path("no/such/folder/w")), ASSAY_IO);
    EXPECT_EQ(report_.count(), 1u) << report_.text();
}

TEST_F(EngineTraining, EveryMistakeOfTheSettings) {
    open();
    train_.epochs = 0;
    train_.batch = 0;
    train_.momentum = 1;
    train_.label_smoothing = -1;
    train_.distill_alpha = 2;
    EXPECT_EQ(train(""), ASSAY_BAD_INPUT);
    EXPECT_EQ(report_.count(), 6u) << report_.text();
}

TEST_F(EngineEnvironment, IntegersBecomeAWorkload) {
    open();
    use_bits(2, 3);
    const std::string dir = folder_.path("integers");
    ASSERT_EQ(assay_accuracy_integers(env_, policy_, 1, dir.c_str(), report_), ASSAY_OK)
        << report_.text();
    assay::Safetensors file;
    ASSERT_EQ(file.load((dir + "/integers.safetensors").c_str(), report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(file.tensors().at("c.weight").shape, (std::vector<uint64_t>{3, 2, 1, 1}));
    EXPECT_EQ(file.tensors().at("c.input").shape, (std::vector<uint64_t>{2, 4, 4}));
    EXPECT_EQ(file.tensors().at("c.sum").shape, (std::vector<uint64_t>{3, 4, 4}));
    assay_workload* integers = nullptr;
    ASSERT_EQ(assay_workload_load((dir + "/integers.json").c_str(), nullptr, &integers, report_),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(assay_workload_layer_count(integers), 1u);
    EXPECT_STREQ(assay_workload_layer_name(integers, 0), "c");
    assay_workload_free(&integers);
    EXPECT_EQ(assay_accuracy_integers(env_, policy_, 32, dir.c_str(), report_), ASSAY_BAD_INPUT);
    EXPECT_TRUE(contains(report_.text(), "image: 32, raw has test images 0 .. 31"));
}
