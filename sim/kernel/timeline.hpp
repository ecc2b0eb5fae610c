// When things happened in a run: what machines tell, in cycles of the layer that is running, as
// docs/formats.md ("Timelines") names it. Told on the side: nothing here may change a counter.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "assay/sim.h"

namespace assay {

class Timeline {
  public:
    using Callback = bool (*)(void* user, const assay_timeline_event* event);

    Timeline(Callback callback, void* user) : callback_(callback), user_(user) {}
    // What follows happens in this layer, whose cycle 0 is cycle `origin` of the run.
    void enter(const std::string& layer, uint64_t origin) {
        layer_ = layer;
        origin_ = origin;
    }
    // Cycle 0 is `cycles` later from now on: a part of the layer that counts from 0 has ended.
    void advance(uint64_t cycles) { origin_ += cycles; }
    // Cycles [begin, end); nothing if there are none.
    void slice(const std::string& row, const std::string& name, uint64_t begin, uint64_t end,
               std::initializer_list<assay_count> figures = {});
    // `value` from `cycle` on.
    void level(const std::string& row, const char* name, uint64_t cycle, uint64_t value);
    // The callback wants no more.
    bool stopped() const { return stopped_; }

  private:
    void tell(const assay_timeline_event& event);
    Callback callback_;
    void* user_;
    std::string layer_;
    uint64_t origin_ = 0;
    bool stopped_ = false;
};

} // namespace assay
