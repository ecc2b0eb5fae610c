#include "layer_cases.hpp"

#include <algorithm>

#include "context.hpp"
#include "report.hpp"
#include "text.hpp"

namespace assay::tiled {
namespace {

unsigned long long number(uint64_t value) {
    return value;
}

uint32_t small(assay_rng& rng, uint64_t low, uint64_t high) {
    return static_cast<uint32_t>(between(rng, low, high));
}

void draw_window(assay_rng& rng, Layer& layer) {
    layer.kernel_h = small(rng, 1, 4);
    layer.kernel_w = between(rng, 0, 2) > 0 ? layer.kernel_h : small(rng, 1, 5);
    layer.stride_h = small(rng, 1, 3);
    layer.stride_w = between(rng, 0, 2) > 0 ? layer.stride_h : small(rng, 1, 3);
    layer.dilation_h = between(rng, 0, 3) > 0 ? 1 : small(rng, 1, 3);
    layer.dilation_w = between(rng, 0, 3) > 0 ? layer.dilation_h : small(rng, 1, 3);
    const uint32_t reach_h = (layer.kernel_h - 1) * layer.dilation_h;
    const uint32_t reach_w = (layer.kernel_w - 1) * layer.dilation_w;
    layer.pad_top = layer.pad_bottom = small(rng, 0, reach_h);
    layer.pad_left = layer.pad_right = small(rng, 0, reach_w);
    const bool pixel = between(rng, 0, 5) == 0;
    layer.out.h = pixel ? 1 : small(rng, 1, 9);
    layer.out.w = pixel ? 1 : small(rng, 1, 9);
    const auto in = [](uint32_t out, uint32_t stride, uint32_t reach, uint32_t pad) {
        const uint32_t padded = (out - 1) * stride + reach + 1;
        return padded > 2 * pad ? padded - 2 * pad : 1;
    };
    layer.in.h = in(layer.out.h, layer.stride_h, reach_h, layer.pad_top);
    layer.in.w = in(layer.out.w, layer.stride_w, reach_w, layer.pad_left);
    // A map that padding alone made too large: the windows that its input has.
    layer.out.h = (layer.in.h + 2 * layer.pad_top - reach_h - 1) / layer.stride_h + 1;
    layer.out.w = (layer.in.w + 2 * layer.pad_left - reach_w - 1) / layer.stride_w + 1;
}

void draw_channels(assay_rng& rng, Layer& layer) {
    const uint64_t kind = between(rng, 0, 3);
    layer.groups = kind < 2 ? 1 : small(rng, 2, kind == 2 ? 5 : 24);
    const uint32_t in = kind == 3 ? 1 : small(rng, 1, layer.groups > 1 ? 6 : 40);
    const uint32_t out =
        kind == 3 ? (between(rng, 0, 4) == 0 ? 2 : 1) : small(rng, 1, layer.groups > 1 ? 6 : 40);
    layer.in.c = layer.groups * in;
    layer.out.c = layer.groups * out;
}

std::string counter_difference(const char* what, const std::vector<uint64_t>& a,
                               const std::vector<uint64_t>& b) {
    if (a.size() != b.size()) {
        return std::string(what) + ": different numbers of them";
    }
    for (size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i]) {
            return text("%s %zu: %llu, %llu", what, i, number(a[i]), number(b[i]));
        }
    }
    return "";
}

} // namespace

uint64_t between(assay_rng& rng, uint64_t low, uint64_t high) {
    return low + assay_rng_below(&rng, high - low + 1);
}

LayerCase make_layer_case(uint64_t seed, uint64_t index, uint64_t macs) {
    assay_rng rng = assay_rng_seed(seed * 100003 + index, "layer_case");
    LayerCase c;
    Layer& layer = c.layer;
    do {
        layer = Layer();
        c.batch = between(rng, 0, 3) > 0 ? 1 : between(rng, 2, 5);
        if (between(rng, 0, 5) == 0) {
            layer.op = Op::fc;
            layer.in = {small(rng, 1, 200), 1, 1};
            layer.out = {small(rng, 1, 100), 1, 1};
        } else {
            layer.op = Op::conv;
            draw_channels(rng, layer);
            draw_window(rng, layer);
        }
    } while (c.nest().macs() > macs);
    layer.name = "layer";
    layer.w_signed = between(rng, 0, 3) > 0;
    layer.a_signed = between(rng, 0, 1) == 0;
    layer.weights.draw_seed = index;
    c.w_bits = static_cast<unsigned>(between(rng, 1, 16));
    c.a_bits = static_cast<unsigned>(between(rng, 1, 16));
    const Nest n = c.nest();
    c.text = text("case %llu of seed %llu: batch %llu groups %llu out %llux%llux%llu in "
                  "%llux%llux%llu kernel %llux%llu stride %llux%llu dilation %llux%llu w%u a%u",
                  number(index), number(seed), number(n.batch), number(n.groups), number(n.out_c),
                  number(n.out_h), number(n.out_w), number(n.in_c), number(n.in_h), number(n.in_w),
                  number(n.kernel_h), number(n.kernel_w), number(n.stride_h), number(n.stride_w),
                  number(n.dilation_h), number(n.dilation_w), n.w_bits, n.a_bits);
    return c;
}

LayerRun run_layer(const MakeDesign& make, const LayerCase& c, assay_model model, bool values) {
    const ContextScope context;
    const std::unique_ptr<Machine> machine = make_machine(make(), model, nullptr);
    const FixedTensor none;
    const LayerTask task = {c.layer,
                            none,
                            c.batch,
                            c.w_bits,
                            c.a_bits,
                            Place::dram,
                            false,
                            true,
                            true,
                            values,
                            values,
                            nullptr,
                            [](void*, double) { return true; },
                            nullptr};
    assay_test::Report report;
    LayerRun run;
    const assay_status status = machine->run(task, run.out, report);
    run.fits = status != ASSAY_BAD_INPUT;
    run.message = report.text();
    return run;
}

uint64_t LayerRun::counter(const char* name) const {
    for (size_t i = 0; i < layer_table.count; ++i) {
        if (std::string(layer_table.counters[i].name) == name) {
            return out.counters[i];
        }
    }
    throw std::logic_error(name);
}

std::string first_difference(const LayerRun& a, const LayerRun& b) {
    if (a.fits != b.fits || a.out.cycles != b.out.cycles) {
        return text("cycles: %llu, %llu", number(a.out.cycles), number(b.out.cycles));
    }
    for (size_t i = 0; i < a.out.counters.size(); ++i) {
        if (a.out.counters[i] != b.out.counters[i]) {
            return text("%s: %llu, %llu", layer_table.counters[i].name, number(a.out.counters[i]),
                        number(b.out.counters[i]));
        }
    }
    const std::string pe = counter_difference("PE counter", a.out.pe_counters, b.out.pe_counters);
    const std::string stall = counter_difference("stall", a.out.stalls, b.out.stalls);
    if (!pe.empty() || !stall.empty()) {
        return pe.empty() ? stall : pe;
    }
    if (a.out.output.values != b.out.output.values) {
        return "outputs";
    }
    return a.out.mismatches == b.out.mismatches ? "" : "mismatches with the reference";
}

} // namespace assay::tiled
