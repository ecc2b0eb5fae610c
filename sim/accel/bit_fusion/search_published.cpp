// Tiles of the published depthwise mapping, chosen as the authors' loop model chooses them: least
// cycles by its formula, which knows no overlap of a block's first loads and last stores with
// anything, then least traffic. It makes regions small at the price of fetching what windows share
// again and again; APQ's energies show it.
#include <algorithm>

#include "search.hpp"

namespace assay::bit_fusion {
namespace {

constexpr uint64_t sum_bits = 32;

struct Choice {
    Counts region{}; // what the buffers hold of a block at a time
    uint64_t window = 0, cycles = UINT64_MAX, bits = UINT64_MAX;
};

// One block of groups as a dense convolution.
class Block {
  public:
    Block(const Options& options, const Nest& nest, const Layout& layout)
        : options_(options), nest_(nest), array_(array_at(options, nest)), layout_(layout),
          groups_(std::min(nest.groups, layout.groups)), room_(words_of(options, array_)) {}

    Choice best() const {
        Choice best;
        const uint64_t longest = std::max(nest_.out_h, nest_.out_w);
        for (uint64_t side = 1;; side = std::min(2 * side, longest)) {
            const Choice choice = of(side);
            if (std::tie(choice.cycles, choice.bits) < std::tie(best.cycles, best.bits)) {
                best = choice;
            }
            if (side == longest) {
                return best;
            }
        }
    }

  private:
    // Squares of an operand that stay in the buffer: one, a column of them, or all of a block.
    struct Region {
        uint64_t squares = 0; // 0: not even one fits
        bool column = false, all = false;
        uint64_t most = 0; // of a column, that would fit
    };
    template <class FitsIn>
    Region region(uint64_t side, FitsIn fits_in) const {
        const uint64_t down = divide_up(nest_.out_h, side), across = divide_up(nest_.out_w, side);
        Layout layout = layout_;
        layout.window = side;
        const Cut cut(nest_, array_, layout);
        const auto fits = [&](uint64_t rows, uint64_t cols) {
            return fits_in(
                words_for(cut, {1, groups_, nest_.out_c, nest_.in_c, rows * side, cols * side}));
        };
        if (!fits(1, 1)) {
            return {};
        }
        const bool column = fits(down, 1), all = column && fits(down, across);
        uint64_t most = down;
        while (!fits(most, 1)) {
            --most;
        }
        return {all ? down * across : column ? down : 1, column, all, most};
    }
    // Of whole squares, as the model counts.
    uint64_t input_bits(uint64_t side, uint64_t squares) const {
        const uint64_t height =
            (side - 1) * nest_.stride_h + (nest_.kernel_h - 1) * nest_.dilation_h;
        const uint64_t width =
            (side - 1) * nest_.stride_w + (nest_.kernel_w - 1) * nest_.dilation_w;
        return squares * (height + 1) * (width + 1) * groups_ * nest_.in_c * nest_.a_bits;
    }
    uint64_t output_bits(uint64_t side, uint64_t squares) const {
        return squares * side * side * groups_ * nest_.out_c * sum_bits;
    }

    Choice of(uint64_t side) const {
        Choice choice;
        const Region in = region(side, [&](const Words& need) {
            return need.input <= room_.input && need.weight <= room_.weight;
        });
        const Region out =
            region(side, [&](const Words& need) { return need.output <= room_.output; });
        if (in.squares == 0 || out.squares == 0) {
            return choice;
        }
        const uint64_t squares = divide_up(nest_.out_h, side) * divide_up(nest_.out_w, side);
        const uint64_t weights =
            groups_ * nest_.in_c * groups_ * nest_.out_c * nest_.taps() * nest_.w_bits;
        const uint64_t total = squares * nest_.batch, bw = options_.dram_bits_per_cycle;
        const uint64_t first =
            input_bits(side, in.squares) + weights + output_bits(side, out.squares);
        const uint64_t reads = input_bits(side, total) + weights + output_bits(side, total);
        const uint64_t writes = output_bits(side, total);
        const uint64_t computing = total * side * side * nest_.taps() * array_.passes;
        choice.cycles = std::max(computing + divide_up(first, bw) +
                                     divide_up(output_bits(side, out.squares), bw),
                                 divide_up(reads, bw) + divide_up(writes, bw));
        choice.bits = reads + writes;
        choice.window = side;
        // The formula keeps one square if a column does not fit; the machine as much of it as does.
        const uint64_t rows = std::min(in.most, out.most) * side;
        choice.region = {1,
                         groups_,
                         nest_.out_c,
                         nest_.in_c,
                         std::min(rows, nest_.out_h),
                         in.all && out.all ? nest_.out_w : std::min(side, nest_.out_w)};
        return choice;
    }

    const Options& options_;
    const Nest& nest_;
    const Array array_;
    const Layout layout_;
    const uint64_t groups_;
    const Words room_;
};

} // namespace

Found search_published(const Options& options, const Nest& nest, const Layout& layout) {
    Found found;
    found.layout = layout;
    const Choice choice = Block(options, nest, layout).best();
    if (choice.window == 0) {
        return found;
    }
    const uint64_t blocks = divide_up(nest.groups, layout.groups);
    found.layout.window = choice.window;
    found.mapping.tile = choice.region;
    found.mapping.order = {loop_group, loop_batch, loop_out_w, loop_out_h, loop_out_c, loop_in_c};
    found.mapping.variant = found.layout.variant();
    found.estimate = {blocks * choice.cycles / grain_of(nest, array_at(options, nest)),
                      blocks * choice.bits, blocks * choice.cycles};
    return found;
}

} // namespace assay::bit_fusion
