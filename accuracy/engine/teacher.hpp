// The network whose answers a training imitates.
#pragma once

#include <memory>

#include "assay/accuracy.h"
#include "model.hpp"

namespace assay {

// `network`: a name or file with weights of its own. ASSAY_BAD_INPUT with messages unless it reads
// what `student` reads, prepared alike, and has as many outputs.
assay_status load_teacher(const char* network, const assay_workload& student,
                          std::shared_ptr<const Model>& out, assay_report* report);

} // namespace assay
