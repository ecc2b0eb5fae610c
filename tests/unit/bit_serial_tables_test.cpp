// HAQ's finding about edge and cloud, on tables measured with the bit-serial machines. Their
// distance from HAQ's published table: tests/validation/haq_test.cpp.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "assay/sim.h"
#include "report.hpp"

using assay_test::Report;

namespace {

std::string in_tree(const std::string& path) {
    return std::string(std::getenv("ASSAY_SOURCE_ROOT")) + "/" + path;
}

// A machine and a network, measured layer by layer; equal questions are asked once.
class Table {
  public:
    Table(const std::string& hw, const std::string& net) {
        Report report;
        EXPECT_EQ(assay_hw_load(in_tree("hw_configs/" + hw).c_str(), &hw_, report), ASSAY_OK)
            << report.text();
        EXPECT_EQ(
            assay_workload_load(in_tree("traces/nets/" + net).c_str(), nullptr, &workload_, report),
            ASSAY_OK)
            << report.text();
        EXPECT_EQ(assay_machine_open(hw_, ASSAY_MODEL_EVENT, nullptr, &machine_, report), ASSAY_OK)
            << report.text();
        for (size_t i = 0; i < assay_workload_layer_count(workload_); ++i) {
            if (assay_workload_layer_is_matrix(workload_, i)) {
                layers_.push_back(i);
            }
        }
    }
    ~Table() {
        assay_machine_close(&machine_);
        assay_workload_free(&workload_);
        assay_hw_free(&hw_);
    }
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    size_t size() const { return layers_.size(); }
    std::string name(size_t layer) const {
        return assay_workload_layer_name(workload_, layers_[layer]);
    }
    uint64_t cycles(size_t layer, unsigned w_bits, unsigned a_bits) {
        char key[ASSAY_KEY_TEXT];
        EXPECT_EQ(assay_measurement_key(hw_, ASSAY_MODEL_EVENT, workload_, layers_[layer], w_bits,
                                        a_bits, 0, key),
                  ASSAY_OK);
        const auto known = known_.find(key);
        return known != known_.end() ? known->second : known_[key] = measure(layer, w_bits, a_bits);
    }

  private:
    uint64_t measure(size_t layer, unsigned w_bits, unsigned a_bits) {
        assay_measurement out{};
        Report report;
        EXPECT_EQ(assay_machine_measure(machine_, workload_, layers_[layer], w_bits, a_bits, 0,
                                        &out, report),
                  ASSAY_OK)
            << report.text();
        return out.cycles;
    }
    assay_hw* hw_ = nullptr;
    assay_workload* workload_ = nullptr;
    assay_machine* machine_ = nullptr;
    std::vector<size_t> layers_;
    std::map<std::string, uint64_t> known_;
};

// Names of traces/nets: every depthwise layer ends in _dw; 3x3 and fully connected ones apart.
bool is_depthwise(const std::string& name) {
    return name.size() > 3 && name.compare(name.size() - 3, 3, "_dw") == 0;
}
bool is_pointwise(const std::string& name) {
    return !is_depthwise(name) && name != "conv1" && name != "fc";
}

// Cycles that one bit less saves, of all layers of a kind together, as shares of the network's.
struct Savings {
    double depthwise_a = 0, pointwise_a = 0, depthwise_w = 0, pointwise_w = 0;
};

Savings savings(const char* hw, const char* net, unsigned bits) {
    Table table(hw, net); // one machine at a time
    Savings s;
    double all = 0;
    for (size_t i = 0; i < table.size(); ++i) {
        const double now = static_cast<double>(table.cycles(i, bits, bits));
        const double a = now - static_cast<double>(table.cycles(i, bits, bits - 1));
        const double w = now - static_cast<double>(table.cycles(i, bits - 1, bits));
        const std::string name = table.name(i);
        all += now;
        s.depthwise_a += is_depthwise(name) ? a : 0;
        s.depthwise_w += is_depthwise(name) ? w : 0;
        s.pointwise_a += is_pointwise(name) ? a : 0;
        s.pointwise_w += is_pointwise(name) ? w : 0;
    }
    for (double* share : {&s.depthwise_a, &s.pointwise_a, &s.depthwise_w, &s.pointwise_w}) {
        *share /= all;
    }
    return s;
}

class Finding : public ::testing::TestWithParam<const char*> {};

} // namespace

// HAQ: on the edge machine depthwise layers want fewer activation bits than pointwise ones, on the
// cloud machine it is the other way round. Here by what one bit less pays, at 8 bits everywhere
// (docs/contracts/bit_serial.md, "HAQ's finding", says what this rests on): on the edge an
// activation bit of the depthwise layers alone is worth more than both operands' bits of the
// pointwise ones; on the cloud the pointwise layers' bits are worth far more than the depthwise
// ones'.
TEST_P(Finding, BitsAreSavedWhereTheyPay) {
    const Savings e = savings("bismo_edge.json", GetParam(), 8);
    const Savings c = savings("bismo_cloud.json", GetParam(), 8);
    for (const auto& [name, s] : {std::pair<const char*, Savings>{"edge", e}, {"cloud", c}}) {
        const std::string machine = name;
        RecordProperty(machine + "_depthwise_a", std::to_string(s.depthwise_a));
        RecordProperty(machine + "_pointwise_a", std::to_string(s.pointwise_a));
        RecordProperty(machine + "_depthwise_w", std::to_string(s.depthwise_w));
        RecordProperty(machine + "_pointwise_w", std::to_string(s.pointwise_w));
    }
    EXPECT_GT(e.depthwise_a, 1.5 * e.pointwise_a);
    EXPECT_GT(e.depthwise_a, e.pointwise_a + e.pointwise_w);
    EXPECT_GT(c.pointwise_a + c.pointwise_w, 1.5 * (c.depthwise_a + c.depthwise_w));
    EXPECT_LT(c.depthwise_a / c.pointwise_a, 0.6 * e.depthwise_a / e.pointwise_a);
    // Weights of depthwise layers are free on both: their activation port is what is waited for.
    EXPECT_LT(e.depthwise_w, 0.001);
    EXPECT_LT(c.depthwise_w, 0.001);
}

INSTANTIATE_TEST_SUITE_P(BitSerialTables, Finding,
                         ::testing::Values("mobilenet_v1.json", "mobilenet_v2.json"),
                         [](const auto& info) { return std::string(info.param, info.param + 12); });
