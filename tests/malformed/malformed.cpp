#include "malformed.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace malformed {

namespace {

constexpr std::chrono::seconds time_limit{60};

// The sanitizer's shadow and its quarantine of freed blocks are resident too.
#if defined(__SANITIZE_ADDRESS__)
constexpr long limit_kb = 2048 * 1024;
#else
constexpr long limit_kb = 512 * 1024;
#endif

// Waits without reaping, so that Child::wait still finds the exit status. The library's waitid
// hides the kernel's last argument, which tells the memory used.
long peak_kb(int pid) {
    siginfo_t info{};
    rusage usage{};
    EXPECT_EQ(syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, &usage), 0);
    return usage.ru_maxrss;
}

bool ends_in_time(const cli_test::Child& child) {
    const auto end = std::chrono::steady_clock::now() + time_limit;
    while (child.running() && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return !child.running();
}

std::string command_line(const Words& words) {
    std::string line = "assay";
    for (const std::string& word : words) {
        line += " " + word;
    }
    return line;
}

} // namespace

cli_test::Outcome watched(Words words) {
    SCOPED_TRACE(command_line(words));
    words.insert(words.begin(), cli_test::program());
    cli_test::Child child(words);
    if (!ends_in_time(child)) {
        ADD_FAILURE() << "still running after " << time_limit.count() << " s";
        kill(child.pid(), SIGKILL);
    }
    EXPECT_LT(peak_kb(child.pid()), limit_kb) << "KB resident";
    cli_test::Outcome outcome = child.wait();
    EXPECT_EQ(outcome.signal, 0) << outcome.err;
    for (const char* trouble : {"Sanitizer", "runtime error:", "internal error", "Assertion"}) {
        EXPECT_EQ(outcome.err.find(trouble), std::string::npos) << outcome.err;
    }
    return outcome;
}

void expect_refused(const Words& words, const Words& fragments) {
    SCOPED_TRACE(command_line(words));
    const cli_test::Outcome o = watched(words);
    EXPECT_EQ(o.exit_code, 2) << o.err;
    EXPECT_EQ(o.out, "");
    for (const std::string& fragment : fragments) {
        EXPECT_NE(o.err.find(fragment), std::string::npos) << "no \"" << fragment << "\" in:\n"
                                                           << o.err;
    }
}

Workplace::Workplace()
    : hw_(folder_.write("good_hw.json", good_hw)),
      workload_(folder_.write("good_workload.json", good_fc)) {}

Words Workplace::run(const Words& more) const {
    Words words = {"run", "--hw", hw_, "--workload", workload_, "--no-cache"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
}

void Workplace::expect_bad(const std::string& path, const Words& run,
                           const Words& fragments) const {
    Words all = fragments;
    all.push_back(std::filesystem::path(path).filename());
    const Words before = folder_.names();
    expect_refused({"check", path}, all);
    Words with_output = run;
    with_output.insert(with_output.end(), {"--no-cache", "--out", this->path("result.json")});
    expect_refused(with_output, all);
    EXPECT_EQ(folder_.names(), before);
}

void Workplace::expect_bad_hw(const std::string& path, const Words& fragments) const {
    expect_bad(path, {"run", "--hw", path, "--workload", workload_}, fragments);
}

void Workplace::expect_bad_workload(const std::string& path, const Words& fragments) const {
    expect_bad(path, {"run", "--hw", hw_, "--workload", path}, fragments);
}

void Workplace::expect_bad_run(const Words& more, const Words& fragments) const {
    Words words = more;
    words.insert(words.end(), {"--out", path("result.json")});
    const Words before = folder_.names();
    expect_refused(run(words), fragments);
    EXPECT_EQ(folder_.names(), before);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    if (at == std::string::npos) {
        throw std::logic_error("no \"" + from + "\" to replace");
    }
    return text.replace(at, from.size(), to);
}

std::string data_file(const std::string& name) {
    const char* root = std::getenv("ASSAY_DATA");
    const std::string path = root != nullptr ? std::string(root) + "/" + name : "";
    if (!path.empty() && std::filesystem::exists(path)) {
        return path;
    }
    fprintf(stderr, "*** NOT TESTED: set ASSAY_DATA to a folder that has %s ***\n", name.c_str());
    return "";
}

} // namespace malformed
