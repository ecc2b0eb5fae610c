#include "onnx_graph.hpp"

#include <algorithm>

#include "graph.hpp"
#include "onnx_ops.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {

OnnxGraph::OnnxGraph(std::shared_ptr<const OnnxModel> model, const assay_workload_params& params,
                     assay_workload& out, assay_report* report)
    : model_(std::move(model)), params_(params), workload_(out), report_(report) {}

void OnnxGraph::fail(const std::string& message) {
    assay_report_add(report_, "%s: %s", model_->name().c_str(), message.c_str());
}

std::string OnnxGraph::where(const OnnxNode& node) const {
    return model_->name() + ": " + node.title();
}

bool OnnxGraph::fail(const OnnxNode& node, const std::string& message) {
    fail(node.title() + ": " + message);
    return false;
}

bool OnnxGraph::read() {
    size_t mistakes = assay_report_count(report_);
    read_initializers();
    read_inputs();
    index_nodes();
    for (size_t i = 0; i < model_->graph().n_node; ++i) {
        if (absorbed_.count(i) == 0) {
            read_node(node(i));
        }
    }
    if (assay_report_count(report_) == mistakes && workload_.layers.empty()) {
        fail("the graph has no layer");
    }
    return assay_report_count(report_) == mistakes;
}

// ---- The graph's own values ----

OnnxValue OnnxGraph::from_tensor(const Onnx__TensorProto& tensor) const {
    OnnxValue out;
    out.known = out.constant = true;
    out.dims = tensor_dims(tensor);
    out.tensor = &tensor;
    out.has_ints = tensor_ints(tensor, out.ints);
    bool is_byte = tensor.data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT8 ||
                   tensor.data_type == ONNX__TENSOR_PROTO__DATA_TYPE__UINT8;
    out.bits = is_byte ? 8 : 0;
    out.is_signed = tensor.data_type != ONNX__TENSOR_PROTO__DATA_TYPE__UINT8;
    return out;
}

void OnnxGraph::read_initializers() {
    const Onnx__GraphProto& graph = model_->graph();
    for (size_t i = 0; i < graph.n_initializer; ++i) {
        const Onnx__TensorProto& tensor = *graph.initializer[i];
        std::string name = tensor.name ? tensor.name : "";
        std::string fault = tensor_fault(tensor);
        std::string shown = text("initializer %zu %s", i, assay_quote(name.c_str()).text);
        if (!fault.empty()) {
            fail(shown + ": " + fault);
        }
        OnnxValue value = fault.empty() ? from_tensor(tensor) : OnnxValue();
        if (!values_.emplace(name, value).second) {
            fail(shown + ": the name is already taken");
        }
    }
}

void OnnxGraph::index_nodes() {
    for (size_t i = 0; i < model_->graph().n_node; ++i) {
        OnnxNode n = node(i);
        for (size_t k = 0; k < n.inputs(); ++k) {
            readers_[n.input(k)].push_back(i);
        }
        for (size_t k = 0; k < n.outputs(); ++k) {
            bool taken = values_.count(n.output(k)) > 0 || !makers_.emplace(n.output(k), i).second;
            if (taken && !n.output(k).empty()) {
                fail(n,
                     text("its output %s is already taken", assay_quote(n.output(k).c_str()).text));
            }
        }
    }
}

void OnnxGraph::read_node(const OnnxNode& node) {
    const OnnxOp* op = node.standard_domain() ? find_onnx_op(node.op()) : nullptr;
    if (!op) {
        fail(node, "the operator is not supported");
    } else if (node.inputs() < op->least_inputs || node.outputs() < 1) {
        fail(node, text("needs %zu inputs and an output, has %zu and %zu", op->least_inputs,
                        node.inputs(), node.outputs()));
    } else {
        op->read(*this, node);
    }
    for (size_t k = 0; k < node.outputs(); ++k) {
        values_.emplace(node.output(k), OnnxValue()); // not known, where the operator set none
    }
}

// ---- Values ----

const OnnxValue* OnnxGraph::find(const std::string& name) const {
    auto found = values_.find(name);
    return found == values_.end() || !found->second.known ? nullptr : &found->second;
}

const OnnxValue* OnnxGraph::value(const OnnxNode& node, size_t input, bool window) {
    std::string name = node.input(input);
    auto found = values_.find(name);
    if (name.empty()) {
        fail(node, text("input %zu is missing", input));
    } else if (found == values_.end()) {
        bool later = makers_.count(name) > 0;
        fail(node, text("reads %s, which %s", assay_quote(name.c_str()).text,
                        later ? "comes only after it (a cycle, or nodes out of order)"
                              : "nothing in the graph makes"));
    }
    const OnnxValue* v = find(name);
    if (v && v->padded() && !window) {
        fail(node, "a Pad can only be followed by a convolution or a pooling");
        return nullptr;
    }
    return v;
}

const OnnxValue* OnnxGraph::activation(const OnnxNode& node, size_t input, bool window) {
    const OnnxValue* v = value(node, input, window);
    if (v && v->constant) {
        fail(node, text("input %zu must be an activation, not a constant", input));
    }
    return v && !v->constant ? v : nullptr;
}

const OnnxValue* OnnxGraph::constant(const OnnxNode& node, size_t input) {
    const OnnxValue* v = value(node, input);
    if (v && !v->constant) {
        fail(node, text("input %zu must be a constant", input));
    }
    return v && v->constant ? v : nullptr;
}

bool OnnxGraph::optional_ints(const OnnxNode& node, size_t input, Dims& out) {
    if (node.input(input).empty()) {
        return true;
    }
    const OnnxValue* v = value(node, input);
    if (v && !v->has_ints) {
        fail(node, text("input %zu must be up to %llu constant integers", input,
                        static_cast<unsigned long long>(max_onnx_ints)));
    }
    if (v && v->has_ints) {
        out = v->ints;
    }
    return v && v->has_ints;
}

void OnnxGraph::set(const OnnxNode& node, size_t output, OnnxValue value) {
    uint64_t count = 0;
    if (value.dims.size() > max_onnx_rank || !count_of(value.dims, count) ||
        (!value.constant && count == 0)) {
        fail(node, text("its output would have the shape %s: at most %zu dimensions and 2^28 "
                        "elements are possible",
                        dims_text(value.dims).c_str(), max_onnx_rank));
        return;
    }
    value.known = true;
    if (!value.constant && value.producer == OnnxValue::nowhere) {
        value.shape = free_shape(value.dims);
    }
    values_[node.output(output)] = std::move(value);
}

Shape OnnxGraph::free_shape(const Dims& dims) const {
    uint64_t count = 0;
    count_of(dims, count);
    uint64_t size = count % batch() == 0 ? count / batch() : count;
    uint64_t features = dims.empty() ? 1 : static_cast<uint64_t>(dims.back());
    Shape out{static_cast<uint32_t>(size), 1, 1};
    if (size % features == 0) {
        out = {static_cast<uint32_t>(features), static_cast<uint32_t>(size / features), 1};
    }
    return out;
}

void OnnxGraph::constant_ints(const OnnxNode& node, const Dims& dims, const Dims& ints) {
    OnnxValue out;
    out.constant = true;
    out.dims = dims;
    out.has_ints = ints.size() <= max_onnx_ints;
    out.ints = out.has_ints ? ints : Dims();
    set(node, 0, std::move(out));
}

bool OnnxGraph::image_size(const OnnxNode& node, const Dims& dims, uint64_t& out) {
    uint64_t count = 0;
    if (!count_of(dims, count) || count == 0 || count % batch() != 0) {
        return fail(node, text("the shape %s does not divide into a batch of %llu",
                               dims_text(dims).c_str(), static_cast<unsigned long long>(batch())));
    }
    out = count / batch();
    return true;
}

std::vector<size_t> OnnxGraph::readers(const std::string& value) const {
    auto found = readers_.find(value);
    return found == readers_.end() ? std::vector<size_t>() : found->second;
}

} // namespace assay
