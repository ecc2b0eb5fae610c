// The DRAM channel by hand: docs/contracts/dram.md. Both targets are asked in their own protocol
// and must say the same.
#include <gtest/gtest.h>

#include <tlm_utils/simple_initiator_socket.h>

#include "context.hpp"
#include "dram_clocked.hpp"
#include "dram_target.hpp"
#include "report.hpp"

using namespace assay;

namespace {

const sc_core::sc_time period(1, sc_core::SC_NS);

struct Ask {
    uint64_t cycle; // asked for; given when the one before has left
    bool write;
    uint64_t address, bits;
};

struct Answer {
    uint64_t first, last, usable;
    bool operator==(const Answer& o) const {
        return first == o.first && last == o.last && usable == o.usable;
    }
};
void PrintTo(const Answer& a, std::ostream* out) {
    *out << "{" << a.first << ", " << a.last << ", " << a.usable << "}";
}

struct Served {
    std::vector<Answer> answers;
    DramCounters counters;
};

uint64_t cycle_of(const sc_core::sc_time& time) {
    return time.value() / period.value();
}

// Asks for one transaction after the other.
class Initiator : public sc_core::sc_module {
  public:
    Initiator(sc_core::sc_module_name name, const std::vector<Ask>& asks)
        : sc_module(name), asks_(asks) {
        payload_.set_extension(&transfer_);
    }
    ~Initiator() override { payload_.clear_extension(&transfer_); }
    const std::vector<Answer>& answers() const { return answers_; }

  protected:
    tlm::tlm_generic_payload& payload_for(const Ask& ask) {
        payload_.set_command(ask.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
        payload_.set_address(ask.address);
        transfer_.bits = ask.bits;
        return payload_;
    }
    const std::vector<Ask> asks_;
    tlm::tlm_generic_payload payload_;
    DramTransfer transfer_;
    std::vector<Answer> answers_;
};

class LooselyTimed : public Initiator {
  public:
    LooselyTimed(sc_core::sc_module_name name, const std::vector<Ask>& asks,
                 const DramOptions& options)
        : Initiator(name, asks), target_("target", options, period) {
        socket_.bind(target_.socket);
    }
    Served serve() {
        target_.restart(sc_core::sc_time_stamp());
        uint64_t free = 0;
        for (const Ask& ask : asks_) {
            sc_core::sc_time delay = static_cast<double>(std::max(ask.cycle, free)) * period;
            socket_->b_transport(payload_for(ask), delay);
            answers_.push_back(
                {cycle_of(transfer_.first), cycle_of(transfer_.last), cycle_of(delay)});
            free = answers_.back().last + 1;
        }
        return {answers_, target_.counters()};
    }

  private:
    tlm_utils::simple_initiator_socket<LooselyTimed> socket_{"socket"};
    DramTarget target_;
};

class ApproximatelyTimed : public Initiator {
  public:
    SC_HAS_PROCESS(ApproximatelyTimed);
    ApproximatelyTimed(sc_core::sc_module_name name, const std::vector<Ask>& asks,
                       const DramOptions& options)
        : Initiator(name, asks), target_("target", options, period) {
        socket_.bind(target_.socket);
        socket_.register_nb_transport_bw(this, &ApproximatelyTimed::answer);
        target_.clock(clock_);
        SC_METHOD(edge);
        sensitive << clock_.posedge_event();
        dont_initialize();
    }
    Served serve() {
        target_.restart(origin);
        sc_core::sc_start();
        return {answers_, target_.counters()};
    }

  private:
    static constexpr uint64_t origin = 2;
    uint64_t now() const { return cycle_of(sc_core::sc_time_stamp()) - origin; }
    void edge() {
        if (cycle_of(sc_core::sc_time_stamp()) < origin || busy_) {
            return;
        }
        if (answers_.size() == asks_.size()) {
            sc_core::sc_pause();
        } else if (asks_[answers_.size()].cycle <= now()) {
            busy_ = true;
            tlm::tlm_phase phase = tlm::BEGIN_REQ;
            sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
            socket_->nb_transport_fw(payload_for(asks_[answers_.size()]), phase, delay);
        }
    }
    tlm::tlm_sync_enum answer(tlm::tlm_generic_payload&, tlm::tlm_phase& phase,
                              sc_core::sc_time& delay) {
        if (phase == tlm::END_REQ) {
            return tlm::TLM_ACCEPTED;
        }
        busy_ = false;
        answers_.push_back({cycle_of(transfer_.first) - origin, cycle_of(transfer_.last) - origin,
                            now() + cycle_of(delay)});
        return tlm::TLM_COMPLETED;
    }
    sc_core::sc_clock clock_{"clock", period};
    tlm_utils::simple_initiator_socket<ApproximatelyTimed> socket_{"socket"};
    ClockedDram target_;
    bool busy_ = false;
};

template <class Protocol>
Served serve(const DramOptions& options, const std::vector<Ask>& asks) {
    ContextScope context;
    Protocol initiator("initiator", asks, options);
    return initiator.serve();
}

template <class Protocol>
class Dram : public ::testing::Test {};
using Protocols = ::testing::Types<LooselyTimed, ApproximatelyTimed>;
TYPED_TEST_SUITE(Dram, Protocols);

DramOptions plain() {
    DramOptions o;
    o.bits_per_cycle = 64;
    o.latency_cycles = 10;
    return o;
}

// Rows of four beats.
DramOptions with_rows(uint64_t banks) {
    DramOptions o = plain();
    o.banks = banks;
    o.row_bytes = 32;
    o.row_miss_cycles = 3;
    return o;
}

} // namespace

TYPED_TEST(Dram, MovesABeatACycleAndDelivers) {
    const Served s =
        serve<TypeParam>(plain(), {{1, false, 0, 129}, {1, false, 0, 0}, {9, false, 5, 64}});
    EXPECT_EQ(s.answers, (std::vector<Answer>{{1, 3, 14}, {4, 4, 15}, {9, 9, 20}}));
    EXPECT_EQ(s.counters.busy_cycles, 5u); // no bits take a beat, too
    EXPECT_EQ(s.counters.read_bits, 193u);
}

TYPED_TEST(Dram, TurnsRoundBetweenReadAndWrite) {
    DramOptions o = plain();
    o.turnaround_cycles = 4;
    const Served s = serve<TypeParam>(
        o, {{1, true, 0, 64}, {2, false, 0, 64}, {8, false, 0, 64}, {11, true, 0, 64}});
    // The first turns nothing; the last had two of its four idle cycles before it came.
    EXPECT_EQ(s.answers, (std::vector<Answer>{{1, 1, 2}, {6, 6, 17}, {8, 8, 19}, {13, 13, 14}}));
    EXPECT_EQ(s.counters.turnaround_cycles, 4u + 2u);
    EXPECT_EQ(s.counters.write_bits, 128u);
}

TYPED_TEST(Dram, OpensARowAndFindsItOpen) {
    const Served s =
        serve<TypeParam>(with_rows(2), {{1, false, 0, 64}, {2, false, 8, 64}, {10, false, 64, 64}});
    EXPECT_EQ(s.answers, (std::vector<Answer>{{4, 4, 15}, {5, 5, 16}, {13, 13, 24}}));
    EXPECT_EQ(s.counters.row_hits, 1u);
    EXPECT_EQ(s.counters.row_misses, 2u); // row 2 lies in the bank of row 0
    EXPECT_EQ(s.counters.row_cycles, 6u);
}

TYPED_TEST(Dram, OpensTheNextRowMeanwhileInAnotherBank) {
    // Eight beats over rows 0 and 1: with two banks nothing stands still in between.
    EXPECT_EQ(serve<TypeParam>(with_rows(2), {{1, false, 0, 512}}).answers,
              (std::vector<Answer>{{4, 11, 22}}));
    const Served one = serve<TypeParam>(with_rows(1), {{1, false, 0, 512}});
    EXPECT_EQ(one.answers, (std::vector<Answer>{{4, 14, 25}}));
    EXPECT_EQ(one.counters.row_cycles, 6u);
}

TYPED_TEST(Dram, OpensTheRowWhileTheBusTurnsRound) {
    DramOptions o = with_rows(2);
    o.turnaround_cycles = 2;
    const Served s = serve<TypeParam>(o, {{1, false, 0, 64}, {5, true, 32, 64}});
    EXPECT_EQ(s.answers, (std::vector<Answer>{{4, 4, 15}, {8, 8, 9}}));
    EXPECT_EQ(s.counters.turnaround_cycles, 2u);
    EXPECT_EQ(s.counters.row_cycles, 3u + 1u);
}

TYPED_TEST(Dram, StandsStillForRefreshAndClosesRows) {
    DramOptions o = with_rows(2);
    o.refresh_interval_cycles = 10;
    o.refresh_cycles = 2;
    // Beats 4 .. 7 of row 0, 8 and 9 of row 1; refresh in 10 and 11; row 1 opened in 12 .. 14.
    const Served s = serve<TypeParam>(o, {{1, false, 0, 512}});
    EXPECT_EQ(s.answers, (std::vector<Answer>{{4, 16, 27}}));
    EXPECT_EQ(s.counters.refresh_cycles, 2u);
    EXPECT_EQ(s.counters.row_misses, 3u);
    EXPECT_EQ(s.counters.row_hits, 0u);
    EXPECT_EQ(s.counters.row_cycles, 6u);
}

TYPED_TEST(Dram, RefreshBetweenTransactionsClosesRowsToo) {
    DramOptions o = with_rows(2);
    o.refresh_interval_cycles = 10;
    const Served s = serve<TypeParam>(o, {{1, false, 0, 64}, {11, false, 8, 64}});
    EXPECT_EQ(s.answers, (std::vector<Answer>{{4, 4, 15}, {14, 14, 25}}));
}

TEST(DramOptions, RefreshMustLeaveTimeToOpenARow) {
    DramOptions o = with_rows(2);
    o.refresh_interval_cycles = 10;
    o.refresh_cycles = 7;
    assay_test::Report report;
    check_dram(o, "hw.json", report);
    EXPECT_EQ(report.text(),
              "hw.json: dram_refresh_interval_cycles: 10, must exceed "
              "dram_refresh_cycles and, with dram_banks, dram_row_miss_cycles: 10\n");
    o.refresh_cycles = 6;
    assay_test::Report fine;
    check_dram(o, "hw.json", fine);
    EXPECT_EQ(fine.count(), 0u);
}

#define ASSAY_UINT(name, def, low, high, unit, help) uint64_t name = def;
struct Machine {
    ASSAY_DRAM_OPTIONS(ASSAY_UINT, 192, 7)
};
#undef ASSAY_UINT

TEST(DramOptions, ComeFromTheOptionsOfAMachine) {
    Machine machine;
    machine.dram_banks = 8;
    machine.dram_refresh_cycles = 3;
    const DramOptions o = dram_options(machine);
    EXPECT_EQ(o.bits_per_cycle, 192u);
    EXPECT_EQ(o.latency_cycles, 7u);
    EXPECT_EQ(o.banks, 8u);
    EXPECT_EQ(o.row_bytes, 2048u);
    EXPECT_EQ(o.refresh_cycles, 3u);
}
