// Bit Fusion as a tiled machine.
#pragma once

#include "design.hpp"
#include "forecast.hpp"
#include "products.hpp"
#include "search.hpp"

namespace assay::bit_fusion {

class BitFusion : public tiled::OptionDesign<Options> {
  public:
    explicit BitFusion(const Options& options)
        : OptionDesign(options), forecaster_(pipeline(), forecast_steps) {}
    tiled::PipelineOptions pipeline() const override;
    uint8_t handover_channel() const override { return 1; }
    unsigned output_bits(const Nest&) const override {
        return static_cast<unsigned>(options_.output_bits);
    }
    bool map(const Nest& nest, const std::string& layer, Mapping& mapping, std::string& note,
             assay_report* report) const override;
    void fill(const Nest& nest, const Mapping& mapping, tiled::Step& step) const override;
    tiled::BufferBits buffer_bits(const Nest& nest, const Mapping& mapping,
                                  const tiled::Step& step) const override;
    double peak_macs(const Nest& nest) const override;
    void compute(const tiled::Operands& operands, const Mapping& mapping,
                 const tiled::Step& step) const override;
    std::unique_ptr<tiled::ClockedArray> clocked_array() const override;
    std::vector<Amount> energy(const tiled::LayerCounters& counters,
                               const Nest& nest) const override;
    std::vector<Amount> area() const override;

    struct Choice {
        Found best;         // its estimate is the forecast's; cycles UINT64_MAX: nothing fits
        std::string others; // what each layout is estimated to take, if there are several
    };
    Choice choose(const Nest& nest) const;

  private:
    // Steps that decide between mappings: enough for all of most small layers, whose estimates are
    // the worst, and some 0.03 ms of work.
    static constexpr size_t forecast_steps = 192;
    Found best_of(const Nest& nest, const Shortlist& from) const;
    uint64_t rest_of(const tiled::Forecast& forecast, const Found& found) const;
    Estimate look_closer(const Nest& nest, const Found& found) const;
    mutable tiled::Forecaster forecaster_;
    mutable Products products_;
};

// Sums that a step continues come from the output buffer.
inline bool continues(const Options& options, const Tile& tile) {
    return !tile.first_in_c || options.output_preload != 0;
}

std::unique_ptr<tiled::Design> make_design(const Options& options);
std::unique_ptr<tiled::ClockedArray> make_clocked_array(const Options& options);
std::vector<Amount> energy(const Options& options, const tiled::LayerCounters& counters);
std::vector<Amount> area(const Options& options);

} // namespace assay::bit_fusion
