#include "json_weights.hpp"

#include <cmath>
#include <cstring>

#include "graph.hpp"
#include "json_integers.hpp"
#include "quote.h"
#include "share_matrix.hpp"
#include "sparse.hpp"
#include "statistical.hpp"
#include "text.hpp"

namespace assay {
namespace {

enum class Kind {
    statistical,
    dense,
    safetensors,
    drawn,
    integers
};
const char* const weight_kinds[] = {"statistical", "dense",    "safetensors",
                                    "drawn",       "integers", nullptr};
enum class ActivationKind {
    statistical,
    dense,
    integers
};
const char* const activation_kinds[] = {"statistical", "dense", "integers", nullptr};

uint32_t row_size(const Layer& layer) {
    return matrix_cols(layer) / layer.groups + (layer.weights.bias_column ? 1 : 0);
}

unsigned read_codebook_bits(const JsonFile& file, const assay_json* object,
                            const std::string& place) {
    uint64_t bits = 4;
    assay_json_read_uint(object, "codebook_bits", file.where(place).c_str(), 1, 8, false, &bits,
                         file.report);
    return static_cast<unsigned>(bits);
}

void read_statistical(const JsonFile& file, const assay_json* object, const std::string& place,
                      bool shapes_known, Layer& layer) {
    static const char* const keys[] = {"kind",       "density",       "seed", "codebook_bits",
                                       "row_spread", "column_spread", nullptr};
    std::string where = file.where(place);
    assay_json_check_keys(object, keys, where.c_str(), file.report);
    StatisticalMatrix spec;
    spec.stream = layer.name;
    spec.density = read_density(file, object, place, true);
    spec.seed = read_seed(file, object, place);
    spec.codebook_bits = read_codebook_bits(file, object, place);
    assay_json_read_real(object, "row_spread", where.c_str(), 0, 2, false, &spec.row_spread,
                         file.report);
    assay_json_read_real(object, "column_spread", where.c_str(), 0, 2, false, &spec.column_spread,
                         file.report);
    if (shapes_known) {
        spec.rows = matrix_rows(layer);
        spec.cols = matrix_cols(layer);
        spec.groups = layer.groups;
        spec.bias_column = layer.weights.bias_column;
        layer.weights = statistical_weights(spec);
    }
}

// Clusters dense row-major values and stores them in matrix form.
void share_dense(const std::vector<float>& values, unsigned bits, const std::string& label,
                 Layer& layer) {
    const bool bias_column = layer.weights.bias_column;
    layer.weights = stored_weights(share_matrix(values, bits, layer), label);
    layer.weights.bias_column = bias_column;
}

void read_dense(const JsonFile& file, const assay_json* object, const std::string& place,
                bool shapes_known, Layer& layer) {
    static const char* const keys[] = {"kind", "values", "codebook_bits", nullptr};
    assay_json_check_keys(object, keys, file.where(place).c_str(), file.report);
    unsigned bits = read_codebook_bits(file, object, place);
    const assay_json* rows = assay_json_get(object, "values");
    if (!shapes_known) {
        return;
    }
    if (!rows || assay_json_kind_of(rows) != ASSAY_JSON_ARRAY ||
        assay_json_size(rows) != matrix_rows(layer)) {
        file.fail(place + ".values", text("expected an array of %u rows", matrix_rows(layer)));
        return;
    }
    std::vector<float> values;
    size_t i = 0;
    bool good = true;
    for (const assay_json* row = assay_json_first(rows); row; row = assay_json_next(row)) {
        good &= read_floats(file, row, text("%s.values[%zu]", place.c_str(), i++), row_size(layer),
                            values);
    }
    if (good) {
        share_dense(values, bits, file.path + ": " + layer.name, layer);
    }
}

void read_safetensors(JsonFile& file, const assay_json* object, const std::string& place,
                      bool shapes_known, Layer& layer) {
    static const char* const keys[] = {"kind", "path", "tensor", "codebook_bits", nullptr};
    std::string where = file.where(place);
    assay_json_check_keys(object, keys, where.c_str(), file.report);
    unsigned bits = read_codebook_bits(file, object, place);
    const char *path = nullptr, *name = nullptr;
    bool named = assay_json_read_string(object, "path", where.c_str(), true, &path, file.report);
    named &= assay_json_read_string(object, "tensor", where.c_str(), true, &name, file.report);
    const Safetensors* tensors = named ? open_tensors(file, path) : nullptr;
    if (named && !tensors) {
        file.fail(place + ".path", text("cannot use %s", assay_quote(path).text));
    }
    if (!shapes_known) {
        return;
    }
    std::vector<uint64_t> shape = weight_tensor_shape(layer);
    const Tensor* tensor =
        tensors ? tensors->require(name, "F32", shape.size(), file.report) : nullptr;
    if (!tensor) {
        if (tensors) {
            file.fail(place + ".tensor", text("cannot use %s", assay_quote(name).text));
        }
        return;
    }
    if (tensor->shape != shape) {
        file.fail(place + ".tensor",
                  text("%s has the shape %s, the layer needs %s", assay_quote(name).text,
                       shape_list(tensor->shape).c_str(), shape_list(shape).c_str()));
        return;
    }
    std::vector<float> values = tensors->floats(*tensor);
    for (float v : values) {
        if (!std::isfinite(v)) {
            file.fail(place + ".tensor",
                      text("%s holds a value that is not finite", assay_quote(name).text));
            return;
        }
    }
    share_dense(values, bits, tensors->name() + ": " + name, layer);
}

void read_drawn(const JsonFile& file, const assay_json* object, const std::string& place,
                bool shapes_known, Layer& layer) {
    static const char* const keys[] = {"kind", "seed", nullptr};
    assay_json_check_keys(object, keys, file.where(place).c_str(), file.report);
    const uint64_t seed = read_seed(file, object, place);
    if (shapes_known) {
        draw_weights(layer, seed);
    }
}

void read_bias(const JsonFile& file, const assay_json* object, const std::string& place,
               bool shapes_known, std::vector<float>& bias, Layer& layer) {
    const assay_json* value = assay_json_get(object, "bias");
    if (value && layer.weights.bias_column) {
        file.fail(place + ".bias", "a layer has either \"bias\" or a \"bias_column\"");
    } else if (value && shapes_known) {
        read_floats(file, value, place + ".bias", matrix_rows(layer), bias);
    }
}

} // namespace

std::string beside(const std::string& path, const std::string& name) {
    size_t slash = path.rfind('/');
    return name[0] == '/' || slash == std::string::npos ? name : path.substr(0, slash + 1) + name;
}

std::shared_ptr<const Safetensors> shared_tensors(JsonFile& file, const std::string& name) {
    const std::string path = beside(file.path, name);
    auto [found, is_new] = file.tensor_files.emplace(path, nullptr);
    if (is_new) {
        auto tensors = std::make_shared<Safetensors>();
        if (tensors->load(path.c_str(), file.report) == ASSAY_OK) {
            found->second = tensors;
        }
    }
    return found->second;
}

const Safetensors* open_tensors(JsonFile& file, const std::string& name) {
    return shared_tensors(file, name).get();
}

std::vector<uint64_t> weight_tensor_shape(const Layer& layer) {
    if (layer.op == Op::fc || layer.linear_rows) {
        return {matrix_rows(layer), row_size(layer)};
    }
    return {layer.out.c, layer.in.c / layer.groups, layer.kernel_h, layer.kernel_w};
}

std::string shape_list(const std::vector<uint64_t>& shape) {
    std::string out = "[";
    for (size_t i = 0; i < shape.size(); ++i) {
        out += (i ? ", " : "") + std::to_string(shape[i]);
    }
    return out + "]";
}

bool weights_have_values(const assay_json* layer) {
    const assay_json* weights = assay_json_get(layer, "weights");
    const assay_json* kind = weights ? assay_json_get(weights, "kind") : nullptr;
    return kind && strcmp(assay_json_string(kind), "drawn") != 0;
}

void read_weights(JsonFile& file, const assay_json* object, const std::string& place,
                  bool shapes_known, Layer& layer) {
    std::string where = file.where(place);
    if (layer.op == Op::fc) {
        assay_json_read_bool(object, "bias_column", where.c_str(), false,
                             &layer.weights.bias_column, file.report);
    }
    std::vector<float> bias;
    read_bias(file, object, place, shapes_known, bias, layer);
    const assay_json* weights = assay_json_get(object, "weights");
    std::string inner = place + ".weights";
    size_t kind = 0;
    if (weights && is_object(file, weights, inner) &&
        assay_json_read_choice(weights, "kind", file.where(inner).c_str(), weight_kinds, true,
                               &kind, file.report)) {
        switch (static_cast<Kind>(kind)) {
        case Kind::statistical:
            read_statistical(file, weights, inner, shapes_known, layer);
            break;
        case Kind::dense:
            read_dense(file, weights, inner, shapes_known, layer);
            break;
        case Kind::safetensors:
            read_safetensors(file, weights, inner, shapes_known, layer);
            break;
        case Kind::drawn:
            read_drawn(file, weights, inner, shapes_known, layer);
            break;
        case Kind::integers:
            read_integer_weights(file, weights, inner, shapes_known, layer);
            break;
        }
    }
    layer.weights.bias = std::move(bias);
}

void read_activations(JsonFile& file, const assay_json* value, const std::string& place,
                      bool shapes_known, Layer& layer) {
    static const char* const drawn_keys[] = {"kind", "density", "seed", "signed", nullptr};
    static const char* const dense_keys[] = {"kind", "values", nullptr};
    std::string where = file.where(place);
    size_t kind = 0;
    if (!is_object(file, value, place) ||
        !assay_json_read_choice(value, "kind", where.c_str(), activation_kinds, true, &kind,
                                file.report)) {
        return;
    }
    if (static_cast<ActivationKind>(kind) == ActivationKind::integers) {
        read_integer_activations(file, value, place, shapes_known, layer);
        return;
    }
    bool drawn = static_cast<ActivationKind>(kind) == ActivationKind::statistical;
    assay_json_check_keys(value, drawn ? drawn_keys : dense_keys, where.c_str(), file.report);
    std::vector<float> values;
    uint64_t count = shapes_known ? layer.in.size() : 0;
    if (drawn) {
        InputDraw draw;
        assay_json_read_bool(value, "signed", where.c_str(), false, &draw.is_signed, file.report);
        draw.density = read_density(file, value, place, true);
        draw.seed = read_seed(file, value, place);
        values = draw_activations(count, draw.density, draw.is_signed, draw.seed, layer.name);
        layer.own_input_draw = std::make_shared<const InputDraw>(draw);
    } else if (shapes_known) {
        read_floats(file, assay_json_get(value, "values"), place + ".values", count, values);
    }
    layer.own_input = std::make_shared<const std::vector<float>>(std::move(values));
}

} // namespace assay
