// What the layers of one run cost each other on EIE: their weights share the SRAMs (contract §2).
#include <algorithm>

#include "dram_channel.hpp"
#include "eie_layer.hpp"
#include "text.hpp"

namespace assay::eie {
namespace {

struct Need {
    std::vector<uint64_t> entries; // [pe_count]
    uint64_t pointers = 0;
    bool streams = false; // a layer that needs all of the SRAMs for itself
};

Need need_of(const std::vector<LayerOutcome*>& layers, size_t pes) {
    Need need;
    need.entries.assign(pes, 0);
    for (const LayerOutcome* layer : layers) {
        need.streams = need.streams || !layer->weights_stay;
        need.pointers += layer->weight_pointers;
        for (size_t k = 0; k < layer->weight_entries.size(); ++k) {
            need.entries[k] += layer->weight_entries[k];
        }
    }
    return need;
}

} // namespace

void add_note(LayerOutcome& out, const std::string& note) {
    out.note += (out.note.empty() ? "" : "; ") + note;
}

// The layer's weights, or their pointers, come in before it runs, in I/O mode.
void EieMachine::charge_load(uint64_t bits, LayerOutcome& out) const {
    Counters io;
    io.pe.resize(options_.pe_count);
    io.stall.resize(options_.pe_count);
    io.io_cycles = DramTimeline(dram_options(options_)).request(0, bits, Stream::weights);
    io.total.io_bits = bits;
    out.io_cycles += io.io_cycles;
    out.dram_bits += bits;
    out.counters[io_bits_index()] += bits;
    for (const Amount& part : energy_of(io)) {
        out.io_energy_j += part.value;
    }
    add_note(out, "the weights of all layers do not fit together: loaded before it in I/O mode");
}

assay_status EieMachine::settle(const std::vector<LayerOutcome*>& layers, assay_report* report) {
    const Need need = need_of(layers, options_.pe_count);
    const auto fullest = std::max_element(need.entries.begin(), need.entries.end());
    const bool entries_fit = *fullest <= options_.spmat_capacity() && !need.streams;
    const bool pointers_fit = need.pointers <= options_.ptr_capacity() && !need.streams;
    if (layers.size() < 2 || (entries_fit && pointers_fit)) {
        return ASSAY_OK;
    }
    if (!options_.has_dram()) {
        assay_report_add(
            report,
            "the %zu layers do not fit together: they need %.1f KB of entries in PE %zu "
            "and %.1f KB of pointers per PE, there are %.1f KB (spmat_bytes) and %.1f KB "
            "(ptr_bytes), and no DRAM channel to load from (dram_bits_per_cycle is 0)",
            layers.size(), static_cast<double>(*fullest * options_.entry_bits()) / 8192.0,
            static_cast<size_t>(fullest - need.entries.begin()),
            static_cast<double>(need.pointers * options_.ptr_bits) / 8192.0,
            static_cast<double>(options_.spmat_bytes) / 1024.0,
            static_cast<double>(options_.ptr_bytes) / 1024.0);
        return ASSAY_BAD_INPUT;
    }
    for (LayerOutcome* layer : layers) {
        const uint64_t bits = (entries_fit ? 0 : layer->weight_entry_bits) +
                              (pointers_fit ? 0 : layer->weight_pointer_bits);
        if (layer->weights_stay && bits > 0) {
            charge_load(bits, *layer);
        }
    }
    return ASSAY_OK;
}

} // namespace assay::eie
