// A program of the user's, talked to line by line.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "assay/status.h"
#include "line_io.hpp"

namespace assay {

class ChildProcess {
  public:
    ChildProcess() = default;
    ~ChildProcess() { stop(); }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // Runs `command` by /bin/sh. It shares our standard error, is a process group of its own, and
    // dies with us, however we end. ASSAY_IO.
    assay_status start(const std::string& command, assay_report* report);
    bool running() const { return pid_ > 0; }
    LineOutcome send(const std::string& line, const Patience& patience);
    LineOutcome receive(std::string& line, const Patience& patience);
    // Closes its input, gives it a moment to end, then kills it and what it started. How it ended,
    // e.g. "ended with exit code 1"; "was killed" if it had to be.
    std::string stop();

    static constexpr size_t max_line = 1 << 20;

  private:
    pid_t pid_ = -1;
    int in_ = -1, out_ = -1; // of the child
    std::unique_ptr<LineReader> reader_;
};

} // namespace assay
