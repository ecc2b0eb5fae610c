// Estimates come from totals over all tiles, which are exact, and from what the pipeline can
// overlap (docs/contracts/bit_fusion.md, "Mapping").
#include "search.hpp"

#include <algorithm>
#include <functional>

#include "text.hpp"

namespace assay::bit_fusion {
namespace {

constexpr uint64_t sum_bits = 32;   // of a partial sum
constexpr uint64_t arbitration = 1; // cycles from a request to its earliest beat

// The loops as far as their order matters: images and pixels move together.
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

// Transfers of one operand over the layer.
struct Transfers {
    uint64_t count = 0, bits = 0, beats = 0;
    uint64_t each() const { return count == 0 ? 0 : divide_up(beats, count); }
};

class Estimator {
  public:
    Estimator(const Options& options, const Nest& nest, const Layout& layout)
        : options_(options), nest_(nest), array_(array_at(options, nest)), layout_(layout),
          cut_(nest_, array_, layout), room_(words_of(options, array_)),
          grain_(grain_of(nest, array_)) {
        image_ =
            layout.kind == kind_im2col ? unrolled(nest_, {0, nest_.out_h}, {0, nest_.out_w}) : 0;
    }
    const Cut& cut() const { return cut_; }
    const Array& array() const { return array_; }
    bool fits(const Counts& n) const {
        const Words need = words_for(cut_, n);
        return need.weight <= room_.weight && need.input <= room_.input &&
               need.output <= room_.output;
    }
    // Of all orders; `best` changes if one of them is better.
    void consider(const Counts& tile, Found& best, std::vector<Found>* all);

  private:
    void tile_totals(const Counts& tile);
    uint64_t image_elements(const Counts& tile);
    uint64_t fresh(const Order& order, bool pixels, bool in_c, bool out_c) const;
    Transfers transfers(uint64_t count, uint64_t bits) const;
    Estimate estimate(const Order& order) const;
    void keep(const Order& order, const Counts& tile, const Estimate& estimate, Found& found) const;
    const Options& options_;
    const Nest& nest_;
    const Array array_;
    const Layout layout_;
    const Cut cut_;
    const Words room_;
    const uint64_t grain_;
    uint64_t image_;
    // Of the tile size being considered.
    std::array<uint64_t, level_count> trips_{};
    uint64_t groups_ = 1, issue_ = 0, drain_ = 0, input_bits_ = 0, weight_bits_ = 0;
    std::array<uint64_t, 2> touched_tile_{}, touched_{}; // of the last rows and columns asked for
};

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

void Estimator::tile_totals(const Counts& tile) {
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

Estimate Estimator::estimate(const Order& order) const {
    const uint64_t pixels = trips_[level_pixels], in_c = trips_[level_in_c];
    const uint64_t out_c = trips_[level_out_c], halves = options_.buffer_halves;
    const uint64_t inputs = fresh(order, true, true, false);
    const uint64_t weights = fresh(order, false, true, true);
    const uint64_t outputs = fresh(order, true, false, true);
    const uint64_t visits = outputs / (groups_ * pixels * out_c); // of each output tile
    const uint64_t elements = nest_.outputs();
    const Transfers in = transfers(inputs, input_bits_ * (inputs / (groups_ * pixels * in_c)));
    const Transfers weight =
        transfers(weights, weight_bits_ * (weights / (groups_ * in_c * out_c)));
    const uint64_t returns = visits - (options_.output_preload ? 0 : 1);
    const Transfers back = transfers(outputs / visits * returns, elements * sum_bits * returns);
    const Transfers store =
        transfers(outputs, elements * (sum_bits * (visits - 1) + options_.output_bits));

    const uint64_t steps = groups_ * pixels * in_c * out_c, latency = options_.dram_latency_cycles;
    const uint64_t issue = divide_up(issue_, steps);
    const uint64_t switches =
        options_.dram_turnaround_cycles * 2 * std::min(in.count + weight.count, store.count);
    const uint64_t first = in.each() + weight.each() + (options_.output_preload ? back.each() : 0) +
                           latency + 2 * arbitration;
    const uint64_t last = drain_ + arbitration + store.each();
    const uint64_t loads = in.beats + weight.beats + back.beats;
    const uint64_t tail = latency + issue + drain_;
    const uint64_t idle = steps > 1 && tail > store.each() ? tail - store.each() : tail;
    // The array is never idle, the channel is never idle, or a buffer's share goes round and round.
    const auto round = [&](uint64_t tiles, uint64_t cycles) {
        return divide_up(tiles * cycles + steps / tiles * issue * tiles, halves);
    };
    const uint64_t load_delay = arbitration + latency;
    const uint64_t cycles =
        std::max({first + issue_ + last, loads + store.beats + switches + idle,
                  round(inputs, in.each() + load_delay), round(weights, weight.each() + load_delay),
                  round(outputs, (back.count > 0 ? back.each() + load_delay : 0) + drain_ +
                                     arbitration + store.each())});
    const uint64_t interval = options_.dram_refresh_interval_cycles;
    const uint64_t refresh =
        interval == 0 ? 0 : (loads + store.beats) / interval * options_.dram_refresh_cycles;
    const uint64_t all = cycles + refresh;
    return {all / grain_, in.bits + weight.bits + back.bits + store.bits, all};
}

void Estimator::keep(const Order& order, const Counts& tile, const Estimate& estimate,
                     Found& found) const {
    found.layout = layout_;
    found.estimate = estimate;
    found.mapping.tile = tile;
    found.mapping.variant = layout_.variant();
    size_t at = 0;
    found.mapping.order[at++] = loop_group;
    for (Level level : order) {
        if (level == level_pixels) {
            for (Loop loop : {loop_batch, loop_out_h, loop_out_w}) {
                found.mapping.order[at++] = loop;
            }
        } else {
            found.mapping.order[at++] = level == level_in_c ? loop_in_c : loop_out_c;
        }
    }
}

void Estimator::consider(const Counts& tile, Found& best, std::vector<Found>* all) {
    tile_totals(tile);
    if (all == nullptr && issue_ / grain_ > best.estimate.grains) {
        return; // a bound that no order gets below
    }
    for (const Order& order : orders) {
        const Estimate e = estimate(order);
        if (all != nullptr) {
            all->emplace_back();
            keep(order, tile, e, all->back());
        }
        if (e.better_than(best.estimate)) {
            keep(order, tile, e, best);
        }
    }
}

// `step` times powers of two, below `all`; and `all`.
std::vector<uint64_t> sizes(uint64_t step, uint64_t all) {
    std::vector<uint64_t> out;
    for (uint64_t size = step; size < all; size *= 2) {
        out.push_back(size);
    }
    out.push_back(all);
    return out;
}

// Calls `use` with the sizes of the space, as long as it says that they fit: larger ones of the
// same loop need not be tried then.
void enumerate(const Nest& nest, const Array& array, const Layout& layout,
               const std::function<bool(const Counts&)>& use) {
    const bool grouped = layout.kind == kind_blocks || layout.kind == kind_taps;
    const bool patches = layout.kind == kind_patches;
    const auto whole = [](uint64_t all) { return std::vector<uint64_t>{all}; };
    const auto group_sizes = sizes(grouped ? layout.groups : 1, nest.groups);
    const auto out_sizes = grouped ? whole(nest.out_c) : sizes(array.cols, nest.out_c);
    const auto in_sizes = grouped ? whole(nest.in_c) : sizes(1, nest.in_c);
    const auto row_sizes = sizes(layout.patch_h, nest.out_h);
    const auto col_sizes = sizes(layout.patch_w, nest.out_w);
    for (uint64_t group : group_sizes) {
        for (uint64_t out_c : out_sizes) {
            for (uint64_t in_c : in_sizes) {
                for (size_t y = 0; y < std::max(row_sizes.size(), col_sizes.size()); ++y) {
                    const uint64_t rows = row_sizes[std::min(y, row_sizes.size() - 1)];
                    // Squares, as the authors' tiles; of patches any number either way.
                    for (size_t x = patches ? 0 : y; x < (patches ? col_sizes.size() : y + 1);
                         ++x) {
                        const uint64_t cols = col_sizes[std::min(x, col_sizes.size() - 1)];
                        for (uint64_t batch : sizes(1, nest.batch)) {
                            if (!use({batch, group, out_c, in_c, rows, cols})) {
                                break;
                            }
                        }
                    }
                }
            }
        }
    }
}

Found run(const Options& options, const Nest& nest, const Layout& layout, std::vector<Found>* all) {
    if (layout.window > 0) {
        return search_published(options, nest, layout);
    }
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

namespace {

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

uint64_t grain_of(const Nest& nest, const Array& array) {
    return nest.macs() * array.passes / (array.lanes() * array.cols) / 64 + 1;
}

Words words_of(const Options& o, const Array& array) {
    const uint64_t units = o.rows * o.cols, halves = o.buffer_halves;
    return {o.wbuf_bytes * 8 / units / halves / (array.products * array.w_width),
            o.ibuf_bytes * 8 / o.rows / halves / (array.products * array.a_width),
            o.obuf_bytes * 8 / o.cols / halves / sum_bits};
}

Words words_for(const Cut& cut, const Counts& n) {
    return {cut.weight_words(n), cut.input_words(n), cut.output_words(n)};
}

std::string shortage(const Options& options, const Nest& nest, const Layout& layout) {
    const Array array = array_at(options, nest);
    Counts smallest{};
    enumerate(nest, array, layout, [&](const Counts& tile) {
        smallest = smallest[0] == 0 ? tile : smallest;
        return false;
    });
    const Words need = words_for(Cut(nest, array, layout), smallest);
    const Words room = words_of(options, array);
    const auto n = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    return text("its smallest tile needs %llu words of %u bits of a bank of the weight buffer "
                "(there are %llu), %llu of %u bits of the input buffer (%llu), %llu of 32 bits of "
                "the output buffer (%llu)",
                n(need.weight), array.products * array.w_width, n(room.weight), n(need.input),
                array.products * array.a_width, n(room.input), n(need.output), n(room.output));
}

Found search(const Options& options, const Nest& nest, const Layout& layout) {
    return run(options, nest, layout, nullptr);
}

std::vector<Found> every_mapping(const Options& options, const Nest& nest, const Layout& layout) {
    std::vector<Found> all;
    const Found best = run(options, nest, layout, &all);
    if (layout.window > 0 && best.estimate.cycles != UINT64_MAX) {
        all.push_back(best); // the authors' choice is the only one
    }
    return all;
}

} // namespace assay::bit_fusion
