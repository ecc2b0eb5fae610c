// A training in the middle: a .safetensors file with all that it needs to go on.
#pragma once

#include <string>
#include <vector>

#include "engine.hpp"

namespace assay {

struct TrainingPart {
    std::string identity; // what training it is of
    std::vector<Parameters> parameters;
    TrainState state;
};

// The whole file or none.
assay_status write_training_part(const TrainingPart& part, const char* path, assay_report* report);
// `like`: parameters of the network. ASSAY_BAD_INPUT where the file is none, is damaged or has
// other sizes.
assay_status read_training_part(const char* path, const std::vector<Parameters>& like,
                                TrainingPart& out, assay_report* report);

} // namespace assay
