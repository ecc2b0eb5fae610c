// A small sweep for the program: two machines, two networks, 44 points.
#pragma once

#include "../unit/table_files.hpp"
#include "fixtures.hpp"

namespace cli_test {

class CliSweep : public CliRun {
  protected:
    void SetUp() override {
        CliRun::SetUp();
        folder_.write("dense.json", R"({"schema": 1, "name": "dense", "accelerator": "bit_fusion",
            "options": {"rows": 4, "cols": 4}})");
        folder_.write("sparse.json", tiny_hw);
        folder_.write("small.json", assay_test::small_net);
        folder_.write("tiny.json", tiny_workload("tiny", "fc"));
        folder_.write("narrow.json", R"({"schema": 1, "default": {"w_bits": 4, "a_bits": 2}})");
        spec_ = folder_.write("spec.json", R"({
            "schema": 1, "hw": ["dense.json", "sparse.json"], "workloads": ["small.json", "tiny.json"],
            "vary": {"rows": [2, 4, 8], "wbuf_bytes": [4096, 8192], "pe_count": [4, 8, 16],
                     "queue_depth": [1, 4], "clock_mhz": [100, 250.5]},
            "where": ["rows * wbuf_bytes <= 32768"]})");
        store_ = folder_.path("m.sqlite");
    }
    // assay sweep, never with the store of whoever runs the tests
    std::vector<std::string> words(std::vector<std::string> more) const {
        std::vector<std::string> all = {"sweep", spec_, "--store", store_};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    Outcome sweep(std::vector<std::string> more) const { return assay(words(std::move(more))); }
    // The CSV of an undisturbed run with a store of its own.
    std::string undisturbed() const {
        const Outcome o = assay({"sweep", spec_, "--store", folder_.path("undisturbed.sqlite"),
                                 "--format", "csv", "--quiet", "--jobs", "1"});
        EXPECT_EQ(o.exit_code, 0) << o.err;
        return o.out;
    }
    // Lines of `assay store export`, header left out.
    std::vector<std::string> exported(const std::string& store) const {
        const Outcome o = assay({"store", "export", "--store", store});
        EXPECT_EQ(o.exit_code, 0) << o.err;
        std::vector<std::string> all = lines_of(o.out);
        all.erase(all.begin());
        return all;
    }
    static std::vector<std::string> lines_of(const std::string& text) {
        std::vector<std::string> all;
        for (size_t at = 0; at < text.size();) {
            const size_t end = std::min(text.find('\n', at), text.size());
            all.push_back(text.substr(at, end - at));
            at = end + 1;
        }
        return all;
    }
    // Fields of a line without quotes.
    static std::vector<std::string> fields_of(const std::string& line) {
        std::vector<std::string> all(1);
        for (char c : line) {
            if (c == ',') {
                all.emplace_back();
            } else {
                all.back() += c;
            }
        }
        return all;
    }

    std::string spec_, store_;
};

} // namespace cli_test
