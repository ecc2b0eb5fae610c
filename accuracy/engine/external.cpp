#include "external.hpp"

#include <cerrno>
#include <cstring>

#include "quote.h"

namespace assay {

ExternalEvaluator::ExternalEvaluator(const assay_workload& workload, std::string command,
                                     const Greeting& greeting, Patience patience)
    : workload_(workload), command_(std::move(command)), greeting_(greeting),
      patience_(std::move(patience)) {}

// The process is of no use after any of these.
assay_status ExternalEvaluator::fail(LineOutcome outcome, assay_report* report) {
    const int error = errno;
    const std::string end = process_.stop();
    const std::string who = std::string("evaluator ") + assay_quote(command_.c_str()).text;
    switch (outcome) {
    case LineOutcome::stopped:
        return ASSAY_INTERRUPTED;
    case LineOutcome::timed_out:
        assay_report_add(report, "%s: no answer within %u s; it was stopped", who.c_str(),
                         patience_.limit_s);
        return ASSAY_IO;
    case LineOutcome::too_long:
        assay_report_add(report, "%s: a line of more than %zu bytes; it was stopped", who.c_str(),
                         ChildProcess::max_line);
        return ASSAY_BAD_INPUT;
    case LineOutcome::failed:
        assay_report_add(report, "%s: cannot be talked to: %s", who.c_str(), strerror(error));
        return ASSAY_IO;
    default:
        assay_report_add(report, "%s: closed its output before it answered and %s", who.c_str(),
                         end.c_str());
        return ASSAY_IO;
    }
}

assay_status ExternalEvaluator::exchange(const std::string& line, std::string& reply,
                                         assay_report* report) {
    LineOutcome outcome = process_.send(line, patience_);
    if (outcome == LineOutcome::line) {
        outcome = process_.receive(reply, patience_);
    }
    return outcome == LineOutcome::line ? ASSAY_OK : fail(outcome, report);
}

assay_status ExternalEvaluator::greet(assay_report* report) {
    std::string reply;
    assay_status status = exchange(greeting_line(workload_, greeting_), reply, report);
    status = status == ASSAY_OK ? read_ready(reply, name_, report) : status;
    if (status != ASSAY_OK) {
        process_.stop();
    }
    return status;
}

assay_status ExternalEvaluator::open(assay_report* report) {
    const assay_status status = process_.start(command_, report);
    return status == ASSAY_OK ? greet(report) : status;
}

assay_status ExternalEvaluator::ask(const assay_policy* policy, Answer& out, assay_report* report) {
    assay_status status = process_.running() ? ASSAY_OK : open(report);
    std::string reply;
    const uint64_t id = ++last_id_;
    if (status == ASSAY_OK) {
        status = exchange(question_line(workload_, id, greeting_.split, policy), reply, report);
    }
    if (status != ASSAY_OK) {
        return status;
    }
    status = read_answer(reply, id, out, report);
    if (status != ASSAY_OK && !out.refused) {
        process_.stop(); // whatever it says next belongs to nothing
    }
    return status;
}

} // namespace assay
