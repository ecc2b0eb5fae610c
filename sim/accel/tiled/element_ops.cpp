#include "element_ops.hpp"

namespace assay::tiled {
namespace {

// Scalar operations per output element.
uint64_t operations_per_output(const Layer& layer) {
    const uint64_t taps = uint64_t{layer.kernel_h} * layer.kernel_w;
    switch (layer.op) {
    case Op::maxpool:
        return taps - 1;
    case Op::avgpool:
        return taps; // sums and one scaling
    case Op::global_avgpool:
        return uint64_t{layer.in.h} * layer.in.w;
    case Op::add:
    case Op::mul:
        return layer.inputs.size() > 1 ? layer.inputs.size() - 1 : 1;
    case Op::batch_norm:
        return 2; // scale and shift
    case Op::layer_norm:
        return 7; // sum, difference, square, sum; normalise, scale and shift
    case Op::sigmoid:
        return 6; // exponential, addition, division
    case Op::tanh:
        return 7; // of the double argument: exponential, two additions, division
    case Op::gelu:
        return 12; // cubic argument (5) and tanh
    case Op::softmax:
        return 8; // maximum, difference, exponential, sum, division
    case Op::relu:
        return 1;
    default:
        return 0;
    }
}

} // namespace

ElementWork element_work(const Layer& layer) {
    if (is_movement(layer.op)) {
        return {};
    }
    const bool pairs = layer.op == Op::add || layer.op == Op::mul;
    ElementWork work;
    work.outputs = layer.out.size();
    work.inputs = layer.in.size() * (pairs ? layer.inputs.size() : 1);
    work.operations = work.outputs * (operations_per_output(layer) + (layer.relu ? 1 : 0));
    return work;
}

const char* movement_note(const Layer& layer) {
    return layer.op == Op::concat  ? "costs nothing: its inputs were written side by side"
           : layer.op == Op::slice ? "costs nothing: its readers start inside its input"
                                   : "costs nothing: its zeros are not stored";
}

} // namespace assay::tiled
