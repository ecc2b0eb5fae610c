#include "content_hash.hpp"

#include <new>

#include "given_integers.hpp"

namespace assay {

ContentHash::ContentHash() : hasher_(assay_hasher_new()) {
    if (!hasher_) {
        throw std::bad_alloc();
    }
}

ContentHash::~ContentHash() {
    assay_hasher_free(&hasher_);
}

void ContentHash::string(const char* field, const std::string& value) {
    assay_hasher_bytes(hasher_, field, value.data(), value.size());
}

std::string ContentHash::text() const {
    char digits[ASSAY_HASH_TEXT];
    assay_hash_format(assay_hasher_done(hasher_), digits);
    return digits;
}

static void hash_shape(ContentHash& hash, const char* field, const Shape& shape) {
    hash.values(field, std::vector<uint32_t>{shape.c, shape.h, shape.w});
}

// All of a layer but its name and the layers that it reads.
static void hash_content(ContentHash& hash, const Layer& layer) {
    hash.string("op", layer_op_name(layer));
    hash_shape(hash, "in", layer.in);
    hash_shape(hash, "out", layer.out);
    hash.values("geometry", std::vector<uint32_t>{
                                layer.kernel_h, layer.kernel_w, layer.stride_h, layer.stride_w,
                                layer.pad_top, layer.pad_left, layer.pad_bottom, layer.pad_right,
                                layer.dilation_h, layer.dilation_w, layer.groups});
    hash.values("bits",
                std::vector<uint32_t>{layer.w_bits, layer.a_bits, layer.w_signed, layer.a_signed});
    hash.uint("ceil_mode", layer.ceil_mode);
    hash.uint("relu", layer.relu);
    if (layer.relu_limit > 0) {
        hash.real("relu_limit", layer.relu_limit);
    }
    if (layer.op == Op::slice || layer.op == Op::pad_channels) {
        hash.values("part", std::vector<uint32_t>{layer.from_channel, layer.from_row,
                                                  layer.channels_before, layer.channels_after});
    }
    hash.string("weights", layer.weights.hash);
    hash.uint("draw_seed", layer.weights.draw_seed);
    hash.uint("bias_column", layer.weights.bias_column);
    hash.values("bias", layer.weights.bias);
    hash.uint("has_own_input", layer.own_input != nullptr);
    if (layer.own_input) {
        hash.values("own_input", *layer.own_input);
    }
    if (const std::string given = given_hash(layer); !given.empty()) {
        hash.string("given", given);
    }
}

std::string layer_hash(const Layer& layer) {
    ContentHash hash;
    hash.uint("inputs", layer.detached ? 1 : layer.inputs.size());
    hash_content(hash, layer);
    return hash.text();
}

std::string workload_hash(const assay_workload& workload) {
    ContentHash hash;
    hash.uint("batch", workload.batch);
    hash_shape(hash, "input_shape", workload.input_shape);
    hash.values("input", workload.input);
    for (const Layer& layer : workload.layers) {
        hash.string("layer", layer.name);
        hash.values("inputs", layer.inputs);
        hash_content(hash, layer);
    }
    return hash.text();
}

} // namespace assay
