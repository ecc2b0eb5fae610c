#include "eie_layer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "hash.h"
#include "kmeans.hpp"
#include "sparse.hpp"
#include "text.hpp"

namespace assay::eie {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Only its pointers and entries stay on this machine's disk between runs; a change of the format of
// EncodedMatrix or of what the encoder writes must change this.
constexpr uint64_t encoding_version = 2;

constexpr uint64_t most_host_bytes = uint64_t{8} << 30;

} // namespace

VectorSource::VectorSource(const Layer& layer, const FixedTensor& input, const Options& options)
    : layer_(layer), input_(input),
      vectors_(layer.op == Op::conv ? static_cast<uint32_t>(layer.out.h * layer.out.w) : 1) {
    const double high = std::ldexp(1.0, static_cast<int>(options.act_bits) - 1) - 1;
    one_ = static_cast<int16_t>(std::min(std::ldexp(1.0, input.frac_bits), high));
}

void VectorSource::fill(uint32_t vector, int16_t* column) const {
    uint64_t inputs = input_.values.size();
    if (layer_.op == Op::conv) {
        inputs = uint64_t{layer_.in.c} * layer_.kernel_h * layer_.kernel_w;
        im2col_vector(layer_, input_, vector / layer_.out.w, vector % layer_.out.w, column);
    } else {
        std::copy(input_.values.begin(), input_.values.end(), column);
    }
    if (layer_.weights.bias_column) {
        column[inputs] = one_;
    }
}

uint64_t VectorSource::new_acts(uint32_t vector) const {
    const bool row_start = vector % layer_.out.w == 0;
    const uint32_t columns =
        row_start ? layer_.kernel_w : std::min(layer_.stride_w, layer_.kernel_w);
    return uint64_t{layer_.in.c} * layer_.kernel_h * columns;
}

EieMachine::EieMachine(const Options& options, assay_model model, const char* vcd_path)
    : options_(options),
      model_(model == ASSAY_MODEL_EVENT ? make_event_model(options)
                                        : make_clocked_model(options, vcd_path)) {}

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
std::shared_ptr<const SparseCodes> EieMachine::machine_codes(const Layer& layer, LayerOutcome& out,
                                                             std::string& note) const {
    const auto start = std::chrono::steady_clock::now();
    std::shared_ptr<const SparseCodes> codes = resolve(layer.weights);
    const size_t capacity = size_t{1} << options_.codebook_bits;
    if (codes->codebook.size() > capacity) {
        double error = 0;
        codes = std::make_shared<SparseCodes>(
            recluster(*codes, static_cast<unsigned>(options_.codebook_bits), &error));
        note = text("%zu-entry codebook clustered to %zu, weights change by %.1f %% rms",
                    layer.weights.codes ? layer.weights.codes->codebook.size() : size_t{0},
                    capacity, 100 * error);
    }
    out.wall.generate_s += seconds_since(start);
    return codes;
}

EieMachine::Prepared EieMachine::prepare(const LayerTask& task, LayerOutcome& out) {
    Prepared ready;
    // Notes of the encoder must not depend on what a cache holds, so large codebooks are clustered
    // again each time; statistical weights, the expensive ones to draw, never need it.
    if (task.check || !task.simulate || task.layer.weights.codes) {
        ready.codes = machine_codes(task.layer, out, ready.note);
    }
    const auto start = std::chrono::steady_clock::now();
    const double generated = out.wall.generate_s;
    CachedMatrix& cached = cache_.get(cache_key(task.layer), task.cache_dir, [&] {
        if (!ready.codes) {
            ready.codes = machine_codes(task.layer, out, ready.note);
        }
        return encode(*ready.codes, static_cast<uint32_t>(options_.pe_count),
                      static_cast<uint32_t>(options_.index_bits),
                      static_cast<uint32_t>(options_.act_registers));
    });
    if (task.simulate && (task.outputs || task.check) && cached.targets == nullptr) {
        cached.targets =
            std::make_shared<std::vector<BlockTargets>>(decode_targets(*cached.matrix));
    }
    ready.cached = cached;
    out.wall.encode_s += seconds_since(start) - (out.wall.generate_s - generated);
    return ready;
}

// The host's memory, not the machine's. Per column and row block: a pointer (4 bytes) and a padding
// count (2) for each PE, a start (8); per batch, which is at least a row of columns, its place in
// the plan and in the schedule (24 each).
bool EieMachine::fits_host(const Layer& layer, assay_report* report) const {
    const uint64_t rows = layer.out.c,
                   inputs = layer.op == Op::conv
                                ? uint64_t{layer.in.c} * layer.kernel_h * layer.kernel_w
                                : layer.in.size();
    const uint64_t pes = options_.pe_count;
    const uint64_t slice = (rows + pes - 1) / pes;
    const uint64_t blocks = (slice + options_.act_registers - 1) / options_.act_registers;
    const uint64_t bytes = blocks * ((inputs + 2) * (6 * pes + 8) + (inputs / pes + 1) * 48);
    if (bytes <= most_host_bytes) {
        return true;
    }
    assay_report_add(
        report,
        "layer %s: %llu columns on %llu PEs in %llu row blocks take %.1f GB of pointers, "
        "more than the %.0f GB that the simulator gives them; use more act_registers or "
        "another pe_count",
        layer.name.c_str(), static_cast<unsigned long long>(inputs),
        static_cast<unsigned long long>(pes), static_cast<unsigned long long>(blocks),
        static_cast<double>(bytes) / 0x1p30, static_cast<double>(most_host_bytes) / 0x1p30);
    return false;
}

assay_status EieMachine::run(const LayerTask& task, LayerOutcome& out, assay_report* report) {
    const Layer& layer = task.layer;
    out.w_bits = static_cast<unsigned>(options_.codebook_bits);
    out.a_bits = static_cast<unsigned>(options_.act_bits);
    if (!fits_host(layer, report)) {
        return ASSAY_BAD_INPUT;
    }
    const VectorSource source(layer, task.input, options_);
    Prepared ready = prepare(task, out);
    const EncodedMatrix& matrix = *ready.cached.matrix;
    Plan plan;
    const LayerShape shape{source.vectors(), layer.weights.bias_column, layer.in.size(),
                           layer.out.size(), layer.op == Op::conv && layer.kernel_w > 1};
    std::string why;
    if (task.simulate && !make_plan(matrix, shape, options_, plan, why)) {
        assay_report_add(report, "layer %s does not fit: %s", layer.name.c_str(), why.c_str());
        return ASSAY_BAD_INPUT;
    }
    const auto prepared = std::chrono::steady_clock::now();
    const bool values = task.outputs || task.check;
    Format format;
    std::vector<int16_t> bias;
    if (values) {
        format = choose_format(options_, matrix, layer.weights.bias, source);
        bias = fixed_bias(format, layer.weights.bias);
    }
    out.wall.encode_s += seconds_since(prepared);
    const auto input = [&](uint32_t v, int16_t* column) { source.fill(v, column); };
    std::vector<int16_t> result, expected;
    if (task.simulate) {
        Job job;
        job.matrix = &matrix;
        job.plan = &plan;
        job.targets = ready.cached.targets.get();
        job.format = format;
        job.input = input;
        job.bias = layer.weights.bias.empty() ? nullptr : &bias;
        job.new_acts = [&](uint32_t v) { return source.new_acts(v); };
        job.outputs = values;
        job.result = &result;
        job.keep_going = [&](double done) { return task.keep_going(task.context, done); };
        result.assign(values ? size_t{source.vectors()} * matrix.rows : 0, 0);
        if (!values) { // accumulators are preset all the same, the values do not matter
            bias.assign(layer.weights.bias.size(), 0);
        }
        const auto start = std::chrono::steady_clock::now();
        Counters counters;
        if (!model_->run(job, counters)) {
            return ASSAY_INTERRUPTED;
        }
        out.wall.simulate_s += seconds_since(start);
        report_outcome(counters, plan, out);
    }
    if (task.check || (!task.simulate && task.outputs)) {
        const auto start = std::chrono::steady_clock::now();
        reference(*ready.codes, format, layer.weights.bias.empty() ? nullptr : &bias,
                  source.vectors(), input, expected);
        out.wall.check_s += seconds_since(start);
    }
    if (task.simulate && task.check) {
        out.compared = result.size();
        for (size_t i = 0; i < result.size(); ++i) {
            out.mismatches += result[i] != expected[i];
        }
    }
    out.note = ready.note + (ready.note.empty() || out.note.empty() ? "" : "; ") + out.note;
    if (values) {
        // Results are pixel by pixel; tensors are channel by channel. ReLU acts as a register is
        // read.
        const std::vector<int16_t>& sums = task.simulate ? result : expected;
        const size_t pixels = source.vectors(), rows = matrix.rows;
        out.output.shape = layer.out;
        out.output.frac_bits = format.output_frac;
        out.output.values.resize(sums.size());
        for (size_t p = 0; p < pixels; ++p) {
            for (size_t r = 0; r < rows; ++r) {
                const int16_t sum = sums[p * rows + r];
                out.output.values[r * pixels + p] = layer.relu && sum < 0 ? int16_t{0} : sum;
            }
        }
    }
    return out.mismatches > 0 ? ASSAY_MISMATCH : ASSAY_OK;
}

} // namespace assay::eie
