// A small table of sensitivities, and searches in folders of their own.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "assay/search.h"
#include "report.hpp"
#include "temp_dir.hpp"

namespace assay_test {

// Seven layers; what 4 bits damage and what 8 bits cost are not in the same order.
inline const char* const small_sensitivities =
    "layer,avg_trace,d8_sq,d4_sq,parameters,macs,lat_int4_ms,lat_int8_ms\n"
    "0,0.5,0.01,2.5,1000,90000,0.20,0.31\n"
    "1,0.25,0.02,3,4000,50000,0.10,0.19\n"
    "2,0.75,0.03,0.9,2000,70000,0.15,0.16\n"
    "3,0.125,0.01,7,9000,20000,0.05,0.11\n"
    "4,0.0625,0.25,4,16000,60000,0.12,0.25\n"
    "5,0.5,0.0625,1.25,3000,80000,0.18,0.35\n"
    "6,0.03125,0.125,9,30000,10000,0.02,0.05\n";

inline std::string read_text(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

inline void write_text(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

// Wall times are the one thing that may differ between two logs.
inline std::string without_times(const std::string& log) {
    static const std::string mark = ",\"wall_s\":";
    std::string kept;
    size_t from = 0;
    for (size_t at; (at = log.find(mark, from)) != std::string::npos;) {
        kept += log.substr(from, at - from);
        from = log.find('}', at);
    }
    return kept + log.substr(from);
}

class Search : public testing::Test {
  protected:
    void SetUp() override {
        csv_ = dir_.write("s.csv", small_sensitivities);
        settings_ = assay_default_search_settings();
        settings_.task = "hawq";
        settings_.algorithm = "exact";
        settings_.sensitivity = csv_.c_str();
        settings_.budget = "size=0.5";
        settings_.evaluations = 50;
    }
    assay_status run(const std::string& name) {
        const std::string out = dir_.path(name);
        settings_.out = out.c_str();
        report_ = std::make_unique<Report>();
        return assay_search_run(&settings_, *report_);
    }
    std::string file(const std::string& folder, const std::string& name) const {
        return read_text(dir_.path(folder) + "/" + name);
    }
    std::string log(const std::string& folder) const {
        return without_times(file(folder, "log.jsonl"));
    }
    bool mentions(const std::string& part) const { return report_->mentions(part); }
    std::string messages() const { return report_->text(); }

    TempDir dir_;
    std::string csv_;
    assay_search_settings settings_{};
    std::unique_ptr<Report> report_;
};

} // namespace assay_test
