#include "eie_cases.hpp"

#include <algorithm>
#include <cmath>

#include "context.hpp"
#include "text.hpp"

namespace assay::eie {
namespace {

uint64_t between(assay_rng& rng, uint64_t low, uint64_t high) {
    return low + assay_rng_below(&rng, high - low + 1);
}

// Small values as likely as large ones.
uint64_t log_between(assay_rng& rng, uint64_t low, uint64_t high) {
    const double span = std::log2(static_cast<double>(high) / static_cast<double>(low) + 1.0);
    const double value = static_cast<double>(low) * (std::exp2(assay_rng_unit(&rng) * span) - 1.0) +
                         static_cast<double>(low);
    return std::clamp(static_cast<uint64_t>(value), low, high);
}

bool chance(assay_rng& rng, double p) {
    return assay_rng_unit(&rng) < p;
}

template <class T>
T pick(assay_rng& rng, std::initializer_list<T> values) {
    return values.begin()[assay_rng_below(&rng, values.size())];
}

void draw_options(assay_rng& rng, Options& o) {
    assay_options_defaults(&option_table, &o);
    o.pe_count = log_between(rng, 1, 256);
    o.queue_depth = chance(rng, 0.3) ? 1 : log_between(rng, 1, 64);
    o.index_bits = between(rng, 1, 6);
    o.codebook_bits = between(rng, 1, 8);
    o.act_bits = pick<uint64_t>(rng, {4, 8, 12, 16});
    o.spmat_width_bits = pick<uint64_t>(rng, {16, 24, 32, 64, 100, 128, 256});
    o.act_registers = chance(rng, 0.4) ? 64 : log_between(rng, 1, 64);
    o.act_sram_width_bits = pick<uint64_t>(rng, {16, 32, 64});
    o.lnzd_group = pick<uint64_t>(rng, {2, 3, 4, 8});
    o.broadcast_latency_cycles = chance(rng, 0.5) ? 0 : between(rng, 1, 6);
    o.layer_switch_cycles = chance(rng, 0.7) ? 0 : between(rng, 1, 20);
    o.dram_bits_per_cycle = chance(rng, 0.8) ? log_between(rng, 1, 512) : 0;
    o.dram_latency_cycles = log_between(rng, 1, 300);
    assay_rng extra = rng;    // a branch of its own: leaves the other draws as they were
    if (chance(extra, 0.3)) { // what a channel does besides: rows, turnaround, refresh
        o.dram_banks = between(extra, 0, 8);
        o.dram_row_bytes = log_between(extra, 64, 4096);
        o.dram_row_miss_cycles = between(extra, 0, 40);
        o.dram_turnaround_cycles = between(extra, 0, 20);
        o.dram_refresh_interval_cycles = chance(extra, 0.5) ? between(extra, 200, 2000) : 0;
        o.dram_refresh_cycles = between(extra, 0, 60);
    }
    // Chips too small for the layer are as interesting as ample ones.
    o.spmat_bytes = chance(rng, 0.6) ? log_between(rng, 64, 4096) : 131072;
    o.ptr_bytes = chance(rng, 0.4) ? log_between(rng, 8, 2048) : 32768;
    o.ptr_bits = pick<uint64_t>(rng, {6, 10, 16, 16});
    o.act_sram_bytes = chance(rng, 0.5) ? log_between(rng, 8, 256) : 2048;
}

// Many row blocks, each fitting half of a small sparse-matrix SRAM: segments that all vectors pass.
void draw_small_chip(assay_rng& rng, Options& o) {
    o.pe_count = between(rng, 2, 8);
    o.act_registers = between(rng, 2, 8);
    o.spmat_bytes = between(rng, 150, 500);
    o.act_sram_bytes = 2048;
    o.dram_bits_per_cycle = log_between(rng, 8, 256);
    o.ptr_bits = 16;
    o.ptr_bytes = 32768;
}

// Feature maps that exceed activation SRAM, one window per vector: activations come from DRAM.
void draw_windows(assay_rng& rng, Options& o) {
    o.pe_count = between(rng, 8, 32);
    o.act_registers = 64;
    o.act_bits = 16;
    o.act_sram_bytes = between(rng, 48, 200);
    o.dram_bits_per_cycle = log_between(rng, 8, 256);
    o.spmat_bytes = 131072;
    o.ptr_bits = 16;
    o.ptr_bytes = 32768;
}

double draw_density(assay_rng& rng) {
    return pick<double>(rng, {0.0, 0.01, 0.05, 0.1, 0.3, 0.6, 1.0});
}

// Rows and columns of very different density, some empty: real pruned matrices are not i.i.d.
void draw_matrix(assay_rng& rng, const Options& o, SparseCodes& m) {
    const double density = draw_density(rng);
    const uint64_t codes = uint64_t{1} << o.codebook_bits;
    m.codebook.assign(codes, 0.0f);
    m.col_start.assign(1, 0);
    std::vector<double> weight(m.rows);
    for (double& w : weight) {
        w = chance(rng, 0.1) ? 0.0 : 2.0 * assay_rng_unit(&rng);
    }
    for (uint32_t c = 0; c < m.cols; ++c) {
        const double column = chance(rng, 0.15) ? 0.0 : 2.0 * assay_rng_unit(&rng);
        for (uint32_t r = 0; r < m.rows; ++r) {
            if (density == 1.0 || chance(rng, density * weight[r] * column)) {
                m.row.push_back(r);
                m.code.push_back(static_cast<uint8_t>(between(rng, 1, codes - 1)));
            }
        }
        m.col_start.push_back(static_cast<uint32_t>(m.row.size()));
    }
}

// Large weights and activations with a small shift saturate now and then.
void draw_format(assay_rng& rng, const Options& o, Format& f) {
    f.high = (1 << (o.act_bits - 1)) - 1;
    f.low = -f.high - 1;
    f.shift = static_cast<int>(between(rng, 0, o.act_bits + 2));
    f.round = f.shift > 0 ? 1 << (f.shift - 1) : 0;
    for (size_t i = 1; i < f.codebook.size(); ++i) {
        f.codebook[i] = static_cast<int32_t>(between(rng, 0, 2000)) - 1000;
    }
}

void draw_inputs(assay_rng& rng, const Options& o, bool bias_column, Case& c) {
    const double density = draw_density(rng);
    const int64_t high = (int64_t{1} << (o.act_bits - 1)) - 1;
    for (auto& column : c.inputs) {
        column.assign(c.codes.cols, 0);
        for (int16_t& value : column) {
            if (chance(rng, density)) {
                value =
                    static_cast<int16_t>(static_cast<int64_t>(between(rng, 0, 2 * high)) - high);
            }
        }
        if (bias_column) {
            column.back() = chance(rng, 0.9) ? 1 : 0;
        }
    }
}

// Where the layers before and after leave and expect the tensors.
void draw_places(assay_rng& rng, const Options& o, uint64_t inputs, LayerShape& shape) {
    shape.input = pick<Place>(rng, {Place::given, Place::given, Place::sram, Place::dram});
    if (shape.vectors == 1 && inputs <= o.act_registers * o.pe_count && chance(rng, 0.2)) {
        shape.input = Place::registers;
    }
    shape.output_in_registers = chance(rng, 0.7);
    shape.output_to_dram = o.has_dram() && chance(rng, 0.3);
}

} // namespace

bool make_case(uint64_t seed, uint64_t index, Case& c) {
    assay_rng rng = assay_rng_seed(seed, text("case %llu", (unsigned long long)index).c_str());
    draw_options(rng, c.options);
    const uint64_t kind = assay_rng_below(&rng, 10);
    const bool small_chip = kind == 0, windows = kind == 1;
    if (small_chip) {
        draw_small_chip(rng, c.options);
    } else if (windows) {
        draw_windows(rng, c.options);
    }
    const bool one_element = chance(rng, 0.03);
    const bool bias_column = chance(rng, 0.4);
    c.codes.rows = one_element ? 1
                               : static_cast<uint32_t>(small_chip ? between(rng, 400, 900)
                                                                  : log_between(rng, 1, 800));
    c.codes.cols =
        (one_element             ? 1
         : small_chip || windows ? static_cast<uint32_t>(between(rng, 5, windows ? 60 : 20))
                                 : static_cast<uint32_t>(log_between(rng, 1, 300))) +
        (bias_column ? 1 : 0);
    draw_matrix(rng, c.options, c.codes);
    draw_format(rng, c.options, c.job.format);
    const uint32_t vectors = chance(rng, small_chip || windows ? 0.2 : 0.5)
                                 ? 1
                                 : static_cast<uint32_t>(between(rng, 2, 6));
    c.inputs.resize(vectors);
    draw_inputs(rng, c.options, bias_column, c);
    if (chance(rng, 0.4)) {
        for (uint32_t r = 0; r < c.codes.rows; ++r) {
            c.bias.push_back(static_cast<int32_t>(assay_rng_below(&rng, 7)) - 3);
        }
    }
    const Options& o = c.options;
    c.matrix = encode(c.codes, static_cast<uint32_t>(o.pe_count),
                      static_cast<uint32_t>(o.index_bits), static_cast<uint32_t>(o.act_registers));
    const uint64_t inputs = c.codes.cols - (bias_column ? 1 : 0);
    LayerShape& shape = c.shape;
    shape = {vectors, bias_column, inputs * vectors * (windows ? 20 : 1),
             uint64_t{c.codes.rows} * vectors, vectors > 1 && chance(rng, 0.5)};
    shape.bias = !c.bias.empty();
    draw_places(rng, o, inputs, shape);
    c.text = text("seed %llu case %llu", (unsigned long long)seed, (unsigned long long)index);
    std::string why;
    if (o.entries_per_word() == 0 || o.acts_per_word() == 0 ||
        !make_plan(c.matrix, shape, o, c.plan, why)) {
        return false;
    }
    c.job.matrix = &c.matrix;
    c.job.plan = &c.plan;
    c.job.input = [&c](uint32_t v, int16_t* column) {
        std::copy(c.inputs[v].begin(), c.inputs[v].end(), column);
    };
    c.job.bias = c.bias.empty() ? nullptr : &c.bias;
    c.job.new_acts = [inputs](uint32_t v) { return v % 3 == 0 ? inputs : (inputs + 2) / 3; };
    c.job.result = &c.result;
    return true;
}

Counters run_case(Case& c, MakeModel make) {
    ContextScope context;
    std::unique_ptr<Model> model = make(c.options);
    c.result.assign(c.inputs.size() * c.codes.rows, 0);
    c.targets = decode_targets(c.matrix);
    c.job.targets = &c.targets;
    Counters counters;
    model->run(c.job, counters);
    return counters;
}

std::unique_ptr<Model> make_clocked(const Options& options) {
    return make_clocked_model(options, nullptr);
}

std::string first_difference(const Counters& a, const Counters& b) {
    const auto differ = [](const char* name, size_t pe, uint64_t x, uint64_t y) {
        return text("%s[%zu]: %llu and %llu", name, pe, (unsigned long long)x,
                    (unsigned long long)y);
    };
    if (a.cycles != b.cycles) {
        return differ("cycles", 0, a.cycles, b.cycles);
    }
    if (a.io_cycles != b.io_cycles) {
        return differ("io_cycles", 0, a.io_cycles, b.io_cycles);
    }
    for (size_t k = 0; k < a.pe.size(); ++k) {
#define ASSAY_COMPARE(name, unit, help)                                                            \
    if (a.pe[k].name != b.pe[k].name) {                                                            \
        return differ(#name, k, a.pe[k].name, b.pe[k].name);                                       \
    }
        ASSAY_EIE_PE_COUNTERS(ASSAY_COMPARE)
        ASSAY_EIE_ISSUE_COUNTERS(ASSAY_COMPARE)
#undef ASSAY_COMPARE
#define ASSAY_COMPARE(name, unit, help)                                                            \
    if (a.stall[k].name != b.stall[k].name) {                                                      \
        return differ(#name, k, a.stall[k].name, b.stall[k].name);                                 \
    }
        ASSAY_EIE_STALLS(ASSAY_COMPARE)
#undef ASSAY_COMPARE
    }
#define ASSAY_COMPARE(name, unit, help)                                                            \
    if (a.total.name != b.total.name) {                                                            \
        return differ(#name, 0, a.total.name, b.total.name);                                       \
    }
    ASSAY_EIE_LAYER_COUNTERS(ASSAY_COMPARE)
    ASSAY_EIE_ISSUE_COUNTERS(ASSAY_COMPARE)
#undef ASSAY_COMPARE
    return "";
}

} // namespace assay::eie
