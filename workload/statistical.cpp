// The model: P(keep(i,j)) = min(1, s * density * r_i * c_j), with r and c drawn from Gamma
// distributions of mean 1 and coefficients of variation row_spread and column_spread, normalised to
// sample mean 1, and s >= 1 chosen so that the expected density is exact in spite of the clipping.
//
// Why not independent places: pruned matrices are not like that, and an array that splits rows
// among PEs waits for the fullest. Measured beyond binomial noise with scripts/measure_spread:
// AlexNet FC8 of the EIE authors (1000 x 4096, density 0.257): rows 0.130, columns 0.082, skew of
// both slightly negative, active inputs meet columns of average density (correlation 0.03); the
// pruned layers of the Deep Compression SqueezeNet: 3x3 kernels rows 0.10 to 0.29, columns 0.18 to
// 0.32, 1x1 kernels rows 0.02 to 0.22, columns 0.08 to 0.17. The fully connected traces of this
// project take FC8's.
//
// Values: the codebook has an equal spacing on either side of a gap around 0, the shape that
// pruning by magnitude and k-means leave; a code is as frequent as a normal density at its value.
// In units of its standard deviation the centroids of FC8 run from 0.75 to 3.5, and so do these.
// The scale makes outputs of order 1: deviation = 1 / sqrt(density * cols).
#include "statistical.hpp"

#include <algorithm>
#include <cmath>

#include "content_hash.hpp"
#include "graph.hpp"
#include "rng.h"

namespace assay {
namespace {

constexpr double nearest_centroid = 0.75, farthest_centroid = 3.5;
constexpr unsigned histogram_bits = 12;
constexpr uint64_t golden_ratio = 0x9E3779B97F4A7C15; // spreads column numbers over the seed space

std::vector<float> make_codebook(const StatisticalMatrix& spec) {
    unsigned count = (1u << spec.codebook_bits) - 1;
    unsigned below = count / 2, most = count - below;
    double step = most > 1 ? (farthest_centroid - nearest_centroid) / (most - 1) : 0;
    double scale = 1 / std::sqrt(spec.density * spec.cols / spec.groups);
    std::vector<float> codebook{0.0f};
    for (unsigned m = below; m-- > 0;) {
        codebook.push_back(static_cast<float>(-scale * (nearest_centroid + m * step)));
    }
    for (unsigned m = 0; m < most; ++m) {
        codebook.push_back(static_cast<float>(scale * (nearest_centroid + m * step)));
    }
    return codebook;
}

// Code for each of 2^histogram_bits equally likely numbers.
std::vector<uint8_t> make_code_table(const std::vector<float>& codebook) {
    double deviation = std::abs(codebook.back()) / farthest_centroid;
    std::vector<double> cumulative{0};
    for (size_t k = 1; k < codebook.size(); ++k) {
        double x = codebook[k] / deviation;
        cumulative.push_back(cumulative.back() + std::exp(-0.5 * x * x));
    }
    std::vector<uint8_t> table(size_t{1} << histogram_bits);
    size_t code = 1;
    for (size_t i = 0; i < table.size(); ++i) {
        double u = (static_cast<double>(i) + 0.5) / static_cast<double>(table.size());
        while (code + 1 < codebook.size() && cumulative[code] < u * cumulative.back()) {
            ++code;
        }
        table[i] = static_cast<uint8_t>(code);
    }
    return table;
}

// Gamma numbers of mean 1 and the given spread, scaled to sample mean 1 within each group.
std::vector<double> draw_line_weights(uint32_t count, uint32_t groups, double spread, uint64_t seed,
                                      const std::string& stream) {
    std::vector<double> lines(count, 1.0);
    if (spread > 0) {
        assay_rng rng = assay_rng_seed(seed, stream.c_str());
        for (double& w : lines) {
            w = std::max(1e-6, assay_rng_gamma_mean1(&rng, 1 / (spread * spread)));
        }
    }
    uint32_t each = count / groups;
    for (uint32_t first = 0; first < count; first += each) {
        double sum = 0;
        for (uint32_t i = first; i < first + each; ++i) {
            sum += lines[i];
        }
        for (uint32_t i = first; i < first + each; ++i) {
            lines[i] *= each / sum;
        }
    }
    return lines;
}

// One block of the matrix: row weights and the expected density as a function of the scale.
class Block {
  public:
    Block(std::vector<double> row_weights, std::vector<double> column_weights)
        : rows_(std::move(row_weights)), columns_(std::move(column_weights)), sorted_(rows_) {
        std::sort(sorted_.begin(), sorted_.end());
        prefix_.push_back(0);
        for (double r : sorted_) {
            prefix_.push_back(prefix_.back() + r);
        }
    }

    const std::vector<double>& rows() const { return rows_; }
    const std::vector<double>& columns() const { return columns_; }
    double max_row() const { return sorted_.back(); }

    // The scale at which the mean of min(1, scale * r_i * c_j) over the block is `density` < 1.
    double solve_scale(double density) const {
        double low = density, high = density;
        if (mean(high) >= density) {
            return high; // nothing is clipped
        }
        while (mean(high) < density && high < 1e12) {
            high *= 2;
        }
        for (int i = 0; i < 50; ++i) {
            double middle = 0.5 * (low + high);
            (mean(middle) < density ? low : high) = middle;
        }
        return high;
    }

  private:
    double mean(double scale) const {
        double sum = 0;
        for (double c : columns_) {
            double rate = scale * c;
            size_t whole = std::lower_bound(sorted_.begin(), sorted_.end(), 1 / rate) -
                           sorted_.begin(); // rows from here on are clipped to 1
            sum += rate * prefix_[whole] + static_cast<double>(sorted_.size() - whole);
        }
        // Rounding must not make an unclipped sum look too small.
        return sum / (static_cast<double>(rows_.size()) * static_cast<double>(columns_.size())) *
               (1 + 1e-12);
    }

    std::vector<double> rows_, columns_, sorted_, prefix_;
};

// 64 independent draws with probability p / 2^32, one per bit. Compares 64 random fractions with p
// bit by bit from the top; each step settles half of the lanes, about 7 steps settle all. Ten times
// as fast as geometric skips, and with no logarithm whose last bit could depend on the platform's
// library.
uint64_t draw_lanes(assay_rng& rng, uint64_t p) {
    if (p >> 32) {
        return ~uint64_t{0};
    }
    uint64_t undecided = ~uint64_t{0}, below = 0;
    for (int bit = 31; bit >= 0 && undecided; --bit) {
        uint64_t digits = assay_rng_next(&rng);
        if (p >> bit & 1) {
            below |= undecided & ~digits;
            undecided &= digits;
        } else {
            undecided &= ~digits;
        }
    }
    return below;
}

uint64_t fixed_probability(double p) {
    return p >= 1 ? uint64_t{1} << 32 : static_cast<uint64_t>(std::llround(p * 0x1.0p32));
}

class Drawing {
  public:
    explicit Drawing(const StatisticalMatrix& spec) : spec_(spec) {
        out_.rows = spec.rows;
        out_.cols = spec.cols + (spec.bias_column ? 1 : 0);
        out_.codebook = make_codebook(spec);
        codes_ = make_code_table(out_.codebook);
        out_.col_start.reserve(size_t{out_.cols} + 1);
        out_.col_start.push_back(0);
        auto expected = static_cast<size_t>(spec.density * spec.rows * spec.cols / spec.groups);
        resize(expected + expected / 64 + spec.rows + 1024);
    }

    SparseCodes run() {
        std::vector<double> rows = draw_line_weights(spec_.rows, spec_.groups, spec_.row_spread,
                                                     spec_.seed, spec_.stream + "/rows");
        std::vector<double> cols = draw_line_weights(spec_.cols, spec_.groups, spec_.column_spread,
                                                     spec_.seed, spec_.stream + "/columns");
        uint32_t block_rows = spec_.rows / spec_.groups, block_cols = spec_.cols / spec_.groups;
        for (uint32_t g = 0; g < spec_.groups; ++g) {
            auto r = rows.begin() + size_t{g} * block_rows;
            auto c = cols.begin() + size_t{g} * block_cols;
            draw_block(Block({r, r + block_rows}, {c, c + block_cols}), g * block_rows,
                       g * block_cols);
        }
        if (spec_.bias_column) {
            Block flat(std::vector<double>(spec_.rows, 1.0), {1.0});
            draw_column(flat, 0, spec_.cols, bias_density, thresholds(flat));
        }
        resize(used_);
        return std::move(out_);
    }

  private:
    void resize(size_t entries) {
        out_.row.resize(entries);
        out_.code.resize(entries);
    }

    // A candidate of row i, drawn at the rate of the fullest row, stays with probability r_i / max.
    static std::vector<uint64_t> thresholds(const Block& block) {
        std::vector<uint64_t> keep;
        for (double r : block.rows()) {
            keep.push_back(fixed_probability(r / block.max_row()));
        }
        return keep;
    }

    void draw_block(const Block& block, uint32_t first_row, uint32_t first_col) {
        std::vector<uint64_t> keep = thresholds(block);
        bool full = spec_.density >= 1;
        double scale = full ? 1 : block.solve_scale(spec_.density);
        for (size_t j = 0; j < block.columns().size(); ++j) {
            // At density 1 a rate that clips every row; else the model's.
            double rate = full ? 1e300 : scale * block.columns()[j];
            draw_column(block, first_row, first_col + static_cast<uint32_t>(j), rate, keep);
        }
    }

    void draw_column(const Block& block, uint32_t first_row, uint32_t column, double rate,
                     const std::vector<uint64_t>& keep) {
        // A stream per column: a column's content does not depend on the others' sizes or order.
        assay_rng rng = assay_rng_seed(spec_.seed + golden_ratio * (uint64_t{column} + 1),
                                       spec_.stream.c_str());
        if (rate * block.max_row() <= 1) {
            draw_places(rng, fixed_probability(rate * block.max_row()), keep, first_row);
        } else { // some rows are clipped: candidates everywhere, exact probabilities per row
            std::vector<uint64_t> exact;
            for (double r : block.rows()) {
                exact.push_back(fixed_probability(rate * r));
            }
            draw_places(rng, uint64_t{1} << 32, exact, first_row);
        }
        out_.col_start.push_back(static_cast<uint32_t>(used_));
    }

    void draw_places(assay_rng& rng, uint64_t candidates, const std::vector<uint64_t>& keep,
                     uint32_t first_row) {
        for (size_t base = 0; base < keep.size(); base += 64) {
            uint64_t lanes = draw_lanes(rng, candidates);
            if (keep.size() - base < 64) {
                lanes &= (uint64_t{1} << (keep.size() - base)) - 1;
            }
            if (used_ + 64 > out_.row.size()) {
                resize(out_.row.size() + out_.row.size() / 2 + 64);
            }
            for (; lanes; lanes &= lanes - 1) {
                size_t i = base + static_cast<size_t>(__builtin_ctzll(lanes));
                uint64_t random = assay_rng_next(&rng); // low half: keep, top bits: which code
                // Written in any case and kept by moving on: the processor cannot predict this one.
                out_.row[used_] = first_row + static_cast<uint32_t>(i);
                out_.code[used_] = codes_[random >> (64 - histogram_bits)];
                used_ += (random & 0xFFFFFFFF) < keep[i];
            }
        }
    }

    const StatisticalMatrix& spec_;
    std::vector<uint8_t> codes_;
    SparseCodes out_; // row and code: the first used_ are drawn, the rest is room
    size_t used_ = 0;
};

std::shared_ptr<const SparseCodes> generate(const void* spec) {
    return std::make_shared<const SparseCodes>(
        draw_matrix(*static_cast<const StatisticalMatrix*>(spec)));
}

} // namespace

SparseCodes draw_matrix(const StatisticalMatrix& spec) {
    return Drawing(spec).run();
}

Weights statistical_weights(const StatisticalMatrix& spec) {
    ContentHash hash;
    hash.string("statistical model, version 1", spec.stream);
    hash.uint("rows", spec.rows);
    hash.uint("cols", spec.cols);
    hash.uint("groups", spec.groups);
    hash.uint("bias_column", spec.bias_column);
    hash.real("density", spec.density);
    hash.real("row_spread", spec.row_spread);
    hash.real("column_spread", spec.column_spread);
    hash.uint("codebook_bits", spec.codebook_bits);
    hash.uint("seed", spec.seed);
    Weights weights;
    weights.hash = hash.text();
    weights.label = "statistical, seed " + std::to_string(spec.seed);
    weights.generate = generate;
    weights.spec = std::make_shared<const StatisticalMatrix>(spec);
    weights.bias_column = spec.bias_column;
    return weights;
}

const StatisticalMatrix* statistical_spec(const Weights& weights) {
    return weights.generate == generate ? static_cast<const StatisticalMatrix*>(weights.spec.get())
                                        : nullptr;
}

void draw_weights(Layer& layer, uint64_t seed) {
    StatisticalMatrix spec;
    spec.stream = "shape only";
    spec.rows = matrix_rows(layer);
    spec.cols = matrix_cols(layer);
    spec.groups = layer.groups;
    spec.bias_column = layer.weights.bias_column;
    spec.seed = seed;
    Weights weights = statistical_weights(spec);
    weights.label = "shape only, seed " + std::to_string(seed);
    weights.generate = nullptr;
    weights.draw_seed = seed;
    weights.bias = std::move(layer.weights.bias);
    layer.weights = std::move(weights);
}

static float draw_value(assay_rng& rng, bool is_signed) {
    double value = 0;
    while (std::abs(value) < 1.0 / 64) {
        value = assay_rng_normal(&rng);
    }
    return static_cast<float>(is_signed ? value : std::abs(value));
}

std::vector<float> draw_activations(uint64_t n, double density, bool is_signed, uint64_t seed,
                                    const std::string& stream) {
    assay_rng rng = assay_rng_seed(seed, (stream + "/activations").c_str());
    std::vector<float> out(n, 0.0f);
    auto left = static_cast<uint64_t>(std::llround(density * static_cast<double>(n)));
    // Selection sampling (Knuth, TAOCP 2, algorithm S): each subset of that size is equally likely.
    for (uint64_t i = 0; i < n && left > 0; ++i) {
        if (assay_rng_below(&rng, n - i) < left) {
            out[i] = draw_value(rng, is_signed);
            --left;
        }
    }
    return out;
}

double excess_spread(const std::vector<uint64_t>& counts, uint64_t trials) {
    double sum = 0, squares = 0;
    for (uint64_t c : counts) {
        sum += static_cast<double>(c);
        squares += static_cast<double>(c) * static_cast<double>(c);
    }
    auto n = static_cast<double>(counts.size());
    double mean = sum / n;
    if (counts.size() < 2 || mean <= 0) {
        return 0;
    }
    double variance = (squares - sum * mean) / (n - 1), p = mean / static_cast<double>(trials);
    double excess = (variance / (mean * mean) - (1 - p) / mean) / (1 - p / mean);
    return excess > 0 ? std::sqrt(excess) : 0;
}

} // namespace assay
