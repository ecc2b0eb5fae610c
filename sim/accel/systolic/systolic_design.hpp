// The dense array as a tiled machine.
#pragma once

#include "fold_search.hpp"
#include "folds.hpp"

namespace assay::systolic {

class Systolic : public tiled::Design {
  public:
    explicit Systolic(const Options& options) : options_(options) {}
    uint64_t rows() const override { return options_.rows; }
    uint64_t cols() const override { return options_.cols; }
    double clock_hz() const override { return options_.clock_mhz * 1e6; }
    uint64_t batch() const override { return options_.batch; }
    unsigned default_w_bits() const override { return static_cast<unsigned>(options_.w_bits); }
    unsigned default_a_bits() const override { return static_cast<unsigned>(options_.a_bits); }
    tiled::PipelineOptions pipeline() const override;
    uint64_t vector_lanes() const override { return options_.vector_lanes; }
    uint64_t handover_bytes() const override { return options_.handover_bytes; }
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
    const Options options_;
};

std::unique_ptr<tiled::Design> make_design(const Options& options);

} // namespace assay::systolic
