// Whether a training can be started: settings in range, and data to train on.
#pragma once

#include "engine.hpp"

namespace assay {

// ASSAY_BAD_INPUT with a message per mistake.
assay_status check_train_settings(const TrainSettings& settings, const Dataset& data,
                                  bool has_teacher, assay_report* report);

} // namespace assay
