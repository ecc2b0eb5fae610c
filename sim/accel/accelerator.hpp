// What a machine must offer to be one of ours. A new accelerator is one file or folder that ends in
// a `const Accelerator` and one entry in the list of sim/accel/meson.build.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "amount.hpp"
#include "assay/sim.h"
#include "host_ops.hpp"
#include "place.hpp"
#include "timeline.hpp"
#include "workload.hpp"

namespace assay {

// What a layer is run with.
struct LayerTask {
    const Layer& layer;
    const FixedTensor& input; // no values: none are known, a machine that needs some draws them
    uint64_t batch;           // images computed together, >= 1
    unsigned w_bits, a_bits;  // by policy or workload; 0: the machine's default
    Place input_place;        // where the layer before left it
    bool output_in_registers; // its only reader is the next layer
    bool output_to_dram;      // the host reads it, or a layer much later
    bool simulate;            // false: only compute the output, by the reference
    bool outputs;             // false: timing only, no output tensor is needed
    bool check;               // compare the machine's output with the plain reference
    const char* cache_dir;    // may be null
    bool (*keep_going)(void* context, double fraction);
    void* context;
    // Which of the workload's matrix layers it is, and of how many: for tables by position.
    size_t matrix_index = 0, matrix_layers = 0;
    bool per_pe = true; // the outcome's pe_counters are wanted
    Timeline* timeline = nullptr;
};

struct WallTimes {
    double generate_s = 0, encode_s = 0, simulate_s = 0, check_s = 0;
};
inline double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// What came out, of all images of the batch. Counter vectors follow the accelerator's tables.
struct LayerOutcome {
    FixedTensor output;
    Place output_place = Place::dram;
    bool charged = true; // false: no rule of the machine covers it, all counters are empty
    std::string note, bound;
    uint64_t cycles = 0, io_cycles = 0, dram_bits = 0;
    uint64_t useful_pe_cycles = 0, pe_cycles = 0; // utilisation = useful / all
    unsigned w_bits = 0, a_bits = 0;
    std::vector<uint64_t> counters, stalls;
    std::vector<uint64_t> pe_counters; // [pe][pe counters, then stall causes]
    size_t pe_count = 0;
    std::vector<Amount> energy; // joules, computing mode
    double io_energy_j = 0;     // I/O mode between batches
    uint64_t compared = 0, mismatches = 0;
    WallTimes wall;
    // What its weights take while they stay on chip, for the question whether all layers' do.
    bool weights_stay = false;
    std::vector<uint64_t> weight_entries;                    // [pe_count], whole words
    uint64_t weight_pointers = 0;                            // per PE
    uint64_t weight_entry_bits = 0, weight_pointer_bits = 0; // to load them again
};

// A machine, elaborated once. One exists per process at a time (SystemC).
class Machine {
  public:
    virtual ~Machine() = default;
    // Turns real numbers into what the machine's registers hold.
    virtual FixedTensor quantise(const std::vector<float>& values, const Layer& consumer) const = 0;
    // ASSAY_BAD_INPUT when the layer does not fit; the message has the numbers.
    virtual assay_status run(const LayerTask& task, LayerOutcome& out, assay_report* report) = 0;
    // A layer that is no matrix product (pooling, addition, ...): charges its cycles and traffic by
    // the machine's rule. `inputs` are where its inputs are. Its values are the host's.
    virtual assay_status run_other(const LayerTask& task, const std::vector<Place>& inputs,
                                   LayerOutcome& out, assay_report* report) = 0;
    // Counters depend on the values of activations or weights: tensors have to be computed even if
    // nobody asks for outputs.
    virtual bool timing_needs_values() const = 0;
    virtual bool computes_values() const { return true; } // false: a table, there are no outputs
    virtual bool has_timeline() const { return false; }   // false: LayerTask::timeline is null
    // run_other works beside the array: such layers can take tensors that stay on chip.
    virtual bool elements_on_chip() const = 0;
    // Images computed together unless the user says otherwise; 0: the workload's batch.
    virtual uint64_t batch() const { return 0; }
    // After the last layer of a run: charges what the layers cost each other. ASSAY_BAD_INPUT when
    // they do not fit together.
    virtual assay_status settle(const std::vector<LayerOutcome*>& layers, assay_report* report) = 0;
    virtual std::vector<Amount> area() const = 0; // mm2
    virtual double clock_hz() const = 0;
};

struct Accelerator {
    assay_accelerator_info info;
    // Rules between options; adds a message per broken rule.
    void (*check)(const void* values, const char* where, assay_report* report);
    std::unique_ptr<Machine> (*open)(const void* values, assay_model model, const char* vcd_path);
    // What a layer costs depends on its name and place in the workload too: a table's layers are
    // found by them.
    bool by_place = false;
};

// Generated from the list in sim/accel/meson.build.
extern const Accelerator* const accelerators[];
extern const size_t accelerator_count;

} // namespace assay
