// One workload layer on EIE: vectors, formats, encoding, plan, simulation, cost.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "accelerator.hpp"
#include "eie_model.hpp"
#include "tally.hpp"

namespace assay::eie {

// The input vectors that a layer multiplies: one for fc, an im2col column per output pixel for
// conv, the bias column's 1.0 appended where the matrix has one. Images of a batch come one after
// another and have the same values.
class VectorSource {
  public:
    // `largest`: what an activation can be, at most.
    VectorSource(const Layer& layer, const FixedTensor& input, int32_t largest, uint64_t batch);
    VectorSource(const Layer& layer, const FixedTensor& input, const Options& options);
    uint32_t vectors() const { return vectors_; }
    uint32_t image_vectors() const { return image_vectors_; }
    int frac_bits() const { return input_.frac_bits; }
    void fill(uint32_t vector, int16_t* column) const;
    // Activations of vector v that its left neighbour's window does not share.
    uint64_t new_acts(uint32_t vector) const;

  private:
    const Layer& layer_;
    const FixedTensor& input_;
    uint32_t image_vectors_, vectors_;
    int16_t one_; // 1.0 in the input's format
};

Format choose_format(const Options& options, const EncodedMatrix& matrix,
                     const std::vector<float>& bias, const VectorSource& source);
std::vector<int32_t> fixed_bias(const Format& format, const std::vector<float>& bias);

// Of a counter that the table has.
size_t counter_index(const assay_counter_table& table, const char* name);

void add_note(LayerOutcome& out, const std::string& note);

// What runs pooling, addition and the like; null without a DRAM channel.
std::unique_ptr<tiled::Pipeline> make_elements(const Options& options, assay_model model);

// An encoded matrix and, once somebody needs values, where its entries go.
struct CachedMatrix {
    std::shared_ptr<const EncodedMatrix> matrix;
    std::shared_ptr<const std::vector<BlockTargets>> targets;
};

// Encoded matrices by content: the last few in memory, all on disk if there is a directory.
class EncodedCache {
  public:
    // `make` encodes; run on a miss only. `key`: content identity, a file name of hex digits. The
    // reference is good until the next call.
    CachedMatrix& get(const std::string& key, const char* directory,
                      const std::function<EncodedMatrix()>& make);

  private:
    std::list<std::pair<std::string, CachedMatrix>> recent_;
};

// How one layer uses the machine.
struct LayerSetup {
    Options options;                     // widths are the layer's
    uint32_t lanes = 1, passes = 1;      // as in Job
    uint64_t bias_bits = 0;              // as in Job
    unsigned w_bits = 0, a_bits = 0;     // to report
    int32_t largest_act = 0;             // that the input can hold
    bool a_signed = true;                // the input's values can be negative
    std::unique_ptr<FixedTensor> narrow; // the input in the layer's width, if it is not already
};

// Machines with another arithmetic unit in EIE's PE derive from it and override what differs.
class EieMachine : public Machine {
  public:
    EieMachine(const Options& options, assay_model model, const char* vcd_path);
    FixedTensor quantise(const std::vector<float>& values, const Layer& consumer) const override;
    assay_status run(const LayerTask& task, LayerOutcome& out, assay_report* report) override;
    assay_status run_other(const LayerTask& task, const std::vector<Place>& inputs,
                           LayerOutcome& out, assay_report* report) override;
    assay_status settle(const std::vector<LayerOutcome*>& layers, assay_report* report) override;
    std::vector<Amount> area() const override;
    bool timing_needs_values() const override { return true; }
    bool elements_on_chip() const override { return false; }
    bool has_timeline() const override { return event_; }
    double clock_hz() const override { return options_.clock_mhz * 1e6; }

  protected:
    // One layer on its way through the machine.
    struct Pass {
        const LayerTask& task;
        LayerSetup setup;
        VectorSource source;
        std::shared_ptr<const SparseCodes> codes; // null until somebody needs them
        uint32_t clustered_from = 0; // codebook size before clustering, 0 if it was not clustered
        double clustering_error = 0;
        CachedMatrix cached;
        Plan plan;
        Format format;
        double scale = 1; // of a sum, for machines whose outputs are scaled afterwards
        std::vector<int32_t> bias, result, expected;
        const std::vector<int32_t>& sums() const { return task.simulate ? result : expected; }
        bool values() const { return task.outputs || task.check; }
        const std::vector<int32_t>* biases() const {
            return task.layer.weights.bias.empty() ? nullptr : &bias;
        }
    };
    virtual LayerSetup set_up(const LayerTask& task) const;
    virtual void choose_formats(Pass& pass, LayerOutcome& out) const;
    // From the sums of the first image.
    virtual void store_output(Pass& pass, LayerOutcome& out) const;
    // Counters in the order of the machine's tables, and what follows from them. `pass` is null for
    // a layer that is no matrix product.
    virtual void report_counters(const Pass* pass, const Counters& counters,
                                 LayerOutcome& out) const;
    // Of an activation, in layers that are no matrix product.
    virtual unsigned element_bits(const LayerTask&) const {
        return static_cast<unsigned>(options_.act_bits);
    }
    virtual std::vector<Amount> energy_of(const Counters& counters) const;
    virtual size_t io_bits_index() const; // in the machine's layer counters

  private:
    bool accepts(const LayerTask& task, assay_report* report) const;
    bool fits_host(const LayerTask& task, assay_report* report) const;
    void resolve_codes(Pass& pass, LayerOutcome& out) const;
    EncodedMatrix encode_codes(Pass& pass, LayerOutcome& out) const;
    std::string cache_key(const Layer& layer) const;
    void prepare(Pass& pass, LayerOutcome& out);
    bool plan(Pass& pass, LayerOutcome& out, assay_report* report) const;
    bool simulate(Pass& pass, LayerOutcome& out);
    static void check(Pass& pass, LayerOutcome& out);
    void report_outcome(const Pass* pass, const Counters& counters, LayerOutcome& out) const;
    Counters element_counters(const tiled::ElementLoad& load,
                              const tiled::PipelineCounters& measured) const;
    void charge_load(uint64_t bits, LayerOutcome& out) const;

  protected:
    const Options options_;

  private:
    const bool event_;
    // Pooling, addition, ...; null without a channel. Before the model, which starts the kernel.
    std::unique_ptr<tiled::Pipeline> elements_;
    std::unique_ptr<Model> model_;
    EncodedCache cache_;
};

} // namespace assay::eie
