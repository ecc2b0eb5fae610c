// A program of the user's that evaluates policies (docs/evaluator.md).
#pragma once

#include <string>

#include "assay/accuracy.h"
#include "child_process.hpp"
#include "protocol.hpp"

namespace assay {

class ExternalEvaluator {
  public:
    // `workload` must outlive it.
    ExternalEvaluator(const assay_workload& workload, std::string command, const Greeting& greeting,
                      Patience patience);

    // Starts the program and greets it. ASSAY_IO: it cannot be started, ended or hung;
    // ASSAY_BAD_INPUT: it does not speak the protocol, or refuses.
    assay_status open(assay_report* report);
    // Opens it again if it had to be stopped.
    assay_status ask(const assay_policy* policy, Answer& out, assay_report* report);

    const std::string& name() const { return name_; } // what it calls itself, or ""

  private:
    assay_status greet(assay_report* report);
    assay_status exchange(const std::string& line, std::string& reply, assay_report* report);
    assay_status fail(LineOutcome outcome, assay_report* report);

    const assay_workload& workload_;
    std::string command_, name_;
    Greeting greeting_;
    Patience patience_;
    uint64_t last_id_ = 0;
    ChildProcess process_;
};

} // namespace assay
