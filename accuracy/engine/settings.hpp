// The settings of the C ABI, checked.
#pragma once

#include "assay/accuracy.h"
#include "engine.hpp"
#include "protocol.hpp"

namespace assay {

// Every value out of its range has its message. Aborts where the default function was not used.
assay_status check_settings(const assay_accuracy_settings& settings, assay_report* report);
assay_status check_settings(const assay_sensitivity_settings& settings, assay_report* report);
assay_status check_settings(const assay_train_settings& settings, assay_report* report);

QuantSettings quant_settings(const assay_accuracy_settings& settings);
Greeting greeting_of(const assay_accuracy_settings& settings);
// Of the fine-tuning of each candidate.
TrainSettings finetune_settings(const assay_accuracy_settings& settings);

// The same values in the same order on both sides of the C ABI.
static_assert(static_cast<int>(Split::search) == ASSAY_SPLIT_SEARCH);
static_assert(static_cast<int>(Split::final) == ASSAY_SPLIT_FINAL);
static_assert(static_cast<int>(Split::all) == ASSAY_SPLIT_ALL);
static_assert(static_cast<int>(Clip::max) == ASSAY_CLIP_MAX);
static_assert(static_cast<int>(Clip::kl) == ASSAY_CLIP_KL);
static_assert(static_cast<int>(Clip::mse) == ASSAY_CLIP_MSE);
static_assert(static_cast<int>(Clip::haq) == ASSAY_CLIP_HAQ);
static_assert(static_cast<int>(Sensitivity::trace) == ASSAY_SENSITIVITY_TRACE);
static_assert(static_cast<int>(Sensitivity::eigenvalue) == ASSAY_SENSITIVITY_EIGENVALUE);
static_assert(static_cast<int>(Sensitivity::fisher) == ASSAY_SENSITIVITY_FISHER);
static_assert(static_cast<int>(Sensitivity::kl) == ASSAY_SENSITIVITY_KL);

} // namespace assay
