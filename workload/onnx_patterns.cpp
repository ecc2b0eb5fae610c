// Operators that exporters of old operator sets spell out.
#include "onnx_ops.hpp"

namespace assay {
namespace {

// The only reader of the node's output, if it is this operator.
bool next(const OnnxGraph& graph, const OnnxNode& node, const char* op, size_t& out) {
    std::vector<size_t> readers = graph.readers(node.output(0));
    if (readers.size() != 1 || graph.node(readers[0]).op() != op) {
        return false;
    }
    out = readers[0];
    return true;
}

bool reads_constant(const OnnxGraph& graph, const OnnxNode& node) {
    const OnnxValue *a = graph.find(node.input(0)), *b = graph.find(node.input(1));
    return (a && a->constant) || (b && b->constant);
}

// The reader of the deviation that starts its square, and the one that divides it.
bool square_and_quotient(const OnnxGraph& graph, const OnnxNode& deviation, size_t& square,
                         size_t& quotient) {
    bool found_square = false, found_quotient = false;
    for (size_t reader : graph.readers(deviation.output(0))) {
        std::string op = graph.node(reader).op();
        if (op == "Pow" || op == "Mul") {
            square = reader;
            found_square = true;
        } else if (op == "Div" && graph.node(reader).input(0) == deviation.output(0)) {
            quotient = reader;
            found_quotient = true;
        } else {
            return false;
        }
    }
    return found_square && found_quotient;
}

// Scale and offset, where they follow.
size_t affine_end(const OnnxGraph& graph, size_t last, std::vector<size_t>& nodes) {
    for (const char* op : {"Mul", "Add"}) {
        size_t after = 0;
        if (!next(graph, graph.node(last), op, after) ||
            !reads_constant(graph, graph.node(after))) {
            break;
        }
        nodes.push_back(after);
        last = after;
    }
    return last;
}

} // namespace

// mean -> x - mean -> squared -> mean -> + epsilon -> square root; (x - mean) / it -> * -> +.
bool onnx_layer_norm(OnnxGraph& graph, const OnnxNode& node) {
    size_t deviation = 0, square = 0, quotient = 0, variance = 0, sum = 0, root = 0, joined = 0;
    if (!next(graph, node, "Sub", deviation) || graph.node(deviation).input(0) != node.input(0) ||
        !square_and_quotient(graph, graph.node(deviation), square, quotient) ||
        !next(graph, graph.node(square), "ReduceMean", variance) ||
        !next(graph, graph.node(variance), "Add", sum) || !reads_constant(graph, graph.node(sum)) ||
        !next(graph, graph.node(sum), "Sqrt", root) ||
        !next(graph, graph.node(root), "Div", joined) || joined != quotient) {
        return false;
    }
    std::vector<size_t> nodes = {deviation, square, variance, sum, root, quotient};
    size_t last = affine_end(graph, quotient, nodes);
    for (size_t n : nodes) {
        graph.absorb(n);
    }
    onnx_plain_layer(graph, graph.node(last), *graph.find(node.input(0)), Op::layer_norm, true);
    return true;
}

} // namespace assay
