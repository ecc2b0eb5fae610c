#include "tally.hpp"

#include <algorithm>

namespace assay::tiled {
namespace {

#define ASSAY_INFO(name, unit, help) {#name, unit, help},
const assay_counter_info layer_counters[] = {ASSAY_TILED_LAYER_COUNTERS(ASSAY_INFO)};
const assay_counter_info pe_counters[] = {ASSAY_TILED_PE_COUNTERS(ASSAY_INFO)};
const assay_counter_info stall_causes[] = {ASSAY_TILED_STALLS(ASSAY_INFO)};
#undef ASSAY_INFO

} // namespace

const assay_counter_table layer_table = {layer_counters, std::size(layer_counters)};
const assay_counter_table pe_table = {pe_counters, std::size(pe_counters)};
const assay_counter_table stall_table = {stall_causes, std::size(stall_causes)};

void Occupancy::add(const std::array<Block, 4>& blocks) {
    for (const Block& block : blocks) {
        if (block.cycles == 0) {
            continue;
        }
        const auto same = std::find_if(blocks_.begin(), blocks_.end(), [&](const Block& b) {
            return b.rows == block.rows && b.cols == block.cols;
        });
        if (same != blocks_.end()) {
            same->cycles += block.cycles;
        } else {
            blocks_.push_back(block);
        }
    }
}

std::vector<uint64_t> Occupancy::active_cycles(uint64_t rows, uint64_t cols) const {
    std::vector<uint64_t> active(rows * cols, 0);
    for (const Block& block : blocks_) {
        for (uint64_t row = 0; row < std::min(block.rows, rows); ++row) {
            for (uint64_t col = 0; col < std::min(block.cols, cols); ++col) {
                active[row * cols + col] += block.cycles;
            }
        }
    }
    return active;
}

uint64_t Occupancy::pe_cycles(uint64_t rows, uint64_t cols) const {
    uint64_t sum = 0;
    for (const Block& block : blocks_) {
        sum += std::min(block.rows, rows) * std::min(block.cols, cols) * block.cycles;
    }
    return sum;
}

LayerCounters tally(const PipelineCounters& p, const BufferBits& bits, uint8_t handover_channel,
                    bool has_handover) {
    LayerCounters c;
    c.steps = p.steps;
    c.issue_cycles = p.array.issue;
    c.input_load_bits = p.load_bits[operand_input];
    c.weight_load_bits = p.load_bits[operand_weight];
    c.output_load_bits = p.load_bits[operand_output];
    c.output_store_bits = p.store_bits;
    c.input_read_bits = bits.input_read;
    c.weight_read_bits = bits.weight_read;
    c.output_read_bits = bits.output_read;
    c.output_write_bits = bits.output_write;
    c.contention_cycles = p.contention_cycles;
    for (size_t i = 0; i < p.channels.size(); ++i) {
        const DramCounters& d = p.channels[i];
        if (has_handover && i == handover_channel) {
            c.handover_bits += d.read_bits + d.write_bits;
            continue;
        }
        c.dram_read_bits += d.read_bits;
        c.dram_write_bits += d.write_bits;
        c.dram_busy_cycles += d.busy_cycles;
        c.dram_row_hits += d.row_hits;
        c.dram_row_misses += d.row_misses;
        c.dram_row_cycles += d.row_cycles;
        c.dram_turnaround_cycles += d.turnaround_cycles;
        c.dram_refresh_cycles += d.refresh_cycles;
    }
    return c;
}

void add(PipelineCounters& sum, const PipelineCounters& more) {
    sum.cycles += more.cycles;
    sum.steps += more.steps;
    ArrayCycles& a = sum.array;
    const ArrayCycles& m = more.array;
    a.issue += m.issue;
    a.fill += m.fill;
    a.setup += m.setup;
    a.load_input += m.load_input;
    a.load_weight += m.load_weight;
    a.load_output += m.load_output;
    a.buffer += m.buffer;
    a.port += m.port;
    a.drain += m.drain;
    for (size_t i = 0; i < operand_count; ++i) {
        sum.loads[i] += more.loads[i];
        sum.load_bits[i] += more.load_bits[i];
    }
    sum.stores += more.stores;
    sum.store_bits += more.store_bits;
    sum.contention_cycles += more.contention_cycles;
    sum.channels.resize(more.channels.size());
    for (size_t i = 0; i < more.channels.size(); ++i) {
        DramCounters& to = sum.channels[i];
        const DramCounters& from = more.channels[i];
        to.transactions += from.transactions;
        to.read_bits += from.read_bits;
        to.write_bits += from.write_bits;
        to.busy_cycles += from.busy_cycles;
        to.row_hits += from.row_hits;
        to.row_misses += from.row_misses;
        to.row_cycles += from.row_cycles;
        to.turnaround_cycles += from.turnaround_cycles;
        to.refresh_cycles += from.refresh_cycles;
    }
}

bool Programs::begin() {
    has_pending_ = has_pending_ || steps_(pending_);
    first_ = true;
    over_ = !has_pending_;
    return has_pending_;
}

bool Programs::next(Step& step) {
    if (over_) {
        return false;
    }
    has_pending_ = has_pending_ || steps_(pending_);
    if (!has_pending_ || (pending_.barrier && !first_)) {
        over_ = true;
        return false;
    }
    step = pending_;
    has_pending_ = first_ = false;
    return true;
}

const char* bound_of(const ArrayCycles& a) {
    struct Share {
        const char* name;
        uint64_t cycles;
    };
    const Share shares[] = {
        {"compute", a.issue},
        {"memory", a.load_input + a.load_weight + a.load_output + a.buffer},
        {"fill", a.fill + a.drain},
        {"setup", a.setup},
        {"port", a.port},
    };
    return std::max_element(std::begin(shares), std::end(shares),
                            [](const Share& x, const Share& y) { return x.cycles < y.cycles; })
        ->name;
}

ElementSteps::ElementSteps(const ElementLoad& load, uint64_t lanes, uint8_t output_channel,
                           uint8_t chip_channel)
    : load_(load), lanes_(lanes),
      pieces_(std::max<uint64_t>(
          (std::max(load.operations, load.outputs) + 64 * lanes - 1) / (64 * lanes), 1)),
      chip_channel_(chip_channel), output_channel_(output_channel) {}

uint64_t ElementSteps::share(uint64_t total) const {
    const auto upto = [&](uint64_t piece) {
        return static_cast<uint64_t>(static_cast<unsigned __int128>(total) * piece / pieces_);
    };
    return upto(at_ + 1) - upto(at_);
}

bool ElementSteps::next(Step& step) {
    if (at_ == pieces_) {
        return false;
    }
    step = Step();
    step.visit.fresh = {true, true, true};
    step.visit.leaves = true;
    step.visit.id = {at_, at_, at_};
    step.load_bits[operand_input] = share(load_.dram_input_bits);
    step.load_bits[operand_weight] = share(load_.chip_input_bits);
    step.load_channel[operand_weight] = chip_channel_;
    step.store_bits = share(load_.output_bits);
    step.store_channel = output_channel_;
    step.issue_cycles = std::max<uint64_t>((share(load_.operations) + lanes_ - 1) / lanes_, 1);
    step.drain_cycles = 1;
    ++at_;
    return true;
}

} // namespace assay::tiled
