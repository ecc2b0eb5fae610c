// The array of the clocked model: a process per PE, registers between neighbours.
//
// A tick is a clock edge at which the sequencer lets the array run. In its call cycle() the array's
// edge logic (feeders above and to the left, accumulators below) acts on what the registers held
// before the edge; every PE follows in the next delta and writes what it holds after it. Registers
// come in two copies, so that the order of the processes does not matter.
#pragma once

#include <systemc>

#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#include "fold_schedule.hpp"

namespace assay::systolic::clocked {

// What moves to the right, or is handed to a PE of rs.
struct Token {
    int32_t value = 0;
    uint64_t cols = 0; // columns that have work with it
    unsigned pass = 0;
    bool live = false; // of an issue, not a bubble
    bool used = false; // the row carries an operand
    bool swap = false; // first of a fold: what came in behind the last one is used now
    bool first = false, last = false; // of the products that the PE itself adds up
    int32_t weight = 0;               // rs only
    bool top = false;                 // rs: of its set
};
// What moves down: os a weight; ws, is an operand for the row that it is meant for.
struct Drop {
    int32_t value = 0;
    uint64_t row = 0;
    bool live = false;
};
struct Sum {
    uint32_t value = 0;
    bool live = false;
};
struct Registers {
    Token token;
    Drop drop;
    int32_t held = 0, next = 0; // ws, is
    uint32_t own = 0;           // sum of the PE's own products
    Sum sum;                    // on its way down
    Sum result;                 // os: waiting for its column to move
};

// What holds of every machine that is right; one that is wrong must not give results.
inline void insist(bool rule, const char* what) {
    if (!rule) {
        throw std::logic_error(what);
    }
}

class Array;

class Pe : public sc_core::sc_module {
  public:
    SC_HAS_PROCESS(Pe);
    Pe(sc_core::sc_module_name name, Array& array, uint64_t row, uint64_t col);
    Registers registers[2];
    uint64_t active_cycles = 0;

  private:
    void step();
    void take(Registers& now, const Registers& old);
    void multiply(Registers& now, const Registers& old);
    void move_result(Registers& now);
    Array& array_;
    const uint64_t row_, col_;
};

// What the feeders issued in one tick.
struct Slot {
    std::shared_ptr<const Schedule> schedule;
    Fold fold;
    uint64_t step = 0, number = 0; // product of the fold; step of the layer
    unsigned pass = 0;
    bool live = false, last_pass = false, last_of_fold = false;
};

// The folds of a layer in order, one ahead of what is issued.
struct Upcoming {
    std::shared_ptr<Schedule> schedule;
    Fold fold;
    uint64_t number = 0; // of its step
    bool opens = false;  // the step
    bool stays = false;  // its stationary operand is still in the array
    bool exists = false;
};

class Array : public sc_core::sc_module, public tiled::ClockedArray {
  public:
    explicit Array(sc_core::sc_module_name name, const Options& options);
    void layer(const tiled::Operands& operands, const Mapping& mapping) override;
    void begin(const tiled::Step& step) override;
    void cycle(bool may_issue) override;
    bool issuing() const override { return issuing_; }
    uint64_t drained() const override { return drained_; }
    tiled::BufferBits buffer_bits() const override { return bits_; }
    std::vector<uint64_t> active_cycles() const override;

    // For the PEs.
    sc_core::sc_event tick;
    const Registers& before(uint64_t row, uint64_t col) const {
        return pes_[row * shape_.cols + col]->registers[parity_ ^ 1];
    }
    unsigned after() const { return parity_; }
    const systolic::Array& shape() const { return shape_; }
    // From the feeders.
    const Token& token_for(uint64_t row, uint64_t col) const {
        return tokens_[shape_.dataflow == dataflow_rs ? row * shape_.cols + col : row];
    }
    const Drop& drop_for(uint64_t col) const { return entering_[col]; }
    // os: rows from this one on move their results down; rows(): none do.
    uint64_t moving_from(uint64_t col) const { return moving_[col]; }

  private:
    struct StepState {
        uint64_t outstanding = 0; // sums
        uint64_t drain = 0; // ticks from the last issue to the end, as the control unit counts
        uint64_t end = UINT64_MAX;
    };
    bool stationary() const {
        return shape_.dataflow == dataflow_ws || shape_.dataflow == dataflow_is;
    }
    const Slot& ago(uint64_t ticks) const;
    void look_ahead();
    bool ready() const;
    bool sums_coming();
    void issue(Slot& slot);
    void expect(const Slot& slot);
    bool ends_row(const Slot& slot) const; // rs: the last product of an output
    void end_fold();
    void shift(std::vector<Drop>& coming);
    Drop stationary_operand(uint64_t row, uint64_t col);
    void deposit();
    void feed();
    Token moving_token(const Slot& slot, uint64_t row);
    Drop moving_weight(const Slot& slot, uint64_t col);
    Token row_token(uint64_t row, uint64_t col);
    void collect();
    void collect_sums();
    void collect_results();
    void collect_rows();
    void write(const Slot& slot, uint64_t row, uint64_t col, const Sum& sum);
    void count_drained();
    int32_t input(const Product& product) const;
    int32_t weight(const Product& product) const;

    const Options options_;
    systolic::Array shape_;
    std::vector<std::unique_ptr<Pe>> pes_;
    unsigned parity_ = 0;
    // Of the layer.
    Nest nest_;
    tiled::Operands operands_;
    Mapping mapping_;
    std::unique_ptr<TileWalk> walk_;
    std::shared_ptr<Schedule> walked_;
    Visit visit_;
    uint64_t walked_steps_ = 0;
    Upcoming upcoming_;
    Slot current_; // fold that is being issued, and how far
    bool in_fold_ = false, issuing_ = false;
    uint64_t waited_ = 0;                 // rs: for the sums of the output that comes next
    uint64_t shifted_ = 0;                // rows of the upcoming fold that came in
    uint64_t slots_ = 0, last_issue_ = 0; // os: when the fold before ended
    bool spaced_ = false;                 // os: there is a fold before in this step
    std::vector<Slot> history_;           // of the last ticks, a ring
    uint64_t ticks_ = 0;
    std::vector<std::vector<Drop>> columns_coming_; // ring: the row that came in at a tick
    std::vector<Token> tokens_;                     // [rows], of rs [rows * cols]
    std::vector<Drop> entering_;                    // [cols]
    std::vector<uint64_t> moving_;                  // os, [cols]
    std::vector<Slot> leaving_;                     // os, [cols]
    std::deque<StepState> steps_;
    uint64_t begun_ = 0, drained_ = 0;
    tiled::BufferBits bits_;
};

} // namespace assay::systolic::clocked
