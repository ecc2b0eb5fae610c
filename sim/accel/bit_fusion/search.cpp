#include "search.hpp"

#include <algorithm>
#include <functional>

#include "estimate.hpp"
#include "text.hpp"

namespace assay::bit_fusion {
namespace {

constexpr uint64_t sum_bits = 32; // of a partial sum

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

// Asks about all orders of a tile size.
void consider(Estimator& estimator, const Layout& layout, const Counts& tile, Shortlist& best,
              std::vector<Found>* all) {
    estimator.set_tile(tile);
    if (all == nullptr && estimator.issue_cycles() / estimator.grain() > best.worst().grains) {
        return; // a bound that no order gets below
    }
    for (const Order& order : orders) {
        const Estimate estimate = estimator.estimate(order);
        if (all != nullptr) {
            all->push_back({layout, estimator.mapping(order), estimate, estimator.issue_cycles()});
        }
        if (estimate.better_than(best.worst())) {
            best.offer({layout, estimator.mapping(order), estimate, estimator.issue_cycles()});
        }
    }
}

Shortlist run(const Options& options, const Nest& nest, const Layout& layout,
              std::vector<Found>* all) {
    Shortlist best;
    if (layout.window > 0) {
        best.offer(search_published(options, nest, layout));
        return best;
    }
    Estimator estimator(options, nest, layout);
    enumerate(nest, estimator.array(), layout, [&](const Counts& tile) {
        if (!estimator.fits(tile)) {
            return false;
        }
        consider(estimator, layout, tile, best, all);
        return true;
    });
    return best;
}

} // namespace

Estimate Shortlist::worst() const {
    return list_.size() < length ? Estimate() : list_.back().estimate;
}

// Orders that differ in loops of one turn are one mapping: of equal estimates a tile is kept once.
void Shortlist::offer(const Found& found) {
    const bool known = std::any_of(list_.begin(), list_.end(), [&](const Found& other) {
        return other.mapping.tile == found.mapping.tile &&
               other.mapping.variant == found.mapping.variant &&
               other.estimate.cycles == found.estimate.cycles &&
               other.estimate.dram_bits == found.estimate.dram_bits;
    });
    if (known || !found.estimate.better_than(worst())) {
        return;
    }
    const auto at = std::find_if(list_.begin(), list_.end(), [&](const Found& other) {
        return found.estimate.better_than(other.estimate);
    });
    list_.insert(at, found);
    if (list_.size() > length) {
        list_.pop_back();
    }
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

Shortlist search(const Options& options, const Nest& nest, const Layout& layout) {
    return run(options, nest, layout, nullptr);
}

std::vector<Found> every_mapping(const Options& options, const Nest& nest, const Layout& layout) {
    std::vector<Found> all;
    const Shortlist best = run(options, nest, layout, &all);
    if (layout.window > 0) {
        all = best.list(); // the authors' choice is the only one
    }
    return all;
}

} // namespace assay::bit_fusion
