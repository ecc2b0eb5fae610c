// One workload layer on EIE: vectors, formats, encoding, plan, simulation, cost.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "accelerator.hpp"
#include "eie_model.hpp"

namespace assay::eie {

// The input vectors that a layer multiplies: one for fc, an im2col column per output pixel for
// conv, the bias column's 1.0 appended where the matrix has one.
class VectorSource {
  public:
    VectorSource(const Layer& layer, const FixedTensor& input, const Options& options);
    uint32_t vectors() const { return vectors_; }
    int frac_bits() const { return input_.frac_bits; }
    void fill(uint32_t vector, int16_t* column) const;
    // Activations of vector v that its left neighbour's window does not share.
    uint64_t new_acts(uint32_t vector) const;

  private:
    const Layer& layer_;
    const FixedTensor& input_;
    uint32_t vectors_;
    int16_t one_; // 1.0 in the input's format
};

Format choose_format(const Options& options, const EncodedMatrix& matrix,
                     const std::vector<float>& bias, const VectorSource& source);
std::vector<int16_t> fixed_bias(const Format& format, const std::vector<float>& bias);

void add_note(LayerOutcome& out, const std::string& note);

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

class EieMachine : public Machine {
  public:
    EieMachine(const Options& options, assay_model model, const char* vcd_path);
    FixedTensor quantise(const std::vector<float>& values, const Layer& consumer) const override;
    assay_status run(const LayerTask& task, LayerOutcome& out, assay_report* report) override;
    assay_status settle(const std::vector<LayerOutcome*>& layers, assay_report* report) override;
    std::vector<Amount> area() const override;
    double clock_hz() const override { return options_.clock_mhz * 1e6; }

  private:
    // One layer on its way through the machine.
    struct Pass {
        const LayerTask& task;
        VectorSource source;
        std::shared_ptr<const SparseCodes> codes; // null until somebody needs them
        uint32_t clustered_from = 0; // codebook size before clustering, 0 if it was not clustered
        double clustering_error = 0;
        CachedMatrix cached;
        Plan plan;
        Format format;
        std::vector<int16_t> bias, result, expected;
        bool values() const { return task.outputs || task.check; }
        const std::vector<int16_t>* biases() const {
            return task.layer.weights.bias.empty() ? nullptr : &bias;
        }
    };
    bool fits_host(const Layer& layer, assay_report* report) const;
    void resolve_codes(Pass& pass, LayerOutcome& out) const;
    EncodedMatrix encode_codes(Pass& pass, LayerOutcome& out) const;
    std::string cache_key(const Layer& layer) const;
    void prepare(Pass& pass, LayerOutcome& out);
    bool plan(Pass& pass, LayerOutcome& out, assay_report* report) const;
    void choose_formats(Pass& pass, LayerOutcome& out) const;
    bool simulate(Pass& pass, LayerOutcome& out);
    static void check(Pass& pass, LayerOutcome& out);
    static void store_output(Pass& pass, LayerOutcome& out);
    void report_outcome(const Counters& counters, const Plan& plan, LayerOutcome& out) const;
    void charge_load(uint64_t bits, LayerOutcome& out) const;

    Options options_;
    std::unique_ptr<Model> model_;
    EncodedCache cache_;
};

} // namespace assay::eie
