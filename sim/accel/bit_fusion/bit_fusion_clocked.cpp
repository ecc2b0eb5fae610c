#include "bit_fusion_clocked.hpp"

#include <algorithm>

#include "text.hpp"

namespace assay::bit_fusion {
namespace clocked {
namespace {

constexpr unsigned half_bits = 8; // of a 16-bit operand that enters in one pass
constexpr uint64_t sum_bits = 32;

unsigned bits_of_half(unsigned bits, unsigned half) {
    return half == 0 ? std::min(bits, half_bits) : bits - half_bits;
}

unsigned halves(unsigned width) {
    return width > half_bits ? 2 : 1;
}

} // namespace

Unit::Unit(sc_core::sc_module_name name, const Layer& layer, const sc_core::sc_event& edge_event,
           uint64_t col)
    : sc_module(name), layer_(layer), col_(col) {
    SC_METHOD(edge);
    sensitive << edge_event;
    dont_initialize();
}

void Unit::connect(const Packet* entry, const Unit* left, const Unit* above) {
    entry_ = entry;
    left_ = left;
    above_ = above;
}

void Unit::clear() {
    packet_.fill(Packet());
    sum_.fill(Sum());
    active_cycles = weight_bits = 0;
}

void Unit::edge() {
    const unsigned now = layer_.side, before = 1 - now;
    const Packet& in = left_ == nullptr ? *entry_ : left_->packet_[before];
    Sum& sum = sum_[now];
    sum = above_ == nullptr ? Sum() : above_->sum_[before];
    const bool active = in.work != nullptr && in.count > 0 && col_ < in.issue.cols;
    packet_[now].work = nullptr;
    if (active) {
        packet_[now] = in;
        work(in, sum);
    }
}

// The weights are read from the unit's own slice of the buffer.
void Unit::work(const Packet& in, Sum& sum) {
    const Nest& nest = layer_.nest;
    ++active_cycles;
    weight_bits += in.count * bits_of_half(nest.w_bits, in.pass / halves(layer_.array.a_width));
    sum.work = in.work;
    sum.issue = in.issue;
    sum.pass = in.pass;
    if (!layer_.values()) {
        return;
    }
    const Column column = in.work->schedule.column(in.issue, col_);
    for (unsigned i = 0; i < in.count; ++i) {
        const int64_t link = in.work->schedule.link(in.lane[i], column);
        const int32_t weight = link < 0 ? 0 : layer_.operands->weights[link];
        sum.value += static_cast<uint32_t>(pass_product(weight, in.value[i], layer_.array.w_width,
                                                        layer_.array.a_width, nest.w_signed,
                                                        nest.a_signed, in.pass));
    }
}

class ArrayOfUnits : public sc_core::sc_module, public tiled::ClockedArray {
  public:
    ArrayOfUnits(sc_core::sc_module_name name, const Options& options)
        : sc_module(name), options_(options), entry_(options.rows), held_(options.cols) {
        build();
    }
    void layer(const tiled::Operands& operands, const Mapping& mapping) override;
    void begin(const tiled::Step& step) override;
    void cycle(bool may_issue) override;
    bool issuing() const override { return issuing_; }
    uint64_t drained() const override { return drained_; }
    tiled::BufferBits buffer_bits() const override;
    std::vector<uint64_t> active_cycles() const override;

  private:
    void build();
    void collect(uint64_t col, const Sum& sum);
    void issue_next(Packet& first);
    void enter(uint64_t row);
    const Options options_;
    sc_core::sc_event edge_;
    Layer layer_;
    Layout layout_;
    std::vector<std::unique_ptr<Unit>> units_; // row major
    std::vector<Packet> entry_;                // of each row, in this cycle
    std::vector<uint32_t> held_;               // accumulator under each column
    std::deque<std::unique_ptr<Work>> works_;  // begun, not drained
    bool issuing_ = false;
    Issue issue_;
    unsigned pass_ = 0;
    uint64_t drained_ = 0, ticks_ = 0;
    tiled::BufferBits bits_;
};

void ArrayOfUnits::build() {
    for (uint64_t i = 0; i < options_.rows * options_.cols; ++i) {
        const uint64_t row = i / options_.cols, col = i % options_.cols;
        const std::string name = text("unit_%llu_%llu", static_cast<unsigned long long>(row),
                                      static_cast<unsigned long long>(col));
        units_.push_back(std::make_unique<Unit>(name.c_str(), layer_, edge_, col));
        units_.back()->connect(&entry_[row], col == 0 ? nullptr : units_[i - 1].get(),
                               row == 0 ? nullptr : units_[i - options_.cols].get());
    }
}

void ArrayOfUnits::layer(const tiled::Operands& operands, const Mapping& mapping) {
    layer_.operands = &operands;
    layer_.nest = *operands.nest;
    layer_.array = array_at(options_, layer_.nest);
    layout_ = layout_of(mapping.variant);
    for (const auto& unit : units_) {
        unit->clear();
    }
    std::fill(entry_.begin(), entry_.end(), Packet());
    works_.clear();
    issuing_ = false;
    drained_ = ticks_ = 0;
    bits_ = tiled::BufferBits();
}

void ArrayOfUnits::begin(const tiled::Step& step) {
    works_.push_back(std::make_unique<Work>(layer_.nest, layer_.array, layout_, step));
    issuing_ = works_.back()->schedule.next(issue_);
    pass_ = 0;
}

void ArrayOfUnits::issue_next(Packet& first) {
    first.work = works_.back().get();
    first.issue = issue_;
    first.pass = pass_;
    if (++pass_ == layer_.array.passes) {
        pass_ = 0;
        first.work->on_the_way += issue_.last ? issue_.cols : 0;
        issuing_ = first.work->schedule.next(issue_);
        first.work->issued = !issuing_;
        first.work->end = first.work->held ? ticks_ + first.work->drain : 0;
    }
}

// Row `row` takes its share of an issue's operands from its bank of the input buffer.
void ArrayOfUnits::enter(uint64_t row) {
    Packet& packet = entry_[row];
    packet.count = 0;
    if (packet.work == nullptr) {
        return;
    }
    const uint64_t each = lanes_per_row(layer_.array, layout_, packet.issue.lanes);
    const uint64_t begin = row * each;
    if (begin >= packet.issue.lanes) {
        return;
    }
    packet.count = static_cast<unsigned>(std::min(each, packet.issue.lanes - begin));
    const Nest& nest = layer_.nest;
    const unsigned half = packet.pass % halves(layer_.array.a_width);
    bits_.input_read += packet.count * bits_of_half(nest.a_bits, half);
    if (!layer_.values()) {
        return;
    }
    const uint64_t batch = packet.work->tile.range[loop_batch].first + packet.issue.batch;
    for (unsigned i = 0; i < packet.count; ++i) {
        const Lane lane = packet.work->schedule.lane(packet.issue, begin + i);
        packet.lane[i] = lane;
        packet.value[i] =
            layer_.operands->input_at(batch, lane.group * nest.in_c + lane.in_c, lane.y, lane.x);
    }
}

// Below a column: the sums of an output are accumulated, its last one is written to the buffer.
void ArrayOfUnits::collect(uint64_t col, const Sum& sum) {
    const bool last = sum.issue.last && sum.pass + 1 == layer_.array.passes;
    sum.work->on_the_way -= last ? 1 : 0;
    const Column column = sum.work->schedule.column(sum.issue, col);
    if (!column.used) {
        return;
    }
    const Nest& nest = layer_.nest;
    const uint64_t batch = sum.work->tile.range[loop_batch].first + sum.issue.batch;
    const uint64_t channel = column.group * nest.out_c + column.out_c;
    if (sum.issue.first && sum.pass == 0) {
        const bool goes_on = continues(options_, sum.work->tile);
        bits_.output_read += goes_on ? sum_bits : 0;
        held_[col] = goes_on && layer_.values()
                         ? layer_.operands->sum_at(batch, channel, column.y, column.x)
                         : 0;
    }
    held_[col] += sum.value;
    if (last) {
        bits_.output_write += sum_bits;
        if (layer_.values()) {
            layer_.operands->sum_at(batch, channel, column.y, column.x) = held_[col];
        }
    }
}

void ArrayOfUnits::cycle(bool may_issue) {
    for (uint64_t col = 0; col < options_.cols; ++col) {
        const Sum& sum = units_[(options_.rows - 1) * options_.cols + col]->sum();
        if (sum.work != nullptr) {
            collect(col, sum);
        }
    }
    // From each row's entry to the next one's: row r is r cycles late.
    std::move_backward(entry_.begin(), entry_.end() - 1, entry_.end());
    entry_.front() = Packet();
    ++ticks_;
    if (may_issue && issuing_) {
        issue_next(entry_.front());
    } else if (issuing_) {
        works_.back()->held = true;
    }
    for (uint64_t row = 0; row < options_.rows; ++row) {
        enter(row);
    }
    while (!works_.empty() && works_.front()->issued && works_.front()->on_the_way == 0 &&
           works_.front()->end <= ticks_) {
        works_.pop_front();
        ++drained_;
    }
    layer_.side = 1 - layer_.side;
    edge_.notify(sc_core::SC_ZERO_TIME);
}

tiled::BufferBits ArrayOfUnits::buffer_bits() const {
    tiled::BufferBits bits = bits_;
    for (const auto& unit : units_) {
        bits.weight_read += unit->weight_bits;
    }
    return bits;
}

std::vector<uint64_t> ArrayOfUnits::active_cycles() const {
    std::vector<uint64_t> cycles;
    for (const auto& unit : units_) {
        cycles.push_back(unit->active_cycles);
    }
    return cycles;
}

} // namespace clocked

std::unique_ptr<tiled::ClockedArray> make_clocked_array(const Options& options) {
    return std::make_unique<clocked::ArrayOfUnits>("array", options);
}

} // namespace assay::bit_fusion
