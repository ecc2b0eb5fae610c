// Files made on the spot for the workload tests, and loading through the public door.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "assay/sim.h"
#include "workload.hpp"

namespace workload_test {

class TempFolder {
  public:
    TempFolder() {
        std::string pattern = ::testing::TempDir() + "assay-workload-XXXXXX";
        path_ = mkdtemp(pattern.data());
    }
    ~TempFolder() { std::filesystem::remove_all(path_); }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    std::string path(const std::string& name) const { return path_ + "/" + name; }
    std::string write(const std::string& name, const std::string& content) const {
        // A file that is cut to nothing and written again is flushed to the disk by ext4
        // (auto_da_alloc), which thousands of writes would wait for; a new one is not.
        std::filesystem::remove(path(name));
        std::ofstream(path(name), std::ios::binary) << content;
        return path(name);
    }

  private:
    std::string path_;
};

struct WorkloadFree {
    void operator()(assay_workload* w) const { assay_workload_free(&w); }
};

struct Loaded {
    assay_status status;
    std::unique_ptr<assay_workload, WorkloadFree> workload;
    std::string messages;
    size_t message_count;
};

inline Loaded load(const std::string& path, const assay_workload_params* params = nullptr) {
    assay_report* report = assay_report_new();
    assay_workload* workload = nullptr;
    Loaded out{assay_workload_load(path.c_str(), params, &workload, report), nullptr, "", 0};
    out.workload.reset(workload);
    out.message_count = assay_report_count(report);
    for (size_t i = 0; i < assay_report_kept(report); ++i) {
        out.messages += std::string(assay_report_text(report, i)) + "\n";
    }
    assay_report_free(&report);
    return out;
}

inline void expect_refused(const Loaded& loaded, const std::string& fragment) {
    EXPECT_EQ(loaded.status, ASSAY_BAD_INPUT);
    EXPECT_EQ(loaded.workload, nullptr);
    EXPECT_NE(loaded.messages.find(fragment), std::string::npos)
        << "expected \"" << fragment << "\" in:\n"
        << loaded.messages;
}

// The text with its first `from` replaced; fails the test if there is none.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

template <typename T>
std::string raw(const std::vector<T>& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

inline std::string safetensors(const std::string& header, const std::string& data) {
    return raw(std::vector<uint64_t>{header.size()}) + header + data;
}

// $ASSAY_DATA/name, or "" where there are no data.
inline std::string data_file(const std::string& name) {
    const char* root = getenv("ASSAY_DATA");
    std::string path = root ? std::string(root) + "/" + name : "";
    return !path.empty() && std::filesystem::exists(path) ? path : "";
}

inline std::string trace_file(const std::string& name) {
    const char* root = getenv("ASSAY_SOURCE_ROOT");
    return std::string(root ? root : ".") + "/traces/eie/" + name;
}

} // namespace workload_test

#define ASSAY_NEEDS_DATA(variable, name)                                                           \
    std::string variable = workload_test::data_file(name);                                         \
    if (variable.empty()) {                                                                        \
        fprintf(stderr, "*** NOT TESTED: set ASSAY_DATA to a folder that has %s ***\n", name);     \
        GTEST_SKIP() << "no " << name;                                                             \
    }
