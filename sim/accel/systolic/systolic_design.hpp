// The dense array as a tiled machine.
#pragma once

#include "fold_search.hpp"
#include "folds.hpp"

namespace assay::systolic {

class Systolic : public tiled::OptionDesign<Options> {
  public:
    using OptionDesign::OptionDesign;
    tiled::PipelineOptions pipeline() const override;
    uint8_t handover_channel() const override { return 1; }
    unsigned output_bits(const Nest& nest) const override {
        return systolic::output_bits(options_, nest);
    }
    bool map(const Nest& nest, const std::string& layer, Mapping& mapping, std::string& note,
             assay_report* report) const override;
    void fill(const Nest& nest, const Mapping& mapping, tiled::Step& step) const override;
    tiled::BufferBits buffer_bits(const Nest& nest, const Mapping& mapping,
                                  const tiled::Step& step) const override;
    double peak_macs(const Nest& nest) const override;
    void compute(const tiled::Operands& operands, const Mapping& mapping,
                 const tiled::Step& step) const override;
    std::unique_ptr<tiled::ClockedArray> clocked_array() const override {
        return make_clocked_array(options_);
    }
    std::vector<Amount> energy(const tiled::LayerCounters& counters,
                               const Nest& nest) const override {
        return systolic::energy(options_, counters, nest);
    }
    std::vector<Amount> area() const override { return systolic::area(options_); }

  private:
    void refuse(const Nest& nest, const std::string& layer, const Layout& layout,
                assay_report* report) const;
};

std::unique_ptr<tiled::Design> make_design(const Options& options);

} // namespace assay::systolic
