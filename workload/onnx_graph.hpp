// What an ONNX graph has computed so far, node by node: constants, activations with their shapes,
// and the layers that make them.
//
// Activations keep two shapes. `dims` are ONNX's. `shape` is the layer's that made them, in which
// their values stand: channels, height, width of an image; {features, rows, 1} of a sequence
// [batch, rows, features]. Reshape, Transpose and their kind change `dims` alone, so that heads
// that are split from the features, and tokens that are made from an image, need no data movement.
// An operator whose shape does not fit, or which reads a part of a tensor, gets a layer that stands
// alone (Layer::detached).
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "onnx_model.hpp"
#include "onnx_node.hpp"
#include "workload.hpp"

namespace assay {

struct OnnxValue {
    // nowhere: not the output of a layer; input: the workload's.
    enum : int {
        input = -1,
        nowhere = -2
    };
    bool known = false; // false: an earlier mistake, which is not reported again
    bool constant = false;
    Dims dims;
    // Of constants: where the values are, if they are in the file as `dims` say, or with their two
    // dimensions exchanged.
    const Onnx__TensorProto* tensor = nullptr;
    bool exchanged = false;
    bool has_ints = false;
    Dims ints;
    // Of activations.
    int producer = nowhere;
    Shape shape;
    bool features_last = false; // of `dims`
    bool is_signed = false;
    std::array<uint32_t, 4>
        pad{};           // top, left, bottom, right zeros that `dims` have and `shape` not
    unsigned bits = 0;   // of the last quantization, 0: none
    bool shared = false; // the layer's output has other readers, under another name

    bool padded() const { return pad != std::array<uint32_t, 4>{}; }
};

class OnnxGraph {
  public:
    // `params` may state dimensions of the input that the file leaves open.
    OnnxGraph(std::shared_ptr<const OnnxModel> model, const assay_workload_params& params,
              assay_workload& out, assay_report* report);

    // Every node in order; false with a message per mistake.
    bool read();
    bool input_read() const { return input_read_; }
    bool input_signed() const { return input_signed_; }

    // ---- For the operators (onnx_ops.hpp) ----

    bool fail(const OnnxNode& node, const std::string& message);
    std::string where(const OnnxNode& node) const;
    // NULL if there is none to work with: a message has been given, now or earlier. Only a window
    // may slide over zeros that a Pad node put around its input.
    const OnnxValue* value(const OnnxNode& node, size_t input, bool window = false);
    const OnnxValue* activation(const OnnxNode& node, size_t input, bool window = false);
    const OnnxValue* constant(const OnnxNode& node, size_t input);
    // Integers of an optional input; false with a message if it is there but not known.
    bool optional_ints(const OnnxNode& node, size_t input, Dims& out);
    void set(const OnnxNode& node, size_t output, OnnxValue value);
    // The node's first output is its input, changed as `value` says.
    void follow(const OnnxNode& node, size_t input, OnnxValue value);
    void constant_ints(const OnnxNode& node, const Dims& dims, const Dims& ints);
    OnnxValue from_tensor(const Onnx__TensorProto& tensor) const;

    uint64_t batch() const { return workload_.batch; }
    // Elements of one image or sequence; false with a message if the dimensions do not allow it.
    bool image_size(const OnnxNode& node, const Dims& dims, uint64_t& out);

    // Adds the layer, which reads `values` in the shapes `as` if they stand in them. Its number;
    // OnnxValue::nowhere with a message.
    struct Reads {
        std::vector<const OnnxValue*> values;
        std::vector<Shape> as;
    };
    int add_layer(const OnnxNode& node, Layer layer, const Reads& reads);
    // The node's first output is that of the layer.
    void set_result(const OnnxNode& node, int layer, Dims dims, bool features_last, bool is_signed);
    Layer& layer(int id) { return workload_.layers[static_cast<size_t>(id)]; }
    // The layer that makes the value, if nobody but this node reads it.
    Layer* sole_producer(const OnnxNode& node, size_t input);
    const std::shared_ptr<const OnnxModel>& model() const { return model_; }

    // ---- For patterns of several nodes ----

    std::vector<size_t> readers(const std::string& value) const;
    OnnxNode node(size_t index) const { return {*model_->graph().node[index], index}; }
    const OnnxValue* find(const std::string& name) const;
    void absorb(size_t node) { absorbed_.insert(node); }

  private:
    // Of an activation that no layer made.
    Shape free_shape(const Dims& dims) const;
    void read_initializers();
    void read_inputs();
    void read_input(const Onnx__ValueInfoProto& info);
    void set_workload_input(const std::string& shown, OnnxValue& value);
    bool check_dims(const std::string& shown, bool main, const Dims& dims);
    void index_nodes();
    void read_node(const OnnxNode& node);
    void fail(const std::string& message);
    void connect(Layer& layer, const Reads& reads);
    std::string free_name(const OnnxNode& node);

    std::shared_ptr<const OnnxModel> model_;
    const assay_workload_params& params_;
    assay_workload& workload_;
    assay_report* report_;
    std::unordered_map<std::string, OnnxValue> values_;
    std::unordered_map<std::string, std::vector<size_t>> readers_;
    std::unordered_map<std::string, size_t> makers_;
    std::set<std::string> graph_outputs_, names_;
    std::set<size_t> absorbed_;
    uint64_t elements_ = 0;
    bool have_input_ = false, input_read_ = false, input_signed_ = false;
};

} // namespace assay
