// The machine as the rest of the program sees it: option and counter tables, rules between options,
// and what a layer asks of EIE's models.
#include "sparse_fusion.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "option_rows.hpp"
#include "text.hpp"

namespace assay::sparse_fusion {
namespace {

using eie::Options;

const assay_option options[] = {ASSAY_SPARSE_FUSION_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL)};

#define ASSAY_INFO(name, unit, help) {#name, unit, help},
const assay_counter_info layer_counters[] = {ASSAY_SPARSE_FUSION_LAYER_COUNTERS(ASSAY_INFO)};
const assay_counter_info pe_counters[] = {ASSAY_SPARSE_FUSION_PE_COUNTERS(ASSAY_INFO)};
const assay_counter_info stall_causes[] = {ASSAY_EIE_STALLS(ASSAY_INFO)};
#undef ASSAY_INFO

const assay_counter_table layer_table = {layer_counters, std::size(layer_counters)};
const assay_counter_table pe_table = {pe_counters, std::size(pe_counters)};
const assay_counter_table stall_table = {stall_causes, std::size(stall_causes)};

unsigned long long number(uint64_t value) {
    return value;
}

void check(const void* values, const char* where, assay_report* report) {
    const Options& o = *static_cast<const Options*>(values);
    if ((o.lanes & (o.lanes - 1)) != 0) {
        assay_report_add(report,
                         "%s: lanes: %llu, must be a power of two (1, 2, 4, 8, 16), as the "
                         "products of a fusion unit are",
                         where, number(o.lanes));
    }
    eie::check_options(o, where, report);
}

std::unique_ptr<Machine> open(const void* values, assay_model model, const char* vcd_path) {
    return std::make_unique<SparseFusionMachine>(*static_cast<const Options*>(values), model,
                                                 vcd_path);
}

bool has_negatives(const FixedTensor& tensor) {
    return std::any_of(tensor.values.begin(), tensor.values.end(),
                       [](int16_t value) { return value < 0; });
}

} // namespace

const assay_option_table option_table = {"sparse_fusion", options, std::size(options),
                                         sizeof(Options)};

// Tensors between layers are kept as fine as the host can: a layer narrows its input to its own
// width.
FixedTensor SparseFusionMachine::quantise(const std::vector<float>& values,
                                          const Layer& consumer) const {
    return fixed_from_float(values, consumer.in, 16, consumer.weights.bias_column);
}

eie::LayerSetup SparseFusionMachine::set_up(const LayerTask& task) const {
    Widths widths;
    widths.w_bits = task.w_bits > 0 ? task.w_bits : static_cast<unsigned>(options_.weight_bits);
    widths.a_bits = task.a_bits > 0 ? task.a_bits : static_cast<unsigned>(options_.act_bits);
    widths.a_signed = task.layer.a_signed || has_negatives(task.input);
    eie::LayerSetup setup;
    setup.options = options_;
    setup.options.weight_bits = widths.w_bits;
    setup.options.act_bits = widths.act_bits();
    setup.lanes = widths.lanes(options_.lanes);
    setup.passes = widths.passes();
    setup.bias_bits = sum_bits;
    setup.w_bits = widths.w_bits;
    setup.a_bits = widths.a_bits;
    setup.a_signed = widths.a_signed;
    setup.largest_act = std::min(largest_integer(widths.a_bits, widths.a_signed), 32767);
    setup.narrow =
        std::make_unique<FixedTensor>(narrow_tensor(task.input, widths.a_bits, widths.a_signed));
    return setup;
}

void SparseFusionMachine::choose_formats(Pass& pass, LayerOutcome& out) const {
    const auto start = std::chrono::steady_clock::now();
    const Layer& layer = pass.task.layer;
    const std::vector<float>& bias = layer.weights.bias;
    pass.bias.assign(bias.size(), 0);
    if (pass.values()) {
        eie::FusionFormat& fusion = pass.format.fusion;
        fusion.used = true;
        fusion.w_signed = layer.w_signed;
        fusion.a_signed = pass.setup.a_signed;
        // A sign at 1 bit is computed as -1 or 1, in 2 bits, like every operand of 1 bit.
        fusion.w_width = bit_fusion::brick_width(pass.setup.w_bits);
        fusion.a_width =
            bit_fusion::brick_width(static_cast<unsigned>(pass.setup.options.act_bits));
        pass.scale = quantise_codebook(pass.cached.matrix->codebook, pass.setup.w_bits,
                                       layer.w_signed, pass.format.codebook) *
                     std::ldexp(1.0, -pass.source.frac_bits());
        std::transform(bias.begin(), bias.end(), pass.bias.begin(), [&](float b) {
            const double sum = std::round(b / pass.scale);
            return static_cast<int32_t>(std::clamp<double>(sum, INT32_MIN, INT32_MAX));
        });
    }
    out.wall.encode_s += seconds_since(start);
}

// Sums are pixel by pixel, tensors channel by channel.
void SparseFusionMachine::store_output(Pass& pass, LayerOutcome& out) const {
    const Layer& layer = pass.task.layer;
    const size_t pixels = pass.source.image_vectors(), rows = layer.out.c;
    const std::vector<int32_t>& sums = pass.sums();
    const double limit =
        layer.relu_limit > 0 ? std::round(layer.relu_limit / pass.scale) : INT32_MAX;
    const auto most = static_cast<int32_t>(std::min<double>(limit, INT32_MAX));
    uint32_t largest = 0;
    for (size_t i = 0; i < pixels * rows; ++i) {
        const bool kept = sums[i] > 0 || !layer.relu;
        const int64_t size = std::min<int64_t>(std::abs(int64_t{sums[i]}), most);
        largest = std::max(largest, kept ? static_cast<uint32_t>(size) : 0);
    }
    const Requantiser requantise =
        make_requantiser(pass.scale, largest, pass.setup.a_bits, !layer.relu);
    out.output.shape = layer.out;
    out.output.frac_bits = requantise.frac_bits;
    out.output.values.resize(pixels * rows);
    for (size_t p = 0; p < pixels; ++p) {
        for (size_t r = 0; r < rows; ++r) {
            out.output.values[r * pixels + p] =
                requantise.apply(std::min(sums[p * rows + r], most));
        }
    }
}

void SparseFusionMachine::report_counters(const Pass* pass, const eie::Counters& counters,
                                          LayerOutcome& out) const {
    const eie::LayerTotals& t = counters.total;
#define ASSAY_PUSH(name, unit, help) out.counters.push_back(t.name);
    ASSAY_SPARSE_FUSION_LAYER_COUNTERS(ASSAY_PUSH)
#undef ASSAY_PUSH
    for (size_t k = 0; k < counters.pe.size(); ++k) {
        const eie::PeCounters& pe = counters.pe[k];
        const eie::PeStalls& s = counters.stall[k];
#define ASSAY_PUSH(name, unit, help) out.pe_counters.push_back(pe.name);
        ASSAY_SPARSE_FUSION_PE_COUNTERS(ASSAY_PUSH)
#undef ASSAY_PUSH
#define ASSAY_PUSH(name, unit, help) out.pe_counters.push_back(s.name);
        ASSAY_EIE_STALLS(ASSAY_PUSH)
#undef ASSAY_PUSH
    }
    if (pass == nullptr) {
        return;
    }
    const eie::LayerSetup& setup = pass->setup;
    // In PE-cycles: what the products would have taken with every lane full.
    out.useful_pe_cycles = (t.entries - t.padding_entries) * setup.passes / setup.lanes;
    eie::add_note(out,
                  text("%u-bit codebook values x %u-bit activations: %u at once, %u cycle%s each; "
                       "stored as %llu-bit codes",
                       setup.w_bits, setup.a_bits, setup.lanes, setup.passes,
                       setup.passes == 1 ? "" : "s", number(options_.codebook_bits)));
}

std::vector<Amount> SparseFusionMachine::energy_of(const eie::Counters& counters) const {
    return sparse_fusion::energy(options_, counters);
}

std::vector<Amount> SparseFusionMachine::area() const {
    return sparse_fusion::area(options_);
}

size_t SparseFusionMachine::io_bits_index() const {
    return eie::counter_index(layer_table, "io_bits");
}

} // namespace assay::sparse_fusion

namespace assay {

extern const Accelerator sparse_fusion_accelerator;
const Accelerator sparse_fusion_accelerator = {
    {"sparse_fusion",
     "EIE's sparse decoding and codebook feeding Bit Fusion's fusion units: sparse, weight-shared, "
     "1 to 16 bits",
     &sparse_fusion::option_table, &sparse_fusion::layer_table, &sparse_fusion::pe_table,
     &sparse_fusion::stall_table, false},
    sparse_fusion::check,
    sparse_fusion::open,
};

} // namespace assay
