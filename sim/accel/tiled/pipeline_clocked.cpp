// The clocked model of the pipeline: its modules, wired.
#include "pipeline_clocked.hpp"

#include "contract.h"
#include "vcd.hpp"

namespace assay::tiled {
namespace clocked {
namespace {

class ClockedPipeline : public Pipeline {
  public:
    ClockedPipeline(const PipelineOptions& options, const char* vcd_path);
    bool run(const StepSource& steps, const ComputeStep&, ArrayModel* array,
             const std::function<bool()>& keep_going, PipelineCounters& out) override;

  private:
    void build();
    void write_waveforms(const char* path);
    const PipelineOptions options_;
    Time time_{sc_core::sc_time(1, sc_core::SC_NS)}; // of no meaning: results are in cycles
    sc_core::sc_clock clock_{"tile_clock", time_.period};
    PipelineCounters counters_;
    StepWindow window_;
    Progress progress_;
    RequestPorts requests_;
    Channels channels_;
    std::unique_ptr<Storer> storer_;
    std::vector<std::unique_ptr<Loader>> loaders_; // [operand]
    std::unique_ptr<Sequencer> sequencer_;
    std::unique_ptr<Vcd> vcd_;
};

const char* const client_names[client_count] = {"weight", "input", "output", "store"};

ClockedPipeline::ClockedPipeline(const PipelineOptions& options, const char* vcd_path)
    : options_(options), window_(options.window) {
    ASSAY_REQUIRE(options.halves == 1 || options.halves == 2);
    ASSAY_REQUIRE(!options.channels.empty() && options.channels.size() <= max_channels);
    ASSAY_REQUIRE(options.window >= 1);
    build();
    if (vcd_path != nullptr) {
        write_waveforms(vcd_path);
    }
}

void ClockedPipeline::build() {
    for (size_t i = 0; i < client_count; ++i) {
        requests_[i] = std::make_unique<RequestPort>(client_names[i]);
    }
    for (size_t i = 0; i < options_.channels.size(); ++i) {
        channels_.push_back(std::make_unique<Channel>(("channel" + std::to_string(i)).c_str(),
                                                      static_cast<uint8_t>(i), options_.channels[i],
                                                      time_, requests_, counters_, trace_));
        channels_.back()->clock(clock_);
    }
    storer_ = std::make_unique<Storer>("storer", time_, progress_, *requests_[client_store],
                                       channels_, counters_, trace_);
    storer_->clock(clock_);
    const Client clients[operand_count] = {client_input, client_weight, client_output};
    for (Operand operand : {operand_input, operand_weight, operand_output}) {
        const Client client = clients[operand];
        loaders_.push_back(std::make_unique<Loader>(
            (std::string("loader_") + client_names[client]).c_str(), operand, options_, time_,
            window_, progress_, *storer_, *requests_[client], channels_, counters_));
        loaders_.back()->clock(clock_);
    }
    sequencer_ = std::make_unique<Sequencer>("sequencer", options_, time_, window_, progress_,
                                             *storer_, channels_, loaders_, counters_, trace_);
    sequencer_->clock(clock_);
}

void ClockedPipeline::write_waveforms(const char* path) {
    vcd_ = std::make_unique<Vcd>(path);
    vcd_->add(clock_, "clock");
    vcd_->add(sequencer_->phase, "array.phase");
    vcd_->add(progress_.begun, "array.begun");
    vcd_->add(progress_.drained, "array.drained");
    vcd_->add(progress_.released_input, "array.released_input");
    vcd_->add(progress_.released_weight, "array.released_weight");
    for (size_t i = 0; i < client_count; ++i) {
        const std::string name = client_names[i];
        vcd_->add(requests_[i]->id, name + ".request");
        vcd_->add(requests_[i]->channel, name + ".channel");
        vcd_->add(requests_[i]->step, name + ".step");
        vcd_->add(requests_[i]->bits, name + ".bits");
    }
    for (size_t i = 0; i < channels_.size(); ++i) {
        vcd_->add(channels_[i]->dram.moving, "channel" + std::to_string(i) + ".moving");
    }
}

bool ClockedPipeline::run(const StepSource& steps, const ComputeStep&, ArrayModel* array,
                          const std::function<bool()>& keep_going, PipelineCounters& out) {
    time_.origin = time_.edge() + 2; // modules reset themselves at the edges before
    for (auto& channel : channels_) {
        channel->dram.restart(time_.origin);
    }
    window_.restart(steps);
    counters_ = PipelineCounters();
    trace_.restart();
    sequencer_->submit(array, keep_going);
    sc_core::sc_start();
    time_.origin = Time::idle;
    for (const auto& channel : channels_) {
        counters_.channels.push_back(channel->dram.counters());
    }
    out = counters_;
    return !sequencer_->stopped();
}

} // namespace
} // namespace clocked

std::unique_ptr<Pipeline> make_clocked_pipeline(const PipelineOptions& options,
                                                const char* vcd_path) {
    return std::make_unique<clocked::ClockedPipeline>(options, vcd_path);
}

} // namespace assay::tiled
