#include "line_io.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace assay {
namespace {

constexpr int poll_ms = 50;
constexpr size_t read_bytes = 65536;

// Clock of the time limit; results do not depend on it.
double now_s() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

// `line`: the descriptor is ready. Whoever trickles bytes has no more time than who is silent.
LineOutcome wait_for(int fd, short events, const Patience& patience, double began) {
    for (;;) {
        pollfd polled = {fd, events, 0};
        const int ready = poll(&polled, 1, poll_ms);
        if (ready < 0 && errno != EINTR) {
            return LineOutcome::failed;
        }
        if (patience.limit_s > 0 && now_s() - began > patience.limit_s) {
            return LineOutcome::timed_out;
        }
        if (ready > 0) {
            return LineOutcome::line;
        }
        if (patience.go_on && !patience.go_on()) {
            return LineOutcome::stopped;
        }
    }
}

bool is_transient(int error) {
    return error == EINTR || error == EAGAIN;
}

ssize_t send_some(int fd, const char* bytes, size_t size) {
    const ssize_t sent = send(fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 && errno == ENOTSOCK ? write(fd, bytes, size) : sent;
}

} // namespace

bool LineReader::take(std::string& line) {
    const size_t end = pending_.find('\n', searched_);
    searched_ = end == std::string::npos ? pending_.size() : 0;
    if (end == std::string::npos) {
        return false;
    }
    line.assign(pending_, 0, end);
    pending_.erase(0, end + 1);
    return true;
}

LineOutcome LineReader::fill() {
    char bytes[read_bytes];
    const ssize_t n = ::read(fd_, bytes, std::min(sizeof bytes, limit_ + 1));
    if (n > 0) {
        pending_.append(bytes, static_cast<size_t>(n));
        return LineOutcome::line;
    }
    return n == 0                ? LineOutcome::ended
           : is_transient(errno) ? LineOutcome::line
           : errno == ECONNRESET ? LineOutcome::ended
                                 : LineOutcome::failed;
}

LineOutcome LineReader::read(const Patience& patience, std::string& line) {
    const double began = now_s();
    while (!take(line)) {
        if (pending_.size() > limit_) {
            return LineOutcome::too_long;
        }
        LineOutcome outcome = wait_for(fd_, POLLIN, patience, began);
        outcome = outcome == LineOutcome::line ? fill() : outcome;
        if (outcome != LineOutcome::line) {
            return outcome;
        }
    }
    return line.size() > limit_ ? LineOutcome::too_long : LineOutcome::line;
}

LineOutcome write_line(int fd, const std::string& line, const Patience& patience) {
    const double began = now_s();
    const std::string bytes = line + "\n";
    for (size_t done = 0; done < bytes.size();) {
        const LineOutcome outcome = wait_for(fd, POLLOUT, patience, began);
        if (outcome != LineOutcome::line) {
            return outcome;
        }
        const ssize_t n = send_some(fd, bytes.data() + done, bytes.size() - done);
        if (n < 0 && !is_transient(errno)) {
            const bool gone = errno == EPIPE || errno == ECONNRESET;
            return gone ? LineOutcome::ended : LineOutcome::failed;
        }
        done += n > 0 ? static_cast<size_t>(n) : 0;
    }
    return LineOutcome::line;
}

} // namespace assay
