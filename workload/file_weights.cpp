#include "file_weights.hpp"

#include <stdexcept>
#include <utility>

#include "graph.hpp"
#include "handles.hpp"
#include "parameter_reader.hpp"
#include "share_matrix.hpp"

namespace assay {
namespace {

constexpr unsigned codebook_bits = 4; // the default of weights that a layer names itself

struct Spec {
    std::shared_ptr<const Safetensors> file;
    Layer layer; // shape and names of tensors
};

// The file was judged when the workload was read, and does not change since it is in memory.
std::shared_ptr<const SparseCodes> generate(const void* opaque) {
    const auto& spec = *static_cast<const Spec*>(opaque);
    const Report report(assay_report_new());
    Parameters parameters;
    if (!report || !ParameterReader(*spec.file, report.get()).read(spec.layer, parameters)) {
        throw std::runtime_error("a weights file that was sound can no longer be read");
    }
    fold_batch_norm(parameters);
    return std::make_shared<const SparseCodes>(
        share_matrix(parameters.weight, codebook_bits, spec.layer));
}

Layer shape_of(const Layer& layer) {
    Layer shape = layer;
    shape.weights = Weights();
    shape.own_input = nullptr;
    return shape;
}

} // namespace

bool take_file_weights(const std::shared_ptr<const Safetensors>& file, Layer& layer,
                       assay_report* report) {
    Parameters parameters;
    if (!ParameterReader(*file, report).read(layer, parameters)) {
        return false;
    }
    if (layer.op != Op::fc && layer.op != Op::conv) {
        return true;
    }
    fold_batch_norm(parameters);
    Weights weights;
    weights.hash = parameter_hash(*file, layer);
    weights.label = file->name() + ": " + weight_names(layer)[0];
    weights.generate = generate;
    weights.spec = std::make_shared<const Spec>(Spec{file, shape_of(layer)});
    weights.bias = std::move(parameters.bias);
    layer.weights = std::move(weights);
    return true;
}

bool is_of_weights_file(const Weights& weights) {
    return weights.generate == generate;
}

} // namespace assay
