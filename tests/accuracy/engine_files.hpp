// A small network with data, and the fake engine to evaluate it.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "assay/accuracy.h"
#include "report.hpp"
#include "temp_dir.hpp"

namespace engine_test {

using assay_test::Report;
using assay_test::TempDir;

inline const char* const net_json = R"({"schema": 1, "name": "small", "description": "for tests",
  "data": "raw", "input": {"shape": [2, 4, 4], "seed": 1}, "layers": [
    {"name": "c", "op": "conv2d", "out_channels": 3, "kernel": 1, "a_signed": true,
     "batch_norm": "bn"},
    {"name": "p", "op": "pool", "kind": "global_avg"},
    {"name": "f", "op": "linear", "out_features": 5, "a_signed": true}]})";

inline const char* const data_json = R"({"schema": 1, "classes": 5,
  "train": {"images": {"path": "train.bin", "dtype": "u8", "layout": "nchw", "shape": [8, 2, 4, 4]},
            "labels": {"path": "train.lab", "dtype": "u8"}},
  "test": {"images": {"path": "test.bin", "dtype": "u8", "layout": "nchw", "shape": [32, 2, 4, 4]},
           "labels": {"path": "test.lab", "dtype": "u8"}}})";

inline void write_data(const TempDir& dir) {
    dir.write("data.json", data_json);
    dir.write("train.bin", std::string(8 * 32, '\1'));
    dir.write("train.lab", std::string(8, '\0'));
    dir.write("test.bin", std::string(32 * 32, '\2'));
    dir.write("test.lab", std::string(32, '\1'));
}

// Sets a variable for the length of a test.
class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) {
        const char* old = std::getenv(name);
        had_ = old != nullptr;
        old_ = had_ ? old : "";
        value != nullptr ? setenv(name, value, 1) : unsetenv(name);
    }
    ~Variable() { had_ ? setenv(name_.c_str(), old_.c_str(), 1) : unsetenv(name_.c_str()); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    std::string name_, old_;
    bool had_;
};

class EngineTest : public testing::Test {
  protected:
    EngineTest() : module_("ASSAY_TORCH_ENGINE", std::getenv("ASSAY_FAKE_ENGINE")) {
        write_data(folder_);
        net_ = folder_.write("small.json", net_json);
        data_ = folder_.path("");
        settings_ = assay_default_accuracy_settings();
        settings_.network = net_.c_str();
        settings_.data = data_.c_str();
        settings_.fresh = true;
    }
    ~EngineTest() override {
        assay_policy_free(&policy_);
        assay_accuracy_close(&env_);
    }
    void open() {
        ASSERT_EQ(assay_accuracy_open(&settings_, &env_, report_), ASSAY_OK) << report_.text();
    }
    void use_bits(unsigned w, unsigned a) {
        assay_policy_free(&policy_);
        ASSERT_EQ(assay_policy_uniform(assay_accuracy_workload(env_), w, a, &policy_, report_),
                  ASSAY_OK);
    }
    assay_accuracy_result evaluate() {
        assay_accuracy_result out{};
        EXPECT_EQ(assay_accuracy_evaluate(env_, policy_, &out, report_), ASSAY_OK)
            << report_.text();
        return out;
    }
    // The message of a refused opening.
    std::string refusal() {
        Report report;
        EXPECT_EQ(assay_accuracy_open(&settings_, &env_, report), ASSAY_BAD_INPUT);
        EXPECT_EQ(env_, nullptr);
        return report.text();
    }

    Variable module_;
    TempDir folder_;
    Report report_;
    std::string net_, data_;
    assay_accuracy_settings settings_;
    assay_accuracy* env_ = nullptr;
    assay_policy* policy_ = nullptr;
};

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos ? testing::AssertionSuccess()
                                                : testing::AssertionFailure()
                                                      << "no \"" << part << "\" in:\n"
                                                      << text;
}

} // namespace engine_test
