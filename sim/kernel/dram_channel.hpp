// The DRAM channel as a machine sees it that runs ahead of the kernel and asks in the order of its
// own time (EIE's event model): requests in, cycles out, by the timing that DramTarget uses. A
// request made in cycle t is given to the channel in t + 1 or when the previous one has left it.
//
// What moves is one of three streams, each of which lies in DRAM in the order in which it is used.
#pragma once

#include <algorithm>
#include <array>

#include "dram_timing.hpp"
#include "timeline.hpp"

namespace assay {

enum class Stream {
    weights,
    inputs,
    outputs // the only one that is written
};

// Where the next piece of a stream lies: streams start 16 TB apart.
class StreamAddresses {
  public:
    uint64_t next(Stream stream, uint64_t bits) {
        const auto i = static_cast<size_t>(stream);
        const uint64_t address = (uint64_t{i} << 44) + moved_[i];
        moved_[i] += (bits + 7) / 8;
        return address;
    }

  private:
    std::array<uint64_t, 3> moved_{};
};

// A machine without a channel has 0 bits per cycle and asks for nothing.
inline DramOptions some_channel(DramOptions options) {
    options.bits_per_cycle = std::max<uint64_t>(options.bits_per_cycle, 1);
    return options;
}

class DramTimeline {
  public:
    // `timeline`: null, or what is told of every transfer.
    explicit DramTimeline(const DramOptions& options, Timeline* timeline = nullptr)
        : timing_(some_channel(options)), latency_(options.latency_cycles), timeline_(timeline) {}

    // First cycle in which the data can be used. Requests come in order of `cycle`.
    // Outputs count the latency, too, until they have arrived.
    uint64_t request(uint64_t cycle, uint64_t bits, Stream stream) {
        const uint64_t address = addresses_.next(stream, bits);
        const uint64_t given = std::max(cycle + 1, free_);
        const uint64_t busy = timing_.counters().busy_cycles;
        const DramTiming::Beats beats =
            timing_.transfer(given, stream == Stream::outputs, address, bits);
        free_ = beats.last + 1;
        if (timeline_ != nullptr) {
            const char* const names[] = {"weight", "input", "output"};
            timeline_->slice("DRAM 0", names[static_cast<size_t>(stream)], beats.first, free_,
                             {{"bits", bits},
                              {"beats", timing_.counters().busy_cycles - busy},
                              {"waited", given - cycle - 1}});
        }
        return free_ + latency_;
    }
    // First cycle in which the memory that the last request came from can be written again: its
    // last beat has left, and the completion has been registered.
    uint64_t source_free() const { return free_ + 1; }

  private:
    DramTiming timing_;
    StreamAddresses addresses_;
    uint64_t latency_, free_ = 0;
    Timeline* timeline_;
};

} // namespace assay
