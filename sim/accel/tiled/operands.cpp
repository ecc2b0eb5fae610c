#include "operands.hpp"

#include <algorithm>
#include <cmath>

#include "given_integers.hpp"
#include "quote.h"
#include "rng.h"
#include "sparse.hpp"

namespace assay::tiled {
namespace {

int32_t clamped(double value, unsigned bits, bool is_signed) {
    const double low = lowest(bits, is_signed), high = highest(bits, is_signed);
    return static_cast<int32_t>(std::min(std::max(std::round(value), low), high));
}

std::vector<int32_t> drawn(uint64_t count, unsigned bits, bool is_signed, uint64_t seed,
                           const char* stream) {
    assay_rng rng = assay_rng_seed(seed, stream);
    const int32_t low = lowest(bits, is_signed);
    const uint64_t range = uint64_t{1} << bits;
    std::vector<int32_t> values(count);
    for (int32_t& value : values) {
        value = low + static_cast<int32_t>(assay_rng_below(&rng, range));
    }
    return values;
}

// The step that gives the greatest magnitude the greatest integer; 1 if all values are 0.
double step_for(double greatest, unsigned bits, bool is_signed) {
    const int32_t high = std::max(highest(bits, is_signed), 1); // a signed bit: -1 for the greatest
    return greatest > 0 ? greatest / high : 1;
}

void repeat_rotated(std::vector<int32_t>& values, uint64_t image, uint64_t batch) {
    values.resize(image * batch);
    for (uint64_t b = 1; b < batch; ++b) {
        for (uint64_t i = 0; i < image; ++i) {
            values[b * image + i] = values[(b - 1) * image + (i + 1) % image];
        }
    }
}

// Biases, those of a bias column among them.
std::vector<float> bias_of(const Layer& layer) {
    std::vector<float> bias = layer.weights.bias;
    if (layer.weights.bias_column && !layer.weights.drawn()) {
        const auto codes = resolve(layer.weights);
        bias.resize(codes->rows, 0);
        for (uint32_t i = codes->col_start[codes->cols - 1]; i < codes->col_start[codes->cols];
             ++i) {
            bias[codes->row[i]] += codes->codebook[codes->code[i]];
        }
    }
    return bias;
}

} // namespace

int32_t lowest(unsigned bits, bool is_signed) {
    return integer_range(bits, is_signed).low;
}

int32_t highest(unsigned bits, bool is_signed) {
    return integer_range(bits, is_signed).high;
}

bool check_given(const Layer& layer, const Nest& nest, assay_report* report) {
    const auto fits = [&](const auto& given, unsigned bits, bool is_signed, const char* what) {
        const std::string misfit = given ? integer_misfit(*given, bits, is_signed) : "";
        if (!misfit.empty()) {
            assay_report_add(report, "layer %s: %s: %s", layer.name.c_str(), what, misfit.c_str());
        }
        return misfit.empty();
    };
    const bool weights = fits(layer.given_weights, nest.w_bits, nest.w_signed, "weights");
    return fits(layer.given_input, nest.a_bits, nest.a_signed, "activations") && weights;
}

IntTensor input_integers(const Layer& layer, const FixedTensor& tensor, const Nest& nest) {
    IntTensor out;
    if (layer.given_input) {
        out.values = layer.given_input->values;
        repeat_rotated(out.values, out.values.size(), nest.batch);
        return out;
    }
    const uint64_t image = tensor.values.size();
    if (image == 0) {
        out.values = drawn(nest.input_elements(), nest.a_bits, nest.a_signed,
                           layer.weights.draw_seed, "inputs");
        return out;
    }
    int greatest = 0;
    for (int16_t v : tensor.values) {
        greatest = std::max(greatest, nest.a_signed ? std::abs(int{v}) : int{v});
    }
    const double step = step_for(greatest, nest.a_bits, nest.a_signed);
    out.scale = std::ldexp(step, -tensor.frac_bits);
    out.values.reserve(nest.input_elements());
    for (int16_t v : tensor.values) {
        out.values.push_back(clamped(v / step, nest.a_bits, nest.a_signed));
    }
    repeat_rotated(out.values, image, nest.input_elements() / image);
    return out;
}

IntTensor weight_integers(const Layer& layer, const Nest& nest) {
    IntTensor out;
    if (layer.given_weights) {
        out.values = layer.given_weights->values;
        return out;
    }
    if (layer.weights.drawn()) {
        out.values = drawn(nest.weight_elements(), nest.w_bits, nest.w_signed,
                           layer.weights.draw_seed, "weights");
        return out;
    }
    const auto codes = resolve(layer.weights);
    double greatest = 0;
    for (float v : codes->codebook) {
        greatest = std::max(greatest, nest.w_signed ? std::fabs(double{v}) : double{v});
    }
    const double step = step_for(greatest, nest.w_bits, nest.w_signed);
    out.scale = step;
    std::vector<int32_t> table;
    for (float v : codes->codebook) {
        table.push_back(clamped(v / step, nest.w_bits, nest.w_signed));
    }
    const uint64_t depth = nest.depth(), columns = depth * nest.groups;
    out.values.assign(nest.weight_elements(), 0);
    for (uint64_t col = 0; col < std::min<uint64_t>(columns, codes->cols); ++col) {
        for (uint32_t i = codes->col_start[col]; i < codes->col_start[col + 1]; ++i) {
            out.values[codes->row[i] * depth + col % depth] = table[codes->code[i]];
        }
    }
    return out;
}

uint64_t count_unexpected(const Layer& layer, const std::vector<uint32_t>& sums,
                          assay_report* report) {
    uint64_t wrong = 0;
    const size_t count = layer.expected ? layer.expected->values.size() : 0;
    for (size_t i = 0; i < count; ++i) {
        const auto sum = static_cast<int32_t>(sums[i]);
        if (sum != layer.expected->values[i] && wrong++ == 0) {
            const std::string place =
                tensor_place({layer.out.c, layer.out.h, layer.out.w}, uint64_t{i});
            assay_report_add(report, "layer %s: the sum at %s is %d, but %s expects %d",
                             layer.name.c_str(), place.c_str(), sum,
                             assay_quote(layer.expected->tensor.c_str()).text,
                             layer.expected->values[i]);
        }
    }
    return wrong;
}

FixedTensor output_tensor(const Layer& layer, const std::vector<uint32_t>& sums, double scale) {
    const uint64_t image = layer.out.size(), pixels = uint64_t{layer.out.h} * layer.out.w;
    std::vector<float> values(image);
    const std::vector<float> bias = bias_of(layer);
    for (uint64_t i = 0; i < image; ++i) {
        double value = static_cast<int32_t>(sums[i]) * scale;
        value += bias.empty() ? 0 : double{bias[i / pixels]};
        value = layer.relu && value < 0 ? 0 : value;
        value = layer.relu_limit > 0 ? std::min(value, layer.relu_limit) : value;
        values[i] = static_cast<float>(value);
    }
    return fixed_from_float(values, layer.out, 16, false);
}

} // namespace assay::tiled
