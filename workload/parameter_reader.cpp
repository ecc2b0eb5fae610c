#include "parameter_reader.hpp"

#include <algorithm>
#include <cmath>

#include "content_hash.hpp"
#include "graph.hpp"
#include "json_weights.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

using Shape64 = std::vector<uint64_t>;

const char* const norm_parts[] = {".weight", ".bias", ".running_mean", ".running_var"};

bool has_parameters(const Layer& layer) {
    return layer.op == Op::fc || layer.op == Op::conv || layer.op == Op::layer_norm ||
           layer.op == Op::batch_norm;
}

bool is_integer(const Tensor& tensor) {
    const std::string& type = tensor.dtype;
    return type == "I8" || type == "U8" || type == "I16" || type == "U16" || type == "I32";
}

// Reading the tensors of one layer, with messages that name both.
class LayerTensors {
  public:
    LayerTensors(const Safetensors& file, const Layer& layer, assay_report* report)
        : file_(file), layer_(layer), report_(report), mistakes_(assay_report_count(report)) {}

    bool sound() const { return assay_report_count(report_) == mistakes_; }

    bool fail(const std::string& name, const std::string& message) const {
        assay_report_add(report_, "%s: layer %s: tensor %s %s", file_.name().c_str(),
                         assay_quote(layer_.name.c_str()).text, assay_quote(name.c_str()).text,
                         message.c_str());
        return false;
    }

    const Tensor* find(const std::string& name) const {
        const auto found = file_.tensors().find(name);
        return found == file_.tensors().end() ? nullptr : &found->second;
    }

    // All parts, one below the other, must make a tensor of `shape`. Without `required` none of
    // them need be there.
    std::vector<const Tensor*> parts(const std::vector<std::string>& names, const Shape64& shape,
                                     bool required) const {
        std::vector<const Tensor*> found;
        uint64_t first = 0;
        bool good = true;
        for (const std::string& name : names) {
            const Tensor* tensor = find(name);
            if (!tensor) {
                good = !required || fail(name, "is missing");
                continue;
            }
            const bool one = names.size() == 1;
            good &= check_shape(name, *tensor, shape, one);
            first += tensor->shape.empty() ? 0 : tensor->shape[0];
            found.push_back(tensor);
        }
        if (good && found.size() > 1 && first != shape[0]) {
            fail(names[0], text("and those below it have %llu rows, the layer needs %llu",
                                static_cast<unsigned long long>(first),
                                static_cast<unsigned long long>(shape[0])));
        }
        return sound() && found.size() == names.size() ? found : std::vector<const Tensor*>();
    }

    // Finite real values; appended.
    bool append(const std::string& name, const Tensor& tensor, std::vector<float>& out) const {
        const std::vector<float> values = file_.reals(tensor);
        if (values.size() != tensor.count()) {
            return fail(name,
                        text("is of type %s, which holds no real numbers", tensor.dtype.c_str()));
        }
        for (size_t i = 0; i < values.size(); ++i) {
            if (!std::isfinite(values[i])) {
                return fail(name, text("holds a value that is not finite, at element %zu", i));
            }
        }
        out.insert(out.end(), values.begin(), values.end());
        return true;
    }

    // A tensor that must be there, with `count` elements.
    bool read(const std::string& name, uint64_t count, std::vector<float>& out) const {
        const Tensor* tensor = find(name);
        if (!tensor) {
            return fail(name, "is missing");
        }
        return check_shape(name, *tensor, {count}, true) && append(name, *tensor, out);
    }

    // The scales of integers, one or `count`; empty if the file has none.
    bool read_scales(const std::string& name, uint64_t count, std::vector<float>& out) const {
        const Tensor* tensor = find(name);
        if (!tensor) {
            return true;
        }
        if (tensor->count() != 1 && tensor->count() != count) {
            return fail(name, text("has %llu elements, expected 1 or %llu",
                                   static_cast<unsigned long long>(tensor->count()),
                                   static_cast<unsigned long long>(count)));
        }
        return append(name, *tensor, out) &&
               (std::all_of(out.begin(), out.end(), [](float v) { return v > 0; }) ||
                fail(name, "holds a scale that is not greater than 0"));
    }

    bool read_integers(const std::string& name, const Tensor& tensor,
                       std::vector<int32_t>& out) const {
        return file_.integers(tensor, out) ||
               fail(name, text("is of type %s, expected whole numbers", tensor.dtype.c_str()));
    }

  private:
    bool check_shape(const std::string& name, const Tensor& tensor, const Shape64& shape,
                     bool whole) const {
        bool same = tensor.shape.size() == shape.size();
        for (size_t i = whole ? 0 : 1; same && i < shape.size(); ++i) {
            same = tensor.shape[i] == shape[i];
        }
        return same || fail(name, text("has the shape %s, the layer needs %s%s",
                                       shape_list(tensor.shape).c_str(), whole ? "" : "parts of ",
                                       shape_list(shape).c_str()));
    }

    const Safetensors& file_;
    const Layer& layer_;
    assay_report* report_;
    size_t mistakes_;
};

// One of `count` scales or the only one.
template <typename T>
T pick(const std::vector<T>& values, size_t i) {
    return values[values.size() == 1 ? 0 : i];
}

// TensorFlow Lite's scheme: tensors <name>_scale and <name>_zp belong to the integers <name>.
bool read_weight_integers(const LayerTensors& tensors, const std::string& name,
                          const Tensor& tensor, Parameters& out) {
    Parameters::Integers& q = out.integers;
    const uint64_t rows = tensor.shape[0];
    if (!tensors.read_scales(name + "_scale", rows, q.weight_scale) || q.weight_scale.empty()) {
        return false;
    }
    const Tensor* zero = tensors.find(name + "_zp");
    q.weight_zero.assign(q.weight_scale.size(), 0);
    if (zero && (!tensors.read_integers(name + "_zp", *zero, q.weight_zero) ||
                 (q.weight_zero.size() != q.weight_scale.size() &&
                  !tensors.fail(name + "_zp", "must have as many elements as the scales")))) {
        return false;
    }
    if (!tensors.read_integers(name, tensor, q.weight)) {
        return false;
    }
    const size_t each = q.weight.size() / rows;
    for (size_t i = 0; i < q.weight.size(); ++i) {
        const double steps = static_cast<double>(q.weight[i]) - pick(q.weight_zero, i / each);
        out.weight.push_back(static_cast<float>(steps * pick(q.weight_scale, i / each)));
    }
    return true;
}

void read_bias_integers(const LayerTensors& tensors, const std::string& name, const Tensor& tensor,
                        Parameters& out) {
    std::vector<float> scale;
    if (!tensors.read_scales(name + "_scale", tensor.count(), scale) ||
        !tensors.read_integers(name, tensor, out.integers.bias)) {
        return;
    }
    for (size_t i = 0; i < out.integers.bias.size(); ++i) {
        const double step = scale.empty() ? 1 : pick(scale, i);
        out.bias.push_back(static_cast<float>(out.integers.bias[i] * step));
    }
}

void read_weight(const LayerTensors& tensors, const Layer& layer, bool required, Parameters& out) {
    const std::vector<std::string> names = weight_names(layer);
    const auto parts = tensors.parts(names, parameter_shape(layer), required);
    const bool scaled = parts.size() == 1 && is_integer(*parts[0]) && parts[0]->count() > 0 &&
                        tensors.find(names[0] + "_scale");
    if (scaled) {
        read_weight_integers(tensors, names[0], *parts[0], out);
        return;
    }
    for (size_t i = 0; i < parts.size(); ++i) {
        tensors.append(names[i], *parts[i], out.weight);
    }
}

void read_bias(const LayerTensors& tensors, const Layer& layer, Parameters& out) {
    const std::vector<std::string> names = bias_names(layer);
    const auto parts =
        tensors.parts(names, {parameter_shape(layer)[0]}, !layer.tensors.bias.empty());
    if (parts.size() == 1 && out.integers.present() && is_integer(*parts[0])) {
        read_bias_integers(tensors, names[0], *parts[0], out);
        return;
    }
    for (size_t i = 0; i < parts.size(); ++i) {
        tensors.append(names[i], *parts[i], out.bias);
    }
}

void read_norm(const LayerTensors& tensors, const std::string& prefix, uint64_t channels,
               double epsilon, Parameters::BatchNorm& out) {
    out.epsilon = epsilon;
    const auto part = [&](size_t i) { return prefix + norm_parts[i]; };
    const bool any = std::any_of(norm_parts, norm_parts + 4, [&](const char* name) {
        return tensors.find(prefix + name) != nullptr;
    });
    if (!any) {
        return; // folded already
    }
    out.scale.clear();
    if (!tensors.find(part(0))) {
        out.scale.assign(channels, 1);
    } else {
        tensors.read(part(0), channels, out.scale);
    }
    if (!tensors.find(part(1))) {
        out.shift.assign(channels, 0);
    } else {
        tensors.read(part(1), channels, out.shift);
    }
    tensors.read(part(2), channels, out.mean);
    if (tensors.read(part(3), channels, out.variance) &&
        std::any_of(out.variance.begin(), out.variance.end(), [](float v) { return v < 0; })) {
        tensors.fail(part(3), "holds a variance below 0");
    }
}

// A batch normalisation that is a layer of its own has one scale and one shift a channel.
void fold_own_statistics(const LayerTensors& tensors, const Layer& layer, Parameters& out) {
    const std::string prefix = norm_prefix(layer);
    if (!tensors.find(prefix + ".running_mean") && !tensors.find(prefix + ".running_var")) {
        return;
    }
    Parameters::BatchNorm norm;
    read_norm(tensors, prefix, layer.in.c, layer.tensors.epsilon, norm);
    if (!tensors.sound()) {
        return;
    }
    out.weight.resize(layer.in.c, 1);
    out.bias.resize(layer.in.c, 0);
    for (size_t c = 0; c < layer.in.c; ++c) {
        const double factor = 1 / std::sqrt(double{norm.variance[c]} + norm.epsilon);
        const double shift = out.bias[c] - norm.mean[c] * factor * out.weight[c];
        out.weight[c] = static_cast<float>(out.weight[c] * factor);
        out.bias[c] = static_cast<float>(shift);
    }
}

bool all_finite(const std::vector<float>& values) {
    return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

// Finite values can have a scaled or folded value that is not.
bool folds_finitely(const Parameters& p) {
    if (!p.norm.present()) {
        return all_finite(p.weight) && all_finite(p.bias);
    }
    Parameters folded = p;
    fold_batch_norm(folded);
    return all_finite(folded.weight) && all_finite(folded.bias);
}

void check_range(const LayerTensors& tensors, const Layer& layer, const Parameters& p) {
    if (tensors.sound() && !folds_finitely(p)) {
        tensors.fail(weight_names(layer)[0],
                     "and what scales or shifts it give values beyond those of 32 bits");
    }
}

} // namespace

std::vector<std::string> weight_names(const Layer& layer) {
    return layer.tensors.weight.empty() ? std::vector<std::string>{layer.name + ".weight"}
                                        : layer.tensors.weight;
}

std::vector<std::string> bias_names(const Layer& layer) {
    return layer.tensors.bias.empty() ? std::vector<std::string>{layer.name + ".bias"}
                                      : layer.tensors.bias;
}

std::string norm_prefix(const Layer& layer) {
    return layer.op == Op::batch_norm && layer.tensors.batch_norm.empty()
               ? layer.name
               : layer.tensors.batch_norm;
}

std::vector<uint64_t> parameter_shape(const Layer& layer) {
    if (!is_matrix(layer.op)) {
        return {layer.in.c};
    }
    if (layer.op == Op::fc) {
        return {layer.out.c, layer.in.size()};
    }
    return weight_tensor_shape(layer);
}

bool ParameterReader::read(const Layer& layer, Parameters& out) {
    out = Parameters();
    if (!has_parameters(layer)) {
        return true;
    }
    const LayerTensors tensors(file_, layer, report_);
    read_weight(tensors, layer, is_matrix(layer.op) || !layer.tensors.weight.empty(), out);
    read_bias(tensors, layer, out);
    if (layer.op == Op::batch_norm) {
        fold_own_statistics(tensors, layer, out);
    } else if (!layer.tensors.batch_norm.empty()) {
        read_norm(tensors, layer.tensors.batch_norm, layer.out.c, layer.tensors.epsilon, out.norm);
    }
    check_range(tensors, layer, out);
    return tensors.sound();
}

std::string parameter_hash(const Safetensors& file, const Layer& layer) {
    std::vector<std::string> names = weight_names(layer);
    for (const std::string& name : weight_names(layer)) {
        names.push_back(name + "_scale");
        names.push_back(name + "_zp");
    }
    for (const std::string& name : bias_names(layer)) {
        names.push_back(name);
        names.push_back(name + "_scale");
    }
    for (const char* part : norm_parts) {
        names.push_back(norm_prefix(layer).empty() ? "" : norm_prefix(layer) + part);
    }
    ContentHash hash;
    hash.uint("groups", layer.groups);
    hash.real("epsilon", layer.tensors.epsilon);
    for (const std::string& name : names) {
        const auto found = file.tensors().find(name);
        hash.uint("there", found != file.tensors().end());
        if (found != file.tensors().end()) {
            const Tensor& tensor = found->second;
            hash.string("dtype", tensor.dtype);
            hash.values("shape", tensor.shape);
            hash.string("bytes", {reinterpret_cast<const char*>(file.bytes(tensor)),
                                  static_cast<size_t>(tensor.end - tensor.begin)});
        }
    }
    return hash.text();
}

} // namespace assay
