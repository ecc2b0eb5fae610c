#include "child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "text.hpp"

namespace assay {
namespace {

constexpr int grace_steps = 100, grace_step_ms = 10;

// Between fork and exec: only what is safe there.
[[noreturn]] void become(const char* command, int in, int out, pid_t parent) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    if (getppid() == parent && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
        execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
    }
    _exit(127);
}

std::string describe(int end) {
    return WIFSIGNALED(end) ? text("died of signal %d", WTERMSIG(end))
                            : text("ended with exit code %d", WEXITSTATUS(end));
}

bool ended_by_itself(pid_t pid, int& end) {
    for (int i = 0; i < grace_steps; ++i) {
        if (waitpid(pid, &end, WNOHANG) == pid) {
            return true;
        }
        poll(nullptr, 0, grace_step_ms);
    }
    return false;
}

void close_both(const int ends[2]) {
    close(ends[0]);
    close(ends[1]);
}

} // namespace

assay_status ChildProcess::start(const std::string& command, assay_report* report) {
    int in[2], out[2];
    // A socket, because writing to one can be kept from raising SIGPIPE.
    bool made = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in) == 0;
    if (made && pipe2(out, O_CLOEXEC) != 0) {
        close_both(in);
        made = false;
    }
    const pid_t parent = getpid(), pid = made ? fork() : -1;
    if (pid == 0) {
        become(command.c_str(), in[1], out[1], parent);
    }
    if (pid < 0) {
        assay_report_add(report, "cannot start the evaluator: %s", strerror(errno));
        if (made) {
            close_both(in);
            close_both(out);
        }
        return ASSAY_IO;
    }
    setpgid(pid, pid); // whoever comes first
    close(in[1]);
    close(out[1]);
    pid_ = pid;
    in_ = in[0];
    out_ = out[0];
    reader_ = std::make_unique<LineReader>(out_, max_line);
    return ASSAY_OK;
}

LineOutcome ChildProcess::send(const std::string& line, const Patience& patience) {
    return write_line(in_, line, patience);
}

LineOutcome ChildProcess::receive(std::string& line, const Patience& patience) {
    return reader_->read(patience, line);
}

std::string ChildProcess::stop() {
    if (pid_ < 0) {
        return "";
    }
    close(in_);
    close(out_);
    int end = 0;
    const bool by_itself = ended_by_itself(pid_, end);
    kill(-pid_, SIGKILL); // what it started and left behind
    while (!by_itself && waitpid(pid_, &end, 0) < 0 && errno == EINTR) {}
    pid_ = -1;
    return by_itself ? describe(end) : "was killed";
}

} // namespace assay
