// How one encoded layer runs on one EIE: batches of the input, segments of the weights, order of
// the steps. Pure functions, no SystemC. Contract §2 ("Batches, blocks and segments").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eie.hpp"
#include "eie_encode.hpp"
#include "place.hpp"

namespace assay::eie {

// A register-sized piece of the input: columns [first, end) of one row block.
struct Batch {
    uint32_t first_col, end_col; // the bias column, if any, is the last column of the last batch
    uint32_t inputs;       // activations that the source registers hold: end - first less bias
    uint32_t rows_scanned; // of pe_count activations, the bias row included
    bool bias;
};

// The part of one row block that is resident in one segment: consecutive batches.
struct Part {
    uint32_t block, segment;
    uint32_t first_batch, end_batch;
    bool first_of_block, last_of_block;
    uint32_t base_col; // its pointer is address 0: entries before this column are not on chip
};

struct Segment {
    uint32_t first_part, end_part;
    uint64_t load_bits; // of all PEs: pointers, and entries too where they do not stay on chip
};

enum class Residency {
    resident, // everything is on chip before the layer starts
    io_mode,  // entries fit, pointers do not: a segment's pointers are loaded in I/O mode
    streamed, // entries do not fit: double-buffered segments from DRAM while computing
};

struct Plan {
    Residency residency = Residency::resident;
    Place source = Place::registers; // never `given`
    Place output = Place::registers; // if not registers: written back through activation SRAM
    bool segment_outer = false;      // all vectors of a segment before the next segment
    bool windows_slide = false;      // conv: only new columns of a window are fetched
    uint32_t vectors = 1;
    uint32_t act_slots = 1;    // batches of activations that activation SRAM holds ahead
    uint32_t output_slots = 1; // outputs of a row block that it holds on their way to DRAM
    std::vector<std::vector<Batch>> batches; // [block]
    std::vector<Part> parts;                 // in order of execution for one vector
    std::vector<Segment> segments;
    bool write_back() const { return output != Place::registers; }
    uint64_t pointers() const; // per PE, of all batches of all blocks
    uint64_t steps() const { return uint64_t{vectors} * parts.size(); }
};

struct Step {
    uint32_t vector, part;
};
Step step_at(const Plan& plan, uint64_t step);

struct LayerShape {
    uint32_t vectors = 1;     // 1 for fc
    bool bias_column = false; // the matrix's last column is driven by 1.0
    uint64_t input_acts = 0;  // of the whole layer (feature map), for residency on chip
    uint64_t output_acts = 0;
    bool slides = false;    // conv with a window wider than one column
    bool bias = false;      // biases given apart, kept in activation SRAM
    uint64_t bias_bits = 0; // of one; 0: act_bits
    Place input = Place::given;
    bool output_in_registers = true; // the next layer is its only reader
    bool output_to_dram = false;     // the host reads it
};

// Returns false with the numbers in `why` ("needs X KB in PE k, has Y") when the layer does not
// fit.
bool make_plan(const EncodedMatrix& matrix, const LayerShape& shape, const Options& options,
               Plan& plan, std::string& why);

} // namespace assay::eie
