#include "export_json_keys.hpp"

#include <filesystem>

namespace assay {
namespace {

void write_floats(assay_json_writer* w, const char* key, const std::vector<float>& values) {
    if (values.empty()) {
        return;
    }
    assay_json_begin_array(w, key);
    for (float v : values) {
        assay_json_write_real(w, nullptr, static_cast<double>(v));
    }
    assay_json_end_array(w);
}

void write_names(assay_json_writer* w, const char* key, const std::vector<std::string>& names) {
    if (names.empty()) {
        return;
    }
    assay_json_begin_array(w, key);
    for (const std::string& name : names) {
        assay_json_write_string(w, nullptr, name.c_str());
    }
    assay_json_end_array(w);
}

void write_preprocess(assay_json_writer* w, const Preprocess& how) {
    assay_json_begin_object(w, "preprocess");
    write_floats(w, "subtract", how.subtract);
    write_floats(w, "scale", how.scale);
    assay_json_write_string(w, "order", how.bgr ? "bgr" : "rgb");
    assay_json_write_string(w, "layout", how.rows ? "rows" : "image");
    assay_json_end_object(w);
}

void write_integer(assay_json_writer* w, const OutputInteger& integer) {
    assay_json_begin_object(w, "integer");
    assay_json_write_real(w, "scale", static_cast<double>(integer.scale));
    assay_json_write_int(w, "zero", integer.zero);
    assay_json_write_bool(w, "signed", integer.is_signed);
    assay_json_end_object(w);
}

} // namespace

// The exported file may come to lie anywhere, so a relative path would mean nothing.
void write_network_keys(assay_json_writer* w, const assay_workload& workload) {
    if (!workload.weights_path.empty()) {
        const auto path = std::filesystem::absolute(workload.weights_path).lexically_normal();
        assay_json_write_string(w, "weights", path.c_str());
    }
    if (!workload.data.empty()) {
        assay_json_write_string(w, "data", workload.data.c_str());
    }
    if (workload.preprocess.stated()) {
        write_preprocess(w, workload.preprocess);
    }
}

void write_parameter_keys(assay_json_writer* w, const Layer& layer) {
    const TensorNames& tensors = layer.tensors;
    if (layer.relu_limit > 0) {
        assay_json_write_real(w, "relu_limit", layer.relu_limit);
    }
    if (layer.integer.scale > 0) {
        write_integer(w, layer.integer);
    }
    if (!tensors.weight.empty() || !tensors.bias.empty()) {
        assay_json_begin_object(w, "tensors");
        write_names(w, "weight", tensors.weight);
        write_names(w, "bias", tensors.bias);
        assay_json_end_object(w);
    }
    if (!tensors.batch_norm.empty()) {
        assay_json_write_string(w, "batch_norm", tensors.batch_norm.c_str());
    }
    if (tensors.epsilon != TensorNames().epsilon) {
        assay_json_write_real(w, "epsilon", tensors.epsilon);
    }
}

void write_part_keys(assay_json_writer* w, const Layer& layer) {
    if (layer.op == Op::slice) {
        assay_json_write_uint(w, "from_channel", layer.from_channel);
        assay_json_write_uint(w, "channels", layer.out.c);
        assay_json_write_uint(w, "from_row", layer.from_row);
        assay_json_write_uint(w, "rows", layer.out.h);
    } else if (layer.op == Op::pad_channels) {
        assay_json_write_uint(w, "before", layer.channels_before);
        assay_json_write_uint(w, "after", layer.channels_after);
    }
}

} // namespace assay
