// Layers of an ONNX graph: names, what they read, limits.
#include <algorithm>

#include "graph.hpp"
#include "onnx_graph.hpp"
#include "text.hpp"

namespace assay {

std::string OnnxGraph::free_name(const OnnxNode& node) {
    std::string base = node.name().empty() ? node.output(0) : node.name();
    std::string name = base.empty() || base == "input" ? node.op() : base;
    while (!names_.insert(name).second) {
        name += text("_%zu", node.index());
    }
    return name;
}

// Reads its producers if all that are needed have the right shape, or else stands alone.
void OnnxGraph::connect(Layer& layer, const Reads& reads) {
    for (size_t i = 0; i < reads.values.size(); ++i) {
        const OnnxValue& v = *reads.values[i];
        if (v.producer == OnnxValue::input && !input_read_ &&
            reads.as[i].size() == workload_.input_shape.size()) {
            workload_.input_shape = reads.as[i]; // the first reader knows what the input is
        }
        const Shape* made = v.producer == OnnxValue::nowhere ? nullptr
                            : v.producer == OnnxValue::input ? &workload_.input_shape
                                                             : &this->layer(v.producer).out;
        if (!made || !fits(layer, reads.as[i], *made)) {
            layer.inputs.resize(std::min<size_t>(i, 1));
            layer.detached = i == 0;
            layer.second_by_columns = false;
            break;
        }
        layer.inputs.push_back(v.producer);
    }
    for (int id : layer.inputs) {
        input_read_ |= id == OnnxValue::input;
    }
}

int OnnxGraph::add_layer(const OnnxNode& node, Layer layer, const Reads& reads) {
    if (workload_.layers.size() == max_layers) {
        fail(node, text("more than %llu layers", static_cast<unsigned long long>(max_layers)));
        return OnnxValue::nowhere;
    }
    if (!infer_shapes(layer, reads.as, where(node), report_) ||
        !add_to_total(elements_, layer, where(node), report_, layer.weights.generate != nullptr)) {
        return OnnxValue::nowhere;
    }
    connect(layer, reads);
    layer.name = free_name(node);
    if (is_matrix(layer.op)) {
        layer.a_bits = reads.values[0]->bits;
        layer.a_signed = reads.values[0]->is_signed;
    }
    workload_.layers.push_back(std::move(layer));
    return static_cast<int>(workload_.layers.size()) - 1;
}

void OnnxGraph::set_result(const OnnxNode& node, int id, Dims dims, bool features_last,
                           bool is_signed) {
    OnnxValue out;
    out.dims = std::move(dims);
    out.producer = id;
    out.shape = layer(id).out;
    out.features_last = features_last;
    out.is_signed = is_signed;
    set(node, 0, std::move(out));
}

void OnnxGraph::follow(const OnnxNode& node, size_t input, OnnxValue value) {
    std::string name = node.input(input);
    value.shared |= readers(name).size() > 1 || graph_outputs_.count(name) > 0;
    set(node, 0, std::move(value));
}

Layer* OnnxGraph::sole_producer(const OnnxNode& node, size_t input) {
    std::string name = node.input(input);
    const OnnxValue* v = find(name);
    bool sole = v && v->producer >= 0 && !v->padded() && !v->shared && readers(name).size() == 1 &&
                graph_outputs_.count(name) == 0;
    return sole ? &layer(v->producer) : nullptr;
}

} // namespace assay
