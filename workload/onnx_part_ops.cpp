// Tensors that are put together or taken apart. What reads a part of an activation stands alone.
#include <algorithm>

#include "graph.hpp"
#include "onnx_ops.hpp"
#include "text.hpp"

namespace assay {
namespace {

OnnxValue part_of(const OnnxValue& x, Dims dims) {
    OnnxValue out;
    out.constant = x.constant;
    out.is_signed = x.is_signed;
    out.features_last = x.features_last;
    out.bits = x.bits;
    out.dims = std::move(dims);
    return out;
}

// ---- Concat ----

// Sums the sizes along the axis; false with a message if the others differ.
bool joined_dims(OnnxGraph& graph, const OnnxNode& node, const std::vector<const OnnxValue*>& parts,
                 size_t& axis, Dims& out) {
    out = parts[0]->dims;
    if (!onnx_axis(graph, node, node.number("axis", 1), out.size(), axis)) {
        return false;
    }
    for (size_t i = 1; i < parts.size(); ++i) {
        Dims dims = parts[i]->dims, same = out;
        if (dims.size() == out.size()) {
            same[axis] = dims[axis];
        }
        if (dims != same) {
            return graph.fail(node, text("cannot concatenate %s and %s along axis %zu",
                                         dims_text(out).c_str(), dims_text(dims).c_str(), axis));
        }
        if (__builtin_add_overflow(out[axis], dims[axis], &out[axis])) {
            return graph.fail(node, "the sizes overflow");
        }
    }
    return true;
}

void join_constants(OnnxGraph& graph, const OnnxNode& node,
                    const std::vector<const OnnxValue*>& parts, Dims dims) {
    OnnxValue out;
    out.constant = true;
    out.has_ints = dims.size() == 1;
    for (const OnnxValue* p : parts) {
        out.has_ints =
            out.has_ints && p->has_ints && out.ints.size() + p->ints.size() <= max_onnx_ints;
        if (out.has_ints) {
            out.ints.insert(out.ints.end(), p->ints.begin(), p->ints.end());
        }
    }
    out.dims = std::move(dims);
    graph.set(node, 0, std::move(out));
}

// True if the channels of the layers before are what is put together.
bool joins_channels(const std::vector<const OnnxValue*>& parts, size_t axis) {
    return std::all_of(parts.begin(), parts.end(), [&](const OnnxValue* p) {
        size_t channels = p->features_last ? p->dims.size() - 1 : 1;
        return !p->constant && axis == channels && p->shape.h == parts[0]->shape.h &&
               p->shape.w == parts[0]->shape.w &&
               p->shape.c == static_cast<uint64_t>(p->dims[axis]);
    });
}

void read_concat(OnnxGraph& graph, const OnnxNode& node) {
    std::vector<const OnnxValue*> parts;
    for (size_t i = 0; i < node.inputs(); ++i) {
        const OnnxValue* v = graph.value(node, i);
        if (!v) {
            return;
        }
        parts.push_back(v);
    }
    size_t axis = 0;
    Dims dims;
    if (!joined_dims(graph, node, parts, axis, dims)) {
        return;
    }
    auto moving =
        std::find_if(parts.begin(), parts.end(), [](const OnnxValue* p) { return !p->constant; });
    if (moving == parts.end()) {
        join_constants(graph, node, parts, std::move(dims));
        return;
    }
    if (!joins_channels(parts, axis)) {
        graph.set(node, 0, part_of(**moving, std::move(dims))); // rows are put together: no layer
        return;
    }
    Layer layer;
    layer.op = Op::concat;
    OnnxGraph::Reads reads;
    bool is_signed = false;
    for (const OnnxValue* p : parts) {
        reads.values.push_back(p);
        reads.as.push_back(p->shape);
        is_signed |= p->is_signed;
    }
    bool last = parts[0]->features_last;
    int id = graph.add_layer(node, std::move(layer), reads);
    if (id >= 0) {
        graph.set_result(node, id, std::move(dims), last, is_signed);
    }
}

// ---- Gather, Slice, Split ----

// Rows of a table by token numbers, numbers of a shape, or one position of a sequence.
void read_gather(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue *x = graph.value(node, 0), *at = graph.value(node, 1);
    size_t axis = 0;
    if (!x || !at || !onnx_axis(graph, node, node.number("axis", 0), x->dims.size(), axis)) {
        return;
    }
    Dims dims(x->dims.begin(), x->dims.begin() + static_cast<std::ptrdiff_t>(axis));
    dims.insert(dims.end(), at->dims.begin(), at->dims.end());
    dims.insert(dims.end(), x->dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x->dims.end());
    if (!(x->constant && x->has_ints && x->dims.size() == 1 && at->has_ints)) {
        OnnxValue out = part_of(*x, std::move(dims));
        out.constant = x->constant && at->constant;
        out.features_last = x->constant || x->features_last;
        graph.set(node, 0, std::move(out));
        return;
    }
    Dims ints;
    for (int64_t i : at->ints) {
        size_t index = 0;
        if (!onnx_axis(graph, node, i, x->ints.size(), index)) {
            return;
        }
        ints.push_back(x->ints[index]);
    }
    graph.constant_ints(node, dims, ints);
}

struct Range { // of one axis: first, count, step
    int64_t first, count, step;
};

// Bounds beyond the ends are the ends.
bool slice_range(int64_t size, int64_t start, int64_t end, int64_t step, Range& out) {
    auto inside = [&](int64_t v, int64_t low, int64_t high) {
        v = v < 0 ? (v < -size ? -1 : v + size) : v;
        return std::clamp(v, low, high);
    };
    if (size < 1 || step == 0 || step == INT64_MIN) {
        return false;
    }
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
    out.first = inside(start, 0, high);
    int64_t last = inside(end, low, high), width = step > 0 ? last - out.first : out.first - last;
    int64_t stride = step > 0 ? step : -step;
    out.step = step;
    out.count = width <= 0 ? 0 : (width - 1) / stride + 1;
    return true;
}

bool slice_arguments(OnnxGraph& graph, const OnnxNode& node, size_t rank, Dims args[4]) {
    const char* const names[4] = {"starts", "ends", "axes", "steps"};
    for (size_t i = 0; i < 4; ++i) {
        args[i] = node.numbers(names[i]); // before operator set 10
        if (!graph.optional_ints(node, i + 1, args[i])) {
            return false;
        }
    }
    size_t n = args[0].size();
    for (size_t i = 0; args[2].empty() && i < n; ++i) {
        args[2].push_back(static_cast<int64_t>(i));
    }
    args[3].resize(args[3].empty() ? n : args[3].size(), 1);
    return (n <= rank && args[1].size() == n && args[2].size() == n && args[3].size() == n) ||
           graph.fail(node, "starts, ends, axes and steps must have the same length");
}

void read_slice(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    Dims args[4];
    if (!x || !slice_arguments(graph, node, x->dims.size(), args)) {
        return;
    }
    Dims dims = x->dims;
    Range range{0, 0, 1};
    for (size_t i = 0; i < args[0].size(); ++i) {
        size_t axis = 0;
        if (!onnx_axis(graph, node, args[2][i], dims.size(), axis)) {
            return;
        }
        if (!slice_range(x->dims[axis], args[0][i], args[1][i], args[3][i], range)) {
            graph.fail(node, "a step of 0, or nothing to take from");
            return;
        }
        dims[axis] = range.count;
    }
    if (x->has_ints && dims.size() == 1 && args[0].size() == 1) {
        Dims ints;
        for (int64_t i = 0; i < range.count; ++i) {
            ints.push_back(x->ints[static_cast<size_t>(range.first + i * range.step)]);
        }
        graph.constant_ints(node, dims, ints);
    } else if (dims == x->dims) {
        graph.follow(node, 0, *x);
    } else {
        graph.set(node, 0, part_of(*x, std::move(dims)));
    }
}

void read_split(OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue* x = graph.value(node, 0);
    Dims sizes = node.numbers("split");
    size_t axis = 0;
    if (!x || !graph.optional_ints(node, 1, sizes) ||
        !onnx_axis(graph, node, node.number("axis", 0), x->dims.size(), axis)) {
        return;
    }
    auto n = static_cast<int64_t>(node.outputs());
    int64_t left = x->dims[axis], each = (left + n - 1) / n;
    for (size_t k = 0; k < node.outputs(); ++k) {
        int64_t size = sizes.empty() ? std::min(each, left) : k < sizes.size() ? sizes[k] : 0;
        if (size < 1 || size > left) {
            graph.fail(node, text("does not divide %lld into %zu parts",
                                  static_cast<long long>(x->dims[axis]), node.outputs()));
            return;
        }
        left -= size;
        Dims dims = x->dims;
        dims[axis] = size;
        graph.set(node, k, part_of(*x, std::move(dims)));
    }
    if (left != 0) {
        graph.fail(node, "the parts are not the whole");
    }
}

} // namespace

const OnnxOp onnx_part_ops[] = {
    {"Concat", 1, read_concat}, {"Gather", 2, read_gather}, {"Slice", 1, read_slice},
    {"Split", 1, read_split},   {nullptr, 0, nullptr},
};

} // namespace assay
