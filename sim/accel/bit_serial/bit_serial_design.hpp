// Bit-serial as a tiled machine: what a tile moves, how long it takes, what it computes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bit_serial.hpp"

namespace assay::bit_serial {

class BitSerial : public tiled::OptionDesign<Options> {
  public:
    using OptionDesign::OptionDesign;
    tiled::PipelineOptions pipeline() const override;
    uint8_t handover_channel() const override { return channel_handover; }
    uint8_t store_channel() const override { return channel_output; }
    unsigned output_bits(const Nest& nest) const override;
    bool map(const Nest& nest, const std::string& layer, Mapping& mapping, std::string& note,
             assay_report* report) const override;
    void fill(const Nest& nest, const Mapping& mapping, tiled::Step& step) const override;
    tiled::BufferBits buffer_bits(const Nest& nest, const Mapping& mapping,
                                  const tiled::Step& step) const override;
    double peak_macs(const Nest& nest) const override;
    void compute(const tiled::Operands& operands, const Mapping& mapping,
                 const tiled::Step& step) const override;
    std::unique_ptr<tiled::ClockedArray> clocked_array() const override;
    std::vector<Amount> energy(const tiled::LayerCounters& counters, const Nest&) const override {
        return bit_serial::energy(options_, counters);
    }
    std::vector<Amount> area() const override { return bit_serial::area(options_); }
};
std::unique_ptr<tiled::Design> make_design(const Options& options);

} // namespace assay::bit_serial
