// How much the loss bends, layer by layer: what HAWQ and its kin rank layers by. Hessian-vector
// products by double backward; finite differences are off by factors on ReLU networks.
#pragma once

#include "dataset.hpp"
#include "engine.hpp"
#include "net.hpp"

namespace assay {

// Of every layer that has weights, in the network's order; of the float network on the first
// `settings.images` training images (of the search split where there are none), norms as constants.
// `quant`: how weights are quantised for Sensitivity::kl. ASSAY_INTERRUPTED: progress said so.
assay_status measure_sensitivity(Net& net, const Dataset& data, const QuantSettings& quant,
                                 Sensitivity method, const CurvatureSettings& settings,
                                 std::vector<LayerSensitivity>& out, assay_report* report);

// The loss as a differentiable function of the weights of chosen layers.
class Curvature {
  public:
    // `loss`: a scalar that depends on every weight; its graph is kept.
    Curvature(const torch::Tensor& loss, std::vector<torch::Tensor> weights);

    size_t size() const { return weights_.size(); }
    // H v of all weights together; v[i] of weight i.
    std::vector<torch::Tensor> product(const std::vector<torch::Tensor>& v) const;
    // The same of the diagonal block of weight i alone.
    torch::Tensor block_product(size_t i, const torch::Tensor& v) const;
    const std::vector<torch::Tensor>& gradients() const { return gradients_; }
    const std::vector<torch::Tensor>& weights() const { return weights_; }

  private:
    std::vector<torch::Tensor> weights_, gradients_;
};

struct Estimate {
    double value = 0;
    unsigned iterations = 0;
    bool converged = false;
};
using Continue = std::function<bool(size_t done, size_t total)>; // false stops; may be empty

// Traces of the diagonal blocks (Hutchinson): the mean of v_i . (H v)_i over Rademacher vectors v
// of all weights together: cross terms between layers have mean 0, and one product serves every
// layer. Ends when every standard error is below tolerance * |mean|. (PyHessian ends when one more
// sample changes the mean by less, which happens long before the mean is that good.)
std::vector<Estimate> traces(const Curvature& curvature, const CurvatureSettings& settings,
                             const Continue& go_on);
// Eigenvalue of greatest magnitude of the block of weight i, by power iteration from a seeded
// normal vector; ends when v . H v changes by less than tolerance, relatively.
Estimate top_eigenvalue(const Curvature& curvature, size_t i, const CurvatureSettings& settings,
                        const Continue& go_on);

} // namespace assay
