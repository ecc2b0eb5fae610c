// Lines over file descriptors, with a limit on their length and on the time they take.
#pragma once

#include <functional>
#include <string>

namespace assay {

enum class LineOutcome {
    line,  // done
    ended, // the other side is gone (reading: without a last newline, too)
    timed_out,
    too_long, // more bytes than the limit and no newline
    stopped,  // the caller's `go_on` said so
    failed    // errno says why
};

// How long to wait.
struct Patience {
    unsigned limit_s = 0;        // 0: for ever
    std::function<bool()> go_on; // asked several times a second; may be empty
};

class LineReader {
  public:
    LineReader(int fd, size_t limit) : fd_(fd), limit_(limit) {}
    // Without its newline.
    LineOutcome read(const Patience& patience, std::string& line);

  private:
    bool take(std::string& line);
    LineOutcome fill();

    int fd_;
    size_t limit_;
    size_t searched_ = 0; // bytes of pending_ that hold no newline
    std::string pending_;
};

// Never raises SIGPIPE on a socket. `line` is without its newline.
LineOutcome write_line(int fd, const std::string& line, const Patience& patience);

} // namespace assay
