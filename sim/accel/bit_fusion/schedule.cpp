// What meets on the array, issue by issue.
#include "layout.hpp"

#include <algorithm>

namespace assay::bit_fusion {

Schedule::Schedule(const Nest& nest, const Array& array, const Layout& layout, const Tile& tile)
    : nest_(nest), array_(array), layout_(layout), tile_(tile), n_(counts_of(tile)),
      cut_(nest, array, layout), blocks_(cut_.blocks(n_)), depth_(cut_.depth(n_)),
      step_h_(layout.patch_h), step_w_(layout.patch_w) {}

// Blocks, images, rows and columns of outputs, depth: the last varies fastest.
bool Schedule::next(Issue& issue) {
    if (!started_) {
        started_ = true;
    } else if (++at_.depth == depth_) {
        at_.depth = 0;
        at_.x += step_w_;
        if (at_.x >= n_[loop_out_w]) {
            at_.x = 0;
            at_.y += step_h_;
        }
        if (at_.y >= n_[loop_out_h]) {
            at_.y = 0;
            ++at_.batch;
        }
        if (at_.batch == n_[loop_batch]) {
            at_.batch = 0;
            ++at_.block;
        }
    }
    if (at_.block == blocks_) {
        return false;
    }
    size(at_);
    issue = at_;
    return true;
}

void Schedule::size(Issue& issue) const {
    issue.first = issue.depth == 0;
    issue.last = issue.depth + 1 == depth_;
    const uint64_t all = array_.lanes();
    if (layout_.kind == kind_patches) {
        const uint64_t each = cut_.patch_rows_per_issue();
        const uint64_t left = cut_.patch_rows() - issue.depth * each;
        issue.lanes = std::min(each, left) * cut_.patch_cols();
        issue.cols = layout_.patch_h * layout_.patch_w;
        return;
    }
    if (layout_.kind == kind_blocks || layout_.kind == kind_taps) {
        const uint64_t left = n_[loop_group] - issue.block * layout_.groups;
        const uint64_t groups = std::min(layout_.groups, left);
        issue.cols = groups * nest_.out_c;
        const uint64_t lanes = groups * nest_.in_c;
        issue.lanes = layout_.kind == kind_blocks
                          ? lanes
                          : std::min(all, lanes * nest_.taps() - issue.depth * all);
        return;
    }
    const uint64_t col_blocks = divide_up(n_[loop_out_c], array_.cols);
    issue.cols = std::min(array_.cols, n_[loop_out_c] - issue.block % col_blocks * array_.cols);
    const uint64_t lane_sets = divide_up(n_[loop_in_c], all);
    issue.lanes = layout_.kind == kind_im2col
                      ? std::min(all, n_[loop_in_c] * nest_.taps() - issue.depth * all)
                      : std::min(all, n_[loop_in_c] - issue.depth % lane_sets * all);
}

// From a tap of the issue's pixel to a position in the image.
void Schedule::place(Lane& lane, const Issue& issue) const {
    const uint64_t y = (tile_.range[loop_out_h].first + issue.y) * nest_.stride_h +
                       lane.tap / nest_.kernel_w * nest_.dilation_h;
    const uint64_t x = (tile_.range[loop_out_w].first + issue.x) * nest_.stride_w +
                       lane.tap % nest_.kernel_w * nest_.dilation_w;
    lane.y = static_cast<int64_t>(y) - static_cast<int64_t>(nest_.pad_top);
    lane.x = static_cast<int64_t>(x) - static_cast<int64_t>(nest_.pad_left);
}

void Schedule::patch_lane(const Issue& issue, uint64_t index, Lane& lane) const {
    const uint64_t row = issue.depth * cut_.patch_rows_per_issue() + index / cut_.patch_cols();
    const uint64_t down = row * (layout_.patch_h == 1 ? nest_.dilation_h : 1);
    const uint64_t y = (tile_.range[loop_out_h].first + issue.y) * nest_.stride_h + down;
    const uint64_t x =
        (tile_.range[loop_out_w].first + issue.x) * nest_.stride_w + index % cut_.patch_cols();
    lane.group = tile_.range[loop_group].first + issue.block;
    lane.y = static_cast<int64_t>(y) - static_cast<int64_t>(nest_.pad_top);
    lane.x = static_cast<int64_t>(x) - static_cast<int64_t>(nest_.pad_left);
}

Lane Schedule::lane(const Issue& issue, uint64_t index) const {
    Lane lane;
    const uint64_t flat = issue.depth * array_.lanes() + index, taps = nest_.taps();
    switch (layout_.kind) {
    case kind_patches:
        patch_lane(issue, index, lane);
        return lane;
    case kind_blocks:
        lane.group = issue.block * layout_.groups + index / nest_.in_c;
        lane.in_c = index % nest_.in_c;
        lane.tap = issue.depth;
        break;
    case kind_taps:
        lane.group = issue.block * layout_.groups + flat / (taps * nest_.in_c);
        lane.in_c = flat / taps % nest_.in_c;
        lane.tap = flat % taps;
        break;
    case kind_im2col:
        lane.group = issue.block / divide_up(n_[loop_out_c], array_.cols);
        lane.in_c = flat / taps;
        lane.tap = flat % taps;
        break;
    case kind_dense: {
        const uint64_t sets = divide_up(n_[loop_in_c], array_.lanes());
        lane.group = issue.block / divide_up(n_[loop_out_c], array_.cols);
        lane.in_c = issue.depth % sets * array_.lanes() + index;
        lane.tap = issue.depth / sets;
        break;
    }
    }
    lane.group += tile_.range[loop_group].first;
    lane.in_c += tile_.range[loop_in_c].first;
    place(lane, issue);
    return lane;
}

Column Schedule::column(const Issue& issue, uint64_t index) const {
    Column column;
    column.y = issue.y;
    column.x = issue.x;
    if (layout_.kind == kind_patches) {
        column.group = issue.block;
        column.y += index / layout_.patch_w;
        column.x += index % layout_.patch_w;
        column.used = column.y < n_[loop_out_h] && column.x < n_[loop_out_w];
    } else if (layout_.kind == kind_blocks || layout_.kind == kind_taps) {
        column.group = issue.block * layout_.groups + index / nest_.out_c;
        column.out_c = index % nest_.out_c;
    } else {
        const uint64_t col_blocks = divide_up(n_[loop_out_c], array_.cols);
        column.group = issue.block / col_blocks;
        column.out_c = issue.block % col_blocks * array_.cols + index;
    }
    column.group += tile_.range[loop_group].first;
    column.out_c += tile_.range[loop_out_c].first;
    column.y += tile_.range[loop_out_h].first;
    column.x += tile_.range[loop_out_w].first;
    return column;
}

// The tap that leads from a column's output to a lane's input, or -1.
int64_t Schedule::patch_tap(const Lane& lane, const Column& column) const {
    const int64_t down = lane.y + static_cast<int64_t>(nest_.pad_top) -
                         static_cast<int64_t>(column.y * nest_.stride_h);
    const int64_t right = lane.x + static_cast<int64_t>(nest_.pad_left) -
                          static_cast<int64_t>(column.x * nest_.stride_w);
    const auto dilation_h = static_cast<int64_t>(nest_.dilation_h);
    const auto dilation_w = static_cast<int64_t>(nest_.dilation_w);
    if (down < 0 || right < 0 || down % dilation_h != 0 || right % dilation_w != 0) {
        return -1;
    }
    const int64_t ky = down / dilation_h, kx = right / dilation_w;
    const auto height = static_cast<int64_t>(nest_.kernel_h);
    const auto width = static_cast<int64_t>(nest_.kernel_w);
    return ky < height && kx < width ? ky * width + kx : -1;
}

int64_t Schedule::link(const Lane& lane, const Column& column) const {
    if (lane.group != column.group || !column.used) {
        return -1;
    }
    const int64_t tap =
        layout_.kind == kind_patches ? patch_tap(lane, column) : static_cast<int64_t>(lane.tap);
    const uint64_t channel = column.group * nest_.out_c + column.out_c;
    return tap < 0 ? -1
                   : static_cast<int64_t>((channel * nest_.in_c + lane.in_c) * nest_.taps()) + tap;
}

} // namespace assay::bit_fusion
