// The EIE accelerator as the rest of the program sees it: option and counter tables, rules between
// options, opening a machine, reading its counters.
#include "eie.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "eie_layer.hpp"
#include "option_rows.hpp"
#include "text.hpp"

namespace assay::eie {
namespace {

const assay_option options[] = {ASSAY_EIE_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL)};

#define ASSAY_INFO(name, unit, help) {#name, unit, help},
const assay_counter_info layer_counters[] = {ASSAY_EIE_LAYER_COUNTERS(ASSAY_INFO)};
const assay_counter_info pe_counters[] = {ASSAY_EIE_PE_COUNTERS(ASSAY_INFO)};
const assay_counter_info stall_causes[] = {ASSAY_EIE_STALLS(ASSAY_INFO)};
#undef ASSAY_INFO

const assay_counter_table layer_table = {layer_counters, std::size(layer_counters)};
const assay_counter_table pe_table = {pe_counters, std::size(pe_counters)};
const assay_counter_table stall_table = {stall_causes, std::size(stall_causes)};

void require(bool rule, const char* where, assay_report* report, const std::string& message) {
    if (!rule) {
        assay_report_add(report, "%s: %s", where, message.c_str());
    }
}

unsigned long long number(uint64_t value) {
    return value;
}

void check(const void* values, const char* where, assay_report* report) {
    check_options(*static_cast<const Options*>(values), where, report);
}

std::unique_ptr<Machine> open(const void* values, assay_model model, const char* vcd_path) {
    return std::make_unique<EieMachine>(*static_cast<const Options*>(values), model, vcd_path);
}

// What the slots of all PEs went into, most first; ties go to the earlier name.
const char* bound_of(const LayerTotals& total, const PeStalls& s) {
    struct Share {
        const char* name;
        uint64_t cycles;
    };
    const Share shares[] = {
        {"compute", total.issue_cycles},
        {"imbalance", s.imbalance + s.back_pressure},
        {"broadcast", s.scan + s.empty_column},
        {"elements", s.elements},
        {"memory", s.dram + s.act_load + s.write_back},
        {"fill", s.fill + s.drain + s.layer_switch},
    };
    return std::max_element(std::begin(shares), std::end(shares),
                            [](const Share& a, const Share& b) { return a.cycles < b.cycles; })
        ->name;
}

PeStalls sum_of_stalls(const Counters& counters) {
    PeStalls sum;
    for (const PeStalls& s : counters.stall) {
#define ASSAY_ADD(name, unit, help) sum.name += s.name;
        ASSAY_EIE_STALLS(ASSAY_ADD)
#undef ASSAY_ADD
    }
    return sum;
}

double sum_of(const std::vector<Amount>& amounts) {
    return std::accumulate(amounts.begin(), amounts.end(), 0.0,
                           [](double sum, const Amount& a) { return sum + a.value; });
}

} // namespace

const assay_option_table option_table = {"eie", options, std::size(options), sizeof(Options)};

void check_options(const Options& o, const char* where, assay_report* report) {
    require(o.entries_per_word() >= 1, where, report,
            text("spmat_width_bits: %llu, must hold an entry of index_bits + codebook_bits = %llu",
                 number(o.spmat_width_bits), number(o.entry_bits())));
    require(o.acts_per_word() >= 1, where, report,
            text("act_sram_width_bits: %llu, must hold an activation of act_bits = %llu",
                 number(o.act_sram_width_bits), number(o.act_bits)));
    require(o.spmat_bytes * 8 >= o.spmat_width_bits, where, report,
            text("spmat_bytes: %llu, must hold a word of spmat_width_bits = %llu bits",
                 number(o.spmat_bytes), number(o.spmat_width_bits)));
    require(o.act_sram_bytes * 8 >= o.act_sram_width_bits, where, report,
            text("act_sram_bytes: %llu, must hold a word of act_sram_width_bits = %llu bits",
                 number(o.act_sram_bytes), number(o.act_sram_width_bits)));
    check_dram(dram_options(o), where, report);
    require(o.ptr_capacity() >= 2, where, report,
            text("ptr_bytes: %llu, must hold two pointers of ptr_bits = %llu bits",
                 number(o.ptr_bytes), number(o.ptr_bits)));
}

size_t counter_index(const assay_counter_table& table, const char* name) {
    size_t i = 0;
    while (strcmp(table.counters[i].name, name) != 0) {
        ++i;
    }
    return i;
}

size_t EieMachine::io_bits_index() const {
    return counter_index(layer_table, "io_bits");
}

std::vector<Amount> EieMachine::energy_of(const Counters& counters) const {
    return energy(options_, counters);
}

void EieMachine::report_counters(const Pass*, const Counters& counters, LayerOutcome& out) const {
    const LayerTotals& t = counters.total;
    out.useful_pe_cycles = t.entries - t.padding_entries;
#define ASSAY_PUSH(name, unit, help) out.counters.push_back(t.name);
    ASSAY_EIE_LAYER_COUNTERS(ASSAY_PUSH)
#undef ASSAY_PUSH
    for (size_t k = 0; k < counters.pe.size(); ++k) {
        const PeCounters& pe = counters.pe[k];
        const PeStalls& s = counters.stall[k];
#define ASSAY_PUSH(name, unit, help) out.pe_counters.push_back(pe.name);
        ASSAY_EIE_PE_COUNTERS(ASSAY_PUSH)
#undef ASSAY_PUSH
#define ASSAY_PUSH(name, unit, help) out.pe_counters.push_back(s.name);
        ASSAY_EIE_STALLS(ASSAY_PUSH)
#undef ASSAY_PUSH
    }
}

void EieMachine::report_outcome(const Pass* pass, const Counters& counters,
                                LayerOutcome& out) const {
    out.cycles = counters.cycles;
    out.io_cycles = counters.io_cycles;
    const LayerTotals& t = counters.total;
    out.dram_bits = t.dram_read_bits + t.dram_write_bits + t.io_bits;
    out.pe_cycles = t.pe_cycles;
    out.pe_count = counters.pe.size();
    report_counters(pass, counters, out);
    const PeStalls sum = sum_of_stalls(counters);
#define ASSAY_PUSH(name, unit, help) out.stalls.push_back(sum.name);
    ASSAY_EIE_STALLS(ASSAY_PUSH)
#undef ASSAY_PUSH
    out.bound = bound_of(t, sum);
    // I/O mode is counted apart from the computing that the paper's times and energies are about.
    Counters computing = counters;
    computing.io_cycles = computing.total.io_bits = 0;
    out.energy = energy_of(computing);
    out.io_energy_j = sum_of(energy_of(counters)) - sum_of(out.energy);
    if (pass == nullptr) {
        return;
    }
    const Plan& plan = pass->plan;
    if (plan.residency == Residency::io_mode) {
        add_note(out,
                 text("entries fit but pointers do not: %zu segments, pointers loaded in I/O mode",
                      plan.segments.size()));
    } else if (plan.residency == Residency::streamed) {
        add_note(out, text("weights exceed the chip: %zu segments streamed from DRAM",
                           plan.segments.size()));
    }
}

} // namespace assay::eie

namespace assay {

extern const Accelerator eie_accelerator;
const Accelerator eie_accelerator = {
    {"eie",
     "EIE (Han et al., ISCA 2016): sparse matrix-vector products with a shared-weight codebook",
     &eie::option_table, &eie::layer_table, &eie::pe_table, &eie::stall_table, true},
    eie::check,
    eie::open,
};

} // namespace assay
