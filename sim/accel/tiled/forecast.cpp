#include "forecast.hpp"

#include <algorithm>

namespace assay::tiled {
namespace {

constexpr unsigned client_of[operand_count] = {1, 0, 2}; // of input, weight, output

} // namespace

Forecaster::Forecaster(const PipelineOptions& options, size_t limit)
    : halves_of_buffer_(options.halves), window_(options.window),
      latency_(options.channels.front().latency_cycles), limit_(limit),
      timing_(options.channels.front()) {}

void Forecaster::restart(const StepSource& steps) {
    steps_.clear();
    begun_.clear();
    Step step;
    while (steps_.size() < limit_ && steps(step)) {
        steps_.push_back(step);
    }
    requests_.fill(Request());
    loaders_.fill(Loader());
    for (Halves& halves : halves_) {
        halves.restart(halves_of_buffer_);
    }
    tiles_.fill(0);
    leaving_.clear();
    timing_.restart();
    end_ = 1; // cycle 0 is the control unit's
    results_ = store_earliest_ = released_ = channel_free_ = 0;
}

// A transfer's end depends on nothing but what was granted before: all that follows from the grants
// so far is worked out, then the next grant is made.
Forecast Forecaster::run(const StepSource& steps) {
    restart(steps);
    do {
        while (begin_next()) {}
        for (Operand operand : {operand_weight, operand_input, operand_output}) {
            seek(operand);
        }
        raise_store();
    } while (grant_next());
    Forecast forecast;
    forecast.steps = begun_.size();
    forecast.cycles = std::max(results_ + 1, channel_free_);
    if (!begun_.empty()) {
        const size_t half = begun_.size() / 2;
        forecast.work = work(0, begun_.size());
        forecast.late = work(half, begun_.size() - 1);
        forecast.late_cycles = begun_.back() - begun_[half];
    }
    return forecast;
}

Forecast::Work Forecaster::work(size_t first, size_t end) const {
    Forecast::Work work;
    for (size_t i = first; i < end; ++i) {
        work.issue += steps_[i].issue_cycles;
        work.bits += steps_[i].store_bits;
        for (uint64_t bits : steps_[i].load_bits) {
            work.bits += bits;
        }
    }
    return work;
}

// From which cycle on the step may begin as far as the operand goes; never: not yet known.
uint64_t Forecaster::ready(const Step& step, Operand operand) const {
    if (!step.visit.fresh[operand]) {
        return 0;
    }
    const uint64_t tile = tiles_[operand];
    if (step.load_bits[operand] > 0) {
        return loaders_[operand].usable[tile % 4];
    }
    if (operand != operand_output || tile < halves_of_buffer_) {
        return 0;
    }
    const uint64_t free = halves_[operand].free_from(tile);
    return free == never ? never : free + 1;
}

bool Forecaster::begin_next() {
    if (begun_.size() == steps_.size()) {
        return false;
    }
    const Step& step = steps_[begun_.size()];
    const uint64_t cycle = std::max({end_, ready(step, operand_input), ready(step, operand_weight),
                                     ready(step, operand_output)});
    if (cycle == never) {
        return false;
    }
    for (size_t operand = 0; operand < operand_count; ++operand) {
        if (step.visit.fresh[operand]) {
            loaders_[operand].usable[tiles_[operand]++ % 4] = never;
        }
    }
    begun_.push_back(cycle);
    end_ = cycle + step.setup_cycles + step.issue_cycles;
    end_step(step);
    return true;
}

void Forecaster::end_step(const Step& step) {
    results_ = std::max(results_, end_ - 1 + step.drain_cycles);
    if (step.visit.leaves) {
        leaving_.push_back({begun_.size() - 1, results_});
    }
    raise_store();
    if (begun_.size() < steps_.size()) {
        for (Operand operand : {operand_weight, operand_input}) {
            if (steps_[begun_.size()].visit.fresh[operand]) {
                halves_[operand].release(end_);
                seek(operand);
            }
        }
    }
}

// Raises the operand's next request if what it depends on is known.
void Forecaster::seek(Operand operand) {
    Request& request = requests_[client_of[operand]];
    Loader& loader = loaders_[operand];
    while (!request.waiting && loader.scan < std::min(begun_.size() + window_, steps_.size())) {
        const Step& step = steps_[loader.scan];
        const bool loads = step.visit.fresh[operand] && step.load_bits[operand] > 0;
        if (loads) {
            const uint64_t half = halves_[operand].free_from(loader.tiles);
            if (half == never) {
                return;
            }
            const uint64_t known = loader.scan < window_ ? 0 : begun_[loader.scan - window_];
            request = {true, std::max({half, loader.earliest, known}), loader.scan,
                       step.load_bits[operand], step.load_address[operand]};
            loader.tile = loader.tiles;
        }
        loader.tiles += step.visit.fresh[operand] ? 1 : 0;
        ++loader.scan;
    }
}

void Forecaster::raise_store() {
    Request& request = requests_[client_store];
    while (!request.waiting && !leaving_.empty()) {
        const Step& step = steps_[leaving_.front().step];
        const uint64_t cycle = std::max(leaving_.front().results + 1, store_earliest_);
        if (step.store_bits > 0) {
            request = {true, cycle, leaving_.front().step, step.store_bits, step.store_address};
            return;
        }
        store_earliest_ = cycle + 1;
        left(cycle);
    }
}

// The oldest tile's last beat left in `cycle`.
void Forecaster::left(uint64_t cycle) {
    leaving_.pop_front();
    released_ = std::max(released_, cycle + 1);
    halves_[operand_output].release(released_);
}

// The lowest step of those raised before `cycle`.
int Forecaster::choose(uint64_t cycle) const {
    int best = -1;
    for (int i = 0; i < client_count; ++i) {
        const Request& r = requests_[static_cast<size_t>(i)];
        const bool seen = r.waiting && r.cycle < cycle;
        best = seen && (best < 0 || r.step < requests_[static_cast<size_t>(best)].step) ? i : best;
    }
    return best;
}

// False: nobody waits.
bool Forecaster::grant_next() {
    uint64_t cycle = never;
    for (const Request& request : requests_) {
        cycle = request.waiting ? std::min(cycle, request.cycle + 1) : cycle;
    }
    if (cycle == never) {
        return false;
    }
    cycle = std::max(cycle, channel_free_);
    const auto client = static_cast<Client>(choose(cycle));
    Request& request = requests_[client];
    request.waiting = false;
    const DramTiming::Beats beats =
        timing_.transfer(cycle, client == client_store, request.address, request.bits);
    channel_free_ = beats.last + 1;
    if (client == client_store) {
        store_earliest_ = cycle + 1;
        left(beats.last);
        return true;
    }
    for (size_t operand = 0; operand < operand_count; ++operand) {
        if (client_of[operand] == client) {
            Loader& loader = loaders_[operand];
            loader.usable[loader.tile % 4] = beats.last + 1 + latency_;
            loader.earliest = cycle + 1;
        }
    }
    return true;
}

} // namespace assay::tiled
