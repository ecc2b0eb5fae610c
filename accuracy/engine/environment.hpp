// What is behind an open environment.
#pragma once

#include <memory>

#include "assay/accuracy.h"
#include "engine.hpp"
#include "external.hpp"

// The opaque type of the C ABI. Either `engine`, `model` and `data`, or `external`.
struct assay_accuracy {
    assay_accuracy_settings settings; // without its texts, which are the caller's
    std::shared_ptr<const assay_workload> workload;
    std::shared_ptr<const assay::Model> model;
    std::shared_ptr<const assay::Dataset> data;
    std::unique_ptr<assay::Engine> engine;
    std::unique_ptr<assay::ExternalEvaluator> external;
};

namespace assay {

// assay_accuracy_evaluate on any split.
assay_status evaluate_split(assay_accuracy& env, const assay_policy* policy, assay_split split,
                            assay_accuracy_result& out, assay_report* report);

// ASSAY_BAD_INPUT and a message for external evaluators.
assay_status require_engine(const assay_accuracy& env, const char* what, assay_report* report);

} // namespace assay
