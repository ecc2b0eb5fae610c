// The C ABI through include/assay/sim.h alone: handles that free themselves, small workloads, a
// result as text, and the fixture that the tests of the ABI share.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "assay/sim.h"
#include "report.hpp"
#include "temp_dir.hpp"

namespace sim_abi_test {

using assay_test::Report;

// Frees what the ABI handed out.
template <class T, void (*Free)(T**)>
class Handle {
  public:
    Handle() = default;
    ~Handle() { reset(); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    void reset() { Free(&object_); }
    T** out() {
        reset();
        return &object_;
    }
    operator T*() const { return object_; }
    T* operator->() const { return object_; }

  private:
    T* object_ = nullptr;
};
using Hw = Handle<assay_hw, assay_hw_free>;
using Workload = Handle<assay_workload, assay_workload_free>;
using Machine = Handle<assay_machine, assay_machine_close>;
using Result = Handle<assay_result, assay_result_free>;

inline const char* const layer_fc = R"({"schema": 1, "name": "fc", "layers": [
  {"name": "fc", "op": "fc", "in_features": 96, "out_features": 80, "relu": true,
   "weights": {"kind": "statistical", "density": 0.2, "seed": 1, "row_spread": 0.3},
   "activations": {"kind": "statistical", "density": 0.4, "seed": 2, "signed": true}}]})";

inline const char* const network = R"({"schema": 1, "name": "net", "input": {"shape": [3, 20, 20]},
  "layers": [
  {"name": "conv", "op": "conv", "out_channels": 12, "kernel": [3, 3], "relu": true,
   "weights": {"kind": "statistical", "density": 0.4}},
  {"name": "pool", "op": "maxpool", "kernel": [2, 2], "stride": [2, 2]},
  {"name": "fc", "op": "fc", "out_features": 20,
   "weights": {"kind": "statistical", "density": 0.1}}]})";

// One batch of 128 dense inputs: on two PEs a single step of some 8,000 cycles.
inline const char* const long_step = R"({"schema": 1, "name": "long", "layers": [
  {"name": "fc", "op": "fc", "in_features": 128, "out_features": 128,
   "weights": {"kind": "statistical", "density": 1},
   "activations": {"kind": "statistical", "density": 1}}]})";

inline void add_amounts(std::ostream& out, const assay_amount* amounts, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        out << ' ' << amounts[i].name << '=' << amounts[i].value;
    }
    out << '\n';
}

inline void add_counts(std::ostream& out, const assay_count* counts, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        out << ' ' << counts[i].name << '=' << counts[i].value;
    }
    out << '\n';
}

inline void add_layer(std::ostream& out, const assay_layer_result& l) {
    out << l.name << ' ' << l.op << ' ' << l.bound << " (" << l.note << ") " << l.simulated << ' '
        << l.cycles << ' ' << l.io_cycles << ' ' << l.seconds << ' ' << l.energy_j << ' '
        << l.io_energy_j << ' ' << l.utilisation << ' ' << l.macs << ' ' << l.w_bits << ' '
        << l.a_bits << '\n';
    add_counts(out, l.stall_cycles, l.stall_count);
    add_counts(out, l.counters, l.counter_count);
    add_amounts(out, l.energy, l.energy_count);
    for (size_t i = 0; i < l.pe_count * l.pe_counter_count; ++i) {
        out << ' ' << l.pe_counters[i];
    }
    out << '\n';
}

// All that a result says, bit by bit, but for the model's name and the wall clock.
inline std::string text_of(const assay_result* r) {
    std::ostringstream out;
    if (r != nullptr) {
        const auto& t = r->total;
        out << std::hexfloat << r->version << ' ' << r->hw_name << ' ' << r->hw_hash << ' '
            << r->workload_name << ' ' << r->workload_hash << ' ' << r->batch << '\n';
        out << t.cycles << ' ' << t.io_cycles << ' ' << t.macs << ' ' << t.dram_bytes << ' '
            << t.seconds << ' ' << t.energy_j << ' ' << t.io_energy_j << ' ' << t.area_mm2 << ' '
            << t.power_w << ' ' << t.utilisation << '\n';
        add_amounts(out, r->energy, r->energy_count);
        add_amounts(out, r->area, r->area_count);
        for (size_t i = 0; i < r->layer_count; ++i) {
            add_layer(out, r->layers[i]);
        }
        out << r->check.enabled << ' ' << r->check.compared << ' ' << r->check.mismatches << '\n';
    }
    return out.str();
}

inline uint64_t counter(const assay_layer_result& layer, const char* name) {
    for (size_t i = 0; i < layer.counter_count; ++i) {
        if (strcmp(layer.counters[i].name, name) == 0) {
            return layer.counters[i].value;
        }
    }
    ADD_FAILURE() << "no counter " << name;
    return 0;
}

inline std::string source(const std::string& path) {
    const char* root = std::getenv("ASSAY_SOURCE_ROOT");
    return std::string(root != nullptr ? root : ".") + "/" + path;
}

// A call of a helper that fails ends the test.
class SimAbi : public testing::Test {
  protected:
    void SetUp() override { load_hw(8); }

    void load_hw(unsigned pes) {
        must(assay_hw_default("eie", hw_.out(), report_));
        must(assay_hw_set(hw_, "dram_bits_per_cycle", "128", report_)); // host layers need one
        set("pe_count", std::to_string(pes));
    }
    void load_hw_file(const std::string& path) {
        must(assay_hw_load(path.c_str(), hw_.out(), report_));
    }
    void load_hw_text(const std::string& members) {
        load_hw_file(
            dir_.write("hw.json", R"({"schema": 1, "accelerator": "eie", )" + members + "}"));
    }
    void set(const char* key, const std::string& value) {
        must(assay_hw_set(hw_, key, value.c_str(), report_));
    }
    void load_file(const std::string& path, Workload& out,
                   const assay_workload_params* params = nullptr) {
        must(assay_workload_load(path.c_str(), params, out.out(), report_));
    }
    void load(const char* json, Workload& out, const assay_workload_params* params = nullptr) {
        load_file(dir_.write("workload.json", json), out, params);
    }
    void open(assay_model model = ASSAY_MODEL_EVENT) {
        must(assay_machine_open(hw_, model, nullptr, machine_.out(), report_));
    }
    assay_status run_status(const assay_workload* workload, const assay_run_settings& settings) {
        return assay_machine_run(machine_, workload, &settings, result_.out(), report_);
    }
    // The result as text.
    std::string run(const assay_workload* workload,
                    const assay_run_settings& settings = assay_default_run_settings()) {
        must(run_status(workload, settings));
        return text_of(result_);
    }
    void must(assay_status status) const {
        if (status != ASSAY_OK) {
            throw std::runtime_error(report_.text());
        }
    }

    assay_test::TempDir dir_;
    Report report_;
    Hw hw_;
    Machine machine_;
    Result result_;
};

} // namespace sim_abi_test
