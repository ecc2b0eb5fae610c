// One workload layer on a tiled accelerator: operands, mapping, simulation, counters, cost.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "design.hpp"

namespace assay::tiled {

class TiledMachine : public Machine {
  public:
    TiledMachine(std::unique_ptr<Design> design, assay_model model, const char* vcd_path);
    FixedTensor quantise(const std::vector<float>& values, const Layer& consumer) const override;
    assay_status run(const LayerTask& task, LayerOutcome& out, assay_report* report) override;
    assay_status run_other(const LayerTask& task, const std::vector<Place>& inputs,
                           LayerOutcome& out, assay_report* report) override;
    assay_status settle(const std::vector<LayerOutcome*>&, assay_report*) override {
        return ASSAY_OK; // layers leave nothing behind but tensors
    }
    std::vector<Amount> area() const override { return design_->area(); }
    double clock_hz() const override { return design_->clock_hz(); }
    bool timing_needs_values() const override { return false; }
    bool elements_on_chip() const override { return true; }
    bool has_timeline() const override { return true; }
    uint64_t batch() const override { return design_->batch(); }

  private:
    struct Mapped {
        Mapping mapping;
        std::string note;
    };
    struct Pass;
    Nest nest_for(const LayerTask& task) const;
    const Mapped* map(const Nest& nest, const std::string& layer, assay_report* report);
    // A layer's input and output are in the tensor buffer at the same time.
    void place(const LayerTask& task, Nest& nest) const;
    bool simulate(Pass& pass, LayerOutcome& out);
    bool pipeline(Pass& pass, const StepSource& steps, const ComputeStep& compute,
                  ArrayModel* array);
    void count(const Pass& pass, LayerOutcome& out) const;
    void count_pes(const Pass& pass, LayerOutcome& out) const;
    void values(Pass& pass, LayerOutcome& out);
    static void compare_with_given(const Pass& pass, LayerOutcome& out, assay_report* report);
    bool array_counts(const Pass& pass) const; // clocked model: the array has counted
    std::vector<uint64_t> active_cycles(const Pass& pass) const;
    uint64_t worked(const Pass& pass) const;

    std::unique_ptr<Design> design_;
    std::unique_ptr<ClockedArray> array_; // clocked model only
    std::unique_ptr<Pipeline> pipeline_;
    uint64_t pes_;
    std::vector<std::string> channel_rows_;          // on timelines
    std::map<std::vector<uint64_t>, Mapped> mapped_; // by nest
};

} // namespace assay::tiled
