// A small sweep for the engine on Slurm, and the bytes that it must end in.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "fixtures.hpp"

namespace cli_test {

// Twelve points. Those of resnet20 take half a second each: a task of three takes longer than it
// takes to end it. Those of lenet5 are soon done.
inline std::string specification(const std::string& network, const std::string& pe_counts) {
    return R"({"schema": 1, "hw": [")" + source("hw_configs/eie_64pe.json") +
           R"("], "workloads": [")" + source("traces/nets/" + network + ".json") +
           R"("], "vary": {"pe_count": [)" + pe_counts + R"(], "queue_depth": [1, 2, 4, 8]},
             "sampling": "grid"})";
}

inline Outcome shell(const std::string& script, std::vector<std::string> words = {}) {
    return assay_in_shell(script, std::move(words));
}

inline size_t lines_of(const std::string& text) {
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

inline bool wait_until(const std::function<bool()>& true_at_last, int seconds = 60) {
    for (int i = 0; i < seconds * 20; ++i) {
        if (true_at_last()) {
            return true;
        }
        usleep(50000);
    }
    return false;
}

class SlurmSweep : public CliRun {
  protected:
    void SetUp() override {
        CliRun::SetUp();
        folder_.write("sweep.json", specification(network(), "16, 32, 64"));
    }
    std::string path(const std::string& name) const { return folder_.path(name); }
    std::vector<std::string> words(std::vector<std::string> more) const {
        std::vector<std::string> all = {"sweep", path("sweep.json"), "--quiet"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    // With a store and results of its own.
    std::vector<std::string> on_slurm(const std::string& name,
                                      std::vector<std::string> more = {}) const {
        more.insert(more.end(), {"--engine", "slurm", "--store", path(name + ".sqlite"), "--out",
                                 path(name + ".csv"), "--work-dir", path(name + ".work")});
        return words(more);
    }
    virtual std::string network() const { return "resnet20"; }
    // Computed once for each network.
    const std::string& local_bytes() const {
        static std::map<std::string, std::string> known;
        std::string& bytes = known[network()];
        if (bytes.empty()) {
            Outcome o = assay(words({"--store", path("local.sqlite"), "--out", path("local.csv")}));
            EXPECT_EQ(o.exit_code, 0) << o.err;
            bytes = read_file(path("local.csv"));
        }
        return bytes;
    }
    static std::vector<std::string> with_program(std::vector<std::string> words) {
        words.insert(words.begin(), program());
        return words;
    }
};

} // namespace cli_test
