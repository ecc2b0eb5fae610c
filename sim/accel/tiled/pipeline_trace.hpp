// What a pipeline did when, as rows of a timeline. Both models tell it the same things, each when
// it knows them; the rows come out the same.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "nest.hpp"
#include "timeline.hpp"

namespace assay::tiled {

struct Step;

// One transfer, in cycles of the layer.
struct Transfer {
    Operand operand;
    bool store;
    uint8_t channel;
    uint64_t step, bits;
    uint64_t raised, granted; // the request
    uint64_t first, last;     // beats
    uint64_t beats;
};

class PipelineTrace {
  public:
    // From the next run on; null: off. `channels`: what the rows are called.
    void attach(Timeline* timeline, const std::vector<std::string>& channels);
    bool on() const { return timeline_ != nullptr; }

    // Everything below only while on().
    void restart();
    // The array stood still, or drained, because of `cause`.
    void wait(const char* cause, uint64_t begin, uint64_t end);
    // In these cycles of the step that is being worked on, transfers had the port.
    void port(uint64_t begin, uint64_t end);
    void begin_step(const Step& step, uint64_t cycle);
    // `next`: null if it was the last.
    void end_step(uint64_t number, const Step& step, uint64_t end, const Step* next);
    // A tile that is loaded has its place in the buffer from the grant of its transfer on.
    void take(Operand operand, uint64_t cycle, uint64_t bits);
    void transfer(const Transfer& transfer);
    // The oldest output tile has left its buffer.
    void left(uint64_t cycle);
    // Nothing that is not yet told happens before `cycle`.
    void settle(uint64_t cycle);
    void finish(uint64_t cycles);

  private:
    struct Span {
        uint64_t begin, end;
    };
    struct Buffer {
        std::deque<uint64_t> loaded;        // bits of tiles that the array has not begun
        std::deque<uint64_t> begun;         // and of those that it has, oldest first
        std::map<uint64_t, int64_t> change; // of `bits`, by cycle: not told yet
        int64_t bits = 0;
    };
    void change(Operand operand, uint64_t cycle, int64_t bits);
    void give_back(Operand operand, uint64_t cycle);
    void work(uint64_t number, const Step& step, uint64_t begin, uint64_t end, uint64_t& setup);
    void active(const Step& step, uint64_t begin, uint64_t end);

    Timeline* timeline_ = nullptr;
    std::vector<std::string> channels_;
    std::array<Buffer, operand_count> buffers_;
    std::array<uint64_t, operand_count + 1> moved_{}; // end of the last slice per row of transfers
    std::vector<Span> ports_;
    uint64_t begin_ = 0;      // of the step that is being worked on
    uint64_t active_end_ = 0; // the last cycle of issue is before this one
};

} // namespace assay::tiled
