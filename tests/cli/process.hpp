// Runs the built program as a user would, and keeps what it said.
#pragma once

#include <string>
#include <vector>

namespace cli_test {

struct Outcome {
    int exit_code = -1; // -1 when it was killed
    int signal = 0;     // that killed it
    std::string out, err;
};

// A folder that is removed with everything in it.
class Folder {
  public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string path(const std::string& name) const { return root_ + "/" + name; }
    std::string write(const std::string& name, const std::string& content) const;
    std::vector<std::string> names() const; // sorted

  private:
    std::string root_;
};

std::string read_file(const std::string& path);

// A started program; wait() once.
class Child {
  public:
    explicit Child(const std::vector<std::string>& words);
    Outcome wait();
    int pid() const { return pid_; }
    bool running() const;

  private:
    Folder folder_;
    int pid_ = -1;
};

std::string program(); // $ASSAY_BIN

// assay WORDS...
Outcome assay(std::vector<std::string> words);
// sh -c SCRIPT WORDS...; in the script "$0" is the program and "$@" are the words.
Outcome assay_in_shell(const std::string& script, std::vector<std::string> words);

// Under the source root.
std::string source(const std::string& path);

} // namespace cli_test
