// What a tiled accelerator must state to become a machine: its array. TiledMachine does the rest.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "accelerator.hpp"
#include "amount.hpp"
#include "nest.hpp"
#include "pipeline.hpp"

namespace assay::tiled {

// Integer operands of one layer. Values fit the nest's widths and signs. Accumulators are 32 bit
// and wrap around (two's complement), in the machines as in the plain reference.
struct Operands {
    const Nest* nest = nullptr;
    const int32_t* input = nullptr;   // [batch][group * in_c][in_h][in_w]
    const int32_t* weights = nullptr; // [group * out_c][in_c][kernel_h][kernel_w]
    uint32_t* sums = nullptr;         // [batch][group * out_c][out_h][out_w], starts at 0

    // 0 where the window hangs over the image.
    int32_t input_at(uint64_t b, uint64_t channel, int64_t y, int64_t x) const {
        const Nest& n = *nest;
        const bool inside = y >= 0 && x >= 0 && y < static_cast<int64_t>(n.in_h) &&
                            x < static_cast<int64_t>(n.in_w);
        return inside
                   ? input[((b * n.groups * n.in_c + channel) * n.in_h + static_cast<uint64_t>(y)) *
                               n.in_w +
                           static_cast<uint64_t>(x)]
                   : 0;
    }
    int32_t weight_at(uint64_t out_channel, uint64_t ic, uint64_t ky, uint64_t kx) const {
        const Nest& n = *nest;
        return weights[((out_channel * n.in_c + ic) * n.kernel_h + ky) * n.kernel_w + kx];
    }
    uint32_t& sum_at(uint64_t b, uint64_t out_channel, uint64_t y, uint64_t x) const {
        const Nest& n = *nest;
        return sums[((b * n.groups * n.out_c + out_channel) * n.out_h + y) * n.out_w + x];
    }
};
// Every output by the definition of the layer: what --check compares with.
void reference(const Operands& operands);

// Bits that the array moves to and from its buffers, per step and per layer.
struct BufferBits {
    uint64_t input_read = 0, weight_read = 0, output_read = 0, output_write = 0;
};

// Counters of one layer: one table for all tiled accelerators. name, unit, help.
// clang-format off
#define ASSAY_TILED_LAYER_COUNTERS(X)                                                              \
    X(steps, "tiles", "tiles that the array worked through")                                        \
    X(issue_cycles, "cycles", "the array, or the vector unit, took operands")                       \
    X(products, "MACs", "of the layer, all images")                                                 \
    X(pe_cycles, "PE-cycles", "PEs x cycles")                                                       \
    X(active_pe_cycles, "PE-cycles", "PEs with an operand")                                         \
    X(element_ops, "operations", "of pooling, addition, ... on the vector unit")                    \
    X(input_load_bits, "bits", "inputs brought to their buffer")                                    \
    X(weight_load_bits, "bits", "weights brought to their buffer")                                  \
    X(output_load_bits, "bits", "partial sums brought back")                                        \
    X(output_store_bits, "bits", "results and partial sums that left their buffer")                 \
    X(input_read_bits, "bits", "read from the input buffer by the array")                           \
    X(weight_read_bits, "bits", "read from the weight buffer by the array")                         \
    X(output_read_bits, "bits", "sums read from the output buffer to go on")                        \
    X(output_write_bits, "bits", "sums written to the output buffer by the array")                  \
    X(handover_bits, "bits", "read from or written to the on-chip tensor buffer instead of DRAM")   \
    X(dram_read_bits, "bits", "read from DRAM")                                                     \
    X(dram_write_bits, "bits", "written to DRAM")                                                   \
    X(dram_busy_cycles, "cycles", "beats, over all ports")                                          \
    X(dram_row_hits, "accesses", "pieces of transactions that found their row open")                \
    X(dram_row_misses, "accesses", "pieces that had to open their row")                             \
    X(dram_row_cycles, "cycles", "ports idle while a row is opened")                                \
    X(dram_turnaround_cycles, "cycles", "ports idle between reads and writes")                      \
    X(dram_refresh_cycles, "cycles", "ports idle for refresh")                                      \
    X(contention_cycles, "cycles", "requests waiting for another one's transfer")
#define ASSAY_TILED_PE_COUNTERS(X)                                                                 \
    X(active_cycles, "cycles", "with an operand of the layer in the PE")
// With active_cycles these add up to the layer's cycles.
#define ASSAY_TILED_STALLS(X)                                                                      \
    X(unused, "cycles", "the array works, but the tile does not reach this PE")                     \
    X(fill, "cycles", "before the first tile can start")                                            \
    X(setup, "cycles", "the array is being prepared: weights shifted in, ...")                      \
    X(load_input, "cycles", "waiting for inputs")                                                   \
    X(load_weight, "cycles", "waiting for weights")                                                 \
    X(load_output, "cycles", "waiting for partial sums")                                            \
    X(buffer, "cycles", "no room for results: an earlier tile is still leaving")                    \
    X(port, "cycles", "a transfer had the buffer's port")                                           \
    X(drain, "cycles", "after the last operand: results on their way out")
// clang-format on

struct LayerCounters {
#define ASSAY_FIELD(name, unit, help) uint64_t name = 0;
    ASSAY_TILED_LAYER_COUNTERS(ASSAY_FIELD)
#undef ASSAY_FIELD
};

// The array of the clocked model: SystemC modules, elaborated with the machine, given a layer.
class ClockedArray : public ArrayModel {
  public:
    // Before each layer. `operands` may lack values (timing only): the same cycles, no sums. Both
    // live until the next call.
    virtual void layer(const Operands& operands, const Mapping& mapping) = 0;
    // Since the last call of layer(), counted where it happens.
    virtual BufferBits buffer_bits() const = 0;
    virtual std::vector<uint64_t> active_cycles() const = 0; // [rows * cols], row major
};

class Design {
  public:
    virtual ~Design() = default;
    virtual uint64_t rows() const = 0;
    virtual uint64_t cols() const = 0;
    virtual double clock_hz() const = 0;
    virtual uint64_t batch() const = 0; // option: 0 = the workload's own
    // Widths of layers whose policy and workload say nothing.
    virtual unsigned default_w_bits() const = 0;
    virtual unsigned default_a_bits() const = 0;
    virtual PipelineOptions pipeline() const = 0;
    // Elements that the vector unit beside the array handles in a cycle (pooling, addition, ...).
    virtual uint64_t vector_lanes() const = 0;
    // On-chip memory that hands tensors from layer to layer: bytes (0: none) and its channel.
    virtual uint64_t handover_bytes() const = 0;
    virtual uint8_t handover_channel() const = 0;
    // Of results to DRAM: 0 unless they have a port of their own.
    virtual uint8_t store_channel() const { return 0; }
    // Bits in which an output (a final one, requantised or not) is moved and kept.
    virtual unsigned output_bits(const Nest& nest) const = 0;

    // The best mapping by exact search over the machine's space. False with a message if the layer
    // does not fit (it states what is needed and what there is). `note` gets what was chosen and
    // why (depthwise alternatives).
    virtual bool map(const Nest& nest, const std::string& layer, Mapping& mapping,
                     std::string& note, assay_report* report) const = 0;
    // From step.visit: bits to move, cycles, blocks. Channels are for operands in DRAM;
    // TiledMachine overrides them for tensors that are handed over on chip.
    virtual void fill(const Nest& nest, const Mapping& mapping, Step& step) const = 0;
    virtual BufferBits buffer_bits(const Nest& nest, const Mapping& mapping,
                                   const Step& step) const = 0;
    // Products per cycle of the whole array at the layer's widths; may be a fraction.
    virtual double peak_macs(const Nest& nest) const = 0;
    // A tile's products, in the machine's own arithmetic, added to operands.sums.
    virtual void compute(const Operands& operands, const Mapping& mapping,
                         const Step& step) const = 0;
    // Null: the event model is all there is (no machine of ours).
    virtual std::unique_ptr<ClockedArray> clocked_array() const = 0;

    virtual std::vector<Amount> energy(const LayerCounters& counters, const Nest& nest) const = 0;
    virtual std::vector<Amount> area() const = 0;
};

// What all designs take from options of the same names.
template <class Options>
class OptionDesign : public Design {
  public:
    explicit OptionDesign(const Options& options) : options_(options) {}
    uint64_t rows() const override { return options_.rows; }
    uint64_t cols() const override { return options_.cols; }
    double clock_hz() const override { return options_.clock_mhz * 1e6; }
    uint64_t batch() const override { return options_.batch; }
    unsigned default_w_bits() const override { return static_cast<unsigned>(options_.w_bits); }
    unsigned default_a_bits() const override { return static_cast<unsigned>(options_.a_bits); }
    uint64_t vector_lanes() const override { return options_.vector_lanes; }
    uint64_t handover_bytes() const override { return options_.handover_bytes; }

  protected:
    const Options options_;
};

// A Machine from a Design. Used by an accelerator's open().
std::unique_ptr<Machine> make_machine(std::unique_ptr<Design> design, assay_model model,
                                      const char* vcd_path);
// The tables above, for an accelerator's info.
extern const assay_counter_table layer_table, pe_table, stall_table;

} // namespace assay::tiled
