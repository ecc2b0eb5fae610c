// One layer as the machine is given it, and the interface of the two models.
#pragma once

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

namespace assay::eie {

struct Job {
    const EncodedMatrix* matrix = nullptr;
    const Plan* plan = nullptr;
    const std::vector<BlockTargets>* targets = nullptr; // event model, if outputs
    Format format;
    // Fills `column` (matrix->cols values, the bias column with 1.0 in input_frac) with vector v.
    std::function<void(uint32_t v, int16_t* column)> input;
    const std::vector<int16_t>* bias = nullptr; // [rows] presets of the accumulators, or null
    // Activations that must be fetched from DRAM for vector v when windows slide.
    std::function<uint64_t(uint32_t v)> new_acts;
    bool outputs = true;                    // event model: false skips the arithmetic (timing only)
    std::vector<int16_t>* result = nullptr; // [vectors * rows], before ReLU
    std::function<bool(double fraction)> keep_going; // false: stop; may be empty
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
void reference(const SparseCodes& matrix, const Format& format, const std::vector<int16_t>* bias,
               uint32_t vectors, const std::function<void(uint32_t, int16_t*)>& input,
               std::vector<int16_t>& result);

// Cycles of one PE that did no useful work, all causes.
uint64_t stall_sum(const PeStalls& stalls);

// Useful entries and stalls of every PE add up to the cycles. A model for which this is false is
// wrong.
bool every_cycle_has_a_cause(const Counters& counters);

// Totals from the per-PE counts.
void finish_counters(const EncodedMatrix& matrix, const Plan& plan, Counters& counters);

// Cycles to move one value per PE-local row through the activation SRAM port.
inline uint64_t sram_cycles(const Options& o, uint64_t values_per_pe) {
    return (values_per_pe + o.acts_per_word() - 1) / o.acts_per_word();
}

} // namespace assay::eie
