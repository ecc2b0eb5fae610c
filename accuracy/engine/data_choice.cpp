// Which data belong to a network.
#include "network.hpp"
#include "quote.h"

namespace assay {
namespace {

bool fits(const Reader& reader, const Shape& input) {
    return reader.channels == input.c && reader.height == input.h && reader.width == input.w;
}

// The only one of the shape of the input; null if there is none or more than one.
const Reader* only_of_shape(const Shape& input) {
    const Reader* found = nullptr;
    for (size_t i = 0; i < reader_count; ++i) {
        if (fits(*readers[i], input)) {
            if (found != nullptr) {
                return nullptr;
            }
            found = readers[i];
        }
    }
    return found;
}

std::string reader_names() {
    std::string out;
    for (size_t i = 0; i < reader_count; ++i) {
        out += (i == 0 ? "" : ", ") + std::string(readers[i]->name);
    }
    return out;
}

std::string choose(const assay_accuracy_settings& settings, const assay_workload& workload,
                   assay_report* report) {
    if (settings.dataset != nullptr) {
        return settings.dataset;
    }
    if (!workload.data.empty()) {
        return workload.data;
    }
    const Reader* found = only_of_shape(workload.input_shape);
    if (found != nullptr) {
        return found->name;
    }
    assay_report_add(report,
                     "network %s names no data (\"data\") and its input of %ux%ux%u does not say "
                     "which: legal: %s",
                     assay_quote(workload.name.c_str()).text, workload.input_shape.c,
                     workload.input_shape.h, workload.input_shape.w, reader_names().c_str());
    return "";
}

assay_status check_shape(const Dataset& data, const assay_workload& workload,
                         assay_report* report) {
    const Images& images = data.test;
    if (images.values() == workload.input_shape.size()) {
        return ASSAY_OK;
    }
    assay_report_add(report, "network %s reads %ux%ux%u values, the images of %s are %ux%ux%u",
                     assay_quote(workload.name.c_str()).text, workload.input_shape.c,
                     workload.input_shape.h, workload.input_shape.w, data.name.c_str(),
                     images.channels, images.height, images.width);
    return ASSAY_BAD_INPUT;
}

} // namespace

assay_status load_data(const assay_accuracy_settings& settings, const assay_workload& workload,
                       std::shared_ptr<Dataset>& out, assay_report* report) {
    const std::string name = choose(settings, workload, report);
    if (name.empty()) {
        return ASSAY_BAD_INPUT;
    }
    if (find_reader(name) == nullptr) {
        assay_report_add(report, "unknown dataset %s, legal: %s", assay_quote(name.c_str()).text,
                         reader_names().c_str());
        return ASSAY_BAD_INPUT;
    }
    auto data = std::make_shared<Dataset>();
    // Data have one seed of their own: the same images for every seed of an experiment.
    constexpr uint64_t data_seed = 1;
    assay_status status = load_dataset(name, settings.data, data_seed, *data, report);
    status = status == ASSAY_OK ? check_shape(*data, workload, report) : status;
    out = data;
    return status;
}

} // namespace assay
