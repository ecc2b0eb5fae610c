#include "systolic_cases.hpp"

#include <algorithm>

namespace assay::systolic {

using tiled::between;

namespace {

class AnyMapping : public Systolic {
  public:
    AnyMapping(const Options& options, uint64_t pick)
        : Systolic(options), options_(options), pick_(pick) {}
    bool map(const Nest& nest, const std::string&, Mapping& mapping, std::string& note,
             assay_report*) const override {
        std::vector<Found> all;
        for (const Layout& layout : layouts_for(options_, nest, array_at(options_, nest))) {
            const std::vector<Found> some = every_mapping(options_, nest, layout);
            all.insert(all.end(), some.begin(), some.end());
        }
        if (all.empty()) {
            return false;
        }
        mapping = all[pick_ % all.size()].mapping;
        note = mapping_text(nest, mapping);
        return true;
    }

  private:
    const Options options_;
    const uint64_t pick_;
};

} // namespace

std::unique_ptr<tiled::Design> make_any_mapping(const Options& options, uint64_t pick) {
    return std::make_unique<AnyMapping>(options, pick);
}

uint64_t predicted_cycles(const Options& options, const Nest& nest) {
    uint64_t best = UINT64_MAX;
    for (const Layout& layout : layouts_for(options, nest, array_at(options, nest))) {
        best = std::min(best, search(options, nest, layout).estimate.cycles);
    }
    return best;
}

Options default_options() {
    Options options;
    assay_options_defaults(&option_table, &options);
    return options;
}

Options make_options(uint64_t seed, uint64_t index) {
    assay_rng rng = assay_rng_seed(seed * 100003 + index, "machine");
    Options o = default_options();
    o.rows = between(rng, 1, 8);
    o.cols = between(rng, 1, 8);
    o.dataflow = index % 4;
    o.mac_bits = between(rng, mac_8, mac_16);
    o.buffer_halves = between(rng, 1, 2);
    const uint64_t bytes = between(rng, 0, 3) == 0 ? 32 : between(rng, 64, 1200);
    o.wbuf_bytes = o.buffer_halves * bytes * between(rng, 1, 4);
    o.ibuf_bytes = o.buffer_halves * bytes * between(rng, 1, 4);
    o.obuf_bytes = o.buffer_halves * bytes * between(rng, 1, 4);
    o.filter_spad = between(rng, 1, 30);
    o.psum_spad = between(rng, 1, 6);
    o.shared_ports = between(rng, 0, 2) == 0;
    o.output_bits = between(rng, 0, 1) ? 0 : between(rng, 1, 32);
    o.depthwise_mapping = between(rng, depthwise_auto, depthwise_packed);
    tiled::draw_dram(rng, o);
    o.input_spad = between(rng, 1, 14);
    o.sum_words_per_cycle = between(rng, 0, 4);
    o.pooled_buffers = between(rng, 0, 3) == 0;
    o.psum_bits = between(rng, 0, 2) == 0 ? between(rng, 8, 31) : 32;
    o.mapping_goal = between(rng, goal_cycles, goal_energy);
    return o;
}

} // namespace assay::systolic
