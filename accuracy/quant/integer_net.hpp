// A network of integers computed with integers alone, layer by layer as TensorFlow Lite's reference
// kernels define them (arXiv:1712.05877, section 2): what other engines' results are compared with.
// Plain loops; no vectors, no threads.
#pragma once

#include <cstdint>
#include <vector>

#include "fixed_point.hpp"
#include "parameters.hpp"
#include "quantiser.hpp"
#include "workload.hpp"

namespace assay {

// The common scale of an addition's inputs has room for 20 more bits.
constexpr int add_shift = 20;

// What a layer needs at run time, from its file's scales and zero points.
struct IntegerLayer {
    std::vector<int32_t> weight; // zero point subtracted
    std::vector<int32_t> bias;   // [out]
    // Output channels of a matrix layer, or its one input (average), or both inputs of an `add`.
    std::vector<FixedFactor> factors;
    FixedFactor sum_factor;        // add: from the common scale to the output's
    bool same_scale = true;        // of input and output: averages are not rescaled
    int32_t zero = 0;              // of the output
    int32_t low = 0, high = 0;     // of the output, its ReLU included
    std::vector<int32_t> in_zeros; // of each input
};

class IntegerNet {
  public:
    // `least_input`: the real value of the data's least element (after preprocessing), which the
    // least integer stands for: files state neither scale nor zero point of the input. Its scale
    // follows from the first layer's biases, whose scale is input times weights.
    // ASSAY_BAD_INPUT with a message per layer that is not of integers or not known here.
    static assay_status make(const assay_workload& workload,
                             const std::vector<Parameters>& parameters, float least_input,
                             IntegerNet& out, assay_report* report);

    const Quantiser& input_quantiser() const { return input_; }
    const IntegerLayer& layer(size_t i) const { return layers_[i]; }
    // Outputs of every layer, CHW, for one preprocessed input (CHW).
    std::vector<std::vector<int32_t>> run(const float* input) const;

  private:
    const assay_workload* workload_ = nullptr; // borrowed
    Quantiser input_;
    std::vector<IntegerLayer> layers_;
};

// (integer_ops.cpp) One layer; `inputs` as stored.
std::vector<int32_t> run_integer_layer(const Layer& layer, const IntegerLayer& integer,
                                       const std::vector<const std::vector<int32_t>*>& inputs);
// Which ops it knows.
bool has_integer_form(Op op);

} // namespace assay
