// A network by name or file, with its parameters; and the data that belong to it.
#pragma once

#include <memory>
#include <string>

#include "assay/accuracy.h"
#include "dataset.hpp"
#include "model.hpp"

namespace assay {

// The file of a network. `network` is a file, or a name: of NAME.json in $ASSAY_NETWORKS,
// traces/nets here, or traces/nets or share/assay/nets beside the program; else of
// $ASSAY_DATA/models/NAME.json. ASSAY_BAD_INPUT: the message says where was looked and what there
// is.
assay_status find_network(const std::string& network, std::string& path, assay_report* report);

// The weights file of a network: what the workload states, else NAME.safetensors or
// NAME_<data>.safetensors in $ASSAY_DATA/models. "" if there is none; `looked` then says where was
// looked.
std::string find_weights(const assay_workload& workload, const std::string& path,
                         std::string& looked);

// The workload alone, which is all that an external evaluator needs.
assay_status load_workload(const char* network, std::shared_ptr<const assay_workload>& out,
                           std::string& path, assay_report* report);

// With its parameters: read, or drawn if settings.fresh, and folded if settings.fold.
assay_status load_model(const assay_accuracy_settings& settings, std::shared_ptr<Model>& out,
                        assay_report* report);

// The data that the settings or the network name, or that are the only ones of the shape of its
// input; their images fit its input.
assay_status load_data(const assay_accuracy_settings& settings, const assay_workload& workload,
                       std::shared_ptr<Dataset>& out, assay_report* report);

} // namespace assay
