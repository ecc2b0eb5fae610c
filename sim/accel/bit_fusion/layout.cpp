#include "layout.hpp"

#include <algorithm>

#include "bricks.hpp"
#include "text.hpp"

namespace assay::bit_fusion {
Array array_at(const Options& options, const Nest& nest) {
    Array array;
    array.rows = options.rows;
    array.cols = options.cols;
    array.w_width = brick_width(nest.w_bits);
    array.a_width = brick_width(nest.a_bits);
    array.products = fused_products(nest.w_bits, nest.a_bits);
    array.passes = passes(nest.w_bits, nest.a_bits);
    array.packed = options.packed_words != 0;
    return array;
}

Counts counts_of(const Tile& tile) {
    Counts n;
    for (size_t i = 0; i < loop_count; ++i) {
        n[i] = tile.range[i].count;
    }
    return n;
}

Cut::Cut(const Nest& nest, const Array& array, const Layout& layout)
    : nest_(nest), array_(array), layout_(layout) {}

uint64_t Cut::patch_rows() const {
    return layout_.patch_h == 1 ? nest_.kernel_h
                                : (layout_.patch_h - 1) * nest_.stride_h +
                                      (nest_.kernel_h - 1) * nest_.dilation_h + 1;
}

uint64_t Cut::patch_cols() const {
    return (layout_.patch_w - 1) * nest_.stride_w + (nest_.kernel_w - 1) * nest_.dilation_w + 1;
}

// A patch of one row of outputs may spread its kernel's rows over several issues.
uint64_t Cut::patch_rows_per_issue() const {
    return std::min(array_.lanes() / patch_cols(), patch_rows());
}

uint64_t Cut::flat_depth(const Counts& n) const {
    switch (layout_.kind) {
    case kind_im2col:
        return nest_.taps() * n[loop_in_c];
    case kind_taps:
        return layout_.groups * nest_.taps() * n[loop_in_c];
    default:
        return n[loop_in_c];
    }
}

uint64_t Cut::depth(const Counts& n) const {
    switch (layout_.kind) {
    case kind_dense:
        return nest_.taps() * divide_up(n[loop_in_c], array_.lanes());
    case kind_blocks:
        return nest_.taps();
    case kind_patches:
        return divide_up(patch_rows(), patch_rows_per_issue());
    default:
        return divide_up(flat_depth(n), array_.lanes());
    }
}

uint64_t Cut::blocks(const Counts& n) const {
    if (layout_.kind == kind_patches) {
        return n[loop_group];
    }
    if (layout_.kind == kind_blocks || layout_.kind == kind_taps) {
        return divide_up(n[loop_group], layout_.groups);
    }
    return n[loop_group] * divide_up(n[loop_out_c], array_.cols);
}

uint64_t Cut::pixels(const Counts& n) const {
    return n[loop_batch] * divide_up(n[loop_out_h], layout_.patch_h) *
           divide_up(n[loop_out_w], layout_.patch_w);
}

Cut::Block Cut::block_of(uint64_t groups) const {
    const uint64_t per_group = nest_.in_c * (layout_.kind == kind_taps ? nest_.taps() : 1);
    return {groups * per_group, groups * nest_.out_c};
}

uint64_t Cut::cols_of_block(const Counts& n, bool last) const {
    if (layout_.kind == kind_patches) {
        return layout_.patch_h * layout_.patch_w;
    }
    const bool grouped = layout_.kind == kind_blocks || layout_.kind == kind_taps;
    const uint64_t all = grouped ? n[loop_group] * nest_.out_c : n[loop_out_c];
    const uint64_t whole = grouped ? layout_.groups * nest_.out_c : array_.cols;
    return last ? (all - 1) % whole + 1 : std::min(all, whole);
}

void Cut::group_works(const Counts& n, Works& works) const {
    const uint64_t rest = n[loop_group] % layout_.groups;
    const uint64_t sets[2] = {n[loop_group] / layout_.groups, rest > 0 ? 1u : 0u};
    for (size_t i = 0; i < 2; ++i) {
        const Block block = block_of(i == 0 ? layout_.groups : rest);
        const uint64_t issues = sets[i] * pixels(n);
        if (layout_.kind == kind_blocks) {
            works[i] = {block.lanes, block.cols, issues * nest_.taps()};
            continue;
        }
        const uint64_t full = block.lanes / array_.lanes(), part = block.lanes % array_.lanes();
        works[2 * i] = {array_.lanes(), block.cols, issues * full};
        works[2 * i + 1] = {part, block.cols, issues * (part > 0 ? 1 : 0)};
    }
}

void Cut::patch_works(const Counts& n, Works& works) const {
    const uint64_t rows = patch_rows(), each = patch_rows_per_issue(), cols = patch_cols();
    const uint64_t outputs = layout_.patch_h * layout_.patch_w, sets = n[loop_group] * pixels(n);
    works[0] = {each * cols, outputs, sets * (rows / each)};
    works[1] = {rows % each * cols, outputs, sets * (rows % each > 0 ? 1 : 0)};
}

void Cut::dense_works(const Counts& n, Works& works) const {
    const uint64_t lanes = flat_depth(n), cols = n[loop_out_c];
    const uint64_t sets =
        n[loop_group] * pixels(n) * (layout_.kind == kind_dense ? nest_.taps() : 1);
    const uint64_t lane_sets[2] = {lanes / array_.lanes(), lanes % array_.lanes() > 0 ? 1u : 0u};
    const uint64_t col_sets[2] = {cols / array_.cols, cols % array_.cols > 0 ? 1u : 0u};
    for (size_t i = 0; i < 4; ++i) {
        works[i] = {i / 2 == 0 ? array_.lanes() : lanes % array_.lanes(),
                    i % 2 == 0 ? array_.cols : cols % array_.cols,
                    sets * lane_sets[i / 2] * col_sets[i % 2]};
    }
}

Works Cut::works(const Counts& n) const {
    Works works;
    if (layout_.kind == kind_patches) {
        patch_works(n, works);
    } else if (layout_.kind == kind_blocks || layout_.kind == kind_taps) {
        group_works(n, works);
    } else {
        dense_works(n, works);
    }
    return works;
}

// The last block may be narrower than the one before it, whose last column may then be later.
uint64_t Cut::drain(const Counts& n) const {
    const uint64_t last = cols_of_block(n, true), before = cols_of_block(n, false);
    const uint64_t since = pixels(n) * depth(n) * array_.passes;
    const uint64_t late = blocks(n) > 1 && before - 1 > since ? before - 1 - since : 0;
    return array_.rows + std::max(last - 1, late);
}

uint64_t Cut::weights(const Counts& n) const {
    if (layout_.kind == kind_patches) {
        const uint64_t outputs = layout_.patch_h * layout_.patch_w;
        return n[loop_group] * patch_rows() * patch_cols() * outputs;
    }
    if (layout_.kind == kind_blocks || layout_.kind == kind_taps) {
        const Block full = block_of(layout_.groups),
                    rest = block_of(n[loop_group] % layout_.groups);
        const uint64_t taps = layout_.kind == kind_blocks ? nest_.taps() : 1;
        return taps *
               (n[loop_group] / layout_.groups * full.lanes * full.cols + rest.lanes * rest.cols);
    }
    return n[loop_group] * n[loop_out_c] * n[loop_in_c] * nest_.taps();
}

// Of a bank, for the channels of so many taps or pixels. The last lanes of many may leave room in
// their words for those of the next tap or pixel.
uint64_t Cut::channel_words(const Counts& n, uint64_t places) const {
    const uint64_t full = n[loop_in_c] / array_.lanes(), rest = n[loop_in_c] % array_.lanes();
    if (rest == 0) {
        return places * full;
    }
    const uint64_t together = array_.products / lanes_per_row(array_, layout_, rest);
    return places * full + divide_up(places, together);
}

uint64_t Cut::weight_words(const Counts& n) const {
    return blocks(n) * (layout_.kind == kind_dense ? channel_words(n, nest_.taps()) : depth(n));
}

// Squares of the published blocks, each with the inputs around it.
uint64_t Cut::window_words(const Counts& n) const {
    const uint64_t side = layout_.window - 1;
    const uint64_t height = side * nest_.stride_h + (nest_.kernel_h - 1) * nest_.dilation_h + 1;
    const uint64_t width = side * nest_.stride_w + (nest_.kernel_w - 1) * nest_.dilation_w + 1;
    return n[loop_batch] * divide_up(n[loop_out_h], layout_.window) *
           divide_up(n[loop_out_w], layout_.window) * height * width;
}

uint64_t Cut::input_words(const Counts& n) const {
    const uint64_t height =
        (n[loop_out_h] - 1) * nest_.stride_h + (nest_.kernel_h - 1) * nest_.dilation_h + 1;
    const uint64_t width =
        (n[loop_out_w] - 1) * nest_.stride_w + (nest_.kernel_w - 1) * nest_.dilation_w + 1;
    const uint64_t image = n[loop_batch] * height * width;
    switch (layout_.kind) {
    case kind_dense:
        return n[loop_group] * channel_words(n, image);
    case kind_im2col:
        return n[loop_group] * pixels(n) * depth(n);
    case kind_blocks:
        return blocks(n) * (layout_.window > 0 ? window_words(n) : image);
    default: // any element may be wanted in any lane: banks take turns
        return divide_up(n[loop_group] * image, array_.lanes());
    }
}

uint64_t Cut::output_words(const Counts& n) const {
    return blocks(n) * pixels(n);
}

std::string layout_name(const Layout& layout, const Array& array) {
    switch (layout.kind) {
    case kind_im2col:
        return "im2col";
    case kind_blocks:
        return layout.window > 0                               ? "published"
               : layout.groups == 8 * uint64_t{array.products} ? "dense_blocks"
                                                               : "channels";
    case kind_taps:
        return "taps";
    case kind_patches:
        return text("patches %llux%llu", static_cast<unsigned long long>(layout.patch_h),
                    static_cast<unsigned long long>(layout.patch_w));
    default:
        return "dense";
    }
}

} // namespace assay::bit_fusion
