#include "eie_layer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include "graph.hpp"
#include "hash.h"
#include "kmeans.hpp"
#include "sparse.hpp"
#include "text.hpp"

namespace assay::eie {
namespace {

// Part of the cache's keys: a change of EncodedMatrix or of what the encoder writes must change it.
constexpr uint64_t encoding_version = 3;

constexpr uint64_t most_host_bytes = uint64_t{8} << 30;
constexpr uint64_t most_vectors = uint64_t{1} << 30;

// What the layer's weights take on chip. In I/O mode pointers are loaded while the layer runs
// anyway.
void note_residency(const EncodedMatrix& m, const Plan& plan, const Options& o, LayerOutcome& out) {
    out.weights_stay = plan.residency != Residency::streamed;
    if (!out.weights_stay) {
        return;
    }
    out.weight_entries.assign(m.pes, 0);
    for (const EncodedBlock& block : m.blocks) {
        const uint32_t* last = &block.ptr[size_t{m.cols} * m.pes];
        for (uint32_t pe = 0; pe < m.pes; ++pe) {
            out.weight_entries[pe] += o.whole_words(last[pe]);
        }
    }
    out.weight_entry_bits = m.entries * o.entry_bits();
    if (plan.residency == Residency::io_mode) { // leaves nobody else's pointers in place
        out.weight_pointers = o.ptr_capacity();
        return;
    }
    out.weight_pointers = plan.pointers();
    out.weight_pointer_bits = out.weight_pointers * m.pes * o.ptr_bits;
}

} // namespace

VectorSource::VectorSource(const Layer& layer, const FixedTensor& input, int32_t largest,
                           uint64_t batch)
    : layer_(layer), input_(input),
      image_vectors_(layer.op == Op::fc ? 1 : static_cast<uint32_t>(layer.out.h * layer.out.w)),
      vectors_(static_cast<uint32_t>(image_vectors_ * batch)) {
    const double one = std::round(std::ldexp(1.0, input.frac_bits));
    one_ = static_cast<int16_t>(std::min(one, static_cast<double>(largest)));
}

VectorSource::VectorSource(const Layer& layer, const FixedTensor& input, const Options& options)
    : VectorSource(layer, input, (int32_t{1} << (options.act_bits - 1)) - 1, 1) {}

void VectorSource::fill(uint32_t vector, int16_t* column) const {
    if (layer_.op != Op::fc) {
        const uint32_t pixel = vector % image_vectors_;
        im2col_vector(layer_, input_, pixel / layer_.out.w, pixel % layer_.out.w, column);
    } else {
        std::copy(input_.values.begin(), input_.values.end(), column);
    }
    if (layer_.weights.bias_column) {
        column[matrix_cols(layer_)] = one_;
    }
}

uint64_t VectorSource::new_acts(uint32_t vector) const {
    const bool row_start = vector % layer_.out.w == 0;
    const uint32_t columns =
        row_start ? layer_.kernel_w : std::min(layer_.stride_w, layer_.kernel_w);
    return uint64_t{layer_.in.c} * layer_.kernel_h * columns;
}

EieMachine::EieMachine(const Options& options, assay_model model, const char* vcd_path)
    : options_(options), event_(model == ASSAY_MODEL_EVENT),
      elements_(make_elements(options, model)),
      model_(model == ASSAY_MODEL_EVENT ? make_event_model(options)
                                        : make_clocked_model(options, vcd_path)) {}

// The widths of EIE's arithmetic are fixed: a policy does not change them.
LayerSetup EieMachine::set_up(const LayerTask&) const {
    LayerSetup setup;
    setup.options = options_;
    setup.w_bits = static_cast<unsigned>(options_.codebook_bits);
    setup.a_bits = static_cast<unsigned>(options_.act_bits);
    setup.largest_act = (int32_t{1} << (options_.act_bits - 1)) - 1;
    return setup;
}

FixedTensor EieMachine::quantise(const std::vector<float>& values, const Layer& consumer) const {
    return fixed_from_float(values, consumer.in, static_cast<unsigned>(options_.act_bits),
                            consumer.weights.bias_column);
}

std::vector<Amount> EieMachine::area() const {
    return eie::area(options_);
}

std::string EieMachine::cache_key(const Layer& layer) const {
    assay_hasher* hasher = assay_hasher_new();
    if (hasher == nullptr) {
        throw std::bad_alloc();
    }
    assay_hasher_text(hasher, "machine", "eie");
    assay_hasher_uint(hasher, "version", encoding_version);
    assay_hasher_text(hasher, "weights", layer.weights.hash.c_str());
    assay_hasher_uint(hasher, "pe_count", options_.pe_count);
    assay_hasher_uint(hasher, "index_bits", options_.index_bits);
    assay_hasher_uint(hasher, "codebook_bits", options_.codebook_bits);
    assay_hasher_uint(hasher, "registers", options_.act_registers);
    char key[ASSAY_HASH_TEXT];
    assay_hash_format(assay_hasher_done(hasher), key);
    assay_hasher_free(&hasher);
    return key;
}

// The layer's weights in codes that the machine's codebook can hold.
void EieMachine::resolve_codes(Pass& pass, LayerOutcome& out) const {
    if (pass.codes) {
        return;
    }
    const auto start = std::chrono::steady_clock::now();
    pass.codes = resolve(pass.task.layer.weights);
    const size_t codes = pass.codes->codebook.size();
    if (codes > size_t{1} << options_.codebook_bits) {
        pass.clustered_from = static_cast<uint32_t>(codes);
        pass.codes = std::make_shared<SparseCodes>(recluster(
            *pass.codes, static_cast<unsigned>(options_.codebook_bits), &pass.clustering_error));
    }
    out.wall.generate_s += seconds_since(start);
}

EncodedMatrix EieMachine::encode_codes(Pass& pass, LayerOutcome& out) const {
    resolve_codes(pass, out);
    EncodedMatrix matrix = encode(*pass.codes, static_cast<uint32_t>(options_.pe_count),
                                  static_cast<uint32_t>(options_.index_bits),
                                  static_cast<uint32_t>(options_.act_registers));
    matrix.clustered_from = pass.clustered_from;
    matrix.clustering_error = pass.clustering_error;
    return matrix;
}

void EieMachine::prepare(Pass& pass, LayerOutcome& out) {
    const LayerTask& task = pass.task;
    const auto start = std::chrono::steady_clock::now();
    const double generated = out.wall.generate_s;
    CachedMatrix& cached =
        cache_.get(cache_key(task.layer), task.cache_dir, [&] { return encode_codes(pass, out); });
    if (task.check || !task.simulate) {
        resolve_codes(pass, out); // the reference multiplies these
    }
    if (task.simulate && pass.values() && cached.targets == nullptr) {
        cached.targets =
            std::make_shared<std::vector<BlockTargets>>(decode_targets(*cached.matrix));
    }
    pass.cached = cached;
    if (cached.matrix->clustered_from > 0) {
        add_note(out, text("%u-entry codebook clustered to %llu, weights change by %.1f %% rms",
                           cached.matrix->clustered_from, 1ull << options_.codebook_bits,
                           100 * cached.matrix->clustering_error));
    }
    out.wall.encode_s += seconds_since(start) - (out.wall.generate_s - generated);
}

// A layer that is not simulated is planned all the same: where it leaves its output is what the
// next one starts from. If it does not fit, its output is outside.
bool EieMachine::plan(Pass& pass, LayerOutcome& out, assay_report* report) const {
    const Layer& layer = pass.task.layer;
    LayerShape shape;
    shape.vectors = pass.source.vectors();
    shape.bias_column = layer.weights.bias_column;
    shape.bias = !layer.weights.bias.empty();
    shape.bias_bits = pass.setup.bias_bits;
    shape.input_acts = layer.in.size() * pass.task.batch;
    shape.output_acts = layer.out.size() * pass.task.batch;
    shape.slides = layer.op == Op::conv && layer.kernel_w > 1;
    shape.input = pass.task.input_place;
    shape.output_in_registers = pass.task.output_in_registers;
    shape.output_to_dram = pass.task.output_to_dram;
    std::string why;
    const bool fits = make_plan(*pass.cached.matrix, shape, pass.setup.options, pass.plan, why);
    out.output_place = fits ? pass.plan.output : Place::dram;
    if (!fits && pass.task.simulate) {
        assay_report_add(report, "layer %s does not fit: %s", layer.name.c_str(), why.c_str());
    }
    return fits || !pass.task.simulate;
}

// Weights are encoded before the machine starts.
bool EieMachine::accepts(const LayerTask& task, assay_report* report) const {
    if (task.simulate && task.layer.op == Op::matmul) {
        assay_report_add(report,
                         "layer %s: multiplies two activations; this machine encodes one operand "
                         "of a product beforehand, as weights",
                         task.layer.name.c_str());
        return false;
    }
    if (task.layer.given_weights) {
        assay_report_add(report,
                         "layer %s: its weights are integers to be multiplied as they are; this "
                         "machine multiplies values of a codebook",
                         task.layer.name.c_str());
        return false;
    }
    const uint64_t vectors = uint64_t{task.layer.out.h} * task.layer.out.w * task.batch;
    if (vectors > most_vectors) {
        assay_report_add(report,
                         "layer %s: a batch of %llu is %llu input vectors, of which the simulator "
                         "takes %llu",
                         task.layer.name.c_str(), static_cast<unsigned long long>(task.batch),
                         static_cast<unsigned long long>(vectors),
                         static_cast<unsigned long long>(most_vectors));
        return false;
    }
    return fits_host(task, report);
}

// The host's memory, not the machine's. Per column and row block: a pointer (4 bytes) and a padding
// count (2) for each PE, a start (8); per batch, which is at least a row of columns, its place in
// the plan and in the schedule (24 each). Per output, two sums of 4 bytes.
bool EieMachine::fits_host(const LayerTask& task, assay_report* report) const {
    const Layer& layer = task.layer;
    const uint64_t rows = matrix_rows(layer), inputs = matrix_cols(layer);
    const uint64_t pes = options_.pe_count;
    const uint64_t slice = (rows + pes - 1) / pes;
    const uint64_t blocks = (slice + options_.act_registers - 1) / options_.act_registers;
    const uint64_t pointers = blocks * ((inputs + 2) * (6 * pes + 8) + (inputs / pes + 1) * 48);
    const uint64_t sums = task.outputs || task.check ? 8 * layer.out.size() * task.batch : 0;
    const uint64_t bytes = pointers + sums;
    if (bytes <= most_host_bytes) {
        return true;
    }
    assay_report_add(
        report,
        "layer %s: %llu columns on %llu PEs in %llu row blocks take %.1f GB of pointers and sums, "
        "more than the %.0f GB that the simulator gives them; use more act_registers, "
        "another pe_count or a smaller batch",
        layer.name.c_str(), static_cast<unsigned long long>(inputs),
        static_cast<unsigned long long>(pes), static_cast<unsigned long long>(blocks),
        static_cast<double>(bytes) / 0x1p30, static_cast<double>(most_host_bytes) / 0x1p30);
    return false;
}

void EieMachine::choose_formats(Pass& pass, LayerOutcome& out) const {
    const auto start = std::chrono::steady_clock::now();
    const std::vector<float>& bias = pass.task.layer.weights.bias;
    pass.bias.assign(bias.size(), 0); // without values they are preset all the same
    if (pass.values()) {
        pass.format = choose_format(options_, *pass.cached.matrix, bias, pass.source);
        pass.bias = fixed_bias(pass.format, bias);
    }
    out.wall.encode_s += seconds_since(start);
}

bool EieMachine::simulate(Pass& pass, LayerOutcome& out) {
    const LayerTask& task = pass.task;
    Job job;
    job.matrix = pass.cached.matrix.get();
    job.plan = &pass.plan;
    job.targets = pass.cached.targets.get();
    job.format = pass.format;
    job.lanes = pass.setup.lanes;
    job.passes = pass.setup.passes;
    job.act_bits = pass.setup.options.act_bits;
    job.bias_bits = pass.setup.bias_bits;
    job.input = [&](uint32_t v, int16_t* column) { pass.source.fill(v, column); };
    job.bias = pass.biases();
    job.new_acts = [&](uint32_t v) { return pass.source.new_acts(v); };
    job.outputs = pass.values();
    job.result = &pass.result;
    job.timeline = task.timeline;
    job.keep_going = [&](double done) { return task.keep_going(task.context, done); };
    pass.result.assign(pass.values() ? size_t{pass.source.vectors()} * job.matrix->rows : 0, 0);
    const auto start = std::chrono::steady_clock::now();
    Counters counters;
    if (!model_->run(job, counters)) {
        return false;
    }
    out.wall.simulate_s += seconds_since(start);
    if (!every_cycle_has_a_cause(counters)) { // cheap, so always on
        throw std::logic_error("layer " + task.layer.name + ": cycles without a cause");
    }
    report_outcome(&pass, counters, out);
    note_residency(*pass.cached.matrix, pass.plan, options_, out);
    return true;
}

void EieMachine::check(Pass& pass, LayerOutcome& out) {
    const auto start = std::chrono::steady_clock::now();
    reference(
        *pass.codes, pass.format, pass.biases(), pass.source.vectors(),
        [&](uint32_t v, int16_t* column) { pass.source.fill(v, column); }, pass.expected);
    out.wall.check_s += seconds_since(start);
    if (pass.task.simulate) {
        out.compared = pass.result.size();
        for (size_t i = 0; i < pass.result.size(); ++i) {
            out.mismatches += pass.result[i] != pass.expected[i];
        }
    }
}

// Results are pixel by pixel, tensors channel by channel. ReLU, with its limit, acts as a register
// is read.
void EieMachine::store_output(Pass& pass, LayerOutcome& out) const {
    const Layer& layer = pass.task.layer;
    const std::vector<int32_t>& sums = pass.sums();
    const size_t pixels = pass.source.image_vectors(), rows = layer.out.c;
    out.output.shape = layer.out;
    out.output.frac_bits = pass.format.output_frac;
    out.output.values.resize(pixels * rows);
    const double limit = std::ldexp(layer.relu_limit, out.output.frac_bits);
    const int32_t most = layer.relu_limit > 0 && limit < INT16_MAX
                             ? static_cast<int32_t>(std::llround(limit))
                             : INT16_MAX;
    for (size_t p = 0; p < pixels; ++p) {
        for (size_t r = 0; r < rows; ++r) {
            const int32_t sum = sums[p * rows + r];
            out.output.values[r * pixels + p] =
                static_cast<int16_t>(layer.relu ? std::clamp(sum, 0, most) : sum);
        }
    }
}

assay_status EieMachine::run(const LayerTask& task, LayerOutcome& out, assay_report* report) {
    if (!accepts(task, report)) {
        return ASSAY_BAD_INPUT;
    }
    LayerSetup setup = set_up(task);
    out.w_bits = setup.w_bits;
    out.a_bits = setup.a_bits;
    if ((task.w_bits > 0 && task.w_bits != out.w_bits) ||
        (task.a_bits > 0 && task.a_bits != out.a_bits)) {
        add_note(out, text("computed at this machine's widths, %u-bit codes and %u-bit "
                           "activations, not at %u and %u bits",
                           out.w_bits, out.a_bits, task.w_bits, task.a_bits));
    }
    const VectorSource source(task.layer, setup.narrow ? *setup.narrow : task.input,
                              setup.largest_act, task.batch);
    Pass pass{task, std::move(setup), source, {}, 0, 0, {}, {}, {}, 1, {}, {}, {}};
    prepare(pass, out);
    if (!plan(pass, out, report)) {
        return ASSAY_BAD_INPUT;
    }
    choose_formats(pass, out);
    if (task.simulate && !simulate(pass, out)) {
        return ASSAY_INTERRUPTED;
    }
    if (task.check || (!task.simulate && task.outputs)) {
        check(pass, out);
    }
    if (pass.values()) {
        store_output(pass, out);
    }
    return out.mismatches > 0 ? ASSAY_MISMATCH : ASSAY_OK;
}

} // namespace assay::eie
