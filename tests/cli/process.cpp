#include "process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace cli_test {

Folder::Folder() {
    std::string pattern = testing::TempDir() + "/assay_cli_XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("no temporary folder: " + pattern);
    }
    root_ = pattern;
}

Folder::~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
}

std::vector<std::string> Folder::names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(root_)) {
        names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::string read_file(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

static void redirect(posix_spawn_file_actions_t* actions, int fd, const std::string& path) {
    posix_spawn_file_actions_addopen(actions, fd, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

// Interrupts reach the child even where the caller ignores them.
static void set_default_signals(posix_spawnattr_t* attributes) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    posix_spawnattr_setsigdefault(attributes, &signals);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
}

Child::Child(const std::vector<std::string>& words) {
    std::vector<char*> argv;
    for (const std::string& word : words) {
        argv.push_back(const_cast<char*>(word.c_str()));
    }
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    redirect(&actions, 1, folder_.path("out"));
    redirect(&actions, 2, folder_.path("err"));
    set_default_signals(&attributes);
    int error = posix_spawn(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) {
        throw std::runtime_error("cannot start " + words[0]);
    }
}

Outcome Child::wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    Outcome outcome;
    outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    outcome.out = read_file(folder_.path("out"));
    outcome.err = read_file(folder_.path("err"));
    return outcome;
}

bool Child::running() const {
    siginfo_t info{};
    int result = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    return result == 0 && info.si_pid == 0;
}

std::string program() {
    const char* path = std::getenv("ASSAY_BIN");
    if (path == nullptr) {
        throw std::runtime_error("ASSAY_BIN must name the built program");
    }
    return path;
}

Outcome assay(std::vector<std::string> words) {
    words.insert(words.begin(), program());
    return Child(words).wait();
}

Outcome assay_in_shell(const std::string& script, std::vector<std::string> words) {
    std::vector<std::string> all = {"/bin/sh", "-c", script, program()};
    all.insert(all.end(), words.begin(), words.end());
    return Child(all).wait();
}

std::string source(const std::string& path) {
    const char* root = std::getenv("ASSAY_SOURCE_ROOT");
    return std::string(root != nullptr ? root : ".") + "/" + path;
}

} // namespace cli_test
