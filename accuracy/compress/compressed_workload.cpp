#include "compressed_workload.hpp"

#include <stdexcept>

#include "export_json.hpp"
#include "handles.hpp"
#include "json_text.hpp"
#include "parameter_reader.hpp"

namespace assay {
namespace {

constexpr unsigned most_codebook_bits = 8;

void copy(assay_json_writer* w, const char* key, const assay_json* value) {
    switch (assay_json_kind_of(value)) {
    case ASSAY_JSON_OBJECT:
        assay_json_begin_object(w, key);
        for (const assay_json* m = assay_json_first(value); m; m = assay_json_next(m)) {
            copy(w, assay_json_key(m), m);
        }
        return assay_json_end_object(w);
    case ASSAY_JSON_ARRAY:
        assay_json_begin_array(w, key);
        for (const assay_json* m = assay_json_first(value); m; m = assay_json_next(m)) {
            copy(w, nullptr, m);
        }
        return assay_json_end_array(w);
    case ASSAY_JSON_STRING:
        return assay_json_write_string(w, key, assay_json_string(value));
    case ASSAY_JSON_BOOL:
        return assay_json_write_bool(w, key, assay_json_bool(value));
    default:
        return assay_json_write_real(w, key, assay_json_number(value));
    }
}

void copy_members(assay_json_writer* w, const assay_json* object,
                  const std::vector<std::string>& without) {
    for (const assay_json* m = assay_json_first(object); m; m = assay_json_next(m)) {
        const std::string key = assay_json_key(m);
        bool left_out = false;
        for (const std::string& name : without) {
            left_out |= key == name;
        }
        if (!left_out) {
            copy(w, key.c_str(), m);
        }
    }
}

void write_values(assay_json_writer* w, const Layer& layer, const Parameters& p,
                  const Coding& coding, const std::string& tensors) {
    if (!p.bias.empty()) {
        assay_json_begin_array(w, "bias");
        for (float b : p.bias) {
            assay_json_write_real(w, nullptr, static_cast<double>(b));
        }
        assay_json_end_array(w);
    }
    assay_json_begin_object(w, "weights");
    assay_json_write_string(w, "kind", "safetensors");
    assay_json_write_string(w, "path", tensors.c_str());
    assay_json_write_string(w, "tensor", weight_names(layer)[0].c_str());
    assay_json_write_uint(w, "codebook_bits",
                          coding.codebook_bits > 0 ? coding.codebook_bits : most_codebook_bits);
    assay_json_end_object(w);
}

JsonDoc exported(const assay_workload& workload) {
    std::vector<std::string> notes; // on weights whose values are left out: here they come
    const std::string text = workload_json(workload, notes);
    const Report report(assay_report_new());
    assay_json_doc* doc = nullptr;
    if (!report ||
        assay_json_parse("export", text.data(), text.size(), &doc, report.get()) != ASSAY_OK) {
        throw std::runtime_error("an exported workload that cannot be read");
    }
    return JsonDoc(doc);
}

} // namespace

assay_workload detached_names(const assay_workload& workload) {
    assay_workload out = workload;
    out.weights_path.clear();
    for (Layer& layer : out.layers) {
        const double epsilon = layer.tensors.epsilon;
        layer.tensors = TensorNames();
        layer.tensors.epsilon = epsilon;
        layer.weights = Weights();
    }
    return out;
}

std::string compressed_workload_text(const assay_workload& workload,
                                     const std::vector<Parameters>& parameters,
                                     const std::vector<Coding>& codings,
                                     const std::string& tensors) {
    const JsonDoc doc = exported(workload);
    const assay_json* root = assay_json_root(doc.get());
    JsonText w(1);
    assay_json_begin_object(w, nullptr);
    copy_members(w, root, {"layers", "weights"});
    assay_json_write_string(w, "weights", tensors.c_str());
    assay_json_begin_array(w, "layers");
    size_t i = 0;
    for (const assay_json* m = assay_json_first(assay_json_get(root, "layers")); m;
         m = assay_json_next(m), ++i) {
        const Layer& layer = workload.layers[i];
        assay_json_begin_object(w, nullptr);
        copy_members(w, m, {"weights", "bias"});
        if (layer.op == Op::conv || layer.op == Op::fc) {
            write_values(w, layer, parameters[i], codings[i], tensors);
        }
        assay_json_end_object(w);
    }
    assay_json_end_array(w);
    assay_json_end_object(w);
    return w.text() + "\n";
}

} // namespace assay
