// The inputs of an ONNX graph: which one is the workload's, and its shape, of which the file may
// leave dimensions open.
#include <algorithm>

#include "graph.hpp"
#include "onnx_graph.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

constexpr int64_t open_dim = -1; // exporters write it, or name the dimension

Dims stated_dims(const Onnx__TypeProto__Tensor& type) {
    Dims dims;
    for (size_t i = 0; type.shape && i < type.shape->n_dim; ++i) {
        const Onnx__TensorShapeProto__Dimension& d = *type.shape->dim[i];
        bool stated = d.value_case == ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
        dims.push_back(stated ? d.dim_value : open_dim);
    }
    if (!dims.empty() && dims[0] == open_dim) {
        dims[0] = 1; // the batch
    }
    return dims;
}

bool is_real(int32_t type) {
    return type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT ||
           type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16 ||
           type == ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16 ||
           type == ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE;
}

bool is_given(const assay_workload_params& params) {
    return params.input_height != 0 || params.input_width != 0 || params.input_channels != 0;
}

// Open dimensions of [N, C, H, W], of [N, rows, features] (H and C) and of [N, features] (C).
void fill_open(const assay_workload_params& params, Dims& dims) {
    uint64_t c = params.input_channels, h = params.input_height, w = params.input_width;
    std::vector<uint64_t> given = dims.size() == 4   ? std::vector<uint64_t>{c, h, w}
                                  : dims.size() == 3 ? std::vector<uint64_t>{h, c}
                                                     : std::vector<uint64_t>{c};
    for (size_t i = 0; i < given.size(); ++i) {
        if (dims[i + 1] == open_dim && given[i] != 0) {
            dims[i + 1] = static_cast<int64_t>(given[i]); // negative or too large: check_dims
        }
    }
}

Shape shape_of(const Dims& dims) {
    auto at = [&](size_t i) { return static_cast<uint32_t>(dims[i]); };
    return dims.size() == 4   ? Shape{at(1), at(2), at(3)}
           : dims.size() == 3 ? Shape{at(2), at(1), 1}
                              : Shape{at(1), 1, 1};
}

} // namespace

void OnnxGraph::read_inputs() {
    const Onnx__GraphProto& graph = model_->graph();
    size_t mistakes = assay_report_count(report_);
    for (size_t i = 0; i < graph.n_input; ++i) {
        std::string name = graph.input[i]->name ? graph.input[i]->name : "";
        if (values_.count(name) == 0) { // IR versions before 4 list the initializers here too
            read_input(*graph.input[i]);
        }
    }
    for (size_t i = 0; i < graph.n_output; ++i) {
        graph_outputs_.insert(graph.output[i]->name ? graph.output[i]->name : "");
    }
    bool unused = is_given(params_) && !params_.input_path && !have_input_;
    if (unused && assay_report_count(report_) == mistakes) {
        fail("no input of the graph has a shape that --input-shape could state");
    }
}

bool OnnxGraph::check_dims(const std::string& shown, bool main, const Dims& dims) {
    size_t rank = dims.size();
    if (rank < 1 || rank > max_onnx_rank) {
        fail(shown + text(": the shape must be stated, with 1 .. %zu dimensions", max_onnx_rank));
        return false;
    }
    auto is_bad = [](int64_t d) { return d < 1; };
    uint64_t count = 0;
    if (std::any_of(dims.begin(), dims.end(), is_bad) || !count_of(dims, count)) {
        fail(shown + ": the shape " + dims_text(dims) + " must be stated" +
             (main ? ", by the file or by --input-shape HxWxC" : " by the file") +
             " (the batch, its first dimension, may be open): dimensions from 1, at most 2^28 "
             "elements");
        return false;
    }
    if (static_cast<uint64_t>(dims[0]) > max_batch) {
        fail(shown + text(": the batch %lld is over the limit of %llu",
                          static_cast<long long>(dims[0]),
                          static_cast<unsigned long long>(max_batch)));
        return false;
    }
    return true;
}

// Images are resized to the input; without one, a shape that the user gives must be the input's.
void OnnxGraph::set_workload_input(const std::string& shown, OnnxValue& value) {
    const Shape shape = shape_of(value.dims);
    bool same = shape.h == params_.input_height && shape.w == params_.input_width &&
                shape.c == params_.input_channels;
    if (is_given(params_) && !params_.input_path && !same) {
        fail(shown +
             text(": has the shape %s: %ux%ux%u (HxWxC), but --input-shape is %llux%llux%llu",
                  dims_text(value.dims).c_str(), shape.h, shape.w, shape.c,
                  static_cast<unsigned long long>(params_.input_height),
                  static_cast<unsigned long long>(params_.input_width),
                  static_cast<unsigned long long>(params_.input_channels)));
    }
    value.producer = OnnxValue::input;
    value.shape = shape;
    workload_.batch = static_cast<uint64_t>(value.dims[0]);
    workload_.input_shape = shape;
    input_signed_ = value.is_signed;
}

// The first input of real numbers with a dimension besides the batch is the workload's; others
// (token numbers, masks) make layers that stand alone.
void OnnxGraph::read_input(const Onnx__ValueInfoProto& info) {
    std::string name = info.name ? info.name : "";
    std::string shown = text("input %s", assay_quote(name.c_str()).text);
    OnnxValue value;
    bool tensor = info.type && info.type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE &&
                  info.type->tensor_type;
    if (!tensor) {
        fail(shown + ": not a tensor of a stated type");
        values_.emplace(name, value);
        return;
    }
    value.dims = stated_dims(*info.type->tensor_type);
    size_t rank = value.dims.size();
    bool main =
        !have_input_ && is_real(info.type->tensor_type->elem_type) && rank >= 2 && rank <= 4;
    if (main) {
        have_input_ = true;
        fill_open(params_, value.dims);
    }
    value.features_last = rank < 4;
    value.is_signed = rank < 4; // images are not
    value.known = check_dims(shown, main, value.dims);
    if (value.known && main) {
        set_workload_input(shown, value);
    } else if (value.known) {
        value.shape = free_shape(value.dims);
    }
    values_.emplace(name, value);
}

} // namespace assay
