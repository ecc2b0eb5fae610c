#include "dram_clocked.hpp"

#include "contract.h"

namespace assay {
namespace {

constexpr uint64_t no_row = UINT64_MAX;

} // namespace

ClockedDram::ClockedDram(sc_core::sc_module_name name, const DramOptions& options,
                         sc_core::sc_time period)
    : sc_module(name), options_(options), period_(period), banks_(options.banks) {
    socket.register_nb_transport_fw(this, &ClockedDram::begin_request);
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
    SC_METHOD(cycle);
    sensitive << settled_;
    dont_initialize();
}

tlm::tlm_sync_enum ClockedDram::begin_request(tlm::tlm_generic_payload& payload,
                                              tlm::tlm_phase& phase, sc_core::sc_time&) {
    ASSAY_REQUIRE(phase == tlm::BEGIN_REQ && active_ == nullptr);
    active_ = &payload;
    transfer_ = payload.get_extension<DramTransfer>();
    ASSAY_REQUIRE(transfer_ != nullptr);
    bit_ = payload.get_address() * 8;
    beats_left_ = 1;
    for (uint64_t moved = options_.bits_per_cycle; moved < transfer_->bits;) {
        moved += options_.bits_per_cycle;
        ++beats_left_;
    }
    ++counters_.transactions;
    (payload.is_write() ? counters_.write_bits : counters_.read_bits) += transfer_->bits;
    started_ = opened_ = opened_next_ = false;
    enter_piece();
    return tlm::TLM_ACCEPTED;
}

void ClockedDram::reset() {
    counters_ = DramCounters();
    close_rows();
    timer_ = refresh_left_ = turn_left_ = 0;
    active_ = nullptr;
    written_ = read_ = false;
    moving.write(false);
}

void ClockedDram::close_rows() {
    for (Bank& bank : banks_) {
        bank = {no_row, 0};
    }
}

void ClockedDram::cycle() {
    const uint64_t edge = sc_core::sc_time_stamp().value() / period_.value();
    if (edge < origin_) {
        reset();
        return;
    }
    const bool refreshing = in_refresh(edge - origin_);
    for (Bank& bank : banks_) {
        bank.wait -= bank.wait > 0 ? 1 : 0;
    }
    if (refreshing) {
        counters_.refresh_cycles += active_ != nullptr ? 1 : 0;
    } else if (active_ != nullptr) {
        move();
    }
    turn_left_ -= turn_left_ > 0 ? 1 : 0;
    moving.write(started_);
    started_ = started_ && active_ != nullptr;
}

// The first refresh is a whole interval after cycle 0.
bool ClockedDram::in_refresh(uint64_t cycle) {
    if (options_.refresh_interval_cycles == 0) {
        return false;
    }
    if (cycle > 0 && ++timer_ == options_.refresh_interval_cycles) {
        timer_ = 0;
        refresh_left_ = options_.refresh_cycles;
        close_rows();
    }
    const bool standing = refresh_left_ > 0;
    refresh_left_ -= standing ? 1 : 0;
    return standing;
}

// A cycle outside refresh: the row is opened while the bus turns round.
void ClockedDram::move() {
    const bool open = row_is_open();
    const bool turning = active_->is_write() ? read_ : written_;
    if (!started_ && turning && turn_left_ > 0) {
        ++counters_.turnaround_cycles;
    } else if (!open) {
        ++counters_.row_cycles;
    } else {
        beat();
    }
}

bool ClockedDram::row_is_open() {
    if (banks_.empty()) {
        return true;
    }
    const uint64_t row = row_of(bit_);
    opened_ |= open(row);
    return banks_[row % banks_.size()].wait == 0;
}

bool ClockedDram::open(uint64_t row) {
    Bank& bank = banks_[row % banks_.size()];
    if (bank.row == row) {
        return false;
    }
    bank = {row, options_.row_miss_cycles};
    ++counters_.row_misses;
    return true;
}

void ClockedDram::beat() {
    if (!started_) {
        transfer_->first = sc_core::sc_time_stamp();
        started_ = true;
    }
    ++counters_.busy_cycles;
    const uint64_t row = banks_.empty() ? no_row : row_of(bit_);
    if (next_row_ != no_row && next_row_ % banks_.size() != row % banks_.size()) {
        opened_next_ |= open(next_row_);
    }
    bit_ += options_.bits_per_cycle;
    if (--beats_left_ == 0) {
        end_piece();
        respond();
    } else if (!banks_.empty() && row_of(bit_) != row) {
        end_piece();
        enter_piece();
    }
}

void ClockedDram::end_piece() {
    counters_.row_hits += banks_.empty() || opened_ ? 0 : 1;
    opened_ = opened_next_;
    opened_next_ = false;
}

// Looks for the row after the one that the next beat belongs to.
void ClockedDram::enter_piece() {
    next_row_ = no_row;
    if (banks_.empty()) {
        return;
    }
    for (uint64_t beat = 1; beat < beats_left_ && next_row_ == no_row; ++beat) {
        const uint64_t row = row_of(bit_ + beat * options_.bits_per_cycle);
        next_row_ = row != row_of(bit_) ? row : no_row;
    }
}

void ClockedDram::respond() {
    tlm::tlm_generic_payload& payload = *active_;
    active_ = nullptr;
    written_ = payload.is_write();
    read_ = !written_;
    // Of this cycle, too, one is taken off.
    turn_left_ = options_.turnaround_cycles + 1;
    transfer_->last = sc_core::sc_time_stamp();
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->nb_transport_bw(payload, phase, delay);
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
    phase = tlm::BEGIN_RESP;
    const uint64_t cycles = 1 + (written_ ? 0 : options_.latency_cycles);
    delay = sc_core::sc_time::from_value(cycles * period_.value());
    socket->nb_transport_bw(payload, phase, delay);
}

} // namespace assay
