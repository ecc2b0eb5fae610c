// A network on libtorch: its parameters as tensors and its forward pass, differentiable as often as
// one likes.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <torch/torch.h>

#include "model.hpp"

namespace assay {

// Of one layer; undefined where the layer has none.
struct LayerTensors {
    torch::Tensor weight, bias; // conv2d [out][in / groups][kh][kw], linear [out][in]
    torch::Tensor norm_scale, norm_shift, norm_mean, norm_variance;
    double epsilon = 1e-5;
    bool has_norm() const { return norm_mean.defined(); }
};

// What is done to the operands of matrix layers, and who looks on. Each may be empty.
struct Hooks {
    // What layer `layer` multiplies instead of `x`; operand 1 is the second factor of a matmul.
    std::function<torch::Tensor(size_t layer, int operand, const torch::Tensor& x)> input;
    std::function<torch::Tensor(size_t layer, const torch::Tensor& weight)> weight;
    // Every layer's output, also of layers that are no matrix.
    std::function<void(size_t layer, const torch::Tensor& y)> output;
};

class Net {
  public:
    explicit Net(std::shared_ptr<const Model> model);

    const Model& model() const { return *model_; }
    const std::shared_ptr<const Model>& shared_model() const { return model_; }
    size_t size() const { return model_->size(); }
    std::vector<LayerTensors>& tensors() { return tensors_; }
    const std::vector<LayerTensors>& tensors() const { return tensors_; }

    // x: [images][C][H][W], channels last in memory. Returns [images][classes].
    torch::Tensor forward(const torch::Tensor& x, const Hooks& hooks, bool training = false);
    // The same from layer `first` on: values[i], i < first, are the outputs of earlier layers that
    // later ones read (undefined where none does); they are released after their last use. Layers
    // before `last` only; returns the output of layer last - 1.
    torch::Tensor run(const torch::Tensor& x, std::vector<torch::Tensor> values, size_t first,
                      size_t last, const Hooks& hooks, bool training = false);
    // One layer on the outputs that it reads, its ReLU included.
    torch::Tensor layer(size_t i, const std::vector<torch::Tensor>& inputs, const Hooks& hooks,
                        bool training);
    // The same without its ReLU.
    torch::Tensor before_relu(size_t i, const std::vector<torch::Tensor>& inputs,
                              const Hooks& hooks, bool training);

    // Index of the last layer that reads layer i's output (i itself if none does).
    size_t last_use(size_t i) const { return last_use_[i]; }
    // What training changes: weights, biases, scales and shifts of norms.
    std::vector<torch::Tensor> trainable() const;

    // Both ways between tensors and plain values.
    std::vector<Parameters> parameters() const;
    void set_parameters(const std::vector<Parameters>& parameters);

  private:
    std::shared_ptr<const Model> model_;
    std::vector<LayerTensors> tensors_;
    std::vector<size_t> last_use_;
};

// The products of a matrix layer, of any type of number. `weight` and `bias` of a matmul are not
// read, `bias` may be undefined.
torch::Tensor multiply(const Layer& layer, const std::vector<torch::Tensor>& operands,
                       const torch::Tensor& weight, const torch::Tensor& bias);

} // namespace assay
