#include "integer_net.hpp"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>

#include "contract.h"

namespace assay {
namespace {

struct Limits {
    int32_t low, high;
};

Limits storage_limits(bool is_signed) {
    return is_signed ? Limits{-128, 127} : Limits{0, 255};
}

const OutputInteger& format_of(const assay_workload& workload, const OutputInteger& input,
                               int layer) {
    return layer < 0 ? input : workload.layers[static_cast<size_t>(layer)].integer;
}

void set_limits(const Layer& layer, IntegerLayer& out) {
    Limits limits = storage_limits(layer.integer.is_signed);
    out.zero = layer.integer.zero;
    out.low = limits.low;
    out.high = limits.high;
    if (layer.relu || layer.op == Op::relu) {
        out.low = std::max(out.low, out.zero);
    }
    if (layer.relu && layer.relu_limit > 0) {
        double top = out.zero + std::round(layer.relu_limit / layer.integer.scale);
        out.high = static_cast<int32_t>(std::min<double>(out.high, top));
    }
}

// Where the layer's own integers are used: their least and greatest sums must fit 32 bits, so that
// no order of additions overflows.
bool sums_fit(const Parameters::Integers& integers, const IntegerLayer& layer, size_t outputs) {
    const size_t size = layer.weight.size() / outputs;
    for (size_t o = 0; o < outputs; ++o) {
        int64_t magnitude = integers.bias.empty() ? 0 : std::abs(int64_t{integers.bias[o]});
        for (size_t i = 0; i < size; ++i) {
            magnitude += 255 * std::abs(int64_t{layer.weight[o * size + i]});
        }
        if (magnitude > INT32_MAX) {
            return false;
        }
    }
    return true;
}

// Checks and prepares layers; every message names the network and the layer.
class Builder {
  public:
    Builder(const assay_workload& workload, const std::vector<Parameters>& parameters,
            assay_report* report)
        : workload_(workload), parameters_(parameters), report_(report) {}

    bool find_input(float least_input, OutputInteger& input) {
        auto reads_input = [](const Layer& l) {
            return (l.op == Op::conv || l.op == Op::fc) && !l.inputs.empty() && l.inputs[0] < 0;
        };
        auto first = std::find_if(workload_.layers.begin(), workload_.layers.end(), reads_input);
        if (first == workload_.layers.end()) {
            return complain("no conv2d or linear layer reads the input, its scale is unknown");
        }
        size_t index = static_cast<size_t>(first - workload_.layers.begin());
        input.scale = input_scale(parameters_[index]);
        if (!(input.scale > 0)) {
            return complain("layer '%s' has no bias that tells the scale of the input",
                            first->name.c_str());
        }
        input.is_signed = first->integer.is_signed;
        Limits limits = storage_limits(input.is_signed);
        double zero = limits.low - std::round(double{least_input} / input.scale);
        if (!(zero >= limits.low && zero <= limits.high)) {
            return complain("the input's zero point is %g, not in %d .. %d", zero, limits.low,
                            limits.high);
        }
        input.zero = static_cast<int32_t>(zero);
        return true;
    }

    bool layer(size_t index, const OutputInteger& input, IntegerLayer& out) {
        const Layer& layer = workload_.layers[index];
        const char* name = layer.name.c_str();
        if (!has_integer_form(layer.op) || layer.linear_rows) {
            return complain("layer '%s': %s has no integer form here", name, layer_op_name(layer));
        }
        if (!(layer.integer.scale > 0) || layer.inputs.empty() || layer.detached) {
            return complain("layer '%s' is not a layer of integers", name);
        }
        Limits limits = storage_limits(layer.integer.is_signed);
        if (layer.integer.zero < limits.low || layer.integer.zero > limits.high) {
            return complain("layer '%s': zero point %d is not in %d .. %d", name,
                            layer.integer.zero, limits.low, limits.high);
        }
        set_limits(layer, out);
        for (int i : layer.inputs) {
            out.in_zeros.push_back(format_of(workload_, input, i).zero);
        }
        return set_factors(index, input, out);
    }

  private:
    // Always false, so that a check can end with it.
    bool complain(const char* format, ...) ASSAY_PRINTF(2, 3) {
        char text[512];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text, sizeof text, format, arguments);
        va_end(arguments);
        assay_report_add(report_, "%s: %s", workload_.name.c_str(), text);
        return false;
    }

    // Of the largest bias, where the division loses least: real / integer = input * weight scale.
    static float input_scale(const Parameters& p) {
        const Parameters::Integers& integers = p.integers;
        size_t best = 0;
        for (size_t o = 0; o < integers.bias.size(); ++o) {
            best = std::abs(int64_t{integers.bias[o]}) > std::abs(int64_t{integers.bias[best]})
                       ? o
                       : best;
        }
        if (p.bias.size() != integers.bias.size() || integers.bias.empty() ||
            integers.bias[best] == 0 || integers.weight_scale.empty()) {
            return 0;
        }
        size_t scale = integers.weight_scale.size() == 1 ? 0 : best;
        return static_cast<float>(double{p.bias[best]} / integers.bias[best] /
                                  integers.weight_scale[scale]);
    }

    bool set_factors(size_t index, const OutputInteger& input, IntegerLayer& out) {
        const Layer& layer = workload_.layers[index];
        const OutputInteger& from = format_of(workload_, input, layer.inputs[0]);
        if (is_matrix(layer.op)) {
            return matrix_factors(index, from, out);
        }
        out.same_scale = from.scale == layer.integer.scale && from.zero == layer.integer.zero;
        if (layer.op == Op::add) {
            return add_factors(layer, input, out);
        }
        if (layer.op == Op::global_avgpool || layer.op == Op::avgpool) {
            return average_factor(layer, from, out);
        }
        return moved_as_they_are(layer, input);
    }

    bool factor(const Layer& layer, double value, FixedFactor& out) {
        if (!(value >= 0 && value < 0x1p30)) {
            return complain("layer '%s': scales differ by a factor of %g, legal is less than 2^30",
                            layer.name.c_str(), value);
        }
        out = fixed_factor(value);
        return true;
    }

    bool matrix_factors(size_t index, const OutputInteger& from, IntegerLayer& out) {
        const Layer& layer = workload_.layers[index];
        const Parameters::Integers& integers = parameters_[index].integers;
        const size_t outputs = layer.out.c;
        const size_t scales = integers.weight_scale.size(), zeros = integers.weight_zero.size();
        if (integers.weight.size() != layer.params() || (scales != 1 && scales != outputs) ||
            (zeros != 1 && zeros != outputs) ||
            (!integers.bias.empty() && integers.bias.size() != outputs)) {
            return complain("layer '%s' has no integer weights that fit its shape",
                            layer.name.c_str());
        }
        const size_t size = integers.weight.size() / outputs;
        out.factors.resize(outputs);
        for (size_t o = 0; o < outputs; ++o) {
            int64_t zero = integers.weight_zero[zeros == 1 ? 0 : o];
            for (size_t i = o * size; i < (o + 1) * size; ++i) {
                int64_t centred = integers.weight[i] - zero;
                out.weight.push_back(
                    static_cast<int32_t>(std::clamp<int64_t>(centred, INT32_MIN, INT32_MAX)));
            }
            double scale = integers.weight_scale[scales == 1 ? 0 : o];
            if (!factor(layer, double{from.scale} * scale / layer.integer.scale, out.factors[o])) {
                return false;
            }
        }
        out.bias = integers.bias.empty() ? std::vector<int32_t>(outputs, 0) : integers.bias;
        return sums_fit(integers, out, outputs) ||
               complain("layer '%s': its sums may not fit 32 bits", layer.name.c_str());
    }

    bool add_factors(const Layer& layer, const OutputInteger& input, IntegerLayer& out) {
        if (layer.inputs.size() != 2) {
            return complain("layer '%s' adds %zu inputs, legal are 2", layer.name.c_str(),
                            layer.inputs.size());
        }
        double scales[2];
        for (size_t k = 0; k < 2; ++k) {
            scales[k] = format_of(workload_, input, layer.inputs[k]).scale;
        }
        double common = 2 * std::max(scales[0], scales[1]);
        out.factors.resize(2);
        return factor(layer, scales[0] / common, out.factors[0]) &&
               factor(layer, scales[1] / common, out.factors[1]) &&
               factor(layer, common / ((1 << add_shift) * double{layer.integer.scale}),
                      out.sum_factor);
    }

    // A mean whose output has a scale of its own. (Averages over windows keep the scale.)
    bool average_factor(const Layer& layer, const OutputInteger& from, IntegerLayer& out) {
        if (out.same_scale) {
            return true;
        }
        if (layer.op == Op::avgpool) {
            return complain("layer '%s': an average over windows keeps its input's scale and zero "
                            "point",
                            layer.name.c_str());
        }
        double count = static_cast<double>(layer.in.h) * layer.in.w;
        out.factors.resize(1);
        return factor(layer, from.scale / (layer.integer.scale * count), out.factors[0]);
    }

    bool moved_as_they_are(const Layer& layer, const OutputInteger& input) {
        for (int i : layer.inputs) {
            const OutputInteger& from = format_of(workload_, input, i);
            if (from.scale != layer.integer.scale || from.zero != layer.integer.zero) {
                return complain("layer '%s': inputs and output of a %s must have one scale and "
                                "zero point",
                                layer.name.c_str(), layer_op_name(layer));
            }
        }
        return true;
    }

    const assay_workload& workload_;
    const std::vector<Parameters>& parameters_;
    assay_report* report_;
};

} // namespace

assay_status IntegerNet::make(const assay_workload& workload,
                              const std::vector<Parameters>& parameters, float least_input,
                              IntegerNet& out, assay_report* report) {
    ASSAY_REQUIRE(parameters.size() == workload.layers.size());
    Builder builder(workload, parameters, report);
    OutputInteger input;
    bool good = builder.find_input(least_input, input);
    out.layers_.assign(workload.layers.size(), {});
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        good = builder.layer(i, input, out.layers_[i]) && good;
    }
    Limits limits = storage_limits(input.is_signed);
    out.input_ = {input.scale, static_cast<float>(input.zero), limits.low, limits.high};
    out.workload_ = &workload;
    return good ? ASSAY_OK : ASSAY_BAD_INPUT;
}

std::vector<std::vector<int32_t>> IntegerNet::run(const float* input) const {
    ASSAY_REQUIRE(workload_);
    std::vector<int32_t> first(workload_->input_shape.size());
    quantise_all(input_, input, first.data(), first.size());
    std::vector<std::vector<int32_t>> values;
    values.reserve(layers_.size());
    for (size_t i = 0; i < layers_.size(); ++i) {
        const Layer& layer = workload_->layers[i];
        std::vector<const std::vector<int32_t>*> inputs;
        for (int from : layer.inputs) {
            inputs.push_back(from < 0 ? &first : &values[static_cast<size_t>(from)]);
        }
        values.push_back(run_integer_layer(layer, layers_[i], inputs));
    }
    return values;
}

} // namespace assay
