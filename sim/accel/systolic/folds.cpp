#include "folds.hpp"

#include "mac.hpp"

namespace assay::systolic {
namespace {

constexpr Loop stacked[] = {loop_group, loop_out_c, loop_in_c, loop_batch};

struct Chunks {
    uint64_t size[2], count[2];
};

Chunks chunks(uint64_t all, uint64_t size) {
    const uint64_t rest = all % size;
    return {{size, rest}, {all / size, rest > 0 ? 1u : 0u}};
}

} // namespace

Counts counts_of(const Tile& tile) {
    Counts n;
    for (size_t i = 0; i < loop_count; ++i) {
        n[i] = tile.range[i].count;
    }
    return n;
}

Array array_at(const Options& options, const Nest& nest) {
    Array array;
    array.rows = options.rows;
    array.cols = options.cols;
    array.dataflow = static_cast<Dataflow>(options.dataflow);
    array.mac_bits = options.mac_width();
    array.w_parts = parts(nest.w_bits, array.mac_bits);
    array.a_parts = parts(nest.a_bits, array.mac_bits);
    const auto windows = [&](uint64_t words) {
        return std::clamp<uint64_t>(words / nest.kernel_w, 1, nest.in_c);
    };
    array.psum_bits = options.psum_bits;
    if (array.dataflow == dataflow_rs) {
        array.channels = windows(std::min(options.input_spad, options.filter_spad));
        const uint64_t filters = options.filter_spad / (nest.kernel_w * array.channels);
        array.filters = std::clamp<uint64_t>(filters, 1, options.psum_spad);
        array.sums_per_cycle = options.sum_words_per_cycle;
    }
    return array;
}

bool fetched_before(uint64_t i, uint64_t k, uint64_t stride, uint64_t dilation, uint64_t kernel) {
    for (uint64_t later = k + 1; later < kernel; ++later) { // a higher tap of an earlier window
        const uint64_t apart = (later - k) * dilation;
        if (apart % stride == 0 && apart / stride <= i) {
            return true;
        }
    }
    return false;
}

uint64_t distinct(uint64_t count, uint64_t stride, uint64_t dilation, uint64_t taps) {
    uint64_t sum = 0;
    for (uint64_t k = 0; k < taps; ++k) {
        uint64_t fresh = count; // windows before the first whose element a higher tap had
        for (uint64_t later = k + 1; later < taps; ++later) {
            const uint64_t apart = (later - k) * dilation;
            fresh = apart % stride == 0 ? std::min(fresh, apart / stride) : fresh;
        }
        sum += fresh;
    }
    return sum;
}

Cut::Cut(const Nest& nest, const Array& array, const Layout& layout, const Counts& n)
    : nest_(nest), array_(array), layout_(layout), n_(n) {
    if (array.dataflow == dataflow_rs) {
        kernel_rows_ = std::min(nest.kernel_h, array.rows);
        return;
    }
    gemm_[0] = gemm(layout.groups, n[loop_group] / layout.groups);
    gemm_[1] = gemm(n[loop_group] % layout.groups, n[loop_group] % layout.groups > 0 ? 1 : 0);
}

Cut::Gemm Cut::gemm(uint64_t groups, uint64_t blocks) const {
    Gemm g;
    g.blocks = blocks;
    g.depth = groups * n_[loop_in_c] * nest_.taps();
    g.outputs = groups * n_[loop_out_c];
    g.pixels = n_[loop_batch] * n_[loop_out_h] * n_[loop_out_w];
    const bool os = array_.dataflow == dataflow_os, is = array_.dataflow == dataflow_is;
    g.down = os ? g.pixels : g.depth;
    g.right = is ? g.pixels : g.outputs;
    g.cycles = (os ? g.depth : is ? g.outputs : g.pixels) * array_.passes();
    return g;
}

// rs: sets next to one another along `loop`.
uint64_t Cut::sets(Loop loop) const {
    if (loop == layout_.down) {
        return std::min(array_.rows / kernel_rows_, n_[loop]);
    }
    return loop == layout_.right ? std::min(array_.cols / n_[loop_out_h], n_[loop]) : 1;
}

Works Cut::works() const {
    Works works{};
    size_t at = 0;
    const auto add = [&](const Chunks& down, const Chunks& right, uint64_t times, uint64_t cycles) {
        for (size_t i = 0; i < 4; ++i) {
            const uint64_t folds = times * down.count[i / 2] * right.count[i % 2];
            works[at] = {down.size[i / 2], right.size[i % 2], folds, cycles};
            at += folds > 0 ? 1 : 0;
        }
    };
    if (array_.dataflow != dataflow_rs) {
        for (const Gemm& g : gemm_) {
            if (g.blocks > 0) {
                add(chunks(g.down, array_.rows), chunks(g.right, array_.cols), g.blocks, g.cycles);
            }
        }
        return works;
    }
    Chunks down = nest_.kernel_h > array_.rows ? chunks(nest_.kernel_h, kernel_rows_)
                                               : chunks(n_[layout_.down], sets(layout_.down));
    if (nest_.kernel_h <= array_.rows) {
        down.size[0] *= kernel_rows_;
        down.size[1] *= kernel_rows_;
    }
    Chunks right = chunks(n_[layout_.right], sets(layout_.right));
    right.size[0] *= n_[loop_out_h];
    right.size[1] *= n_[loop_out_h];
    uint64_t times = nest_.kernel_h > array_.rows ? n_[layout_.down] : 1;
    for (Loop loop : stacked) {
        times *= loop == layout_.down || loop == layout_.right ? 1 : n_[loop];
    }
    add(down, right, times, n_[loop_out_w] * nest_.kernel_w * array_.passes());
    return works;
}

uint64_t Cut::folds() const {
    uint64_t sum = 0;
    for (const Work& work : works()) {
        sum += work.folds;
    }
    return sum;
}

// Between folds, next to one of `cycles`: ws, is: the next one's operands still come in behind the
// one before; os: results of the one before still leave through the rows.
uint64_t Cut::gap(uint64_t cycles) const {
    return array_.dataflow == dataflow_rs || cycles >= array_.rows ? 0 : array_.rows - cycles;
}

uint64_t Cut::first_cycles() const {
    return gemm_[gemm_[0].blocks > 0 ? 0 : 1].cycles;
}

uint64_t Cut::last_cycles() const {
    return gemm_[gemm_[1].blocks > 0 ? 1 : 0].cycles;
}

uint64_t Cut::issue() const {
    if (array_.dataflow == dataflow_rs) {
        return row_issue();
    }
    uint64_t sum = 0;
    for (const Gemm& g : gemm_) {
        sum += g.folds(array_) * (g.cycles + gap(g.cycles));
    }
    return sum - gap(array_.dataflow == dataflow_os ? first_cycles() : last_cycles());
}

uint64_t Cut::setup(const Cut* previous) const {
    switch (array_.dataflow) {
    case dataflow_rs:
        return 0;
    case dataflow_os:
        return previous == nullptr ? 0 : gap(first_cycles());
    default:
        return previous == nullptr ? array_.rows : gap(previous->last_cycles());
    }
}

uint64_t Cut::drain() const {
    return array_.dataflow == dataflow_rs ? row_drain() : gemm_drain();
}

// The last fold's last column, unless a wider fold shortly before it has later ones.
uint64_t Cut::gemm_drain() const {
    const uint64_t way = array_.dataflow == dataflow_os ? 2 * array_.rows - 2 : array_.rows - 1;
    uint64_t since = 0, latest = 0;
    for (size_t i = 2; i-- > 0;) {
        const Gemm& g = gemm_[i];
        const uint64_t per_column = g.blocks == 0 ? 0 : divide_up(g.down, array_.rows);
        const uint64_t chunks = g.blocks == 0 ? 0 : divide_up(g.right, array_.cols);
        for (uint64_t j = g.blocks * chunks; j-- > 0;) {
            const uint64_t cols = std::min(array_.cols, g.right - j % chunks * array_.cols);
            latest = std::max(latest, cols > since ? cols - since : 0);
            if (since + latest >= array_.cols) {
                return way + latest;
            }
            since += per_column * (g.cycles + gap(g.cycles));
        }
        if (i == 1 && g.blocks > 0 && array_.dataflow != dataflow_os) { // the first waits otherwise
            since += gap(gemm_[0].cycles) - gap(g.cycles);
        }
    }
    return way + latest;
}

// Folds of as many input channels as a PE adds up, and those of what is left.
uint64_t Cut::row_issue() const {
    uint64_t times = divide_up(nest_.kernel_h, kernel_rows_) * n_[loop_out_w], sum = 0;
    for (Loop loop : stacked) {
        const bool alone = loop != layout_.down && loop != layout_.right && loop != loop_in_c;
        times *= alone ? n_[loop] : 1;
    }
    const Chunks in_c = chunks(n_[loop_in_c], sets(loop_in_c) * array_.channels);
    for (size_t i = 0; i < 8; ++i) {
        const uint64_t inputs = in_c.size[i / 4];
        const auto stack = [&](Loop loop) {
            return loop == loop_in_c ? Chunks{{std::min(inputs, sets(loop)), 0}, {1, 0}}
                                     : chunks(n_[loop], sets(loop));
        };
        const Chunks down = stack(layout_.down), right = stack(layout_.right);
        const size_t d = i / 2 % 2, r = i % 2;
        const uint64_t products =
            divide_up(inputs, sets(loop_in_c)) * nest_.kernel_w * array_.passes();
        sum += times * in_c.count[i / 4] * down.count[d] * right.count[r] *
               array_.window(products, down.size[d] * right.size[r] * n_[loop_out_h]);
    }
    return sum;
}

// Of a kernel of more rows than the array, the last rows may be fewer. The networks are done with
// the last sums when they would be with those of as many sets as the tile has.
uint64_t Cut::row_drain() const {
    const uint64_t rest = nest_.kernel_h % kernel_rows_;
    const uint64_t cycles = n_[loop_out_w] * nest_.kernel_w * array_.passes();
    const uint64_t sums = sets(layout_.down) * sets(layout_.right) * n_[loop_out_h];
    const uint64_t way = array_.window(1, sums) - 1;
    return way + (rest == 0 ? kernel_rows_
                            : std::max(rest, kernel_rows_ > cycles ? kernel_rows_ - cycles : 0));
}

tiled::BufferBits Cut::buffer_bits(bool continues) const {
    return array_.dataflow == dataflow_rs ? row_bits(continues) : gemm_bits(continues);
}

// Zeros beside a block's diagonal are made on the spot.
tiled::BufferBits Cut::gemm_bits(bool continues) const {
    tiled::BufferBits bits;
    for (const Gemm& g : gemm_) {
        if (g.blocks == 0) {
            continue;
        }
        const Dataflow flow = array_.dataflow;
        const uint64_t groups = g.outputs / n_[loop_out_c];
        const uint64_t down = divide_up(g.down, array_.rows),
                       right = divide_up(g.right, array_.cols);
        const uint64_t inputs = g.depth * g.pixels, weights = g.depth * g.outputs / groups;
        const uint64_t sums = g.pixels * g.outputs * array_.psum_bits;
        const uint64_t visits = flow == dataflow_os ? 1 : down;
        bits.input_read += g.blocks * inputs * (flow == dataflow_is ? 1 : right) * nest_.a_bits;
        bits.weight_read += g.blocks * weights * nest_.w_bits *
                            (flow == dataflow_ws   ? 1
                             : flow == dataflow_os ? down
                                                   : right);
        bits.output_write += g.blocks * sums * visits;
        bits.output_read += g.blocks * sums * (visits - (continues ? 0 : 1));
    }
    return bits;
}

// Elements of one channel that the kernel's rows fetch, every part of the kernel on its own.
uint64_t Cut::row_input_elements() const {
    uint64_t rows = 0;
    for (uint64_t first = 0; first < nest_.kernel_h; first += kernel_rows_) {
        rows += distinct(n_[loop_out_h], nest_.stride_h, nest_.dilation_h,
                         std::min(kernel_rows_, nest_.kernel_h - first));
    }
    return rows * distinct(n_[loop_out_w], nest_.stride_w, nest_.dilation_w, nest_.kernel_w);
}

tiled::BufferBits Cut::row_bits(bool continues) const {
    tiled::BufferBits bits;
    const uint64_t planes = n_[loop_batch] * n_[loop_group] * n_[loop_in_c];
    const uint64_t filter_turns =
        divide_up(divide_up(n_[loop_out_c], sets(loop_out_c)), array_.filters);
    bits.input_read = planes * row_input_elements() * filter_turns * nest_.a_bits;
    bits.weight_read = n_[loop_group] * n_[loop_out_c] * n_[loop_in_c] * nest_.taps() *
                       divide_up(n_[loop_batch], sets(loop_batch)) * nest_.w_bits;
    const uint64_t outputs =
        n_[loop_batch] * n_[loop_group] * n_[loop_out_c] * n_[loop_out_h] * n_[loop_out_w];
    const Chunks in_c = chunks(n_[loop_in_c], sets(loop_in_c) * array_.channels);
    const uint64_t sums = in_c.count[0] * sets(loop_in_c) + std::min(in_c.size[1], sets(loop_in_c));
    const uint64_t visits = sums * divide_up(nest_.kernel_h, kernel_rows_);
    bits.output_write = outputs * visits * array_.psum_bits;
    bits.output_read = outputs * (visits - (continues ? 0 : 1)) * array_.psum_bits;
    return bits;
}

} // namespace assay::systolic
