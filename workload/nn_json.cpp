// Networks as "nn-json-1": a list of nodes, and a safetensors file beside it with their parameters,
// as a conversion of TensorFlow Lite, PyTorch and Caffe models writes them. docs/formats.md has the
// keys.
#include <algorithm>

#include "file_weights.hpp"
#include "graph.hpp"
#include "handles.hpp"
#include "image.hpp"
#include "json_fields.hpp"
#include "json_weights.hpp"
#include "nn_json_node.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

// Data that an input of this shape comes from, as far as it tells.
struct KnownData {
    Shape shape;
    const char* name;
};
const KnownData known_data[] = {{{3, 32, 32}, "cifar10"},
                                {{1, 49, 10}, "kws"},
                                {{3, 128, 128}, "imagenet128"},
                                {{3, 224, 224}, "imagenet224"}};

// Key words arrive as 8-bit integers (MLPerf Tiny's kws01 set): value = (q - 83) * 0.5847029.
const Preprocess keyword_steps{{83}, {0.5847029f}, false, false};

void read_floats_of(const JsonFile& file, const assay_json* object, const char* key, size_t count,
                    std::vector<float>& out) {
    read_floats(file, assay_json_get(object, key), std::string("input.preprocess.") + key, count,
                out);
}

void read_preprocess(const JsonFile& file, const assay_json* object, size_t channels,
                     Preprocess& out) {
    static const char* const keys[] = {"sub", "mul", "order", "formula", nullptr};
    static const char* const orders[] = {"RGB", "BGR", nullptr};
    if (!is_object(file, object, "input.preprocess")) {
        return;
    }
    const std::string where = file.where("input.preprocess");
    size_t order = 0;
    assay_json_check_keys(object, keys, where.c_str(), file.report);
    assay_json_read_choice(object, "order", where.c_str(), orders, false, &order, file.report);
    read_floats_of(file, object, "sub", channels, out.subtract);
    read_floats_of(file, object, "mul", channels, out.scale);
    out.bgr = order == 1;
}

void read_side(const JsonFile& file, const assay_json* input, const char* key, uint32_t& out) {
    uint64_t side = 1;
    assay_json_read_uint(input, key, file.where("input").c_str(), 1, 1 << 16, true, &side,
                         file.report);
    out = static_cast<uint32_t>(side);
}

void read_input(const JsonFile& file, const assay_json* root, assay_workload& out) {
    static const char* const keys[] = {"c", "h", "w", "preprocess", nullptr};
    const assay_json* input = assay_json_get(root, "input");
    if (!input) {
        file.fail("input", "missing");
        return;
    }
    if (!is_object(file, input, "input")) {
        return;
    }
    assay_json_check_keys(input, keys, file.where("input").c_str(), file.report);
    Shape& shape = out.input_shape;
    read_side(file, input, "c", shape.c);
    read_side(file, input, "h", shape.h);
    read_side(file, input, "w", shape.w);
    if (shape.size() > max_elements) {
        file.fail("input", "more than 2^28 elements");
    }
    for (const KnownData& known : known_data) {
        out.data = shape_text(known.shape) == shape_text(shape) ? known.name : out.data;
    }
    const assay_json* preprocess = assay_json_get(input, "preprocess");
    if (preprocess && assay_json_kind_of(preprocess) != ASSAY_JSON_NULL) {
        read_preprocess(file, preprocess, shape.c, out.preprocess);
    } else if (out.data == "kws") {
        out.preprocess = keyword_steps;
    }
}

std::shared_ptr<const Safetensors> read_tensors(JsonFile& file, const assay_json* root,
                                                assay_workload& out) {
    const char* weights = nullptr;
    if (!assay_json_read_string(root, "weights", file.path.c_str(), true, &weights, file.report)) {
        return nullptr;
    }
    out.weights_path = beside(file.path, weights);
    auto tensors = shared_tensors(file, weights);
    if (!tensors) {
        file.fail("weights", text("cannot use %s", assay_quote(weights).text));
    }
    return tensors;
}

void read_nodes(NnNodes& nodes, const JsonFile& file, const assay_json* root) {
    const assay_json* layers = assay_json_get(root, "layers");
    if (!layers || assay_json_kind_of(layers) != ASSAY_JSON_ARRAY || assay_json_size(layers) < 1 ||
        assay_json_size(layers) > max_layers / 2) { // a node becomes two layers at most
        file.fail("layers", text("expected an array of 1 .. %llu layers",
                                 static_cast<unsigned long long>(max_layers / 2)));
        return;
    }
    size_t i = 0;
    for (const assay_json* m = assay_json_first(layers); m; m = assay_json_next(m)) {
        nodes.read(m, text("layers[%zu]", i++));
    }
}

void read_name(const JsonFile& file, const assay_json* root, assay_workload& out) {
    const char* name = nullptr;
    if (assay_json_read_string(root, "name", file.path.c_str(), true, &name, file.report)) {
        out.name = name;
    }
}

// Who reads negative values knows it.
void mark_signed(assay_workload& out) {
    const std::vector<bool> reads = signed_reads(out);
    for (size_t i = 0; i < reads.size(); ++i) {
        out.layers[i].a_signed = reads[i];
    }
}

assay_status load(const char* path, const assay_workload_params& params, assay_workload& out,
                  assay_report* report) {
    assay_json_doc* parsed = nullptr;
    assay_status status = assay_json_load(path, &parsed, report);
    JsonDoc doc(parsed);
    if (status != ASSAY_OK) {
        return status;
    }
    const size_t mistakes = assay_report_count(report);
    const assay_json* root = assay_json_root(doc.get());
    JsonFile file{path, params, report};
    if (!is_object(file, root, "the file")) {
        return ASSAY_BAD_INPUT;
    }
    static const char* const formats[] = {"nn-json-1", nullptr};
    size_t format = 0;
    assay_json_read_choice(root, "format", path, formats, true, &format, report);
    read_name(file, root, out);
    read_input(file, root, out);
    NnNodes nodes(file, read_tensors(file, root, out), out);
    read_nodes(nodes, file, root);
    if (assay_report_count(report) > mistakes) {
        return ASSAY_BAD_INPUT;
    }
    status = out.preprocess.stated() ? make_image_input(params, out.preprocess, out, report)
                                     : make_plain_input(params, InputDraw(), out, report);
    mark_signed(out);
    return status;
}

// The format stands in the first lines of what its writers write.
int probe(const char*, const std::string& head) {
    const size_t first = head.find_first_not_of(" \t\r\n");
    const bool object = first != std::string::npos && head[first] == '{';
    return object && head.find("\"nn-json-1\"") != std::string::npos ? 90 : 0;
}

} // namespace

extern const Importer importer_nn_json;
const Importer importer_nn_json = {
    {"nn-json", "a list of nodes with a safetensors file beside it (\"format\": \"nn-json-1\")"},
    probe,
    load,
};

} // namespace assay
