#include "parameters.hpp"

#include <cmath>

#include "handles.hpp"
#include "parameter_reader.hpp"
#include "quote.h"
#include "safetensors_writer.hpp"

namespace assay {
namespace {

assay_status read_all(const assay_workload& workload, const Safetensors& file,
                      std::vector<Parameters>& out, assay_report* report) {
    ParameterReader reader(file, report);
    bool good = true;
    out.assign(workload.layers.size(), Parameters());
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        good &= reader.read(workload.layers[i], out[i]);
    }
    return good ? ASSAY_OK : ASSAY_BAD_INPUT;
}

// Joined values back into the tensors that they were read from; parts of equal size, the last with
// what is left.
void add_parts(SafetensorsWriter& file, const std::vector<std::string>& names,
               std::vector<uint64_t> shape, const std::vector<float>& values) {
    if (values.empty()) {
        return;
    }
    const uint64_t rows = shape[0], each = rows / names.size(), width = values.size() / rows;
    for (size_t i = 0; i < names.size(); ++i) {
        const bool last = i + 1 == names.size();
        const uint64_t first = i * each, end = last ? rows : first + each;
        shape[0] = end - first;
        file.add(names[i], shape,
                 {values.begin() + static_cast<std::ptrdiff_t>(first * width),
                  values.begin() + static_cast<std::ptrdiff_t>(end * width)});
    }
}

void add_layer(SafetensorsWriter& file, const Layer& layer, const Parameters& p) {
    const std::vector<uint64_t> shape = parameter_shape(layer);
    add_parts(file, weight_names(layer), shape, p.weight);
    add_parts(file, bias_names(layer), {shape[0]}, p.bias);
    if (p.norm.present()) {
        const std::string& prefix = layer.tensors.batch_norm;
        file.add(prefix + ".weight", {p.norm.scale.size()}, p.norm.scale);
        file.add(prefix + ".bias", {p.norm.shift.size()}, p.norm.shift);
        file.add(prefix + ".running_mean", {p.norm.mean.size()}, p.norm.mean);
        file.add(prefix + ".running_var", {p.norm.variance.size()}, p.norm.variance);
    }
}

} // namespace

assay_status load_parameters(const assay_workload& workload, const char* path,
                             std::vector<Parameters>& out, assay_report* report) {
    const std::string name = path ? path : workload.weights_path;
    if (name.empty()) {
        assay_report_add(report,
                         "workload %s names no weights file: \"weights\" of the file, or a "
                         ".safetensors file of your own",
                         assay_quote(workload.name.c_str()).text);
        return ASSAY_BAD_INPUT;
    }
    // Mistakes are counted by their messages, so there must be a report.
    const Report own(report ? nullptr : assay_report_new());
    if (!report && !own) {
        return ASSAY_NO_MEMORY;
    }
    report = report ? report : own.get();
    Safetensors file;
    const assay_status status = file.load(name.c_str(), report);
    return status == ASSAY_OK ? read_all(workload, file, out, report) : status;
}

void fold_batch_norm(Parameters& parameters) {
    Parameters::BatchNorm& norm = parameters.norm;
    if (!norm.present()) {
        return;
    }
    const size_t rows = norm.mean.size(), width = parameters.weight.size() / rows;
    parameters.bias.resize(rows, 0);
    for (size_t row = 0; row < rows; ++row) {
        const double deviation = std::sqrt(double{norm.variance[row]} + norm.epsilon);
        const double factor = norm.scale[row] / deviation;
        for (size_t i = row * width; i < (row + 1) * width; ++i) {
            parameters.weight[i] = static_cast<float>(parameters.weight[i] * factor);
        }
        const double centred = double{parameters.bias[row]} - norm.mean[row];
        parameters.bias[row] = static_cast<float>(centred * factor + norm.shift[row]);
    }
    norm = Parameters::BatchNorm();
    parameters.integers = Parameters::Integers(); // they were of the weights before
}

assay_status save_parameters(const assay_workload& workload,
                             const std::vector<Parameters>& parameters, const char* path,
                             assay_report* report) {
    SafetensorsWriter file;
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        add_layer(file, workload.layers[i], parameters[i]);
    }
    return file.write(path, report);
}

} // namespace assay
