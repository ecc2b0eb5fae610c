// ONNX models: the layers that work is done in, with shapes computed from the input's, and the
// constants of the file as weights.
#include <cstring>

#include "image.hpp"
#include "onnx_graph.hpp"
#include "statistical.hpp"
#include "text.hpp"

namespace assay {
namespace {

int probe(const char* path, const std::string& head) {
    size_t length = strlen(path);
    bool named = length > 5 && strcmp(path + length - 5, ".onnx") == 0;
    if (named) {
        return head.empty() ? 0 : 70;
    }
    return looks_like_onnx(head) == 2 ? 30 : 0; // a few bytes could start other files too
}

assay_status make_input(const assay_workload_params& params, bool is_signed, assay_workload& out,
                        assay_report* report) {
    if (params.input_path) {
        Preprocess unit;
        unit.scale.assign(out.input_shape.c, 1.0f / 255);
        return make_image_input(params, unit, out, report);
    }
    InputDraw draw;
    draw.seed = params.seed ? params.seed : draw.seed;
    draw.is_signed = is_signed;
    out.input =
        draw_activations(out.input_shape.size(), draw.density, draw.is_signed, draw.seed, "input");
    out.input_draw = std::make_shared<const InputDraw>(draw);
    out.input_label = text("drawn, density %g, seed %llu", draw.density,
                           static_cast<unsigned long long>(draw.seed));
    return ASSAY_OK;
}

// Layers that stand alone draw their own input.
assay_status without_input(const char* path, const assay_workload_params& params,
                           assay_workload& out, assay_report* report) {
    if (params.input_path) {
        assay_report_add(report, "%s: no layer reads an input of the graph: it takes no input file",
                         path);
        return ASSAY_BAD_INPUT;
    }
    out.input_shape = out.layers.front().in;
    out.input_label = "activations of the layers";
    return ASSAY_OK;
}

assay_status load(const char* path, const assay_workload_params& params, assay_workload& out,
                  assay_report* report) {
    std::shared_ptr<const OnnxModel> model = OnnxModel::load(path, report);
    if (!model) {
        return ASSAY_BAD_INPUT;
    }
    OnnxGraph graph(model, params, out, report);
    if (!graph.read()) {
        return ASSAY_BAD_INPUT;
    }
    const char* name = model->graph().name;
    out.name = name && *name ? name : file_stem(path);
    return graph.input_read() ? make_input(params, graph.input_signed(), out, report)
                              : without_input(path, params, out, report);
}

} // namespace

extern const Importer importer_onnx;
const Importer importer_onnx = {
    {"onnx", "ONNX models: the layers of a network and their weights (.onnx)"},
    probe,
    load,
    true,
};

} // namespace assay
