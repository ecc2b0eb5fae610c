#include "dpa.hpp"

#include <systemc>

#include <algorithm>
#include <deque>
#include <string>

#include "planes.hpp"
#include "product.hpp"

namespace assay::bit_serial {
namespace {

// A step on the array, until its last sum is in the result buffer.
struct Work {
    Tile tile;
    Product product;
    TilePlanes planes;
    bool has_values;
    uint64_t written = 0; // sums
};

// What the control unit sends along with a word, from the feeding registers through the units.
struct Control {
    bool valid = false;
    Pass pass{};
    bool first = false, last = false;      // word of a slot
    bool diagonal = false;                 // first word of a pass: the sum may move up
    uint64_t first_row = 0, first_col = 0; // of the slot, in the tile
    uint64_t rows = 0, cols = 0;           // that it uses
    Work* work = nullptr;
};

class Array;

// One dot-product unit. At every tick it takes what the registers of its row and column hold; the
// count reaches the sum `latency` ticks later.
class Unit : public sc_core::sc_module {
  public:
    uint64_t active_cycles = 0;

    SC_HAS_PROCESS(Unit);
    Unit(sc_core::sc_module_name name, Array& array, uint64_t row, uint64_t col);
    void reset();

  private:
    struct Stage {
        Control control;
        uint32_t count = 0;
    };
    void tick();
    Stage take();
    void add(const Stage& stage);
    Array& array_;
    const uint64_t row_, col_;
    std::array<Stage, 15> pipe_; // ring of `latency` stages
    size_t at_ = 0;
    uint32_t sum_ = 0;
};

class Array : public sc_core::sc_module, public tiled::ClockedArray {
  public:
    Array(sc_core::sc_module_name name, const Options& options);
    void layer(const tiled::Operands& operands, const Mapping& mapping) override;
    void begin(const tiled::Step& step) override;
    void cycle(bool may_issue) override;
    bool issuing() const override { return issuing_; }
    uint64_t drained() const override { return drained_; }
    tiled::BufferBits buffer_bits() const override { return bits_; }
    std::vector<uint64_t> active_cycles() const override;

    // For the units.
    sc_core::sc_event tick;
    const Options options;
    std::vector<Word> row_word, col_word;
    Control control;
    void write(Work& work, uint64_t row, uint64_t col, uint32_t sum);

  private:
    void issue();
    void feed(std::vector<Word>& words, const BitPlanes& planes, unsigned plane, uint64_t first,
              uint64_t count);
    void advance();
    std::vector<std::unique_ptr<Unit>> units_;
    tiled::Operands operands_;
    Nest nest_;
    std::vector<Pass> passes_;
    std::deque<Work> works_; // on the array, oldest first
    bool issuing_ = false;
    uint64_t drained_ = 0;
    uint64_t row_slot_ = 0, col_slot_ = 0, pass_ = 0, word_ = 0; // next to be fed
    tiled::BufferBits bits_;
};

Unit::Unit(sc_core::sc_module_name name, Array& array, uint64_t row, uint64_t col)
    : sc_module(name), array_(array), row_(row), col_(col) {
    SC_METHOD(tick);
    sensitive << array_.tick;
    dont_initialize();
}

void Unit::reset() {
    active_cycles = 0;
    pipe_.fill(Stage());
    sum_ = 0;
}

Unit::Stage Unit::take() {
    Stage stage;
    stage.control = array_.control;
    stage.control.valid &= row_ < array_.control.rows && col_ < array_.control.cols;
    if (stage.control.valid) {
        ++active_cycles;
        const Word &row = array_.row_word[row_], &col = array_.col_word[col_];
        stage.count = common_bits(row.data(), col.data(), row.size());
    }
    return stage;
}

void Unit::add(const Stage& stage) {
    const Control& c = stage.control;
    if (!c.valid) {
        return;
    }
    sum_ = c.first ? 0 : sum_;
    sum_ = accumulate(sum_, c.diagonal && c.pass.shift, c.pass.negative, stage.count);
    if (c.last) {
        array_.write(*c.work, c.first_row + row_, c.first_col + col_, sum_);
    }
}

void Unit::tick() {
    pipe_[at_] = take();
    at_ = (at_ + 1) % array_.options.dpu_latency;
    add(pipe_[at_]);
    pipe_[at_].control.valid = false;
}

Array::Array(sc_core::sc_module_name name, const Options& o)
    : sc_module(name), options(o), row_word(o.rows), col_word(o.cols) {
    for (uint64_t row = 0; row < o.rows; ++row) {
        for (uint64_t col = 0; col < o.cols; ++col) {
            const std::string unit = "unit_" + std::to_string(row) + "_" + std::to_string(col);
            units_.push_back(std::make_unique<Unit>(unit.c_str(), *this, row, col));
        }
    }
}

void Array::layer(const tiled::Operands& operands, const Mapping&) {
    operands_ = operands;
    nest_ = *operands.nest;
    operands_.nest = &nest_;
    passes_ = passes(nest_);
    works_.clear();
    issuing_ = false;
    drained_ = 0;
    control = Control();
    bits_ = tiled::BufferBits();
    for (auto& unit : units_) {
        unit->reset();
    }
}

void Array::begin(const tiled::Step& step) {
    const Tile& tile = step.visit.tile;
    const Product product = product_of(options, nest_, tile);
    const bool values = operands_.sums != nullptr;
    const TilePlanes none{BitPlanes(0, 0, 0), BitPlanes(0, 0, 0)};
    works_.push_back(
        {tile, product, values ? tile_planes(operands_, tile, product) : none, values});
    row_slot_ = col_slot_ = pass_ = word_ = 0;
    issuing_ = true;
}

void Array::cycle(bool may_issue) {
    while (!works_.empty() &&
           works_.front().written == works_.front().product.m * works_.front().product.n) {
        works_.pop_front();
        ++drained_;
    }
    control.valid = false;
    if (may_issue && issuing_) {
        issue();
    }
    tick.notify(sc_core::SC_ZERO_TIME);
}

// The buffers of all rows and columns that the slot uses are read side by side.
void Array::feed(std::vector<Word>& words, const BitPlanes& planes, unsigned plane, uint64_t first,
                 uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
        words[i] = planes.word(first + i, plane, word_ * options.dpu_bits, options.dpu_bits);
    }
}

void Array::issue() {
    Work& work = works_.back();
    const Product& p = work.product;
    Control c;
    c.valid = true;
    c.pass = passes_[pass_];
    c.diagonal = word_ == 0;
    c.first = pass_ == 0 && word_ == 0;
    c.last = pass_ + 1 == p.passes && word_ + 1 == p.words;
    c.first_row = row_slot_ * options.rows;
    c.first_col = col_slot_ * options.cols;
    c.rows = std::min(options.rows, p.m - c.first_row);
    c.cols = std::min(options.cols, p.n - c.first_col);
    c.work = &work;
    control = c;
    bits_.weight_read += c.rows * options.dpu_bits;
    bits_.input_read += c.cols * options.dpu_bits;
    if (work.has_values) {
        feed(row_word, work.planes.weights, c.pass.w_plane, c.first_row, c.rows);
        feed(col_word, work.planes.inputs, c.pass.a_plane, c.first_col, c.cols);
    }
    advance();
}

// Words, then pairs of planes, then column slots, then row slots.
void Array::advance() {
    const Product& p = works_.back().product;
    struct Counter {
        uint64_t& at;
        uint64_t end;
    };
    for (const Counter& counter :
         {Counter{word_, p.words}, Counter{pass_, p.passes}, Counter{col_slot_, p.col_slots},
          Counter{row_slot_, p.row_slots}}) {
        if (++counter.at < counter.end) {
            return;
        }
        counter.at = 0;
    }
    issuing_ = false;
}

void Array::write(Work& work, uint64_t row, uint64_t col, uint32_t sum) {
    ++work.written;
    bits_.output_write += work.tile.last_in_c ? output_bits(options, nest_) : 32;
    bits_.output_read += work.tile.first_in_c ? 0 : 32;
    if (work.has_values) {
        sum_of(operands_, work.tile, row, col) += sum;
    }
}

std::vector<uint64_t> Array::active_cycles() const {
    std::vector<uint64_t> cycles;
    for (const auto& unit : units_) {
        cycles.push_back(unit->active_cycles);
    }
    return cycles;
}

} // namespace

std::unique_ptr<tiled::ClockedArray> make_dot_product_array(const Options& options) {
    return std::make_unique<Array>("array", options);
}

} // namespace assay::bit_serial
