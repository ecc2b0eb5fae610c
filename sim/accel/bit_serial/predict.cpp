// What a tiling costs: the steady state of the pipeline (docs/contracts/tiled.md), loop by loop.
// Every operand is fetched for the next tile while the array works on this one.
#include <algorithm>
#include <tuple>

#include "tiling.hpp"

namespace assay::bit_serial {
namespace {

uint64_t pieces(uint64_t whole, uint64_t piece) {
    return (whole + piece - 1) / piece;
}

// Tiles of one loop: `count` of `size`, then perhaps a smaller one; all that `repeats` times.
struct Parts {
    uint64_t size, count, last, repeats = 1;
    Parts(uint64_t whole, uint64_t tile) : size(tile), count(whole / tile), last(whole % tile) {}
    uint64_t tiles() const { return (count + (last > 0 ? 1 : 0)) * repeats; }
    uint64_t final() const { return last > 0 ? last : size; }
    // Sum over all tiles of cost(the size before, its own, the next one), in a circle.
    template <class Cost>
    uint64_t sum(Cost cost) const {
        if (last == 0) {
            return repeats * count * cost(size, size, size);
        }
        if (count == 1) {
            return repeats * (cost(last, size, last) + cost(size, last, size));
        }
        return repeats * (cost(last, size, size) + (count - 2) * cost(size, size, size) +
                          cost(size, size, last) + cost(size, last, size));
    }
    template <class Value>
    uint64_t total(Value value) const {
        return repeats * (count * value(size) + (last > 0 ? value(last) : 0));
    }
};

// Columns of a product: pixels of an image by rows, or by parts of rows, or whole images.
Parts column_parts(const Nest& n, const Mapping& m, bool image_outside) {
    const uint64_t images = image_outside ? 1 : n.batch;
    if (m.tile[loop_batch] > 1) {
        Parts parts(n.batch, m.tile[loop_batch]);
        parts.size *= n.pixels();
        parts.last *= n.pixels();
        return parts;
    }
    const bool by_rows = m.tile[loop_out_w] == n.out_w;
    Parts parts = by_rows ? Parts(n.out_h, m.tile[loop_out_h]) : Parts(n.out_w, m.tile[loop_out_w]);
    parts.size *= by_rows ? n.out_w : 1;
    parts.last *= by_rows ? n.out_w : 1;
    parts.repeats = images * (by_rows ? 1 : n.out_h);
    return parts;
}

class Predictor {
  public:
    Predictor(const Options& o, const Nest& n, const Mapping& m)
        : o_(o), n_(n), image_outside_(m.order[0] == loop_batch),
          groups_(n.groups, m.tile[loop_group]), rows_(n.out_c, m.tile[loop_out_c]),
          depth_(n.in_c, m.tile[loop_in_c]), columns_(column_parts(n, m, image_outside_)),
          weights_outside_(std::find(m.order.begin(), m.order.end(), loop_out_c) <
                           std::find(m.order.begin(), m.order.end(), loop_out_h)),
          images_(image_outside_ ? n.batch : 1) {}

    Prediction run() const {
        Prediction out;
        out.cycles = images_ * groups_.total([&](uint64_t groups) {
            return weights_outside_ ? by_rows(groups) : by_columns(groups);
        });
        out.cycles += ends();
        out.load_bits = images_ * groups_.total([&](uint64_t groups) { return loaded(groups); });
        out.steps = images_ * groups_.tiles() * rows_.tiles() * depth_.tiles() * columns_.tiles();
        return out;
    }

  private:
    bool split() const { return depth_.tiles() > 1; }
    // One tile of weights for the whole layer, fetched once.
    bool weights_stay() const {
        return rows_.tiles() * groups_.tiles() == 1 && !split() &&
               (images_ == 1 || !refetches(o_, n_));
    }
    Product product(uint64_t groups, uint64_t out_c, uint64_t columns, uint64_t in_c) const {
        Tile tile;
        tile.range = {Range{0, 1},    Range{0, groups}, Range{0, out_c},
                      Range{0, in_c}, Range{0, 1},      Range{0, columns}};
        return product_of(o_, n_, tile);
    }
    uint64_t weight_beats(const Product& p) const {
        return pieces(weight_bits(o_, n_, p), o_.weight_port_bits);
    }
    uint64_t input_beats(const Product& p) const {
        return pieces(input_bits(o_, n_, p), o_.input_port_bits);
    }
    uint64_t store_beats(const Product& p) const {
        return pieces(p.m * p.n * output_bits(o_, n_), o_.output_port_bits);
    }
    // What moves while the array works on a tile: for the next tile, and of the one before.
    struct Transfers {
        uint64_t beats = 0, until_done = 0; // of the longest
        void add(uint64_t more, uint64_t latency) {
            beats = std::max(beats, more);
            until_done = std::max(until_done, more > 0 ? more + latency + 2 : 0);
        }
    };
    // Cycles of `work` and its transfers, on average: one starts when the work before has left its
    // half of the buffer, and is waited for as many pieces of work later as there are halves.
    uint64_t overlapped(uint64_t work, const Transfers& t) const {
        const bool held = o_.shared_ports != 0 && o_.buffer_halves > 1;
        return std::max(
            {held ? work + t.beats : work, t.beats, pieces(work + t.until_done, o_.buffer_halves)});
    }
    // A pass of an inner loop while the outer operand is fetched. With one half the fetch goes
    // along with that of the first inner tile.
    uint64_t passed(uint64_t pass, uint64_t beats, uint64_t inner_beats) const {
        if (o_.buffer_halves == 1) {
            return pass + (beats > inner_beats ? beats - inner_beats : 0);
        }
        Transfers t;
        t.add(beats, o_.dram_latency_cycles);
        return overlapped(pass, t);
    }
    void add_load(Transfers& t, uint64_t beats) const { t.add(beats, o_.dram_latency_cycles); }
    // One tile of outputs whose depth is cut: both operands are fetched for every part.
    uint64_t cut_tile(uint64_t groups, uint64_t out_c, uint64_t columns) const {
        return depth_.sum([&](uint64_t, uint64_t in_c, uint64_t next) {
            const Product p = product(groups, out_c, columns, next);
            Transfers t;
            add_load(t, input_beats(p));
            add_load(t, weight_beats(p));
            return overlapped(product(groups, out_c, columns, in_c).cycles(), t);
        });
    }
    uint64_t work(const Product& p, uint64_t groups, uint64_t out_c) const {
        return split() ? cut_tile(groups, out_c, p.n) : p.cycles();
    }
    uint64_t row_beats(uint64_t groups, uint64_t out_c) const {
        return split() ? 0 : weight_beats(product(groups, out_c, 1, n_.in_c));
    }
    uint64_t column_beats(uint64_t groups, uint64_t columns) const {
        return split() ? 0 : input_beats(product(groups, 1, columns, n_.in_c));
    }
    // Weights stay while all columns pass.
    uint64_t by_rows(uint64_t groups) const {
        const uint64_t all = rows_.sum([&](uint64_t before, uint64_t rows, uint64_t next) {
            const uint64_t weights = weights_stay() ? 0 : row_beats(groups, next);
            if (columns_.tiles() > 1) {
                return passed(columns_pass(groups, rows), weights,
                              column_beats(groups, columns_.size));
            }
            const Product p = product(groups, rows, columns_.size, n_.in_c);
            Transfers t;
            t.add(store_beats(product(groups, before, columns_.size, n_.in_c)), o_.dpu_latency);
            add_load(t, weights);
            add_load(t, rows_.tiles() == 1 ? column_beats(groups, columns_.size) : 0);
            return overlapped(work(p, groups, rows), t);
        });
        const bool inputs_stay = columns_.tiles() == 1 && rows_.tiles() > 1;
        return inputs_stay
                   ? passed(all, column_beats(groups, columns_.size), row_beats(groups, rows_.size))
                   : all;
    }
    uint64_t columns_pass(uint64_t groups, uint64_t rows) const {
        return columns_.sum([&](uint64_t before, uint64_t columns, uint64_t next) {
            const Product p = product(groups, rows, columns, n_.in_c);
            Transfers t;
            t.add(store_beats(product(groups, rows, before, n_.in_c)), o_.dpu_latency);
            add_load(t, column_beats(groups, next));
            return overlapped(work(p, groups, rows), t);
        });
    }
    // Columns stay while all rows pass.
    uint64_t by_columns(uint64_t groups) const {
        return columns_.sum([&](uint64_t, uint64_t columns, uint64_t next_columns) {
            const uint64_t pass = rows_.sum([&](uint64_t before, uint64_t rows, uint64_t next) {
                const Product p = product(groups, rows, columns, n_.in_c);
                Transfers t;
                t.add(store_beats(product(groups, before, columns, n_.in_c)), o_.dpu_latency);
                add_load(t, row_beats(groups, next));
                return overlapped(work(p, groups, rows), t);
            });
            return passed(pass, column_beats(groups, next_columns), row_beats(groups, rows_.size));
        });
    }
    // Bits of one image and one set of groups.
    uint64_t loaded(uint64_t groups) const {
        const uint64_t weights = rows_.total([&](uint64_t out_c) {
            return weight_bits(o_, n_, product(groups, out_c, 1, n_.in_c));
        });
        const uint64_t inputs = columns_.total([&](uint64_t columns) {
            return input_bits(o_, n_, product(groups, 1, columns, n_.in_c));
        });
        const bool weights_again = split() || (!weights_outside_ && rows_.tiles() > 1);
        const bool inputs_again = split() || (weights_outside_ && columns_.tiles() > 1);
        return weights * (weights_again ? columns_.tiles() : 1) +
               inputs * (inputs_again ? rows_.tiles() : 1);
    }
    // Before the first tile and after the last one, less what the circles above have it wait for
    // after the last one.
    uint64_t ends() const {
        const Product first = product(groups_.size, rows_.size, columns_.size, depth_.size);
        const Product last =
            product(groups_.final(), rows_.final(), columns_.final(), depth_.final());
        const bool one_half = o_.buffer_halves == 1;
        Transfers t;
        const bool weights =
            !weights_stay() && (!weights_outside_ || columns_.tiles() == 1 || one_half);
        const bool inputs_stay = columns_.tiles() == 1 && rows_.tiles() > 1;
        const bool inputs = (weights_outside_ && !inputs_stay) || one_half;
        t.add(store_beats(last), o_.dpu_latency);
        add_load(t, weights ? weight_beats(first) : 0);
        add_load(t, inputs ? input_beats(first) : 0);
        const uint64_t spared = overlapped(last.cycles(), t) - last.cycles();
        const uint64_t begin =
            std::max(weight_beats(first), input_beats(first)) + o_.dram_latency_cycles + 1;
        const uint64_t end = o_.dpu_latency + store_beats(last) + 1;
        return begin + end - std::min(begin + end, spared);
    }

    const Options& o_;
    const Nest& n_;
    const bool image_outside_;
    const Parts groups_, rows_, depth_, columns_;
    const bool weights_outside_;
    const uint64_t images_; // computed one after another in the same way
};

} // namespace

bool Prediction::operator<(const Prediction& other) const {
    return std::tie(cycles, load_bits, steps) <
           std::tie(other.cycles, other.load_bits, other.steps);
}

uint64_t weight_bits(const Options& options, const Nest& nest, const Product& product) {
    return product.m * product.words * options.dpu_bits * nest.w_bits;
}

uint64_t input_bits(const Options& options, const Nest& nest, const Product& product) {
    return product.n * product.words * options.dpu_bits * nest.a_bits;
}

Prediction predict(const Options& options, const Nest& nest, const Mapping& mapping) {
    return Predictor(options, nest, mapping).run();
}

} // namespace assay::bit_serial
