// Assay's own workload files, schema 1; docs/formats.md is their manual. Unknown keys are mistakes;
// what has a default may be left out, down to a plain list of layer shapes.
#include "graph.hpp"
#include "handles.hpp"
#include "image.hpp"
#include "json_layer.hpp"
#include "json_network.hpp"
#include "text.hpp"

namespace assay {
namespace {

const char* const root_keys[] = {"schema", "name",    "description", "batch",      "input",
                                 "layers", "weights", "data",        "preprocess", nullptr};
const char* const input_keys[] = {"shape", "seed", "density", "signed", nullptr};

void read_root(const JsonFile& file, const assay_json* root, assay_workload& out) {
    const char *name = nullptr, *description = nullptr;
    uint64_t schema = 0, batch = 1;
    const char* where = file.path.c_str();
    assay_json_check_keys(root, root_keys, where, file.report);
    assay_json_read_uint(root, "schema", where, 1, 1, true, &schema, file.report);
    assay_json_read_uint(root, "batch", where, 1, max_batch, false, &batch, file.report);
    out.batch = batch;
    assay_json_read_string(root, "description", where, false, &description, file.report);
    if (assay_json_read_string(root, "name", where, true, &name, file.report)) {
        out.name = name;
    }
}

void read_input(const JsonFile& file, const assay_json* root, JsonNet& net, InputDraw& draw) {
    const assay_json* input = assay_json_get(root, "input");
    net.input_present = input != nullptr;
    if (!input || !is_object(file, input, "input")) {
        return;
    }
    std::string where = file.where("input");
    uint32_t chw[3];
    assay_json_check_keys(input, input_keys, where.c_str(), file.report);
    for (const char* key : {"density", "seed", "signed"}) {
        net.input_drawn = net.input_drawn || assay_json_get(input, key);
    }
    draw.density = read_density(file, input, "input", false);
    draw.seed = read_seed(file, input, "input");
    assay_json_read_bool(input, "signed", where.c_str(), false, &draw.is_signed, file.report);
    if (!read_uints(file, input, "shape", "input", 3, 1, 1 << 20, true, chw)) {
        return;
    }
    Shape shape{chw[0], chw[1], chw[2]};
    if (shape.size() > max_elements) {
        file.fail("input.shape", "more than 2^28 elements");
        return;
    }
    net.workload.input_shape = shape;
    net.input_sound = true;
}

void read_layers(JsonFile& file, const assay_json* root, JsonNet& net) {
    const assay_json* layers = assay_json_get(root, "layers");
    if (!layers || assay_json_kind_of(layers) != ASSAY_JSON_ARRAY || assay_json_size(layers) < 1 ||
        assay_json_size(layers) > max_layers) {
        file.fail("layers", text("expected an array of 1 .. %llu layers",
                                 static_cast<unsigned long long>(max_layers)));
        return;
    }
    size_t i = 0;
    for (const assay_json* m = assay_json_first(layers); m; m = assay_json_next(m)) {
        std::string place = text("layers[%zu]", i++);
        if (is_object(file, m, place)) {
            read_layer(file, m, place, net);
        } else {
            net.sound.push_back(false); // keeps the ids of the layers after it
            net.workload.layers.emplace_back();
        }
    }
}

void check_input_use(const JsonFile& file, const JsonNet& net) {
    if (net.input_read && !net.input_present && !net.input_sound) {
        file.fail("input", "missing, but a layer reads it and does not state its shape");
    }
    if (!net.input_read && net.input_present) {
        file.fail("input", "no layer reads it");
    }
    if (!net.input_read && file.params.input_path) {
        file.fail("layers", "all have activations of their own: the workload takes no input file");
    }
}

assay_status make_input(const JsonFile& file, const JsonNet& net, InputDraw draw,
                        assay_workload& out) {
    if (!net.input_read) {
        out.input_shape = out.layers.front().in;
        out.input_label = "activations of the layers";
        return ASSAY_OK;
    }
    if (!net.input_present) {
        draw.seed = file.params.seed ? file.params.seed : 1;
        draw.is_signed = net.input_signed;
    }
    if (out.preprocess.stated() && (file.params.input_path || !net.input_drawn)) {
        return make_image_input(file.params, out.preprocess, out, file.report);
    }
    return make_plain_input(file.params, draw, out, file.report);
}

// A byte order mark is a mistake that the parser can name.
int probe(const char*, const std::string& head) {
    size_t mark = head.compare(0, 3, "\xef\xbb\xbf") == 0 ? 3 : 0;
    size_t first = head.find_first_not_of(" \t\r\n", mark);
    return first != std::string::npos && head[first] == '{' ? 60 : 0;
}

assay_status load(const char* path, const assay_workload_params& params, assay_workload& out,
                  assay_report* report) {
    assay_json_doc* parsed = nullptr;
    assay_status status = assay_json_load(path, &parsed, report);
    JsonDoc doc(parsed);
    if (status != ASSAY_OK) {
        return status;
    }
    size_t mistakes = assay_report_count(report);
    const assay_json* root = assay_json_root(doc.get());
    JsonFile file{path, params, report};
    JsonNet net{out};
    InputDraw draw;
    read_root(file, root, out);
    read_input(file, root, net, draw);
    read_network(file, root, net);
    read_layers(file, root, net);
    check_input_use(file, net);
    check_preprocess(file, net);
    return assay_report_count(report) == mistakes ? make_input(file, net, draw, out)
                                                  : ASSAY_BAD_INPUT;
}

} // namespace

extern const Importer importer_assay_json;
const Importer importer_assay_json = {
    {"assay-json", "Assay's own workload files: networks, or lists of layer shapes (.json)"},
    probe,
    load,
};

} // namespace assay
