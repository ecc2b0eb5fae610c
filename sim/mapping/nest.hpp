// A matrix layer as a loop nest, and a mapping of it: how the loops are cut into tiles and in which
// order the tiles are visited. Pure functions and data; no machine, no SystemC.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "workload.hpp"

namespace assay {

// All sizes are elements. Channels are per group; a depthwise convolution has one of each.
struct Nest {
    uint64_t batch = 1, groups = 1, out_c = 1, in_c = 1;
    uint64_t in_h = 1, in_w = 1, out_h = 1, out_w = 1;
    uint64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
    uint64_t dilation_h = 1, dilation_w = 1, pad_top = 0, pad_left = 0;
    unsigned w_bits = 8, a_bits = 8; // as stored and moved; a machine may compute wider
    bool w_signed = true, a_signed = false;
    // Handed over by the layer before, to the layer after: in the on-chip tensor buffer, not in
    // DRAM. Partial sums that leave the array go to DRAM either way.
    bool input_on_chip = false, output_on_chip = false;

    uint64_t taps() const { return kernel_h * kernel_w; }
    uint64_t depth() const { return taps() * in_c; } // products per output
    uint64_t pixels() const { return out_h * out_w; }
    uint64_t outputs() const { return batch * groups * out_c * pixels(); }
    uint64_t macs() const { return outputs() * depth(); }
    uint64_t input_elements() const { return batch * groups * in_c * in_h * in_w; }
    uint64_t weight_elements() const { return groups * out_c * depth(); }
    bool depthwise() const { return groups > 1 && in_c == 1; }
};
// fc: the inputs are channels of a 1x1 image. matmul: the images of the batch are groups, because
// each has a second operand of its own.
Nest nest_of(const Layer& layer, uint64_t batch, unsigned w_bits, unsigned a_bits);

// The loops that are cut into tiles. The kernel's taps stay together in every tile.
enum Loop {
    loop_batch,
    loop_group,
    loop_out_c,
    loop_in_c,
    loop_out_h,
    loop_out_w,
    loop_count
};
uint64_t extent(const Nest& nest, Loop loop);

struct Range {
    uint64_t first = 0, count = 1;
};

// One visit: a block of the iteration space. `last_in_c`: no further products for its outputs.
struct Tile {
    std::array<Range, loop_count> range;
    bool first_in_c = true, last_in_c = true;
    uint64_t outputs() const; // batch * group * out_c * out_h * out_w of the tile
    uint64_t pixels() const { return range[loop_out_h].count * range[loop_out_w].count; }
};
// Input rows and columns that the tile's windows touch, clipped at the image: padding is not moved.
Range input_rows(const Nest& nest, const Tile& tile);
Range input_cols(const Nest& nest, const Tile& tile);

struct Mapping {
    std::array<uint64_t, loop_count> tile{1, 1, 1, 1, 1, 1}; // sizes, 1 .. extent
    std::array<Loop, loop_count> order{loop_batch, loop_group, loop_out_c,
                                       loop_out_h, loop_out_w, loop_in_c}; // outermost first
    unsigned variant = 0; // of the machine: how a tile lies on its array
    uint64_t tiles(const Nest& nest) const;
};
// "tile b1 g32 oc64 ic16 oh7 ow7, order ..." for the result's note.
std::string mapping_text(const Nest& nest, const Mapping& mapping);

enum Operand {
    operand_input,
    operand_weight,
    operand_output,
    operand_count
};

// What of one tile is new: an operand's tile changes when one of the loops that it depends on
// moved (input: batch, group, in_c, out_h, out_w; weight: group, out_c, in_c; output: batch, group,
// out_c, out_h, out_w). An output tile that is left before its last in_c and comes back later was
// stored as partial sums and is loaded again.
struct Visit {
    Tile tile;
    std::array<bool, operand_count> fresh{};  // not what the previous visit used
    bool resumes = false;                     // fresh output with partial sums to load
    bool leaves = false;                      // the next visit uses another output tile, or none
    std::array<uint64_t, operand_count> id{}; // which tile of the operand, row major: its address
};

// Walks a mapping's tiles in order.
class TileWalk {
  public:
    TileWalk(const Nest& nest, const Mapping& mapping);
    bool next(Visit& visit); // false: no more

  private:
    bool advance();
    void place(Visit& visit) const;
    const Nest nest_;
    const Mapping mapping_;
    std::array<uint64_t, loop_count> trips_{}, at_{};
    bool started_ = false, done_ = false;
    std::array<uint64_t, operand_count> previous_{};
};

} // namespace assay
