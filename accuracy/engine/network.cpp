#include "network.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "content_hash.hpp"
#include "init.hpp"
#include "loader.hpp"
#include "quote.h"
#include "suggest.h"
#include "text.hpp"

namespace assay {
namespace {

namespace fs = std::filesystem;

bool is_file(const std::string& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

std::string models_folder() {
    const char* data = std::getenv("ASSAY_DATA");
    return data != nullptr ? std::string(data) + "/models" : "";
}

std::vector<std::string> network_folders() {
    std::vector<std::string> out;
    if (const char* named = std::getenv("ASSAY_NETWORKS")) {
        out.push_back(named);
    }
    out.push_back("traces/nets");
    const std::string program = program_folder();
    for (const char* place : {"/traces/nets", "/../traces/nets", "/../share/assay/nets"}) {
        out.push_back(program + place);
    }
    if (!models_folder().empty()) {
        out.push_back(models_folder());
    }
    return out;
}

std::vector<std::string> names_in(const std::string& folder) {
    std::vector<std::string> out;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() == ".json") {
            out.push_back(at->path().stem().string());
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

void report_unknown(const std::string& name, const std::vector<std::string>& folders,
                    assay_report* report) {
    std::string near, looked;
    size_t best = SIZE_MAX;
    for (const std::string& folder : folders) {
        looked += (looked.empty() ? "" : ", ") + folder;
        for (const std::string& candidate : names_in(folder)) {
            if (assay_is_nearer(name.c_str(), candidate.c_str(), &best)) {
                near = candidate;
            }
        }
    }
    const std::string hint =
        near.empty() ? "" : std::string(", did you mean ") + assay_quote(near.c_str()).text + "?";
    assay_report_add(report, "unknown network %s%s (no such file, and no %s.json in %s)",
                     assay_quote(name.c_str()).text, hint.c_str(), assay_quote(name.c_str()).text,
                     looked.c_str());
}

// Trained weights that are at hand under another name than their network's.
struct Alias {
    const char *network, *weights;
};
const Alias aliases[] = {{"lstm_mnist", "mnist_lstm20"}};

std::vector<std::string> weight_names(const std::string& name, const std::string& data) {
    std::vector<std::string> out = {name};
    if (!data.empty()) {
        out.push_back(name + "_" + data);
    }
    for (const Alias& alias : aliases) {
        if (name == alias.network) {
            out.push_back(alias.weights);
        }
    }
    return out;
}

void report_no_weights(const std::string& path, const std::string& looked, const char* network,
                       assay_report* report) {
    assay_report_add(report,
                     "%s: the network has no trained weights: the file names none (\"weights\")"
                     "%s%s; `assay train --network %s --out FILE.safetensors` makes some, "
                     "--weights FILE.safetensors names others",
                     path.c_str(), looked.empty() ? "" : " and there is no ", looked.c_str(),
                     network);
}

std::string model_hash(const Model& model) {
    ContentHash hash;
    hash.string("workload", model.workload->hash);
    for (const Parameters& p : model.parameters) {
        hash.values("weight", p.weight);
        hash.values("bias", p.bias);
        hash.values("norm_scale", p.norm.scale);
        hash.values("norm_shift", p.norm.shift);
        hash.values("norm_mean", p.norm.mean);
        hash.values("norm_variance", p.norm.variance);
    }
    return hash.text();
}

assay_status read_parameters(const assay_accuracy_settings& settings, const std::string& path,
                             Model& model, assay_report* report) {
    std::string looked, weights = settings.weights != nullptr ? settings.weights : "";
    if (weights.empty()) {
        weights = find_weights(*model.workload, path, looked);
    }
    if (weights.empty()) {
        report_no_weights(path, looked, settings.network, report);
        return ASSAY_BAD_INPUT;
    }
    return load_parameters(*model.workload, weights.c_str(), model.parameters, report);
}

} // namespace

assay_status find_network(const std::string& network, std::string& path, assay_report* report) {
    if (is_file(network)) {
        path = network;
        return ASSAY_OK;
    }
    const std::vector<std::string> folders = network_folders();
    if (network.find('/') == std::string::npos) {
        for (const std::string& folder : folders) {
            path = folder + "/" + network + ".json";
            if (is_file(path)) {
                return ASSAY_OK;
            }
        }
    }
    report_unknown(network, folders, report);
    return ASSAY_BAD_INPUT;
}

std::string find_weights(const assay_workload& workload, const std::string& path,
                         std::string& looked) {
    if (!workload.weights_path.empty() || models_folder().empty()) {
        return workload.weights_path;
    }
    for (const std::string& name : weight_names(file_stem(path), workload.data)) {
        const std::string weights = models_folder() + "/" + name + ".safetensors";
        if (is_file(weights)) {
            return weights;
        }
        looked += (looked.empty() ? "" : ", ") + weights;
    }
    return "";
}

assay_status load_workload(const char* network, std::shared_ptr<const assay_workload>& out,
                           std::string& path, assay_report* report) {
    assay_status status = find_network(network, path, report);
    assay_workload* loaded = nullptr;
    if (status == ASSAY_OK) {
        status = assay_workload_load(path.c_str(), nullptr, &loaded, report);
    }
    out.reset(loaded);
    return status;
}

assay_status load_model(const assay_accuracy_settings& settings, std::shared_ptr<Model>& out,
                        assay_report* report) {
    auto model = std::make_shared<Model>();
    std::string path;
    assay_status status = load_workload(settings.network, model->workload, path, report);
    if (status != ASSAY_OK) {
        return status;
    }
    out = model;
    if (settings.fresh) {
        model->parameters = initial_parameters(*model->workload, settings.seed);
    } else {
        status = read_parameters(settings, path, *model, report);
    }
    if (status == ASSAY_OK && settings.fold) {
        for (Parameters& p : model->parameters) {
            if (p.norm.present()) {
                fold_batch_norm(p);
            }
        }
    }
    model->hash = status == ASSAY_OK ? model_hash(*model) : "";
    return status;
}

} // namespace assay
