// The integers that a quantised network multiplies, as a workload for a machine.
#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "contract.h"
#include "environment.hpp"
#include "guarded.hpp"
#include "json_text.hpp"
#include "safetensors_writer.hpp"
#include "text_file.hpp"

namespace assay {
namespace {

const char* const tensor_file = "integers.safetensors";

void write_pair(assay_json_writer* w, const char* key, std::initializer_list<uint64_t> values) {
    assay_json_begin_array(w, key);
    for (uint64_t value : values) {
        assay_json_write_uint(w, nullptr, value);
    }
    assay_json_end_array(w);
}

void write_reference(assay_json_writer* w, const char* key, const std::string& tensor,
                     bool with_kind) {
    assay_json_begin_object(w, key);
    if (with_kind) {
        assay_json_write_string(w, "kind", "integers");
    }
    assay_json_write_string(w, "path", tensor_file);
    assay_json_write_string(w, "tensor", tensor.c_str());
    assay_json_end_object(w);
}

void write_geometry(assay_json_writer* w, const Layer& layer) {
    if (layer.op == Op::fc) {
        assay_json_write_uint(w, "in_features", layer.in.size());
        assay_json_write_uint(w, "out_features", layer.out.c);
        return;
    }
    if (layer.linear_rows) {
        assay_json_write_uint(w, "in_features", layer.in.c);
        assay_json_write_uint(w, "rows", uint64_t{layer.in.h} * layer.in.w);
        assay_json_write_uint(w, "out_features", layer.out.c);
        return;
    }
    write_pair(w, "in", {layer.in.c, layer.in.h, layer.in.w});
    assay_json_write_uint(w, "out_channels", layer.out.c);
    write_pair(w, "kernel", {layer.kernel_h, layer.kernel_w});
    write_pair(w, "stride", {layer.stride_h, layer.stride_w});
    write_pair(w, "padding", {layer.pad_top, layer.pad_left, layer.pad_bottom, layer.pad_right});
    write_pair(w, "dilation", {layer.dilation_h, layer.dilation_w});
    assay_json_write_uint(w, "groups", layer.groups);
}

void write_layer(assay_json_writer* w, const Layer& layer, const LayerIntegers& found) {
    assay_json_begin_object(w, nullptr);
    assay_json_write_string(w, "name", layer.name.c_str());
    assay_json_write_string(w, "op", layer_op_name(layer));
    write_geometry(w, layer);
    assay_json_write_uint(w, "w_bits", found.w_bits);
    assay_json_write_uint(w, "a_bits", found.a_bits);
    assay_json_write_bool(w, "a_signed", found.a_signed);
    write_reference(w, "weights", layer.name + ".weight", true);
    write_reference(w, "activations", layer.name + ".input", true);
    write_reference(w, "expected", layer.name + ".sum", false);
    assay_json_end_object(w);
}

std::vector<uint64_t> weight_shape(const Layer& layer) {
    return layer.op == Op::fc || layer.linear_rows
               ? std::vector<uint64_t>{layer.out.c,
                                       layer.op == Op::fc ? layer.in.size() : layer.in.c}
               : std::vector<uint64_t>{layer.out.c, layer.in.c / layer.groups, layer.kernel_h,
                                       layer.kernel_w};
}

std::vector<uint64_t> image_shape(const Shape& shape, bool flat) {
    return flat ? std::vector<uint64_t>{shape.size()}
                : std::vector<uint64_t>{shape.c, shape.h, shape.w};
}

void add_tensors(SafetensorsWriter& file, const Layer& layer, const LayerIntegers& found) {
    const bool flat = layer.op == Op::fc;
    file.add(layer.name + ".weight", "I32", weight_shape(layer), found.weights.data(),
             found.weights.size() * sizeof found.weights[0]);
    file.add(layer.name + ".input", "I32", image_shape(layer.in, flat), found.inputs.data(),
             found.inputs.size() * sizeof found.inputs[0]);
    file.add(layer.name + ".sum", "I64", image_shape(layer.out, false), found.sums.data(),
             found.sums.size() * sizeof found.sums[0]);
}

// Products of two activations have no weights that a layer which stands alone could state.
bool stands_alone(const Layer& layer) {
    return layer.op == Op::fc || layer.op == Op::conv;
}

std::string workload_text(const assay_accuracy& env, const std::vector<LayerIntegers>& all,
                          uint64_t image) {
    const std::string name = env.workload->name + "_integers";
    const std::string about = "the integers of " + env.workload->name + " for test image " +
                              std::to_string(image) + " of " + env.data->name;
    JsonText w(2);
    assay_json_begin_object(w, nullptr);
    assay_json_write_uint(w, "schema", 1);
    assay_json_write_string(w, "name", name.c_str());
    assay_json_write_string(w, "description", about.c_str());
    assay_json_begin_array(w, "layers");
    for (const LayerIntegers& found : all) {
        if (stands_alone(env.model->layer(found.layer))) {
            write_layer(w, env.model->layer(found.layer), found);
        }
    }
    assay_json_end_array(w);
    assay_json_end_object(w);
    return w.text() + "\n";
}

assay_status check_image(const assay_accuracy& env, uint64_t image, assay_report* report) {
    if (image < env.data->test.count) {
        return ASSAY_OK;
    }
    assay_report_add(report, "image: %llu, %s has test images 0 .. %llu",
                     static_cast<unsigned long long>(image), env.data->name.c_str(),
                     static_cast<unsigned long long>(env.data->test.count - 1));
    return ASSAY_BAD_INPUT;
}

assay_status write_integers(assay_accuracy& env, const assay_policy* policy, uint64_t image,
                            const char* folder, assay_report* report) {
    assay_status status = require_engine(env, "writing a network's integers", report);
    status = status == ASSAY_OK ? check_image(env, image, report) : status;
    std::vector<LayerIntegers> all;
    if (status == ASSAY_OK) {
        status = env.engine->integers(policy, static_cast<uint32_t>(image), all, report);
    }
    status = status == ASSAY_OK ? make_folder(folder, report) : status;
    if (status != ASSAY_OK) {
        return status;
    }
    SafetensorsWriter tensors;
    for (const LayerIntegers& found : all) {
        if (stands_alone(env.model->layer(found.layer))) {
            add_tensors(tensors, env.model->layer(found.layer), found);
        }
    }
    const std::string path = std::string(folder) + "/";
    status = tensors.write((path + tensor_file).c_str(), report);
    return status == ASSAY_OK ? write_text_file((path + "integers.json").c_str(),
                                                workload_text(env, all, image), report)
                              : status;
}

} // namespace
} // namespace assay

using namespace assay;

assay_status assay_accuracy_integers(assay_accuracy* env, const assay_policy* policy,
                                     uint64_t image, const char* folder, assay_report* report) {
    ASSAY_REQUIRE(env != nullptr && folder != nullptr && report != nullptr);
    return guarded(report, [&] { return write_integers(*env, policy, image, folder, report); });
}
