#include "machine.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "element_ops.hpp"
#include "operands.hpp"
#include "step_maker.hpp"
#include "tally.hpp"
#include "text.hpp"

namespace assay::tiled {
namespace {

std::vector<uint64_t> key_of(const Nest& n) {
    return {n.batch,      n.groups,     n.out_c,         n.in_c,          n.in_h,     n.in_w,
            n.out_h,      n.out_w,      n.kernel_h,      n.kernel_w,      n.stride_h, n.stride_w,
            n.dilation_h, n.dilation_w, n.pad_top,       n.pad_left,      n.w_bits,   n.a_bits,
            n.w_signed,   n.a_signed,   n.input_on_chip, n.output_on_chip};
}

// What a timeline calls the machine's channels.
std::vector<std::string> channel_rows(const Design& design) {
    std::vector<std::string> rows;
    for (size_t i = 0; i < design.pipeline().channels.size(); ++i) {
        const bool tensors = design.handover_bytes() > 0 && i == design.handover_channel();
        rows.push_back(tensors ? "tensor buffer" : "DRAM " + std::to_string(i));
    }
    return rows;
}

void add(BufferBits& sum, const BufferBits& more) {
    sum.input_read += more.input_read;
    sum.weight_read += more.weight_read;
    sum.output_read += more.output_read;
    sum.output_write += more.output_write;
}

} // namespace

// One layer on its way through the machine.
struct TiledMachine::Pass {
    const LayerTask& task;
    Nest nest;
    const Mapping* mapping = nullptr; // null: no matrix layer
    IntTensor input, weights;
    std::vector<uint32_t> sums;
    BufferBits bits;
    Occupancy occupancy; // event model
    PipelineCounters counters;
    uint64_t element_ops = 0;
    Operands operands() { return {&nest, input.values.data(), weights.values.data(), sums.data()}; }
    bool has_values() const { return !sums.empty(); }
};

TiledMachine::TiledMachine(std::unique_ptr<Design> design, assay_model model, const char* vcd_path)
    : design_(std::move(design)), pes_(design_->rows() * design_->cols()),
      channel_rows_(channel_rows(*design_)) {
    if (model == ASSAY_MODEL_CLOCKED) {
        pipeline_ = make_clocked_pipeline(design_->pipeline(), vcd_path);
        array_ = design_->clocked_array();
    } else {
        pipeline_ = make_event_pipeline(design_->pipeline());
    }
}

FixedTensor TiledMachine::quantise(const std::vector<float>& values, const Layer& consumer) const {
    return fixed_from_float(values, consumer.in, 16, false);
}

Nest TiledMachine::nest_for(const LayerTask& task) const {
    return nest_of(task.layer, task.batch,
                   task.w_bits > 0 ? task.w_bits : design_->default_w_bits(),
                   task.a_bits > 0 ? task.a_bits : design_->default_a_bits());
}

// Null with a message if the layer does not fit. Equal nests are mapped once.
const TiledMachine::Mapped* TiledMachine::map(const Nest& nest, const std::string& layer,
                                              assay_report* report) {
    const auto found = mapped_.find(key_of(nest));
    if (found != mapped_.end()) {
        return &found->second;
    }
    Mapped mapped;
    if (!design_->map(nest, layer, mapped.mapping, mapped.note, report)) {
        return nullptr;
    }
    return &mapped_.emplace(key_of(nest), std::move(mapped)).first->second;
}

void TiledMachine::place(const LayerTask& task, Nest& nest) const {
    nest.input_on_chip = task.input_place == Place::sram;
    const uint64_t held = (nest.input_on_chip ? nest.input_elements() * nest.a_bits : 0) +
                          nest.outputs() * design_->output_bits(nest);
    nest.output_on_chip = !task.output_to_dram && held <= design_->handover_bytes() * 8;
}

bool TiledMachine::pipeline(Pass& pass, const StepSource& steps, const ComputeStep& compute,
                            ArrayModel* array) {
    const auto keep_going = [&] { return pass.task.keep_going(pass.task.context, 0); };
    Programs programs(steps);
    const StepSource program = [&](Step& step) { return programs.next(step); };
    Timeline* timeline = pass.task.timeline;
    pipeline_->trace().attach(timeline, channel_rows_);
    while (programs.begin()) {
        PipelineCounters counters;
        if (!pipeline_->run(program, compute, array, keep_going, counters)) {
            return false;
        }
        tiled::add(pass.counters, counters);
        if (timeline != nullptr) {
            timeline->advance(counters.cycles);
        }
    }
    if (pass.counters.array.sum() != pass.counters.cycles) { // cheap, so always on
        throw std::logic_error("layer " + pass.task.layer.name + ": cycles without a cause");
    }
    return true;
}

bool TiledMachine::simulate(Pass& pass, LayerOutcome& out) {
    const auto start = std::chrono::steady_clock::now();
    StepMaker maker(*design_, pass.nest, *pass.mapping);
    const Operands operands = pass.operands();
    const StepSource steps = [&](Step& step) {
        if (!maker.next(step)) {
            return false;
        }
        if (array_ == nullptr) {
            pass.occupancy.add(step.blocks);
            add(pass.bits, design_->buffer_bits(pass.nest, *pass.mapping, step));
        }
        return true;
    };
    ComputeStep compute;
    if (pass.has_values() && array_ == nullptr) {
        compute = [&](const Step& step) { design_->compute(operands, *pass.mapping, step); };
    }
    if (array_ != nullptr) {
        array_->layer(operands, *pass.mapping);
    }
    if (!pipeline(pass, steps, compute, array_.get())) {
        return false;
    }
    if (array_ != nullptr) {
        pass.bits = array_->buffer_bits();
    }
    out.wall.simulate_s += seconds_since(start);
    count(pass, out);
    return true;
}

bool TiledMachine::array_counts(const Pass& pass) const {
    return array_ != nullptr && pass.mapping != nullptr;
}

std::vector<uint64_t> TiledMachine::active_cycles(const Pass& pass) const {
    return array_counts(pass) ? array_->active_cycles()
                              : pass.occupancy.active_cycles(design_->rows(), design_->cols());
}

// In PE-cycles. A search asks for nothing else, and arrays have up to 65,536 PEs.
uint64_t TiledMachine::worked(const Pass& pass) const {
    if (!array_counts(pass)) {
        return pass.occupancy.pe_cycles(design_->rows(), design_->cols());
    }
    const std::vector<uint64_t> active = array_->active_cycles();
    return std::accumulate(active.begin(), active.end(), uint64_t{0});
}

void TiledMachine::count_pes(const Pass& pass, LayerOutcome& out) const {
    const ArrayCycles& a = pass.counters.array;
    const std::vector<uint64_t> shared = {a.fill,        a.setup,  a.load_input, a.load_weight,
                                          a.load_output, a.buffer, a.port,       a.drain};
    out.stalls = {a.issue * pes_ - worked(pass)};
    for (uint64_t cycles : shared) {
        out.stalls.push_back(cycles * pes_);
    }
    if (!pass.task.per_pe) {
        return;
    }
    out.pe_count = pes_;
    out.pe_counters.reserve(pes_ * (2 + shared.size()));
    for (uint64_t cycles : active_cycles(pass)) {
        out.pe_counters.push_back(cycles);
        out.pe_counters.push_back(a.issue - cycles);
        out.pe_counters.insert(out.pe_counters.end(), shared.begin(), shared.end());
    }
}

void TiledMachine::count(const Pass& pass, LayerOutcome& out) const {
    LayerCounters c =
        tally(pass.counters, pass.bits, design_->handover_channel(), design_->handover_bytes() > 0);
    c.products = pass.mapping != nullptr ? pass.nest.macs() : 0;
    c.pe_cycles = pass.counters.cycles * pes_;
    c.element_ops = pass.element_ops;
    if (pass.mapping == nullptr) { // inputs handed over on chip came as the second operand
        c.input_load_bits += c.weight_load_bits;
        c.weight_load_bits = 0;
    }
    count_pes(pass, out);
    c.active_pe_cycles = pass.counters.array.issue * pes_ - out.stalls[0];
    out.cycles = pass.counters.cycles;
    out.dram_bits = c.dram_read_bits + c.dram_write_bits;
    out.pe_cycles = c.pe_cycles;
    const double share = static_cast<double>(c.products) / design_->peak_macs(pass.nest);
    out.useful_pe_cycles = static_cast<uint64_t>(std::llround(share * static_cast<double>(pes_)));
    out.bound = bound_of(pass.counters.array);
#define ASSAY_PUSH(name, unit, help) out.counters.push_back(c.name);
    ASSAY_TILED_LAYER_COUNTERS(ASSAY_PUSH)
#undef ASSAY_PUSH
    out.energy = design_->energy(c, pass.nest);
}

// Integers for the array, if anybody wants to see what it makes of them.
void TiledMachine::values(Pass& pass, LayerOutcome& out) {
    const auto start = std::chrono::steady_clock::now();
    pass.input = input_integers(pass.task.layer, pass.task.input, pass.nest);
    pass.weights = weight_integers(pass.task.layer, pass.nest);
    pass.sums.assign(pass.nest.outputs(), 0);
    out.wall.generate_s += seconds_since(start);
}

// Sums that the workload expects count like the reference's: they are compared besides.
void TiledMachine::compare_with_given(const Pass& pass, LayerOutcome& out, assay_report* report) {
    const uint64_t wrong = count_unexpected(pass.task.layer, pass.sums, report);
    out.mismatches += wrong;
    if (pass.task.layer.expected) {
        out.compared += pass.task.layer.out.size();
    }
    if (wrong > 0) {
        out.note += text("%s%llu sums are not what the workload expects",
                         out.note.empty() ? "" : "; ", static_cast<unsigned long long>(wrong));
    }
}

assay_status TiledMachine::run(const LayerTask& task, LayerOutcome& out, assay_report* report) {
    Pass pass{task, nest_for(task), nullptr, {}, {}, {}, {}, {}, {}, 0};
    out.w_bits = pass.nest.w_bits;
    out.a_bits = pass.nest.a_bits;
    place(task, pass.nest);
    out.output_place = pass.nest.output_on_chip ? Place::sram : Place::dram;
    const Mapped* mapped = map(pass.nest, task.layer.name, report);
    if (mapped == nullptr) {
        return ASSAY_BAD_INPUT;
    }
    pass.mapping = &mapped->mapping;
    out.note = mapped->note;
    if (task.outputs || task.check) {
        if (!check_given(task.layer, pass.nest, report)) {
            return ASSAY_BAD_INPUT;
        }
        values(pass, out);
    }
    if (task.simulate && !simulate(pass, out)) {
        return ASSAY_INTERRUPTED;
    }
    if (task.check || (task.outputs && !task.simulate)) {
        const auto start = std::chrono::steady_clock::now();
        std::vector<uint32_t> expected(pass.sums.size(), 0);
        Operands operands = pass.operands();
        operands.sums = expected.data();
        reference(operands);
        out.wall.check_s += seconds_since(start);
        if (task.simulate) {
            out.compared = expected.size();
            for (size_t i = 0; i < expected.size(); ++i) {
                out.mismatches += expected[i] != pass.sums[i];
            }
            compare_with_given(pass, out, report);
        } else {
            pass.sums = expected;
        }
    }
    if (task.outputs) {
        out.output = output_tensor(task.layer, pass.sums, pass.input.scale * pass.weights.scale);
    }
    return out.mismatches > 0 ? ASSAY_MISMATCH : ASSAY_OK;
}

assay_status TiledMachine::run_other(const LayerTask& task, const std::vector<Place>& inputs,
                                     LayerOutcome& out, assay_report*) {
    Pass pass{task, nest_for(task), nullptr, {}, {}, {}, {}, {}, {}, 0};
    const ElementWork work = element_work(task.layer);
    const uint64_t bits = uint64_t{pass.nest.a_bits} * task.batch;
    const auto on_chip =
        static_cast<uint64_t>(std::count(inputs.begin(), inputs.end(), Place::sram));
    const uint64_t input_bits = work.inputs * bits, output_bits = work.outputs * bits;
    const uint64_t here = inputs.empty() ? 0 : input_bits / inputs.size() * on_chip;
    out.a_bits = pass.nest.a_bits;
    const bool stays = work.outputs > 0 && !task.output_to_dram &&
                       here + output_bits <= design_->handover_bytes() * 8;
    out.output_place = stays ? Place::sram : Place::dram;
    pass.element_ops = work.operations * task.batch;
    ElementSteps steps(
        {input_bits - here, here, output_bits, pass.element_ops, work.outputs * task.batch},
        design_->vector_lanes(), stays ? design_->handover_channel() : design_->store_channel(),
        design_->handover_channel());
    const auto start = std::chrono::steady_clock::now();
    if (work.outputs > 0 && !pipeline(
                                pass, [&](Step& step) { return steps.next(step); }, {}, nullptr)) {
        return ASSAY_INTERRUPTED;
    }
    out.wall.simulate_s += seconds_since(start);
    pass.bits.input_read = input_bits;
    pass.bits.output_write = output_bits;
    count(pass, out);
    if (work.outputs == 0) {
        out.note = movement_note(task.layer);
        out.bound.clear();
    }
    return ASSAY_OK;
}

std::unique_ptr<Machine> make_machine(std::unique_ptr<Design> design, assay_model model,
                                      const char* vcd_path) {
    return std::make_unique<TiledMachine>(std::move(design), model, vcd_path);
}

} // namespace assay::tiled
