// Networks that are stored as integers (TensorFlow Lite), run as such: libtorch's convolutions on
// whole numbers that floating point holds exactly, everything else as the reference does it.
#pragma once

#include <vector>

#include "integer_net.hpp"
#include "net.hpp"

namespace assay {

bool is_native(const Model& model);

class NativeNet {
  public:
    // ASSAY_BAD_INPUT as IntegerNet::make.
    static assay_status make(std::shared_ptr<const Model> model, Images::Element element,
                             NativeNet& out, assay_report* report);

    // Real values of the outputs, [images][classes], for preprocessed inputs [images][C][H][W].
    torch::Tensor run(const torch::Tensor& x) const;

  private:
    using Values = std::vector<std::vector<int32_t>>; // [images], CHW

    torch::Tensor products(size_t layer, const Values& input) const;
    Values matrix_layer(size_t layer, const Values& input) const;
    Values other_layer(size_t layer, const std::vector<const Values*>& inputs) const;

    std::shared_ptr<const Model> model_;
    IntegerNet integers_;
    // [layers] Without zero points; of doubles where sums may pass 2^24.
    std::vector<torch::Tensor> weights_, biases_;
};

} // namespace assay
