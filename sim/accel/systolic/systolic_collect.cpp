// Below the array of the clocked model: where sums leave it.
#include <algorithm>

#include "systolic_clocked.hpp"

namespace assay::systolic::clocked {

void Array::collect() {
    switch (shape_.dataflow) {
    case dataflow_os:
        return collect_results();
    case dataflow_rs:
        return collect_rows();
    default:
        return collect_sums();
    }
}

// Below the last row: a column's sum comes `rows` ticks after its operands' issue, and one more for
// each column to its left.
void Array::collect_sums() {
    for (uint64_t col = 0; col < shape_.cols; ++col) {
        const Slot& slot = ago(shape_.rows + col);
        if (slot.live && slot.last_pass && col < slot.fold.cols) {
            write(slot, 0, col, before(shape_.rows - 1, col).sum);
        }
    }
}

// A column moves down from the tick after its last row has finished until all its rows have left.
void Array::collect_results() {
    for (uint64_t col = 0; col < shape_.cols; ++col) {
        moving_[col] += moving_[col] < shape_.rows ? 1 : 0;
        const Slot& slot = ago(shape_.rows + col);
        if (slot.live && slot.last_of_fold) {
            insist(moving_[col] == shape_.rows, "results leave before earlier ones have left");
            leaving_[col] = slot;
            moving_[col] = 0;
        }
        if (moving_[col] == shape_.rows) {
            continue;
        }
        const uint64_t row = shape_.rows - 1 - moving_[col];
        const Slot& left = leaving_[col];
        if (row < left.fold.rows && col < left.fold.cols) {
            write(left, row, col, before(shape_.rows - 1, col).result);
        }
    }
}

// At the foot of every set.
void Array::collect_rows() {
    for (uint64_t rows : {nest_.kernel_h % shape_.rows, std::min(nest_.kernel_h, shape_.rows)}) {
        const Slot& slot = ago(rows);
        if (rows == 0 || !ends_row(slot) || slot.fold.kernel_rows != rows) {
            continue;
        }
        for (uint64_t row = rows - 1; row < slot.fold.rows; row += rows) {
            for (uint64_t col = 0; col < slot.fold.cols; ++col) {
                write(slot, row, col, before(row, col).sum);
            }
        }
        if (nest_.kernel_h <= shape_.rows) {
            return;
        }
    }
}

void Array::write(const Slot& slot, uint64_t row, uint64_t col, const Sum& sum) {
    insist(sum.live, "no sum where one was due");
    const Product p = slot.schedule->product(slot.fold, row, col, slot.step);
    if (operands_.sums != nullptr) {
        sum_of(operands_, p) += sum.value;
    }
    bits_.output_write += shape_.psum_bits;
    bits_.output_read += slot.schedule->adds(slot.fold, row, col) ? shape_.psum_bits : 0;
    --steps_[slot.number - drained_].outstanding;
}

// Where a wide fold's last column comes after a narrow last fold's, bubbles (ports taken) between
// the two make it come earlier than the control unit's count, which does not know them.
void Array::count_drained() {
    while (!steps_.empty() && steps_.front().end <= ticks_ && steps_.front().outstanding == 0) {
        steps_.pop_front();
        ++drained_;
    }
}

} // namespace assay::systolic::clocked
