// Hardware and workload handles from texts, freed at the end of a test.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "assay/sim.h"
#include "report.hpp"
#include "table_files.hpp"
#include "temp_dir.hpp"

namespace assay_test {

class SimFiles : public testing::Test {
  protected:
    ~SimFiles() override {
        assay_machine_close(&machine_);
        assay_hw_free(&hw_);
        assay_workload_free(&net_);
    }

    void load_net(const std::string& json = small_net) {
        ASSERT_EQ(
            assay_workload_load(folder_.write("net.json", json).c_str(), nullptr, &net_, report_),
            ASSAY_OK)
            << report_.text();
    }
    assay_status load_hw(const std::string& name, const std::string& content) {
        assay_hw_free(&hw_);
        return assay_hw_load(folder_.write(name, content).c_str(), &hw_, report_);
    }
    void open() {
        assay_machine_close(&machine_);
        ASSERT_EQ(assay_machine_open(hw_, ASSAY_MODEL_EVENT, nullptr, &machine_, report_), ASSAY_OK)
            << report_.text();
    }
    assay_measurement measure(size_t layer, unsigned w, unsigned a, uint64_t batch = 0) {
        assay_measurement m{};
        EXPECT_EQ(assay_machine_measure(machine_, net_, layer, w, a, batch, &m, report_), ASSAY_OK)
            << report_.text();
        return m;
    }
    // The message of a refused measurement.
    std::string refusal(size_t layer, unsigned w, unsigned a, uint64_t batch = 0) {
        Report report;
        assay_measurement m{};
        EXPECT_EQ(assay_machine_measure(machine_, net_, layer, w, a, batch, &m, report),
                  ASSAY_BAD_INPUT);
        return report.text();
    }
    std::string key(size_t layer, unsigned w, unsigned a, uint64_t batch = 0) {
        char text[ASSAY_KEY_TEXT];
        EXPECT_EQ(assay_measurement_key(hw_, ASSAY_MODEL_EVENT, net_, layer, w, a, batch, text),
                  ASSAY_OK);
        return text;
    }

    TempDir folder_;
    Report report_;
    assay_hw* hw_ = nullptr;
    assay_workload* net_ = nullptr;
    assay_machine* machine_ = nullptr;
};

} // namespace assay_test
