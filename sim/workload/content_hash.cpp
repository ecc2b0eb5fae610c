#include "content_hash.hpp"

#include <new>

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

static void hash_layer(ContentHash& hash, const Layer& layer) {
    hash.string("layer", layer.name);
    hash.string("op", op_name(layer.op));
    hash.values("inputs", layer.inputs);
    hash_shape(hash, "in", layer.in);
    hash_shape(hash, "out", layer.out);
    hash.values("geometry", std::vector<uint32_t>{layer.kernel_h, layer.kernel_w, layer.stride_h,
                                                  layer.stride_w, layer.pad_top, layer.pad_left,
                                                  layer.pad_bottom, layer.pad_right, layer.groups});
    hash.uint("ceil_mode", layer.ceil_mode);
    hash.uint("relu", layer.relu);
    hash.string("weights", layer.weights.hash);
    hash.uint("bias_column", layer.weights.bias_column);
    hash.values("bias", layer.weights.bias);
    hash.uint("has_own_input", layer.own_input != nullptr);
    if (layer.own_input) {
        hash.values("own_input", *layer.own_input);
    }
}

std::string workload_hash(const assay_workload& workload) {
    ContentHash hash;
    hash_shape(hash, "input_shape", workload.input_shape);
    hash.values("input", workload.input);
    for (const Layer& layer : workload.layers) {
        hash_layer(hash, layer);
    }
    return hash.text();
}

} // namespace assay
