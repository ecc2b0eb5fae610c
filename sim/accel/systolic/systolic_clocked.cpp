#include "systolic_clocked.hpp"

#include <algorithm>

namespace assay::systolic::clocked {

Array::Array(sc_core::sc_module_name name, const Options& options)
    : sc_module(name), options_(options) {
    shape_.rows = options.rows;
    shape_.cols = options.cols;
    shape_.dataflow = static_cast<Dataflow>(options.dataflow);
    for (uint64_t i = 0; i < shape_.rows * shape_.cols; ++i) {
        pes_.push_back(std::make_unique<Pe>(sc_core::sc_gen_unique_name("pe"), *this,
                                            i / shape_.cols, i % shape_.cols));
    }
    history_.resize(2 * shape_.rows + shape_.cols + 2);
    columns_coming_.resize(history_.size());
    tokens_.resize(shape_.rows * (shape_.dataflow == dataflow_rs ? shape_.cols : 1));
    entering_.resize(shape_.cols);
    moving_.assign(shape_.cols, shape_.rows);
    leaving_.resize(shape_.cols);
}

void Array::layer(const tiled::Operands& operands, const Mapping& mapping) {
    nest_ = *operands.nest;
    operands_ = operands;
    mapping_ = mapping;
    shape_ = array_at(options_, nest_);
    walk_ = std::make_unique<TileWalk>(nest_, mapping_);
    walked_.reset();
    walked_steps_ = 0;
    bits_ = {};
    in_fold_ = issuing_ = spaced_ = false;
    waited_ = 0;
    steps_.clear();
    begun_ = drained_ = 0;
    std::fill(history_.begin(), history_.end(), Slot());
    for (auto& coming : columns_coming_) {
        coming.clear();
    }
    std::fill(moving_.begin(), moving_.end(), shape_.rows);
    for (auto& pe : pes_) {
        pe->registers[0] = pe->registers[1] = Registers();
        pe->active_cycles = 0;
    }
    look_ahead();
}

std::vector<uint64_t> Array::active_cycles() const {
    std::vector<uint64_t> active;
    for (const auto& pe : pes_) {
        active.push_back(pe->active_cycles);
    }
    return active;
}

int32_t Array::input(const Product& product) const {
    return operands_.input == nullptr ? 0 : input_of(operands_, product);
}

int32_t Array::weight(const Product& product) const {
    return operands_.weights == nullptr ? 0 : weight_of(operands_, product);
}

const Slot& Array::ago(uint64_t ticks) const {
    return history_[(ticks_ + history_.size() - ticks) % history_.size()];
}

// To the next fold, of this step or the next.
void Array::look_ahead() {
    upcoming_.exists = upcoming_.opens = upcoming_.stays = false;
    shifted_ = 0;
    if (walked_ == nullptr || !walked_->next(upcoming_.fold)) {
        if (!walk_->next(visit_)) {
            return;
        }
        const Layout layout = layout_of(mapping_.variant);
        walked_ = std::make_shared<Schedule>(nest_, shape_, layout, visit_.tile);
        insist(walked_->next(upcoming_.fold), "a tile without folds");
        const Operand stays = shape_.dataflow == dataflow_is ? operand_input : operand_weight;
        upcoming_.opens = true;
        upcoming_.stays = stationary() && !visit_.fresh[stays] &&
                          Cut(nest_, shape_, layout, counts_of(visit_.tile)).folds() == 1;
        ++walked_steps_;
    }
    upcoming_.exists = true;
    upcoming_.schedule = walked_;
    upcoming_.number = walked_steps_ - 1;
}

void Array::begin(const tiled::Step& step) {
    insist(!issuing_ && upcoming_.exists && upcoming_.opens && upcoming_.number == begun_,
           "the array expected another step");
    ++begun_;
    steps_.emplace_back();
    steps_.back().drain = step.drain_cycles;
    issuing_ = true;
    spaced_ = false;
    if (stationary() && !upcoming_.stays && shifted_ < shape_.rows) {
        insist(drained_ + 1 == begun_, "operands moved into an array at work");
        insist(shape_.rows - shifted_ <= step.setup_cycles, "too little time to move operands in");
        deposit();
    }
}

// One edge. A bubble goes through the array like an issue.
void Array::cycle(bool may_issue) {
    parity_ ^= 1;
    ++ticks_;
    Slot& slot = history_[ticks_ % history_.size()];
    slot = Slot();
    auto& coming = columns_coming_[ticks_ % history_.size()];
    coming.clear();
    collect();
    if (may_issue) {
        issue(slot);
        shift(coming);
    }
    feed();
    count_drained();
    tick.notify(sc_core::SC_ZERO_TIME);
}

// The next fold of the step can begin in this slot.
bool Array::ready() const {
    if (stationary()) {
        return upcoming_.stays || shifted_ == shape_.rows;
    }
    const uint64_t cycles = upcoming_.fold.steps * shape_.passes();
    return shape_.dataflow == dataflow_rs || !spaced_ ||
           slots_ + cycles >= last_issue_ + shape_.rows + 1;
}

void Array::issue(Slot& slot) {
    if (!issuing_) {
        return;
    }
    ++slots_;
    if (!in_fold_ && !ready()) {
        return;
    }
    if (!in_fold_) {
        current_ = Slot();
        current_.schedule = upcoming_.schedule;
        current_.fold = upcoming_.fold;
        current_.number = upcoming_.number;
        current_.live = in_fold_ = true;
        look_ahead();
    }
    if (sums_coming()) {
        return;
    }
    current_.last_pass = current_.pass + 1 == shape_.passes();
    current_.last_of_fold = current_.last_pass && current_.step + 1 == current_.fold.steps;
    slot = current_;
    expect(slot);
    current_.pass = current_.last_pass ? 0 : current_.pass + 1;
    current_.step += current_.last_pass ? 1 : 0;
    if (slot.last_of_fold) {
        end_fold();
    }
}

// rs: before the first product of an output, the networks on chip bring its earlier values.
bool Array::sums_coming() {
    const Fold& f = current_.fold;
    const uint64_t products = nest_.kernel_w * f.channels;
    if (shape_.dataflow != dataflow_rs || current_.step % products != 0 || current_.pass != 0) {
        return false;
    }
    const uint64_t busy = products * shape_.passes();
    const bool wait = waited_ < shape_.window(busy, f.rows / f.kernel_rows * f.cols) - busy;
    waited_ = wait ? waited_ + 1 : 0;
    return wait;
}

// Sums that the slot will bring.
void Array::expect(const Slot& slot) {
    const Fold& f = slot.fold;
    uint64_t sums = 0;
    switch (shape_.dataflow) {
    case dataflow_os:
        sums = slot.last_of_fold ? f.rows * f.cols : 0;
        break;
    case dataflow_rs:
        sums = ends_row(slot) ? f.rows / f.kernel_rows * f.cols : 0;
        break;
    default:
        sums = slot.last_pass ? f.cols : 0;
    }
    steps_[slot.number - drained_].outstanding += sums;
}

bool Array::ends_row(const Slot& slot) const {
    const uint64_t products = nest_.kernel_w * slot.fold.channels;
    return slot.live && slot.last_pass && (slot.step + 1) % products == 0;
}

void Array::end_fold() {
    in_fold_ = false;
    spaced_ = true;
    last_issue_ = slots_;
    if (!upcoming_.exists || upcoming_.opens) {
        issuing_ = false;
        steps_.back().end = ticks_ + steps_.back().drain;
    }
}

// ws, is: one row of the upcoming fold enters behind the fold at work, a column a tick later than
// the one before.
void Array::shift(std::vector<Drop>& coming) {
    if (!stationary() || !upcoming_.exists || upcoming_.stays || shifted_ == shape_.rows) {
        return;
    }
    for (uint64_t col = 0; col < shape_.cols; ++col) {
        coming.push_back(stationary_operand(shifted_, col));
    }
    ++shifted_;
}

Drop Array::stationary_operand(uint64_t row, uint64_t col) {
    const Fold& fold = upcoming_.fold;
    Drop drop{0, row, col < fold.cols}; // nothing goes where it would come after the fold has left
    if (row >= fold.rows || col >= fold.cols) {
        return drop;
    }
    const Product p = upcoming_.schedule->product(fold, row, col, 0);
    if (shape_.dataflow == dataflow_is) {
        drop.value = input(p);
        bits_.input_read += nest_.a_bits;
    } else {
        drop.value = weight(p);
        bits_.weight_read += p.linked() ? nest_.w_bits : 0;
    }
    return drop;
}

// Rows that came in while the array stood still, in the step's setup.
void Array::deposit() {
    for (; shifted_ < shape_.rows; ++shifted_) {
        for (uint64_t col = 0; col < shape_.cols; ++col) {
            Pe& pe = *pes_[shifted_ * shape_.cols + col];
            // Both copies: the PEs may still have to follow the edge that has just been.
            pe.registers[0].next = pe.registers[1].next = stationary_operand(shifted_, col).value;
        }
    }
}

// What enters the array at this edge: row r takes what was issued r ticks ago, column c likewise.
void Array::feed() {
    if (shape_.dataflow == dataflow_rs) {
        for (uint64_t i = 0; i < tokens_.size(); ++i) {
            tokens_[i] = row_token(i / shape_.cols, i % shape_.cols);
        }
        return;
    }
    for (uint64_t row = 0; row < shape_.rows; ++row) {
        tokens_[row] = moving_token(ago(row), row);
    }
    for (uint64_t col = 0; col < shape_.cols; ++col) {
        const auto& coming = columns_coming_[(ticks_ + history_.size() - col) % history_.size()];
        entering_[col] = shape_.dataflow == dataflow_os ? moving_weight(ago(col), col)
                         : coming.empty()               ? Drop()
                                                        : coming[col];
    }
}

Token Array::moving_token(const Slot& slot, uint64_t row) {
    Token token;
    if (!slot.live) {
        return token;
    }
    const bool os = shape_.dataflow == dataflow_os;
    token.live = true;
    token.used = row < slot.fold.rows;
    token.cols = slot.fold.cols;
    token.pass = slot.pass;
    token.swap = slot.step == 0 && slot.pass == 0;
    token.first = os ? token.swap : slot.pass == 0;
    token.last = os ? slot.last_of_fold : slot.last_pass;
    if (!token.used) {
        return token;
    }
    const Product p = slot.schedule->product(slot.fold, row, 0, slot.step);
    const uint64_t fetched = slot.pass == 0 ? 1 : 0;
    if (shape_.dataflow == dataflow_is) {
        token.value = weight(p);
        bits_.weight_read += p.linked() ? fetched * nest_.w_bits : 0;
    } else {
        token.value = input(p);
        bits_.input_read += fetched * nest_.a_bits;
    }
    return token;
}

Drop Array::moving_weight(const Slot& slot, uint64_t col) {
    if (!slot.live || col >= slot.fold.cols) {
        return {};
    }
    const Product p = slot.schedule->product(slot.fold, 0, col, slot.step);
    bits_.weight_read += slot.pass == 0 && p.linked() ? nest_.w_bits : 0;
    return {weight(p), 0, true};
}

// Kernel row k of a set works k ticks after the first, so that sums meet on their way down.
Token Array::row_token(uint64_t row, uint64_t col) {
    const uint64_t kernel_row = row % std::min(nest_.kernel_h, shape_.rows);
    const Slot& slot = ago(kernel_row);
    Token token;
    if (!slot.live || row >= slot.fold.rows || col >= slot.fold.cols) {
        return token;
    }
    const Product p = slot.schedule->product(slot.fold, row, col, slot.step);
    token.live = true;
    token.used = !slot.schedule->idle(slot.fold, row, col, slot.step);
    token.cols = slot.fold.cols;
    token.pass = slot.pass;
    token.first = slot.pass == 0 && slot.step % (nest_.kernel_w * slot.fold.channels) == 0;
    token.last = ends_row(slot);
    token.top = kernel_row == 0;
    if (!token.used) {
        return token;
    }
    token.value = input(p);
    token.weight = weight(p);
    if (slot.pass == 0) {
        const Schedule& s = *slot.schedule;
        bits_.input_read += s.fetches_input(slot.fold, row, col, slot.step) ? nest_.a_bits : 0;
        bits_.weight_read += s.fetches_weight(slot.fold, row, col, slot.step) ? nest_.w_bits : 0;
    }
    return token;
}

} // namespace assay::systolic::clocked

namespace assay::systolic {

std::unique_ptr<tiled::ClockedArray> make_clocked_array(const Options& options) {
    return std::make_unique<clocked::Array>("array", options);
}

} // namespace assay::systolic
