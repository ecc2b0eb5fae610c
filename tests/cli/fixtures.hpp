// Small inputs for the program, and a reader for what it prints.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "json.h"
#include "process.hpp"

namespace cli_test {

inline const char* const tiny_hw = R"({
  "schema": 1, "name": "tiny", "accelerator": "eie", "description": "eight PEs",
  "options": {"pe_count": 8}
})";

inline std::string tiny_workload(const std::string& name, const std::string& layer) {
    return R"({"schema": 1, "name": ")" + name + R"(", "description": "for tests", "layers": [
      {"name": ")" +
           layer + R"(", "op": "fc", "in_features": 48, "out_features": 64,
       "weights": {"kind": "statistical", "density": 0.25, "seed": 1, "codebook_bits": 4},
       "activations": {"kind": "statistical", "density": 0.5, "seed": 2}}]})";
}

inline const char* const three_layers = R"({
  "schema": 1, "name": "three", "description": "a chain", "input": {"shape": [6, 1, 1], "seed": 1},
  "layers": [
    {"name": "a", "op": "fc", "in_features": 6, "out_features": 5, "relu": true,
     "weights": {"kind": "statistical", "density": 0.9, "seed": 1, "codebook_bits": 4}},
    {"name": "b", "op": "fc", "in_features": 5, "out_features": 4, "relu": true,
     "weights": {"kind": "statistical", "density": 0.9, "seed": 2, "codebook_bits": 4}},
    {"name": "c", "op": "fc", "in_features": 4, "out_features": 3,
     "weights": {"kind": "statistical", "density": 0.9, "seed": 3, "codebook_bits": 4}}
  ]
})";

// Keeps the program's cache out of the user's home.
class CliRun : public testing::Test {
  protected:
    void SetUp() override { setenv("ASSAY_CACHE", folder_.path("cache").c_str(), 1); }
    void TearDown() override { unsetenv("ASSAY_CACHE"); }

    std::string hw() const { return folder_.write("tiny_hw.json", tiny_hw); }
    std::string workload(const std::string& name = "tiny", const std::string& layer = "fc") const {
        return folder_.write(name + ".json", tiny_workload(name, layer));
    }
    // assay run on the small hardware and workload
    Outcome run(std::vector<std::string> more) const {
        std::vector<std::string> words = {"run", "--hw", hw(), "--workload", workload()};
        words.insert(words.end(), more.begin(), more.end());
        return assay(words);
    }

    Folder folder_;
};

class Json {
  public:
    explicit Json(const std::string& text) {
        assay_report* report = assay_report_new();
        assay_json_parse("result", text.data(), text.size(), &doc_, report);
        for (size_t i = 0; i < assay_report_kept(report); ++i) {
            ADD_FAILURE() << assay_report_text(report, i);
        }
        assay_report_free(&report);
    }
    ~Json() { assay_json_free(&doc_); }
    Json(const Json&) = delete;
    Json& operator=(const Json&) = delete;

    // "a.b.0.c": members by key, elements by number; nullptr if there is none.
    const assay_json* at(const std::string& path) const {
        const assay_json* value = doc_ != nullptr ? assay_json_root(doc_) : nullptr;
        for (size_t start = 0; value != nullptr && start < path.size();) {
            size_t end = std::min(path.find('.', start), path.size());
            value = step(value, path.substr(start, end - start));
            start = end + 1;
        }
        return value;
    }
    double number(const std::string& path) const {
        const assay_json* value = at(path);
        EXPECT_TRUE(value != nullptr && assay_json_kind_of(value) == ASSAY_JSON_NUMBER) << path;
        return value != nullptr ? assay_json_number(value) : 0;
    }
    std::string text(const std::string& path) const {
        const assay_json* value = at(path);
        EXPECT_TRUE(value != nullptr && assay_json_kind_of(value) == ASSAY_JSON_STRING) << path;
        return value != nullptr ? assay_json_string(value) : "";
    }
    size_t size(const std::string& path) const {
        const assay_json* value = at(path);
        EXPECT_NE(value, nullptr) << path;
        return value != nullptr ? assay_json_size(value) : 0;
    }

  private:
    static const assay_json* step(const assay_json* value, const std::string& key) {
        if (assay_json_kind_of(value) == ASSAY_JSON_OBJECT) {
            return assay_json_get(value, key.c_str());
        }
        const assay_json* element = assay_json_first(value);
        for (size_t i = std::stoul(key); i > 0 && element != nullptr; --i) {
            element = assay_json_next(element);
        }
        return element;
    }

    assay_json_doc* doc_ = nullptr;
};

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
    if (text.find(part) != std::string::npos) {
        return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "no \"" << part << "\" in:\n" << text;
}

} // namespace cli_test
