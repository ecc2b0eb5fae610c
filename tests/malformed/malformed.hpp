// Runs the program on input that it must refuse, and holds it to what that means: exit code 2, a
// message that names the place, nothing on standard output, no file left behind, little memory.
#pragma once

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "../cli/process.hpp"

namespace malformed {

using Words = std::vector<std::string>;

struct Case {
    std::string name;    // of the test
    std::string content; // of the file
    Words fragments;     // that the messages must have
};

inline std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.name;
}

inline std::string case_name(const testing::TestParamInfo<Case>& info) {
    return info.param.name;
}

// assay WORDS, ended after 60 s; a crash, a sanitizer's message or too much memory fails the test.
cli_test::Outcome watched(Words words);
// The program refuses the command and says each of `fragments`.
void expect_refused(const Words& words, const Words& fragments);

// A folder with one good hardware file and one good workload.
class Workplace {
  public:
    Workplace();
    const cli_test::Folder& folder() const { return folder_; }
    std::string path(const std::string& name) const { return folder_.path(name); }
    std::string write(const std::string& name, const std::string& content) const {
        return folder_.write(name, content);
    }
    const std::string& hw() const { return hw_; }
    const std::string& workload() const { return workload_; }

    // `check` and `run` both refuse the file and leave the folder as it was.
    void expect_bad_hw(const std::string& path, const Words& fragments) const;
    void expect_bad_workload(const std::string& path, const Words& fragments) const;
    // `run` refuses these words, which follow the good hardware and workload.
    void expect_bad_run(const Words& more, const Words& fragments) const;
    // The words of a run of the good files, without a cache.
    Words run(const Words& more) const;

  private:
    void expect_bad(const std::string& path, const Words& run, const Words& fragments) const;

    cli_test::Folder folder_;
    std::string hw_, workload_;
};

inline const char* const good_hw = R"({
  "schema": 1, "name": "tiny", "accelerator": "eie", "description": "two PEs",
  "options": {"pe_count": 2}
})";

inline const char* const good_fc = R"({
  "schema": 1, "name": "tiny", "description": "one layer", "layers": [
    {"name": "a", "op": "fc", "in_features": 8, "out_features": 4,
     "weights": {"kind": "statistical", "density": 0.5, "seed": 1, "codebook_bits": 4},
     "activations": {"kind": "statistical", "density": 0.75, "seed": 2}}
  ]
})";

// `text` with its first `from` replaced; a test whose text has none is itself malformed.
std::string replaced(std::string text, const std::string& from, const std::string& to);

template <typename T>
std::string raw(const std::vector<T>& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// $ASSAY_DATA/name; "" (and a line that says so) where there is no such file.
std::string data_file(const std::string& name);

} // namespace malformed
