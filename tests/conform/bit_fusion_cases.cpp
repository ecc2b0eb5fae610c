#include "bit_fusion_cases.hpp"

namespace assay::bit_fusion {

using tiled::between;

namespace {

// A design with another mapping; all else is the design's.
class AnyMapping : public tiled::Design {
  public:
    AnyMapping(std::unique_ptr<tiled::Design> design, const Options& options, uint64_t pick)
        : design_(std::move(design)), options_(options), pick_(pick) {}
    bool map(const Nest& nest, const std::string&, Mapping& mapping, std::string& note,
             assay_report*) const override {
        const Array array = array_at(options_, nest);
        std::vector<Found> all;
        for (const Layout& layout : layouts_for(options_, nest, array)) {
            const std::vector<Found> some = every_mapping(options_, nest, layout);
            all.insert(all.end(), some.begin(), some.end());
        }
        if (all.empty() || all.front().estimate.cycles == UINT64_MAX) {
            return false;
        }
        const Found& found = all[pick_ % all.size()];
        mapping = found.mapping;
        note = layout_name(found.layout, array) + "; " + mapping_text(nest, mapping);
        return true;
    }
    uint64_t rows() const override { return design_->rows(); }
    uint64_t cols() const override { return design_->cols(); }
    double clock_hz() const override { return design_->clock_hz(); }
    uint64_t batch() const override { return design_->batch(); }
    unsigned default_w_bits() const override { return design_->default_w_bits(); }
    unsigned default_a_bits() const override { return design_->default_a_bits(); }
    tiled::PipelineOptions pipeline() const override { return design_->pipeline(); }
    uint64_t vector_lanes() const override { return design_->vector_lanes(); }
    uint64_t handover_bytes() const override { return design_->handover_bytes(); }
    uint8_t handover_channel() const override { return design_->handover_channel(); }
    unsigned output_bits(const Nest& nest) const override { return design_->output_bits(nest); }
    void fill(const Nest& nest, const Mapping& mapping, tiled::Step& step) const override {
        design_->fill(nest, mapping, step);
    }
    tiled::BufferBits buffer_bits(const Nest& nest, const Mapping& mapping,
                                  const tiled::Step& step) const override {
        return design_->buffer_bits(nest, mapping, step);
    }
    double peak_macs(const Nest& nest) const override { return design_->peak_macs(nest); }
    void compute(const tiled::Operands& operands, const Mapping& mapping,
                 const tiled::Step& step) const override {
        design_->compute(operands, mapping, step);
    }
    std::unique_ptr<tiled::ClockedArray> clocked_array() const override {
        return design_->clocked_array();
    }
    std::vector<Amount> energy(const tiled::LayerCounters& counters,
                               const Nest& nest) const override {
        return design_->energy(counters, nest);
    }
    std::vector<Amount> area() const override { return design_->area(); }

  private:
    const std::unique_ptr<tiled::Design> design_;
    const Options options_;
    const uint64_t pick_;
};

} // namespace

std::unique_ptr<tiled::Design> any_mapping(std::unique_ptr<tiled::Design> design,
                                           const Options& options, uint64_t pick) {
    return std::make_unique<AnyMapping>(std::move(design), options, pick);
}

std::unique_ptr<tiled::Design> make_any_mapping(const Options& options, uint64_t pick) {
    return any_mapping(make_design(options), options, pick);
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
    o.buffer_halves = between(rng, 1, 2);
    const uint64_t words = between(rng, 0, 3) == 0 ? 1 : between(rng, 2, 120);
    o.wbuf_bytes = o.rows * o.cols * o.buffer_halves * 4 * words * between(rng, 1, 4);
    o.ibuf_bytes = o.rows * o.buffer_halves * 4 * words * between(rng, 4, 12);
    o.obuf_bytes = o.cols * o.buffer_halves * 4 * words;
    o.shared_ports = between(rng, 0, 2) == 0;
    o.output_bits = between(rng, 0, 1) ? 32 : between(rng, 1, 32);
    o.output_preload = between(rng, 0, 1);
    o.depthwise_mapping = between(rng, depthwise_auto, depthwise_patches);
    o.image_mapping = between(rng, image_auto, image_im2col);
    o.image_max_channels = 16;
    tiled::draw_dram(rng, o);
    o.packed_words = between(rng, 0, 1);
    return o;
}

} // namespace assay::bit_fusion
