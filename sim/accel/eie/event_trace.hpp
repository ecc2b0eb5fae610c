// What EIE's event model tells a timeline: what the control unit does, how full the queues are and
// how many PEs work.
#pragma once

#include <cstdint>
#include <vector>

#include "timeline.hpp"

namespace assay::eie {

// A sum over PEs as a curve: its mean in equal windows, which become longer as the layer does.
class Curve {
  public:
    // One more in cycles [begin, end).
    void add(uint64_t begin, uint64_t end);
    // Tells the level of every window up to `end`, then 0.
    void tell(Timeline& timeline, const char* row, const char* name, uint64_t end) const;

  private:
    uint64_t width_ = 16;
    std::vector<uint64_t> sums_; // [window]
};

// Of one layer; cycles count from its begin, I/O mode included.
class EventTrace {
  public:
    explicit EventTrace(Timeline* timeline) : timeline_(timeline) {}
    bool on() const { return timeline_ != nullptr; }
    // Everything below does nothing while off, but the two curves are not for then.
    void control(const char* what, uint64_t begin, uint64_t end) {
        if (on()) {
            timeline_->slice("control", what, begin, end);
        }
    }
    // An activation waited in a PE's queue.
    void queued(uint64_t begin, uint64_t end) { queues_.add(begin, end); }
    // A PE worked on entries.
    void active(uint64_t begin, uint64_t end) { active_.add(begin, end); }
    void finish(uint64_t end);

  private:
    Timeline* timeline_;
    Curve queues_, active_;
};

} // namespace assay::eie
