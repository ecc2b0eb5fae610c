#include "fold_schedule.hpp"

#include <algorithm>

namespace assay::systolic {

Schedule::Schedule(const Nest& nest, const Array& array, const Layout& layout, const Tile& tile)
    : nest_(nest), array_(array), layout_(layout), tile_(tile), n_(counts_of(tile)),
      cut_(nest, array, layout, n_) {}

bool Schedule::next(Fold& fold) {
    const bool more = array_.dataflow == dataflow_rs ? next_rows(at_) : next_gemm(at_);
    started_ = true;
    fold = at_;
    return more;
}

// Blocks, columns of folds, rows of folds: the last varies fastest.
bool Schedule::next_gemm(Fold& f) {
    const bool os = array_.dataflow == dataflow_os, is = array_.dataflow == dataflow_is;
    const uint64_t pixels = n_[loop_batch] * n_[loop_out_h] * n_[loop_out_w];
    const auto depth = [&] { return f.groups * n_[loop_in_c] * nest_.taps(); };
    const auto outputs = [&] { return f.groups * n_[loop_out_c]; };
    const auto down = [&] { return os ? pixels : depth(); };
    const auto right = [&] { return is ? pixels : outputs(); };
    if (started_) {
        f.first_down += array_.rows;
        if (f.first_down >= down()) {
            f.first_down = 0;
            f.first_right += array_.cols;
        }
        if (f.first_right >= right()) {
            f.first_right = 0;
            f.first_group += layout_.groups;
        }
    }
    if (f.first_group >= n_[loop_group]) {
        return false;
    }
    f.groups = std::min(layout_.groups, n_[loop_group] - f.first_group);
    f.rows = std::min(array_.rows, down() - f.first_down);
    f.cols = std::min(array_.cols, right() - f.first_right);
    f.steps = os ? depth() : is ? outputs() : pixels;
    f.adds = !tile_.first_in_c || (!os && f.first_down > 0);
    return true;
}

// Groups, images, input channels, output channels, parts of the kernel: the last varies fastest.
bool Schedule::next_rows(Fold& f) {
    constexpr Loop order[] = {loop_out_c, loop_in_c, loop_batch, loop_group};
    const auto stride = [&](Loop loop) {
        return cut_.sets(loop) * (loop == loop_in_c ? array_.channels : 1);
    };
    if (started_) {
        f.kernel_row += cut_.set_rows();
        if (f.kernel_row >= nest_.kernel_h) {
            f.kernel_row = 0;
            f.first[order[0]] += stride(order[0]);
        }
        for (size_t i = 0; i + 1 < std::size(order); ++i) {
            if (f.first[order[i]] >= n_[order[i]]) {
                f.first[order[i]] = 0;
                f.first[order[i + 1]] += stride(order[i + 1]);
            }
        }
    }
    if (f.first[loop_group] >= n_[loop_group]) {
        return false;
    }
    const auto used = [&](Loop loop) {
        return std::min(cut_.sets(loop), n_[loop] - f.first[loop]);
    };
    f.kernel_rows = std::min(cut_.set_rows(), nest_.kernel_h - f.kernel_row);
    f.rows = used(layout_.down) * f.kernel_rows;
    f.cols = used(layout_.right) * n_[loop_out_h];
    f.channels = std::min(array_.channels,
                          divide_up(n_[loop_in_c] - f.first[loop_in_c], cut_.sets(loop_in_c)));
    f.steps = n_[loop_out_w] * nest_.kernel_w * f.channels;
    f.fetches_input = f.first[loop_out_c] / cut_.sets(loop_out_c) % array_.filters == 0;
    return true;
}

Product Schedule::product(const Fold& f, uint64_t row, uint64_t col, uint64_t step) const {
    switch (array_.dataflow) {
    case dataflow_ws:
        return of_gemm(f, f.first_down + row, step, f.first_right + col);
    case dataflow_os:
        return of_gemm(f, step, f.first_down + row, f.first_right + col);
    case dataflow_is:
        return of_gemm(f, f.first_down + row, f.first_right + col, step);
    default:
        return of_rows(f, row, col, step);
    }
}

Product Schedule::of_gemm(const Fold& f, uint64_t depth, uint64_t pixel, uint64_t output) const {
    const uint64_t taps = nest_.taps(), image = n_[loop_out_h] * n_[loop_out_w];
    const uint64_t group = depth / (taps * n_[loop_in_c]);
    Product p;
    p.group = tile_.range[loop_group].first + f.first_group + group;
    p.out_group = tile_.range[loop_group].first + f.first_group + output / n_[loop_out_c];
    p.in_c = tile_.range[loop_in_c].first + depth / taps % n_[loop_in_c];
    p.tap = depth % taps;
    p.out_c = tile_.range[loop_out_c].first + output % n_[loop_out_c];
    p.batch = tile_.range[loop_batch].first + pixel / image;
    p.y = tile_.range[loop_out_h].first + pixel % image / n_[loop_out_w];
    p.x = tile_.range[loop_out_w].first + pixel % n_[loop_out_w];
    return p;
}

// Of the fold's sets along `loop`, the PE's.
uint64_t Schedule::set_of(Loop loop, const Fold& f, uint64_t row, uint64_t col) const {
    return loop == layout_.down    ? row / f.kernel_rows
           : loop == layout_.right ? col / n_[loop_out_h]
                                   : 0;
}

bool Schedule::idle(const Fold& f, uint64_t row, uint64_t col, uint64_t step) const {
    const uint64_t channel = step / nest_.kernel_w % f.channels;
    return array_.dataflow == dataflow_rs &&
           f.first[loop_in_c] + channel * cut_.sets(loop_in_c) + set_of(loop_in_c, f, row, col) >=
               n_[loop_in_c];
}

Product Schedule::of_rows(const Fold& f, uint64_t row, uint64_t col, uint64_t step) const {
    const auto at = [&](Loop loop) {
        return tile_.range[loop].first + f.first[loop] + set_of(loop, f, row, col);
    };
    Product p;
    p.batch = at(loop_batch);
    p.group = p.out_group = at(loop_group);
    p.in_c = at(loop_in_c) + step / nest_.kernel_w % f.channels * cut_.sets(loop_in_c);
    p.out_c = at(loop_out_c);
    p.tap = (f.kernel_row + row % f.kernel_rows) * nest_.kernel_w + step % nest_.kernel_w;
    p.y = tile_.range[loop_out_h].first + col % n_[loop_out_h];
    p.x = tile_.range[loop_out_w].first + step / (nest_.kernel_w * f.channels);
    return p;
}

bool Schedule::fetches_input(const Fold& f, uint64_t row, uint64_t col, uint64_t step) const {
    return f.fetches_input && set_of(loop_out_c, f, row, col) == 0 &&
           !fetched_before(col % n_[loop_out_h], row % f.kernel_rows, nest_.stride_h,
                           nest_.dilation_h, f.kernel_rows) &&
           !fetched_before(step / (nest_.kernel_w * f.channels), step % nest_.kernel_w,
                           nest_.stride_w, nest_.dilation_w, nest_.kernel_w);
}

// Once for a row of a set, for the first output column; sets of other images share it.
bool Schedule::fetches_weight(const Fold& f, uint64_t row, uint64_t col, uint64_t step) const {
    return step < nest_.kernel_w * f.channels && col % n_[loop_out_h] == 0 &&
           set_of(loop_batch, f, row, col) == 0;
}

bool Schedule::adds(const Fold& f, uint64_t row, uint64_t col) const {
    if (array_.dataflow != dataflow_rs) {
        return f.adds;
    }
    return !tile_.first_in_c || f.first[loop_in_c] + set_of(loop_in_c, f, row, col) > 0 ||
           f.kernel_row > 0;
}

int32_t input_of(const tiled::Operands& o, const Product& p) {
    const Nest& n = *o.nest;
    const auto y = static_cast<int64_t>(p.y * n.stride_h + p.tap / n.kernel_w * n.dilation_h) -
                   static_cast<int64_t>(n.pad_top);
    const auto x = static_cast<int64_t>(p.x * n.stride_w + p.tap % n.kernel_w * n.dilation_w) -
                   static_cast<int64_t>(n.pad_left);
    return o.input_at(p.batch, p.group * n.in_c + p.in_c, y, x);
}

int32_t weight_of(const tiled::Operands& o, const Product& p) {
    const Nest& n = *o.nest;
    return p.linked() ? o.weight_at(p.group * n.out_c + p.out_c, p.in_c, p.tap / n.kernel_w,
                                    p.tap % n.kernel_w)
                      : 0;
}

uint32_t& sum_of(const tiled::Operands& o, const Product& p) {
    return o.sum_at(p.batch, p.out_group * o.nest->out_c + p.out_c, p.y, p.x);
}

} // namespace assay::systolic
