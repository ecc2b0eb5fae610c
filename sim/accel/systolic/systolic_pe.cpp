// A PE of the clocked model.
#include "mac.hpp"
#include "systolic_clocked.hpp"

namespace assay::systolic::clocked {

Pe::Pe(sc_core::sc_module_name name, Array& array, uint64_t row, uint64_t col)
    : sc_module(name), array_(array), row_(row), col_(col) {
    SC_METHOD(step);
    sensitive << array.tick;
    dont_initialize();
}

void Pe::step() {
    const Registers& old = registers[array_.after() ^ 1];
    Registers& now = registers[array_.after()];
    now = old;
    take(now, old);
    multiply(now, old);
    if (array_.shape().dataflow == dataflow_os) {
        move_result(now);
    }
}

// From the left and from above, or from the feeders.
void Pe::take(Registers& now, const Registers& old) {
    const bool rs = array_.shape().dataflow == dataflow_rs;
    now.token =
        col_ == 0 || rs ? array_.token_for(row_, col_) : array_.before(row_, col_ - 1).token;
    now.drop = row_ == 0 ? array_.drop_for(col_) : array_.before(row_ - 1, col_).drop;
    if (now.token.live && now.token.swap) {
        now.held = old.next;
    }
    if (now.drop.live && now.drop.row == row_) {
        now.next = now.drop.value;
    }
}

void Pe::multiply(Registers& now, const Registers& old) {
    const Token& token = now.token;
    const Dataflow flow = array_.shape().dataflow;
    const bool active = token.live && token.used && col_ < token.cols;
    now.sum = Sum();
    if (!token.live) {
        return;
    }
    uint32_t product = 0;
    if (active) {
        const int32_t stays = flow == dataflow_os ? now.drop.value : now.held;
        const int32_t w = flow == dataflow_rs   ? token.weight
                          : flow == dataflow_is ? token.value
                                                : stays;
        const int32_t a = flow == dataflow_is ? stays : token.value;
        const auto& shape = array_.shape();
        product = pass_product(w, a, shape.w_parts, shape.a_parts, shape.mac_bits, token.pass);
        ++active_cycles;
    }
    now.own = (token.first ? 0 : old.own) + product;
    if (token.last && flow != dataflow_os) {
        const bool top = row_ == 0 || token.top;
        now.sum = {now.own + (top ? 0 : array_.before(row_ - 1, col_).sum.value), true};
    }
}

// os: results wait until the column moves, and move one row a tick.
void Pe::move_result(Registers& now) {
    const uint64_t from = array_.moving_from(col_);
    if (row_ >= from && from < array_.shape().rows) {
        now.result = row_ > from ? array_.before(row_ - 1, col_).result : Sum();
    }
    const bool finished = now.token.live && now.token.last;
    if (finished && now.token.used && col_ < now.token.cols) {
        insist(!now.result.live, "a result is overwritten");
        now.result = {now.own, true};
    }
}

} // namespace assay::systolic::clocked
