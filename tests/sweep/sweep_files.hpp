// Small specifications, and a sweep that closes itself.
#pragma once

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "../unit/table_files.hpp"
#include "assay/sweep.h"
#include "report.hpp"
#include "sweep.h"
#include "temp_dir.hpp"

namespace assay_test {

inline const char* const dense_hw = R"({"schema": 1, "name": "dense", "accelerator": "bit_fusion",
    "options": {"rows": 4, "cols": 4, "wbuf_bytes": 4096, "ibuf_bytes": 4096, "obuf_bytes": 4096}})";
inline const char* const sparse_hw = R"({"schema": 1, "name": "sparse", "accelerator": "eie",
    "options": {"pe_count": 4}})";
inline const char* const small_fc = R"({"schema": 1, "name": "fc", "layers": [
    {"name": "fc", "op": "linear", "in_features": 12, "out_features": 8}]})";

class SweepTest : public testing::Test {
  protected:
    void SetUp() override {
        folder_.write("dense.json", dense_hw);
        folder_.write("sparse.json", sparse_hw);
        folder_.write("small.json", small_net);
        folder_.write("fc.json", small_fc);
    }
    ~SweepTest() override { assay_sweep_free(&sweep_); }

    // `rest`: the keys after hw and workloads.
    std::string spec(const std::string& rest, const std::string& hw = R"("dense.json")",
                     const std::string& workloads = R"("small.json")") {
        return folder_.write("spec.json", "{\"schema\": 1, \"hw\": [" + hw + "], \"workloads\": [" +
                                              workloads + "]" + rest + "}");
    }
    void open(const std::string& path) {
        assay_sweep_free(&sweep_);
        ASSERT_EQ(assay_sweep_open(path.c_str(), &sweep_, report_), ASSAY_OK) << report_.text();
    }
    // All messages of a specification that is refused.
    std::string refused(const std::string& path) {
        Report report;
        assay_sweep* sweep = nullptr;
        EXPECT_EQ(assay_sweep_open(path.c_str(), &sweep, report), ASSAY_BAD_INPUT);
        EXPECT_EQ(sweep, nullptr);
        return report.text();
    }
    size_t points() const { return assay_sweep_points(sweep_); }
    std::string value(size_t point, size_t option) const {
        char text[ASSAY_SWEEP_VALUE_TEXT];
        const bool has = assay_sweep_value(sweep_, point, option, text);
        return has ? text : "none";
    }
    double number(size_t point, size_t option) const { return std::stod(value(point, option)); }
    // "4 8 sparse fc"
    std::string line(size_t point) const {
        std::string text;
        for (size_t v = 0; v < assay_sweep_options(sweep_); ++v) {
            text += value(point, v) + " ";
        }
        const assay_sweep_point_info info = assay_sweep_point(sweep_, point);
        return text + info.hw + " " + info.workload;
    }
    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (size_t i = 0; i < points(); ++i) {
            all.push_back(line(i));
        }
        return all;
    }

    TempDir folder_;
    Report report_;
    assay_sweep* sweep_ = nullptr;
};

} // namespace assay_test
