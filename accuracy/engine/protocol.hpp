// The lines that an evaluator and its user exchange (docs/evaluator.md), as text and back. Lines
// are without their newlines.
#pragma once

#include <cstdint>
#include <string>

#include "assay/accuracy.h"

namespace assay {

constexpr unsigned protocol_version = 1;

// What the user of an evaluator says first.
struct Greeting {
    assay_split split = ASSAY_SPLIT_SEARCH;
    uint64_t images = 0, seed = 1;
    double finetune_epochs = 0, finetune_rate = 0;
    uint64_t finetune_images = 0;
};
std::string greeting_line(const assay_workload& workload, const Greeting& greeting);
// Checks the version and that the layers are those of `workload`, where one is given.
assay_status read_greeting(const std::string& line, const assay_workload* workload, Greeting& out,
                           assay_report* report);

// What the evaluator says to it: {"ready": true, ...}, or {"error": ...}.
std::string ready_line(const std::string& name);
std::string refusal_line(const std::string& error);
assay_status read_ready(const std::string& line, std::string& name, assay_report* report);

struct Question {
    uint64_t id = 0;
    assay_split split = ASSAY_SPLIT_SEARCH;
    std::string policy; // the text of a policy file; "": the float network
};
std::string question_line(const assay_workload& workload, uint64_t id, assay_split split,
                          const assay_policy* policy);
// out.id is set as soon as it is known, also where the rest is wrong.
assay_status read_question(const std::string& line, Question& out, assay_report* report);

struct Answer {
    double top1 = 0, loss = 0; // loss: NaN if none is given
    uint64_t images = 0;       // 0: not given
    uint64_t size_bits = 0;    // 0: not given
    bool refused = false;      // the evaluator's own error; it goes on
};
std::string answer_line(uint64_t id, const Answer& answer);
std::string error_line(uint64_t id, const std::string& error);
// ASSAY_BAD_INPUT: not an answer to this question, values out of range, or the evaluator's own
// error, which is then the message.
assay_status read_answer(const std::string& line, uint64_t id, Answer& out, assay_report* report);

} // namespace assay
