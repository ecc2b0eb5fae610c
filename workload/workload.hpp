// A workload: a graph of layers with shapes, real (or drawn) weights and a real (or drawn) input.
// Importers produce it, accelerators consume it. No SystemC here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "assay/workload.h"

namespace assay {

// A pruned, weight-shared matrix: column-compressed, one codebook index per kept weight. Rows
// ascend within a column. Code 0 is reserved for the value 0 (codebook[0] == 0): a kept entry never
// has it.
struct SparseCodes {
    uint32_t rows = 0, cols = 0;
    std::vector<uint32_t> col_start; // [cols + 1]
    std::vector<uint32_t> row;       // [entries]
    std::vector<uint8_t> code;       // [entries], 1 .. codebook.size() - 1
    std::vector<float> codebook;     // [1 .. 256], [0] is 0
};

enum class Op {
    fc,     // "linear"
    conv,   // "conv2d"
    matmul, // of two activations: a grouped 1x1 convolution whose weights are the second input's
    maxpool,
    avgpool,
    global_avgpool,
    concat,
    relu,
    add,
    mul,
    batch_norm,
    layer_norm,
    gelu,
    sigmoid,
    tanh,
    softmax,
    slice,       // some channels and rows of an image
    pad_channels // zeros before and after the channels
};
const char* op_name(Op op); // "linear", "conv2d", "maxpool", ...
// fc, conv and matmul: what runs on an array; the others are elementwise work or data movement.
bool is_matrix(Op op);
// concat, slice and pad_channels: no arithmetic, only where values lie.
bool is_movement(Op op);

struct Shape { // channels, height, width; a vector is {n, 1, 1}
    uint32_t c = 0, h = 1, w = 1;
    uint64_t size() const { return uint64_t{c} * h * w; }
};

// Weights of an fc or conv layer before a machine encodes them. Matrix form: rows = outputs (conv:
// out channels), cols = inputs (conv: (in_channel * kernel_h + y) * kernel_w + x, all groups
// spanned, so a grouped or depthwise convolution is a block-diagonal matrix).
struct Weights {
    std::string hash;  // content identity, 32 hex digits: key of encoded-matrix caches
    std::string label; // for messages: "file: tensor" or "statistical, seed 1"
    // At most one of the two sources is set; a generator is run once, on first use.
    std::shared_ptr<const SparseCodes> codes;
    std::shared_ptr<const SparseCodes> (*generate)(const void* spec) = nullptr;
    std::shared_ptr<const void> spec;
    // Neither codes nor a generator: no values are known, only shapes. Machines draw integers of
    // the layer's width from `draw_seed` where values are asked for; resolve() in sparse.hpp draws
    // codes by `spec`, which assay_workload_load completes.
    uint64_t draw_seed = 1;
    bool drawn() const { return !codes && !generate; }
    bool bias_column = false; // last column is a bias, driven by activation 1.0
    std::vector<float> bias;  // [rows], or empty: added before the first product
};

// Where a layer's real-valued parameters are in the workload's weights file (parameters.hpp). A
// layer without any names there has tensors "<layer>.weight" and, if it exists, "<layer>.bias".
struct TensorNames {
    // Several are joined along the first dimension (the four gates of an LSTM in one product).
    std::vector<std::string> weight, bias;
    // Tensors <batch_norm>.weight, .bias, .running_mean, .running_var: a batch normalisation that
    // belongs to this layer. Where the file does not have them, it is folded already. "": none.
    std::string batch_norm;
    double epsilon = 1e-5; // of the batch norm or layer_norm
};

// A network of integers (TensorFlow Lite): how this layer's output is stored.
struct OutputInteger {
    float scale = 0; // 0: not such a network
    int32_t zero = 0;
    bool is_signed = true; // int8, else uint8
};

struct GivenIntegers; // given_integers.hpp

// How drawn activations were drawn.
struct InputDraw {
    double density = 1;
    uint64_t seed = 1;
    bool is_signed = false;
};

struct Layer {
    std::string name;
    Op op = Op::fc;
    std::vector<int> inputs; // layer ids; -1 = the workload's input; none if `detached`
    Shape in, out;           // in: of the first input (concat: of the first)
    uint32_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
    uint32_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    uint32_t dilation_h = 1, dilation_w = 1;
    uint32_t groups = 1;
    // A linear layer applied to several rows (tokens, time steps) is a conv 1x1 over an image of
    // {features, rows, 1}; it is still called "linear".
    bool linear_rows = false;
    // matmul of two inputs: the second is {heads * columns, inner, 1}, else {heads * inner,
    // columns, 1}, its right-hand matrices as they stand.
    bool second_by_columns = false;
    unsigned w_bits = 0, a_bits = 0; // of the operands; 0: not stated, the machine's default
    bool w_signed = true, a_signed = false;
    bool ceil_mode = false; // pooling windows may hang over (Caffe)
    bool relu = false;      // applied after the op
    double relu_limit = 0;  // with relu: outputs end here (6: ReLU6); 0: no limit
    // slice: channels and rows of the input from these on, as many as `out` has.
    uint32_t from_channel = 0, from_row = 0;
    uint32_t channels_before = 0, channels_after = 0; // pad_channels: zeros that are put there
    Weights weights;                                  // fc, conv
    TensorNames tensors;
    OutputInteger integer;
    // Statistical layers and layers with their own captured activations do not use their inputs'
    // outputs: they are given these instead (values of `in`, CHW order).
    std::shared_ptr<const std::vector<float>> own_input;
    std::shared_ptr<const InputDraw> own_input_draw; // null: own_input was given value by value
    // Integers as a file gives them (given_integers.hpp), null where it gives none: weights, what
    // own_input holds, and the sums of the two, before scale, bias and ReLU, that --check expects.
    std::shared_ptr<const GivenIntegers> given_weights, given_input, expected;
    // A shape that stands alone: no layer's output fits it, and own_input is null because nothing
    // is drawn before somebody asks (detached_input in host_ops.hpp).
    bool detached = false;
    uint64_t macs() const;   // of the dense layer, per image
    uint64_t params() const; // weights, without biases; a matmul has none
};

// What the user calls the layer's op: op_name, but "linear" for one of several rows.
const char* layer_op_name(const Layer& layer);

// How a network wants the raw elements of its data: value = (element - subtract[c]) * scale[c].
struct Preprocess {
    std::vector<float> subtract, scale; // per channel, after any reordering; empty: 0 and 1
    bool bgr = false;                   // channels in reverse order
    // An image [1][H][W] is a sequence of its rows: {W features, H rows, 1}.
    bool rows = false;
    bool stated() const { return !subtract.empty() || !scale.empty() || bgr || rows; }
};

} // namespace assay

// The opaque type of the C ABI.
struct assay_workload {
    std::string name, importer, hash;
    uint64_t batch = 1; // images (or sequences) computed together
    assay::Shape input_shape;
    std::vector<float> input; // preprocessed, CHW; empty if every first layer has own_input
    std::shared_ptr<const assay::InputDraw> input_draw; // null: not drawn
    std::string input_label;                            // what the input is, for the result's notes
    std::vector<assay::Layer> layers;                   // in topological order
    std::string weights_path; // .safetensors with every layer's parameters; "": none stated
    std::string data;         // dataset that the network is for ("cifar10"); "": not stated
    assay::Preprocess preprocess;
    // What the importer assumed or left out, for the user to read; no mistakes.
    std::vector<std::string> notes;
};

namespace assay {

// One importer: recognises a file by its first bytes (and name, as a hint), then reads it all.
struct Importer {
    assay_importer_info info;
    // `head`: first up to 4096 bytes of the file. Higher is surer; 0 = not mine.
    int (*probe)(const char* path, const std::string& head);
    assay_status (*load)(const char* path, const assay_workload_params& params, assay_workload& out,
                         assay_report* report);
    // The file may leave its input's shape open: params.input_height, ... state it then, also
    // where no image is read.
    bool takes_shape = false;
};

// Generated from the importer list in workload/meson.build.
extern const Importer* const importers[];
extern const size_t importer_count;

} // namespace assay
