// Windows that slide over an image: their geometry, pooling, and zeros around the image.
#include <algorithm>

#include "graph.hpp"
#include "onnx_ops.hpp"
#include "text.hpp"

namespace assay {

bool onnx_sizes(OnnxGraph& graph, const OnnxNode& node, const char* attribute, size_t spatial,
                uint32_t& height, uint32_t& width) {
    Dims sizes = node.numbers(attribute);
    if (sizes.empty()) {
        return true;
    }
    auto is_bad = [](int64_t v) { return v < 1 || v > static_cast<int64_t>(max_window); };
    if (sizes.size() != spatial || std::any_of(sizes.begin(), sizes.end(), is_bad)) {
        return graph.fail(node, text("%s is %s, must be %zu numbers in 1 .. %llu", attribute,
                                     dims_text(sizes).c_str(), spatial,
                                     static_cast<unsigned long long>(max_window)));
    }
    height = spatial == 2 ? static_cast<uint32_t>(sizes[0]) : 1;
    width = static_cast<uint32_t>(sizes[spatial - 1]);
    return true;
}

namespace {

bool read_pads(OnnxGraph& graph, const OnnxNode& node, size_t spatial, Layer& layer) {
    Dims pads = node.numbers("pads");
    if (pads.empty()) {
        return true;
    }
    auto is_bad = [](int64_t v) { return v < 0 || v > static_cast<int64_t>(max_window); };
    if (pads.size() != 2 * spatial || std::any_of(pads.begin(), pads.end(), is_bad)) {
        return graph.fail(node, text("pads is %s, must be %zu numbers in 0 .. %llu",
                                     dims_text(pads).c_str(), 2 * spatial,
                                     static_cast<unsigned long long>(max_window)));
    }
    auto at = [&](size_t i) { return static_cast<uint32_t>(pads[i]); };
    layer.pad_top = spatial == 2 ? at(0) : 0;
    layer.pad_left = at(spatial - 1);
    layer.pad_bottom = spatial == 2 ? at(2) : 0;
    layer.pad_right = at(2 * spatial - 1);
    return true;
}

// SAME: as many outputs as strides fit; what does not divide evenly goes to the end (UPPER) or the
// start.
void same_padding(uint64_t size, uint64_t kernel, uint64_t dilation, uint64_t stride, bool upper,
                  uint32_t& before, uint32_t& after) {
    uint64_t outputs = (size + stride - 1) / stride;
    uint64_t reach = (outputs - 1) * stride + (kernel - 1) * dilation + 1;
    auto total = static_cast<uint32_t>(reach > size ? reach - size : 0);
    before = upper ? total / 2 : total - total / 2;
    after = total - before;
}

bool read_auto_pad(OnnxGraph& graph, const OnnxNode& node, size_t spatial, const Shape& in,
                   Layer& layer) {
    std::string how = node.string("auto_pad", "NOTSET");
    if (how == "NOTSET") {
        return read_pads(graph, node, spatial, layer);
    }
    bool upper = how == "SAME_UPPER";
    if (upper || how == "SAME_LOWER") {
        same_padding(in.h, layer.kernel_h, layer.dilation_h, layer.stride_h, upper, layer.pad_top,
                     layer.pad_bottom);
        same_padding(in.w, layer.kernel_w, layer.dilation_w, layer.stride_w, upper, layer.pad_left,
                     layer.pad_right);
        return true;
    }
    return how == "VALID" ||
           graph.fail(node, "auto_pad must be NOTSET, SAME_UPPER, SAME_LOWER or VALID");
}

} // namespace

bool onnx_window(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& value, Layer& layer) {
    size_t spatial = value.dims.size() - 2;
    Shape padded;
    if (!onnx_image(graph, node, value, padded) ||
        !onnx_sizes(graph, node, "strides", spatial, layer.stride_h, layer.stride_w) ||
        !onnx_sizes(graph, node, "dilations", spatial, layer.dilation_h, layer.dilation_w) ||
        !read_auto_pad(graph, node, spatial, padded, layer)) {
        return false;
    }
    layer.pad_top += value.pad[0];
    layer.pad_left += value.pad[1];
    layer.pad_bottom += value.pad[2];
    layer.pad_right += value.pad[3];
    uint32_t most = std::max({layer.pad_top, layer.pad_left, layer.pad_bottom, layer.pad_right});
    return most <= max_window ||
           graph.fail(node, text("a padding of %u is over the limit of %llu", most,
                                 static_cast<unsigned long long>(max_window)));
}

namespace {

Shape without_padding(Shape shape, const OnnxValue& value) {
    shape.h -= value.pad[0] + value.pad[2];
    shape.w -= value.pad[1] + value.pad[3];
    return shape;
}

void add_pool(OnnxGraph& graph, const OnnxNode& node, const OnnxValue& x, Shape in, Layer layer) {
    size_t rank = x.dims.size();
    bool is_signed = x.is_signed;
    int id = graph.add_layer(node, std::move(layer), {{&x}, {without_padding(in, x)}});
    if (id >= 0) {
        graph.set_result(node, id, onnx_image_dims(graph, graph.layer(id).out, rank), false,
                         is_signed);
    }
}

void read_pool(OnnxGraph& graph, const OnnxNode& node, Op op) {
    const OnnxValue* x = graph.activation(node, 0, true);
    Shape in;
    Layer layer;
    layer.op = op;
    layer.ceil_mode = node.number("ceil_mode", 0) != 0;
    if (!x || !onnx_image(graph, node, *x, in)) {
        return;
    }
    if (!node.has("kernel_shape")) {
        graph.fail(node, "kernel_shape is missing");
        return;
    }
    if (!onnx_sizes(graph, node, "kernel_shape", x->dims.size() - 2, layer.kernel_h,
                    layer.kernel_w) ||
        !onnx_window(graph, node, *x, layer)) {
        return;
    }
    if (layer.dilation_h != 1 || layer.dilation_w != 1) {
        graph.fail(node, "pooling with dilations is not supported");
        return;
    }
    add_pool(graph, node, *x, in, std::move(layer));
}

void read_max_pool(OnnxGraph& graph, const OnnxNode& node) {
    read_pool(graph, node, Op::maxpool);
}

void read_average_pool(OnnxGraph& graph, const OnnxNode& node) {
    read_pool(graph, node, Op::avgpool);
}

void read_global_average_pool(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0);
    Shape in;
    Layer layer;
    layer.op = Op::global_avgpool;
    if (x && onnx_image(graph, node, *x, in)) {
        add_pool(graph, node, *x, in, std::move(layer));
    }
}

void read_global_max_pool(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0);
    Shape in;
    if (!x || !onnx_image(graph, node, *x, in)) {
        return;
    }
    Layer layer;
    layer.op = Op::maxpool;
    layer.kernel_h = in.h;
    layer.kernel_w = in.w;
    if (in.h > max_window || in.w > max_window) {
        graph.fail(node, text("the window %ux%u is over the limit of %llu", in.h, in.w,
                              static_cast<unsigned long long>(max_window)));
        return;
    }
    add_pool(graph, node, *x, in, std::move(layer));
}

// The axes of a ReduceMean, sorted; false with a message.
bool reduced_axes(OnnxGraph& graph, const OnnxNode& node, size_t rank, std::vector<size_t>& out) {
    Dims axes = node.numbers("axes");
    if (!graph.optional_ints(node, 1, axes)) {
        return false;
    }
    for (int64_t a : axes) {
        size_t axis = 0;
        if (!onnx_axis(graph, node, a, rank, axis)) {
            return false;
        }
        out.push_back(axis);
    }
    std::sort(out.begin(), out.end());
    return true;
}

// Over all positions of an image, or of a sequence; over the features it starts a layer
// normalization.
void read_reduce_mean(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0);
    std::vector<size_t> axes;
    if (!x || !reduced_axes(graph, node, x->dims.size(), axes)) {
        return;
    }
    size_t rank = x->dims.size();
    using Axes = std::vector<size_t>;
    bool features = axes == Axes{rank - 1} && x->features_last;
    if (features && onnx_layer_norm(graph, node)) {
        return;
    }
    bool image = (rank == 4 && axes == Axes{2, 3}) || (rank == 3 && axes == Axes{2});
    bool sequence = rank == 3 && axes == Axes{1} && x->features_last;
    if (features || (!image && !sequence)) {
        graph.fail(node, "a mean is supported over the positions of an image or a sequence, and "
                         "as the start of a layer normalization");
        return;
    }
    Dims dims = x->dims;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
        dims[*axis] = 1;
        if (node.number("keepdims", 1) == 0) {
            dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(*axis));
        }
    }
    Layer layer;
    layer.op = Op::global_avgpool;
    bool is_signed = x->is_signed;
    Shape in;
    if (image && !onnx_image(graph, node, *x, in)) {
        return;
    }
    if (sequence) {
        in = {static_cast<uint32_t>(x->dims[2]), static_cast<uint32_t>(x->dims[1]), 1};
    }
    if (static_cast<uint64_t>(x->dims[0]) != graph.batch()) {
        graph.fail(node, "the first dimension of its input is not the batch");
        return;
    }
    int id = graph.add_layer(node, std::move(layer), {{x}, {in}});
    if (id >= 0) {
        graph.set_result(node, id, std::move(dims), sequence, is_signed);
    }
}

// Zeros around the image, which the window after it slides over.
void read_pad(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.activation(node, 0, true);
    Dims pads = node.numbers("pads");
    if (!x || !graph.optional_ints(node, 1, pads)) {
        return;
    }
    OnnxValue out = *x;
    size_t rank = x->dims.size();
    bool good = (rank == 3 || rank == 4) && pads.size() == 2 * rank && !x->features_last &&
                node.string("mode", "constant") == "constant" && node.input(3).empty();
    for (size_t i = 0; good && i < pads.size(); ++i) {
        int64_t most = i % rank < 2 ? 0 : static_cast<int64_t>(max_window);
        good = pads[i] >= 0 && pads[i] <= most;
        out.dims[i % rank] += good ? pads[i] : 0;
    }
    const OnnxValue* fill = node.input(2).empty() ? nullptr : graph.constant(node, 2);
    std::vector<float> value;
    if (fill && onnx_floats(graph, node, *fill, value) && !value.empty() && value[0] != 0) {
        good = false;
    }
    if (!good || node.real("value", 0) != 0) {
        graph.fail(node, text("only zeros around the image are supported, up to %llu on a side",
                              static_cast<unsigned long long>(max_window)));
        return;
    }
    auto at = [&](size_t i) { return static_cast<uint32_t>(pads[i]); };
    out.pad[0] += rank == 4 ? at(2) : 0;
    out.pad[1] += at(rank - 1);
    out.pad[2] += rank == 4 ? at(rank + 2) : 0;
    out.pad[3] += at(2 * rank - 1);
    graph.follow(node, 0, std::move(out));
}

} // namespace

const OnnxOp onnx_window_ops[] = {
    {"MaxPool", 1, read_max_pool},
    {"AveragePool", 1, read_average_pool},
    {"GlobalAveragePool", 1, read_global_average_pool},
    {"GlobalMaxPool", 1, read_global_max_pool},
    {"ReduceMean", 1, read_reduce_mean},
    {"Pad", 1, read_pad},
    {nullptr, 0, nullptr},
};

} // namespace assay
