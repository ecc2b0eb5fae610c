// The public result and the memory behind it.
#include <deque>

#include "abi.hpp"
#include "contract.h"

namespace assay {

// Deques: growing them leaves what is already in place where the public pointers look for it.
struct ResultBuilder::Impl {
    assay_result result{}; // first member: the public pointer is the pointer to this
    const assay_accelerator_info* accelerator = nullptr;
    std::deque<std::string> strings;
    std::deque<std::vector<assay_count>> counts;
    std::deque<std::vector<assay_amount>> amounts;
    std::deque<std::vector<uint64_t>> numbers;
    std::vector<assay_layer_result> layers;
    std::vector<assay_amount> energy;
    uint64_t dram_bits = 0, useful = 0, pe_cycles = 0;
    double clock_hz = 0;

    const char* keep(const std::string& text) {
        strings.push_back(text);
        return strings.back().c_str();
    }

    const assay_count* keep(const assay_counter_table& table, const std::vector<uint64_t>& values) {
        std::vector<assay_count> named(values.size());
        for (size_t i = 0; i < values.size(); ++i) {
            named[i] = {table.counters[i].name, values[i]};
        }
        counts.push_back(std::move(named));
        return counts.back().data();
    }

    const assay_amount* keep(const std::vector<Amount>& values) {
        std::vector<assay_amount> named;
        for (const Amount& a : values) {
            named.push_back({a.name, a.value});
        }
        amounts.push_back(std::move(named));
        return amounts.back().data();
    }

    double add_energy(const std::vector<Amount>& parts) {
        double sum = 0;
        for (size_t i = 0; i < parts.size(); ++i) {
            if (i >= energy.size()) {
                energy.push_back({parts[i].name, 0});
            }
            energy[i].value += parts[i].value;
            sum += parts[i].value;
        }
        return sum;
    }
};

static_assert(offsetof(assay_layer_result, name) == 0, "layout of the ABI");

ResultBuilder::ResultBuilder(const assay_hw& hw, const assay_workload& workload, assay_model model,
                             bool checked, uint64_t batch)
    : impl_(new Impl, [](Impl* impl) { delete impl; }) {
    assay_result& r = impl_->result;
    impl_->accelerator = &hw.accelerator->info;
    r.version = assay_version();
    r.model = assay_model_name(model);
    r.hw_name = impl_->keep(hw.name);
    r.hw_accelerator = hw.accelerator->info.name;
    r.hw_hash = impl_->keep(hw.hash);
    r.workload_name = impl_->keep(workload.name);
    r.workload_hash = impl_->keep(workload.hash);
    r.batch = batch;
    r.check.enabled = checked;
}

void ResultBuilder::add(const Layer& layer, bool simulated, LayerOutcome outcome) {
    Impl& m = *impl_;
    assay_result& r = m.result;
    assay_layer_result out{};
    out.name = m.keep(layer.name);
    out.op = layer_op_name(layer);
    out.bound = m.keep(outcome.bound);
    out.note = m.keep(outcome.note);
    out.simulated = simulated;
    out.cycles = outcome.cycles;
    out.io_cycles = outcome.io_cycles;
    out.macs = layer.macs() * r.batch;
    out.w_bits = outcome.w_bits;
    out.a_bits = outcome.a_bits;
    out.utilisation = outcome.pe_cycles == 0 ? 0
                                             : static_cast<double>(outcome.useful_pe_cycles) /
                                                   static_cast<double>(outcome.pe_cycles);
    out.energy_j = m.add_energy(outcome.energy);
    out.io_energy_j = outcome.io_energy_j;
    out.energy = m.keep(outcome.energy);
    out.energy_count = outcome.energy.size();
    out.stall_cycles = m.keep(*m.accelerator->stall_causes, outcome.stalls);
    out.stall_count = outcome.stalls.size();
    out.counters = m.keep(*m.accelerator->layer_counters, outcome.counters);
    out.counter_count = outcome.counters.size();
    m.numbers.push_back(std::move(outcome.pe_counters));
    out.pe_counters = m.numbers.back().data();
    out.pe_count = outcome.pe_count;
    out.pe_counter_count = outcome.pe_count == 0 ? 0
                                                 : m.accelerator->pe_counters->count +
                                                       m.accelerator->stall_causes->count;
    m.layers.push_back(out);
    if (simulated) {
        r.total.macs += out.macs;
    }
    r.total.cycles += out.cycles;
    r.total.io_cycles += out.io_cycles;
    r.total.energy_j += out.energy_j;
    r.total.io_energy_j += out.io_energy_j;
    m.dram_bits += outcome.dram_bits;
    m.useful += outcome.useful_pe_cycles;
    m.pe_cycles += outcome.pe_cycles;
    r.check.compared += outcome.compared;
    r.check.mismatches += outcome.mismatches;
    r.wall.generate_s += outcome.wall.generate_s;
    r.wall.encode_s += outcome.wall.encode_s;
    r.wall.simulate_s += outcome.wall.simulate_s;
    r.wall.check_s += outcome.wall.check_s;
}

assay_result* ResultBuilder::finish(const Machine& machine) {
    Impl& m = *impl_;
    assay_result& r = m.result;
    for (assay_layer_result& layer : m.layers) {
        layer.seconds = static_cast<double>(layer.cycles) / machine.clock_hz();
    }
    r.total.seconds = static_cast<double>(r.total.cycles) / machine.clock_hz();
    r.total.power_w = r.total.seconds > 0 ? r.total.energy_j / r.total.seconds : 0;
    r.total.dram_bytes = (m.dram_bits + 7) / 8;
    r.total.utilisation =
        m.pe_cycles > 0 ? static_cast<double>(m.useful) / static_cast<double>(m.pe_cycles) : 0;
    r.energy = m.energy.data();
    r.energy_count = m.energy.size();
    const std::vector<Amount> area = machine.area();
    r.area = m.keep(area);
    r.area_count = area.size();
    for (const Amount& part : area) {
        r.total.area_mm2 += part.value;
    }
    r.layers = m.layers.data();
    r.layer_count = m.layers.size();
    return &impl_.release()->result;
}

struct ResultAccess {
    static void free(assay_result* result) {
        static_assert(offsetof(ResultBuilder::Impl, result) == 0, "result comes first");
        delete reinterpret_cast<ResultBuilder::Impl*>(result);
    }
};

} // namespace assay

void assay_result_free(assay_result** result) {
    ASSAY_REQUIRE(result != nullptr);
    if (*result != nullptr) {
        assay::ResultAccess::free(*result);
    }
    *result = nullptr;
}
