// One layer as the machine is given it, and the interface of the two models.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "arithmetic.hpp"
#include "eie.hpp"
#include "eie_encode.hpp"
#include "eie_plan.hpp"
#include "eie_targets.hpp"
#include "timeline.hpp"

namespace assay::eie {

struct Job {
    const EncodedMatrix* matrix = nullptr;
    const Plan* plan = nullptr;
    const std::vector<BlockTargets>* targets = nullptr; // event model, if outputs
    Format format;
    // Entries of one column and one word that a PE issues together (a power of two, at most the
    // machine's lanes), and the cycles they stay in the issue slot. EIE: one entry, one cycle.
    uint32_t lanes = 1, passes = 1;
    // In which activations and presets move; 0: the machine's act_bits.
    uint64_t act_bits = 0, bias_bits = 0;
    // Fills `column` (matrix->cols values, the bias column with 1.0 in input_frac) with vector v.
    std::function<void(uint32_t v, int16_t* column)> input;
    const std::vector<int32_t>* bias = nullptr; // [rows] presets of the accumulators, or null
    // Activations that must be fetched from DRAM for vector v when windows slide.
    std::function<uint64_t(uint32_t v)> new_acts;
    bool outputs = true;                    // event model: false skips the arithmetic (timing only)
    std::vector<int32_t>* result = nullptr; // [vectors * rows], before ReLU
    std::function<bool(double fraction)> keep_going; // false: stop; may be empty
    Timeline* timeline = nullptr;                    // event model
};

// A machine, elaborated once, fed layers. run() returns false when keep_going said stop.
class Model {
  public:
    virtual ~Model() = default;
    virtual bool run(const Job& job, Counters& counters) = 0;
};

std::unique_ptr<Model> make_event_model(const Options& options);
// `vcd_path` may be null.
std::unique_ptr<Model> make_clocked_model(const Options& options, const char* vcd_path);

// The plain C reference: the same sums in the same order of columns, no machine. result as in Job.
void reference(const SparseCodes& matrix, const Format& format, const std::vector<int32_t>* bias,
               uint32_t vectors, const std::function<void(uint32_t, int16_t*)>& input,
               std::vector<int32_t>& result);

// Cycles of one PE that did no useful work, all causes.
uint64_t stall_sum(const PeStalls& stalls);

// Useful entries and stalls of every PE add up to the cycles. A model for which this is false is
// wrong.
bool every_cycle_has_a_cause(const Counters& counters);

// Totals from the per-PE counts.
void finish_counters(const Job& job, Counters& counters);

// Cycles to move one value per PE-local row through the activation SRAM port.
inline uint64_t sram_cycles(const Options& o, uint64_t values_per_pe) {
    return (values_per_pe + o.acts_per_word() - 1) / o.acts_per_word();
}

// The same for presets, which may take more than an activation each.
inline uint64_t preset_cycles(const Options& o, const Job& job, uint64_t values_per_pe) {
    return job.bias_bits == 0 ? sram_cycles(o, values_per_pe)
                              : (values_per_pe * job.bias_bits + o.act_sram_width_bits - 1) /
                                    o.act_sram_width_bits;
}

// Entries issued together from entry `from` of a part (the first of a word is a multiple of
// `per_word`): no more than `lanes`, than its word has left, or than there are before `end`.
inline uint32_t group_size(uint32_t from, uint32_t end, uint32_t lanes, uint32_t per_word) {
    return std::min({lanes, per_word - from % per_word, end - from});
}

} // namespace assay::eie
