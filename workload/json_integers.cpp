#include "json_integers.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "given_integers.hpp"
#include "graph.hpp"
#include "json_weights.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

constexpr unsigned max_width = 16; // of an operand, docs/formats.md

// False, and nothing, if the tensor is not of an integer type.
bool read_elements(const Safetensors& tensors, const Tensor& tensor, std::vector<int64_t>& out) {
    std::vector<int32_t> narrow;
    if (tensor.dtype == "I64") {
        out.resize(tensor.count());
        memcpy(out.data(), tensors.bytes(tensor), out.size() * sizeof out[0]);
        return true;
    }
    if (!tensors.integers(tensor, narrow)) {
        return false;
    }
    out.assign(narrow.begin(), narrow.end());
    return true;
}

using Shapes = std::vector<std::vector<uint64_t>>;

// One reference to a tensor of integers: {"path", "tensor"}.
class TensorReader {
  public:
    TensorReader(JsonFile& file, const assay_json* object, const std::string& place)
        : file_(file), object_(object), place_(place) {}

    // Null, with messages, unless the tensor has one of the shapes and its values fit 32 bits. No
    // shapes: whatever can be said without.
    std::shared_ptr<const GivenIntegers> read(const Shapes& shapes) {
        const Safetensors* tensors = open();
        if (!tensors || shapes.empty()) {
            return nullptr;
        }
        const auto found = tensors->tensors().find(name_);
        if (found == tensors->tensors().end()) {
            return fail(text("%s has no tensor %s", assay_quote(path_).text, quoted().c_str()));
        }
        const Tensor& tensor = found->second;
        if (std::find(shapes.begin(), shapes.end(), tensor.shape) == shapes.end()) {
            return fail(text("%s has the shape %s, the layer needs %s", quoted().c_str(),
                             shape_list(tensor.shape).c_str(), shape_list(shapes[0]).c_str()));
        }
        return take(*tensors, tensor);
    }

  private:
    std::shared_ptr<const GivenIntegers> fail(const std::string& message) const {
        file_.fail(place_ + ".tensor", message);
        return nullptr;
    }
    std::string quoted() const { return assay_quote(name_).text; }

    const Safetensors* open() {
        const std::string where = file_.where(place_);
        bool named =
            assay_json_read_string(object_, "path", where.c_str(), true, &path_, file_.report);
        named &=
            assay_json_read_string(object_, "tensor", where.c_str(), true, &name_, file_.report);
        const Safetensors* tensors = named ? open_tensors(file_, path_) : nullptr;
        if (named && !tensors) {
            file_.fail(place_ + ".path", text("cannot use %s", assay_quote(path_).text));
        }
        return tensors;
    }

    std::shared_ptr<const GivenIntegers> take(const Safetensors& tensors,
                                              const Tensor& tensor) const {
        using Limits = std::numeric_limits<int32_t>;
        GivenIntegers out{path_, name_, tensor.shape, {}};
        std::vector<int64_t> values;
        if (!read_elements(tensors, tensor, values)) {
            return fail(text("%s is of type %s, expected I8, U8, I16, U16, I32 or I64",
                             quoted().c_str(), tensor.dtype.c_str()));
        }
        for (size_t i = 0; i < values.size(); ++i) {
            if (values[i] < Limits::min() || values[i] > Limits::max()) {
                return fail(text("%s holds %lld at %s, but sums have 32 bits", quoted().c_str(),
                                 static_cast<long long>(values[i]),
                                 tensor_place(tensor.shape, i).c_str()));
            }
            out.values.push_back(static_cast<int32_t>(values[i]));
        }
        return std::make_shared<const GivenIntegers>(std::move(out));
    }

    JsonFile& file_;
    const assay_json* object_;
    std::string place_;
    const char *path_ = nullptr, *name_ = nullptr;
};

// [c, h, w]; what has no height and width may be a vector.
Shapes tensor_shapes(const Shape& shape, bool is_vector) {
    Shapes shapes{{shape.c, shape.h, shape.w}};
    if (is_vector || (shape.h == 1 && shape.w == 1)) {
        shapes.insert(shapes.begin(), {shape.size()});
    }
    return shapes;
}

void check_keys(const JsonFile& file, const assay_json* object, const std::string& place) {
    static const char* const keys[] = {"kind", "path", "tensor", nullptr};
    assay_json_check_keys(object, keys, file.where(place).c_str(), file.report);
}

// Of a width that the layer states, else of the widest.
bool check_width(const JsonFile& file, const GivenIntegers& given, unsigned bits, bool is_signed,
                 const std::string& place) {
    const std::string misfit = integer_misfit(given, bits > 0 ? bits : max_width, is_signed);
    if (!misfit.empty()) {
        file.fail(place + ".tensor", misfit);
    }
    return misfit.empty();
}

} // namespace

void read_integer_weights(JsonFile& file, const assay_json* object, const std::string& place,
                          bool shapes_known, Layer& layer) {
    check_keys(file, object, place);
    if (layer.weights.bias_column) {
        file.fail(place, "integers have no bias column: the layer may have a \"bias\"");
    }
    const Shapes shapes = shapes_known ? Shapes{weight_tensor_shape(layer)} : Shapes();
    const auto given = TensorReader(file, object, place).read(shapes);
    if (given && !layer.weights.bias_column &&
        check_width(file, *given, layer.w_bits, layer.w_signed, place)) {
        give_weights(layer, given);
    }
}

void read_integer_activations(JsonFile& file, const assay_json* object, const std::string& place,
                              bool shapes_known, Layer& layer) {
    check_keys(file, object, place);
    const Shapes shapes = shapes_known ? tensor_shapes(layer.in, layer.op == Op::fc) : Shapes();
    const auto given = TensorReader(file, object, place).read(shapes);
    if (given && check_width(file, *given, layer.a_bits, layer.a_signed, place)) {
        layer.own_input =
            std::make_shared<const std::vector<float>>(given->values.begin(), given->values.end());
        layer.given_input = given;
    }
}

void read_expected(JsonFile& file, const assay_json* object, const std::string& place,
                   bool shapes_known, Layer& layer) {
    static const char* const keys[] = {"path", "tensor", nullptr};
    const assay_json* expected = assay_json_get(object, "expected");
    const std::string inner = place + ".expected";
    if (!expected || !is_object(file, expected, inner)) {
        return;
    }
    assay_json_check_keys(expected, keys, file.where(inner).c_str(), file.report);
    const Shapes shapes = shapes_known ? tensor_shapes(layer.out, false) : Shapes();
    layer.expected = TensorReader(file, expected, inner).read(shapes);
    if (layer.expected && (!layer.given_weights || !layer.given_input)) {
        file.fail(inner, "needs weights and activations of the kind \"integers\"");
    }
}

} // namespace assay
