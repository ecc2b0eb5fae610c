#include "fold_search.hpp"

#include <algorithm>
#include <functional>

namespace assay::systolic {
namespace {

constexpr uint64_t arbitration = 1; // cycles from a request to its grant

// Of a word moved, relative to a product of 16 bits: Eyeriss's, as nn_dataflow has them. What the
// scratchpads take is the same for all mappings.
constexpr double dram_energy = 200, buffer_energy = 6;

// What the order of the tiles' loops matters for; groups are always outermost, images and pixels
// move together.
enum Level {
    level_pixels,
    level_in_c,
    level_out_c,
    level_count
};
using Order = std::array<Level, level_count>; // outermost first
constexpr Order orders[] = {
    {level_pixels, level_out_c, level_in_c}, {level_out_c, level_pixels, level_in_c},
    {level_pixels, level_in_c, level_out_c}, {level_in_c, level_pixels, level_out_c},
    {level_out_c, level_in_c, level_pixels}, {level_in_c, level_out_c, level_pixels},
};

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

struct Transfers {
    uint64_t count = 0, bits = 0, beats = 0;
    uint64_t each() const { return count == 0 ? 0 : divide_up(beats, count); }
};

class Estimator {
  public:
    Estimator(const Options& options, const Nest& nest, const Layout& layout)
        : options_(options), nest_(nest), array_(array_at(options, nest)), layout_(layout),
          room_(bytes_of(options)) {}
    const Array& array() const { return array_; }
    bool fits(const Counts& n) const {
        const Bytes need = bytes_for(options_, nest_, n);
        const bool inside = options_.pooled_buffers
                                ? need.input + need.output <= room_.input + room_.output
                                : need.input <= room_.input && need.output <= room_.output;
        return need.weight <= room_.weight && inside;
    }
    void consider(const Counts& tile, Found& best, std::vector<Found>* all);

  private:
    void tile_totals(const Counts& tile);
    uint64_t image_elements(const Counts& tile);
    uint64_t fresh(const Order& order, bool pixels, bool in_c, bool out_c) const;
    Transfers transfers(uint64_t count, uint64_t bits, bool on_chip) const;
    Estimate estimate(const Order& order, bool kept) const;
    uint64_t cycles(const Transfers& in, const Transfers& weight, const Transfers& spill,
                    const Transfers& store, bool kept) const;
    bool keeps_inputs(const Order& order, const Counts& tile) const;
    Found found(const Order& order, const Counts& tile, const Estimate& estimate) const;
    const Options& options_;
    const Nest& nest_;
    const Array array_;
    Layout layout_; // keeps_inputs: as the mapping considered does
    const Bytes room_;
    // Of the tile size being considered.
    std::array<uint64_t, level_count> trips_{};
    uint64_t first_out_c_ = 1;
    uint64_t groups_ = 1, steps_ = 1, issue_ = 0, drain_ = 0, input_bits_ = 0, buffer_bits_ = 0;
    std::array<uint64_t, 2> touched_tile_{}, touched_{}; // of the last rows and columns asked for
};

uint64_t Estimator::image_elements(const Counts& tile) {
    for (size_t i = 0; i < 2; ++i) {
        const Loop loop = i == 0 ? loop_out_h : loop_out_w;
        if (touched_tile_[i] != tile[loop]) {
            touched_tile_[i] = tile[loop];
            touched_[i] = touched(nest_, loop, tile[loop]);
        }
    }
    return touched_[0] * touched_[1];
}

// Issue, setup and buffer traffic of all tiles: those of the full size and those at the edges.
void Estimator::tile_totals(const Counts& tile) {
    issue_ = buffer_bits_ = 0;
    const Cut whole(nest_, array_, layout_, tile);
    for (unsigned mask = 0; mask < 1u << loop_count; ++mask) {
        Counts n = tile;
        uint64_t tiles = 1;
        for (size_t i = 0; i < loop_count && tiles > 0; ++i) {
            const uint64_t all = extent(nest_, static_cast<Loop>(i));
            const bool edge = mask >> i & 1;
            n[i] = edge ? all % tile[i] : tile[i];
            tiles *= edge ? (n[i] > 0 ? 1 : 0) : all / tile[i];
        }
        if (tiles > 0) {
            const Cut cut(nest_, array_, layout_, n);
            issue_ += tiles * (cut.issue() + cut.setup(&cut)); // the next tile waits for this one
            const tiled::BufferBits bits = cut.buffer_bits(true);
            buffer_bits_ +=
                tiles * (bits.input_read + bits.weight_read + bits.output_read + bits.output_write);
        }
    }
    drain_ = whole.drain();
    input_bits_ = image_elements(tile) * nest_.batch * nest_.groups * nest_.in_c * nest_.a_bits;
    const auto trips = [&](Loop loop) { return divide_up(extent(nest_, loop), tile[loop]); };
    trips_ = {trips(loop_batch) * trips(loop_out_h) * trips(loop_out_w), trips(loop_in_c),
              trips(loop_out_c)};
    groups_ = trips(loop_group);
    first_out_c_ = tile[loop_out_c];
    steps_ = groups_ * trips_[level_pixels] * trips_[level_in_c] * trips_[level_out_c];
    issue_ += array_.dataflow == dataflow_ws || array_.dataflow == dataflow_is
                  ? whole.setup(nullptr) - whole.setup(&whole)
                  : 0;
}

// How often an operand's tile changes: once for each turn of the innermost loop that it depends on
// and of all loops around that one.
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

Transfers Estimator::transfers(uint64_t count, uint64_t bits, bool on_chip) const {
    Transfers t{count, bits, 0};
    if (count > 0) {
        const uint64_t width =
            on_chip ? options_.handover_bits_per_cycle : options_.dram_bits_per_cycle;
        t.beats = count * divide_up(divide_up(bits, count), width);
        if (options_.dram_banks > 0 && !on_chip) {
            t.beats += options_.dram_row_miss_cycles *
                       (count + bits / (options_.dram_row_bytes * 8) / options_.dram_banks);
        }
    }
    return t;
}

// All input tiles have room at the same time: the layer's, or, if its loop is the outermost, those
// of a part of the image; beside them what comes next is loaded. They come once then.
bool Estimator::keeps_inputs(const Order& order, const Counts& tile) const {
    if (fresh(order, true, true, false) == groups_ * trips_[level_pixels] * trips_[level_in_c]) {
        return false; // they come once anyway
    }
    Counts whole = tile;
    whole[loop_in_c] = nest_.in_c;
    const Bytes need = bytes_for(options_, nest_, whole);
    const uint64_t halves = options_.buffer_halves;
    const uint64_t room =
        options_.ibuf_bytes +
        (options_.pooled_buffers ? options_.obuf_bytes - halves * need.output : 0);
    const uint64_t all = divide_up(divide_up(input_bits_, 8), groups_);
    const uint64_t part =
        order[0] == level_pixels && trips_[level_pixels] > 1 ? need.input * halves : UINT64_MAX;
    return all * (groups_ > 1 ? halves : 1) <= room || part <= room;
}

Estimate Estimator::estimate(const Order& order, bool kept) const {
    const uint64_t pixels = trips_[level_pixels], in_c = trips_[level_in_c];
    const uint64_t out_c = trips_[level_out_c];
    const uint64_t inputs = kept ? groups_ * pixels * in_c : fresh(order, true, true, false);
    const uint64_t weights = fresh(order, false, true, true);
    const uint64_t outputs = fresh(order, true, false, true);
    const uint64_t visits = outputs / (groups_ * pixels * out_c); // of each output tile
    const uint64_t elements = nest_.outputs();
    const Transfers in =
        transfers(inputs, input_bits_ * (inputs / (groups_ * pixels * in_c)), nest_.input_on_chip);
    const Transfers weight = transfers(
        weights, nest_.weight_elements() * nest_.w_bits * (weights / (groups_ * in_c * out_c)),
        false);
    // Partial sums go to DRAM and come back as often; only complete outputs are handed over.
    const Transfers spill = transfers(outputs / visits * (visits - 1),
                                      elements * options_.psum_bits * (visits - 1), false);
    const Transfers store =
        transfers(outputs / visits, elements * output_bits(options_, nest_), nest_.output_on_chip);
    const uint64_t beside =
        (nest_.input_on_chip ? in.bits : 0) + (nest_.output_on_chip ? store.bits : 0);
    Estimate out;
    out.cycles = cycles(in, weight, spill, store, kept);
    out.dram_bits = weight.bits + 2 * spill.bits + in.bits + store.bits - beside;
    out.buffer_bits = buffer_bits_ + beside;
    out.goal = options_.mapping_goal == goal_cycles
                   ? static_cast<double>(out.cycles)
                   : dram_energy * static_cast<double>(out.dram_bits) +
                         buffer_energy * static_cast<double>(out.buffer_bits);
    return out;
}

// The array is never idle, the channel is never idle, or a buffer's share goes round and round.
uint64_t Estimator::cycles(const Transfers& in, const Transfers& weight, const Transfers& spill,
                           const Transfers& store, bool kept) const {
    const uint64_t latency = options_.dram_latency_cycles, issue = divide_up(issue_, steps_);
    const uint64_t switches = options_.dram_turnaround_cycles * 2 *
                              std::min(in.count + weight.count, store.count + spill.count);
    const uint64_t leaving = spill.count + store.count; // tiles of outputs, complete or not
    const bool input_beside = nest_.input_on_chip, output_beside = nest_.output_on_chip;
    const uint64_t loads = (input_beside ? 0 : in.beats) + weight.beats + spill.beats;
    const uint64_t stores = spill.beats + (output_beside ? 0 : store.beats);
    const uint64_t beside = (input_beside ? in.beats : 0) + (output_beside ? store.beats : 0);
    const uint64_t first = in.each() + weight.each() + latency + 2 * arbitration;
    const uint64_t last = drain_ + arbitration + store.each();
    const uint64_t tail = latency + issue + drain_;
    const uint64_t idle = steps_ > 1 && tail > store.each() ? tail - store.each() : tail;
    const auto round = [&](uint64_t tiles, uint64_t cycles, uint64_t steps) {
        return divide_up(tiles * cycles + steps / tiles * issue * tiles, options_.buffer_halves);
    };
    const uint64_t load_delay = arbitration + latency;
    // Inputs that are kept come with the first tile of outputs, not spread over the layer.
    const auto share = [&](uint64_t all) { // of the first tile of outputs
        return all / nest_.out_c * first_out_c_ + all % nest_.out_c * first_out_c_ / nest_.out_c;
    };
    const uint64_t steps = steps_ / (kept ? trips_[level_out_c] : 1), moved = loads + stores;
    const uint64_t inputs = round(in.count, in.each() + load_delay, steps);
    const uint64_t weights = round(weight.count, weight.each() + load_delay, steps_);
    const uint64_t burst = in.beats + (input_beside ? 0 : share(moved - in.beats));
    const uint64_t begin = std::max({share(issue_), share(weights), inputs});
    const uint64_t rest = std::max(issue_ - share(issue_), weights - share(weights));
    const uint64_t rest_moved = input_beside ? moved - share(moved) : moved - burst;
    const uint64_t halting =
        std::max({first + begin + rest + last, begin + rest_moved, latency + burst + rest + last});
    const uint64_t most =
        std::max({first + issue_ + last, kept ? halting : 0, moved + switches + idle, beside,
                  inputs, weights,
                  round(leaving,
                        (spill.count > 0 ? spill.each() + load_delay : 0) + drain_ + arbitration +
                            divide_up(spill.beats + store.beats, leaving),
                        steps_)});
    const uint64_t interval = options_.dram_refresh_interval_cycles;
    return most + (interval == 0 ? 0 : (loads + stores) / interval * options_.dram_refresh_cycles);
}

Found Estimator::found(const Order& order, const Counts& tile, const Estimate& estimate) const {
    Found out{layout_, {}, estimate};
    out.mapping.tile = tile;
    out.mapping.variant = layout_.variant();
    size_t at = 0;
    out.mapping.order[at++] = loop_group;
    for (Level level : order) {
        if (level == level_pixels) {
            for (Loop loop : {loop_batch, loop_out_h, loop_out_w}) {
                out.mapping.order[at++] = loop;
            }
        } else {
            out.mapping.order[at++] = level == level_in_c ? loop_in_c : loop_out_c;
        }
    }
    return out;
}

void Estimator::consider(const Counts& tile, Found& best, std::vector<Found>* all) {
    tile_totals(tile);
    if (all == nullptr && issue_ > best.estimate.cycles && options_.mapping_goal == goal_cycles) {
        return; // a bound that no order gets below
    }
    for (const Order& order : orders) {
        layout_.keeps_inputs = keeps_inputs(order, tile);
        const Estimate e = estimate(order, layout_.keeps_inputs);
        if (all != nullptr) {
            all->push_back(found(order, tile, e));
        }
        if (e.better_than(best.estimate)) {
            best = found(order, tile, e);
        }
    }
}

// `step` times powers of two, below `all`; and `all`.
std::vector<uint64_t> sizes(uint64_t step, uint64_t all) {
    std::vector<uint64_t> out;
    for (uint64_t size = std::max<uint64_t>(step, 1); size < all; size *= 2) {
        out.push_back(size);
    }
    out.push_back(all);
    return out;
}

// Also one less many folds' worth of channels: their depth fills the rows.
std::vector<uint64_t> depth_sizes(const Nest& nest, const Array& array) {
    std::vector<uint64_t> out = sizes(1, nest.in_c);
    if (array.dataflow != dataflow_rs && nest.taps() > 1) {
        const std::vector<uint64_t> more = sizes(array.rows / nest.taps(), nest.in_c);
        out.insert(out.end(), more.begin(), more.end());
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
    }
    return out;
}

// Output rows: rs takes as many as it has columns, and fewer, in even parts.
std::vector<uint64_t> row_sizes(const Nest& nest, const Array& array) {
    if (array.dataflow != dataflow_rs) {
        return sizes(1, nest.out_h);
    }
    std::vector<uint64_t> out;
    for (uint64_t parts = divide_up(nest.out_h, array.cols); parts <= nest.out_h; parts *= 2) {
        out.push_back(divide_up(nest.out_h, parts));
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

// Calls `use` with the sizes of the space, as long as it says that they fit: larger ones of the
// innermost loop need not be tried then.
void enumerate(const Nest& nest, const Array& array, const Layout& layout,
               const std::function<bool(const Counts&)>& use) {
    const bool rs = array.dataflow == dataflow_rs;
    const bool packed = layout.groups > 1;
    const auto groups = sizes(layout.groups, nest.groups);
    const auto outs =
        packed ? std::vector<uint64_t>{nest.out_c} : sizes(rs ? 1 : array.cols, nest.out_c);
    const auto ins = packed ? std::vector<uint64_t>{nest.in_c} : depth_sizes(nest, array);
    const auto rows = row_sizes(nest, array), cols = sizes(rs ? nest.out_w : 1, nest.out_w);
    const auto images = sizes(1, nest.batch);
    for (uint64_t group : groups) {
        for (uint64_t out_c : outs) {
            for (uint64_t in_c : ins) {
                for (size_t y = 0; y < std::max(rows.size(), cols.size()); ++y) {
                    const uint64_t height = rows[std::min(y, rows.size() - 1)];
                    const uint64_t width = cols[std::min(y, cols.size() - 1)];
                    for (uint64_t image : images) {
                        if (!use({image, group, out_c, in_c, height, width})) {
                            break;
                        }
                    }
                }
            }
        }
    }
}

Found run(const Options& options, const Nest& nest, const Layout& layout, std::vector<Found>* all) {
    Estimator estimator(options, nest, layout);
    Found best;
    best.layout = layout;
    enumerate(nest, estimator.array(), layout, [&](const Counts& tile) {
        if (!estimator.fits(tile)) {
            return false;
        }
        estimator.consider(tile, best, all);
        return true;
    });
    return best;
}

} // namespace

bool Estimate::better_than(const Estimate& other) const {
    if (goal != other.goal) {
        return goal < other.goal;
    }
    return cycles != other.cycles         ? cycles < other.cycles
           : dram_bits != other.dram_bits ? dram_bits < other.dram_bits
                                          : buffer_bits < other.buffer_bits;
}

Bytes bytes_of(const Options& o) {
    return {o.wbuf_bytes / o.buffer_halves, o.ibuf_bytes / o.buffer_halves,
            o.obuf_bytes / o.buffer_halves};
}

Bytes bytes_for(const Options& options, const Nest& nest, const Counts& n) {
    const auto extent_of = [](uint64_t count, uint64_t stride, uint64_t kernel, uint64_t dilation,
                              uint64_t in) {
        return std::min((count - 1) * stride + (kernel - 1) * dilation + 1, in);
    };
    const uint64_t planes = n[loop_batch] * n[loop_group];
    const uint64_t height =
        extent_of(n[loop_out_h], nest.stride_h, nest.kernel_h, nest.dilation_h, nest.in_h);
    const uint64_t width =
        extent_of(n[loop_out_w], nest.stride_w, nest.kernel_w, nest.dilation_w, nest.in_w);
    return {
        divide_up(n[loop_group] * n[loop_out_c] * n[loop_in_c] * nest.taps() * nest.w_bits, 8),
        divide_up(planes * n[loop_in_c] * height * width * nest.a_bits, 8),
        divide_up(planes * n[loop_out_c] * n[loop_out_h] * n[loop_out_w] * options.psum_bits, 8)};
}

Counts smallest_tile(const Nest& nest, const Array& array, const Layout& layout) {
    Counts smallest{};
    enumerate(nest, array, layout, [&](const Counts& tile) {
        smallest = smallest[0] == 0 ? tile : smallest;
        return false;
    });
    return smallest;
}

Found search(const Options& options, const Nest& nest, const Layout& layout) {
    return run(options, nest, layout, nullptr);
}

std::vector<Found> every_mapping(const Options& options, const Nest& nest, const Layout& layout) {
    std::vector<Found> all;
    run(options, nest, layout, &all);
    return all;
}

} // namespace assay::systolic
