#include "estimate.hpp"

#include <algorithm>

namespace assay::bit_fusion {
namespace {

constexpr uint64_t sum_bits = 32;   // of a partial sum
constexpr uint64_t arbitration = 1; // cycles from a request to its earliest beat

// Sizes of the tiles along one loop, and how many there are of each.
struct Pieces {
    uint64_t size[2], count[2];
    uint64_t trips() const { return count[0] + count[1]; }
};

Pieces pieces(uint64_t all, uint64_t tile) {
    return {{tile, all % tile}, {all / tile, all % tile > 0 ? 1u : 0u}};
}

// Totals over one visit of every tile.
struct Totals {
    uint64_t issues = 0, weights = 0;
};

Totals totals(const Nest& nest, const Cut& cut, const Counts& tile) {
    std::array<Pieces, loop_count> p;
    for (size_t i = 0; i < loop_count; ++i) {
        p[i] = pieces(extent(nest, static_cast<Loop>(i)), tile[i]);
    }
    Totals sum;
    for (unsigned mask = 0; mask < 1u << loop_count; ++mask) {
        Counts n;
        uint64_t tiles = 1, weight_tiles = 1;
        for (size_t i = 0; i < loop_count && tiles > 0; ++i) {
            const unsigned rest = mask >> i & 1;
            n[i] = p[i].size[rest];
            tiles *= p[i].count[rest];
            const bool moves_weights = i == loop_group || i == loop_out_c || i == loop_in_c;
            weight_tiles *= moves_weights ? p[i].count[rest] : 1;
        }
        if (tiles == 0) {
            continue;
        }
        sum.issues += tiles * cut.issues(n);
        const unsigned pixel_rest = mask & (1u << loop_batch | 1u << loop_out_h | 1u << loop_out_w);
        sum.weights += pixel_rest == 0 ? weight_tiles * cut.weights(n) : 0;
    }
    return sum;
}

// Input rows (or columns) that all tiles of a loop touch together, clipped at the image.
uint64_t touched(const Nest& nest, Loop loop, uint64_t tile) {
    const uint64_t all = extent(nest, loop);
    uint64_t sum = 0;
    for (uint64_t first = 0; first < all; first += tile) {
        Tile t;
        t.range[loop] = {first, std::min(tile, all - first)};
        sum += (loop == loop_out_h ? input_rows(nest, t) : input_cols(nest, t)).count;
    }
    return sum;
}

// Of all the outputs in [first, first + count): taps that lie inside the image.
uint64_t inside(const Range& outputs, uint64_t stride, uint64_t dilation, uint64_t kernel,
                uint64_t pad, uint64_t in) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < outputs.count; ++i) {
        for (uint64_t k = 0; k < kernel; ++k) {
            const uint64_t at = (outputs.first + i) * stride + k * dilation;
            sum += at >= pad && at - pad < in;
        }
    }
    return sum;
}

uint64_t unrolled(const Nest& n, const Range& rows, const Range& cols) {
    return inside(rows, n.stride_h, n.dilation_h, n.kernel_h, n.pad_top, n.in_h) *
           inside(cols, n.stride_w, n.dilation_w, n.kernel_w, n.pad_left, n.in_w);
}

uint64_t window_elements(const Nest& nest, uint64_t window, const Tile& tile) {
    uint64_t rows = 0, cols = 0;
    for (Loop loop : {loop_out_h, loop_out_w}) {
        for (uint64_t i = 0; i < tile.range[loop].count; i += window) {
            Tile square = tile;
            square.range[loop] = {tile.range[loop].first + i,
                                  std::min(window, tile.range[loop].count - i)};
            (loop == loop_out_h ? rows : cols) +=
                (loop == loop_out_h ? input_rows(nest, square) : input_cols(nest, square)).count;
        }
    }
    return rows * cols * tile.range[loop_batch].count * tile.range[loop_group].count *
           tile.range[loop_in_c].count;
}

} // namespace

uint64_t input_elements(const Nest& nest, const Layout& layout, const Tile& tile) {
    if (layout.window > 0) {
        return window_elements(nest, layout.window, tile);
    }
    const uint64_t image = layout.kind == kind_im2col
                               ? unrolled(nest, tile.range[loop_out_h], tile.range[loop_out_w])
                               : input_rows(nest, tile).count * input_cols(nest, tile).count;
    return image * tile.range[loop_batch].count * tile.range[loop_group].count *
           tile.range[loop_in_c].count;
}

Estimator::Estimator(const Options& options, const Nest& nest, const Layout& layout)
    : options_(options), nest_(nest), array_(array_at(options, nest)), layout_(layout),
      cut_(nest_, array_, layout), room_(words_of(options, array_)),
      grain_(grain_of(nest, array_)) {
    image_ = layout.kind == kind_im2col ? unrolled(nest_, {0, nest_.out_h}, {0, nest_.out_w}) : 0;
}

bool Estimator::fits(const Counts& n) const {
    const Words need = words_for(cut_, n);
    return need.weight <= room_.weight && need.input <= room_.input && need.output <= room_.output;
}

uint64_t Estimator::image_elements(const Counts& tile) {
    if (layout_.kind == kind_im2col) {
        return image_;
    }
    for (size_t i = 0; i < 2; ++i) {
        const Loop loop = i == 0 ? loop_out_h : loop_out_w;
        if (touched_tile_[i] != tile[loop]) {
            touched_tile_[i] = tile[loop];
            touched_[i] = touched(nest_, loop, tile[loop]);
        }
    }
    return touched_[0] * touched_[1];
}

void Estimator::set_tile(const Counts& tile) {
    tile_ = tile;
    const Totals sum = totals(nest_, cut_, tile);
    issue_ = sum.issues * array_.passes;
    drain_ = cut_.drain(tile);
    weight_bits_ = sum.weights * nest_.w_bits;
    input_bits_ = image_elements(tile) * nest_.batch * nest_.groups * nest_.in_c * nest_.a_bits;
    const auto trips = [&](Loop loop) { return divide_up(extent(nest_, loop), tile[loop]); };
    trips_ = {trips(loop_batch) * trips(loop_out_h) * trips(loop_out_w), trips(loop_in_c),
              trips(loop_out_c)};
    groups_ = trips(loop_group);
}

// How often an operand's tile changes that depends on some of the levels: once for each turn of the
// innermost loop that it depends on and of all loops around that one.
uint64_t Estimator::fresh(const Order& order, bool pixels, bool in_c, bool out_c) const {
    const bool depends[level_count] = {pixels, in_c, out_c};
    uint64_t count = groups_, turns = groups_;
    for (Level level : order) {
        turns *= trips_[level];
        if (depends[level] && trips_[level] > 1) {
            count = turns;
        }
    }
    return count;
}

Transfers Estimator::transfers(uint64_t count, uint64_t bits) const {
    Transfers t{count, bits, 0};
    if (count > 0) {
        t.beats = count * divide_up(divide_up(bits, count), options_.dram_bits_per_cycle);
        if (options_.dram_banks > 0) {
            t.beats += options_.dram_row_miss_cycles *
                       (count + bits / (options_.dram_row_bytes * 8) / options_.dram_banks);
        }
    }
    return t;
}

Estimator::Traffic Estimator::traffic(const Order& order) const {
    const uint64_t pixels = trips_[level_pixels], in_c = trips_[level_in_c];
    const uint64_t out_c = trips_[level_out_c], elements = nest_.outputs();
    const uint64_t inputs = fresh(order, true, true, false);
    const uint64_t weights = fresh(order, false, true, true);
    Traffic t;
    t.outputs = fresh(order, true, false, true);
    const uint64_t visits = t.outputs / (groups_ * pixels * out_c); // of each output tile
    t.input = transfers(inputs, input_bits_ * (inputs / (groups_ * pixels * in_c)));
    t.weight = transfers(weights, weight_bits_ * (weights / (groups_ * in_c * out_c)));
    const uint64_t returns = visits - (options_.output_preload ? 0 : 1);
    t.back = transfers(t.outputs / visits * returns, elements * sum_bits * returns);
    t.store = transfers(t.outputs, elements * (sum_bits * (visits - 1) + options_.output_bits));
    return t;
}

// A transfer is not interrupted: while one moves, the array works on what the operands that turn
// faster have on chip, at most a tile each, and then waits.
uint64_t Estimator::blocked(const Traffic& t, uint64_t steps, uint64_t issue) const {
    const Transfers* const all[] = {&t.input, &t.weight, &t.store};
    uint64_t waits = 0;
    for (const Transfers* slow : all) {
        uint64_t work = UINT64_MAX;
        for (const Transfers* fast : all) {
            work = fast->count > slow->count ? std::min(work, steps / fast->count * issue) : work;
        }
        waits +=
            slow->count > 1 && slow->each() > work ? (slow->count - 1) * (slow->each() - work) : 0;
    }
    return waits;
}

// Each buffer's halves going round: loaded, worked on, stored.
uint64_t Estimator::rounds(const Traffic& t, uint64_t steps, uint64_t issue) const {
    const uint64_t load_delay = arbitration + options_.dram_latency_cycles;
    const auto round = [&](uint64_t tiles, uint64_t cycles) {
        return divide_up(tiles * cycles + steps / tiles * issue * tiles, options_.buffer_halves);
    };
    const uint64_t back = t.back.count > 0 ? t.back.each() + load_delay : 0;
    return std::max({round(t.input.count, t.input.each() + load_delay),
                     round(t.weight.count, t.weight.each() + load_delay),
                     round(t.outputs, back + drain_ + arbitration + t.store.each())});
}

// The array is never idle, the channel is never idle, or a buffer's halves go round and round.
Estimate Estimator::estimate(const Order& order) const {
    const Traffic t = traffic(order);
    const uint64_t steps =
        groups_ * trips_[level_pixels] * trips_[level_in_c] * trips_[level_out_c];
    const uint64_t issue = divide_up(issue_, steps), latency = options_.dram_latency_cycles;
    const uint64_t switches = options_.dram_turnaround_cycles * 2 *
                              std::min(t.input.count + t.weight.count, t.store.count);
    const uint64_t first = t.input.each() + t.weight.each() +
                           (options_.output_preload ? t.back.each() : 0) + latency +
                           2 * arbitration;
    const uint64_t last = drain_ + arbitration + t.store.each();
    const uint64_t beats = t.input.beats + t.weight.beats + t.back.beats + t.store.beats;
    const uint64_t tail = latency + issue + drain_;
    const uint64_t idle = steps > 1 && tail > t.store.each() ? tail - t.store.each() : tail;
    const uint64_t ends = t.input.each() + t.weight.each() + t.back.each() + t.store.each();
    const uint64_t held = options_.shared_ports != 0 && beats > ends ? beats - ends : 0;
    const uint64_t cycles =
        std::max(beats + switches + idle, std::max(first + issue_ + last, rounds(t, steps, issue)) +
                                              std::max(blocked(t, steps, issue), held));
    const uint64_t interval = options_.dram_refresh_interval_cycles;
    const uint64_t refresh = interval == 0 ? 0 : beats / interval * options_.dram_refresh_cycles;
    const uint64_t all = cycles + refresh;
    return {all / grain_, t.input.bits + t.weight.bits + t.back.bits + t.store.bits, all};
}

Mapping Estimator::mapping(const Order& order) const {
    Mapping mapping;
    mapping.tile = tile_;
    mapping.variant = layout_.variant();
    size_t at = 0;
    mapping.order[at++] = loop_group;
    for (Level level : order) {
        if (level == level_pixels) {
            for (Loop loop : {loop_batch, loop_out_h, loop_out_w}) {
                mapping.order[at++] = loop;
            }
        } else {
            mapping.order[at++] = level == level_in_c ? loop_in_c : loop_out_c;
        }
    }
    return mapping;
}

} // namespace assay::bit_fusion
