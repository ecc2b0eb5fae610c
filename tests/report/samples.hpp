// One small input of every kind, and pages of them.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "assay/report_page.h"
#include "process.hpp"

namespace report_test {

inline const char* const run_json = R"({"assay": "0.1.0", "model": "event",
 "hw": {"name": "m", "accelerator": "eie", "hash": "00", "options": {"pe_count": 2, "clock_mhz": 800}},
 "workload": {"name": "w", "hash": "11", "batch": 1},
 "total": {"cycles": 10, "seconds": 1e-8, "energy_j": 2e-9, "area_mm2": 1, "macs": 12,
           "utilisation": 0.5, "dram_bytes": 3},
 "energy_j": {"dram": 2e-9}, "area_mm2": {"array": 1},
 "layers": [{"name": "fc", "op": "linear", "bound": "compute", "cycles": 10, "seconds": 1e-8,
   "energy_j": 2e-9, "macs": 12, "w_bits": 4, "a_bits": 16, "utilisation": 0.5,
   "stall_cycles": {"scan": 3}, "counters": {"pe_cycles": 20, "entries": 17, "padding_entries": 0},
   "energy": {"dram": 2e-9}, "pe": {"entries": [8, 9], "scan": [1, 2]}}]})";

inline const char* const table_json = R"({"schema": 1, "kind": "table", "assay": "0.1.0",
 "model": "event", "hw": {"name": "m"}, "workload": {"name": "w"}, "bits": [2, 3],
 "layers": [{"name": "fc", "cycles": [[1, 2], [3, 4]], "seconds": [[1, 2], [3, 4]],
             "energy_j": [[1, 2], [3, 4]], "dram_bytes": [[1, 2], [3, 4]]}]})";

inline const char* const table_csv = "layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes\n"
                                     "fc,2,2,1,1e-6,1e-6,5\nfc,2,3,2,1e-6,1e-6,5\n";

inline const char* const sweep_csv =
    "rows,hw,workload,policy,status,cycles,seconds,energy_j,area_mm2,utilisation,dram_bytes,error\n"
    "8,m,net,,ok,10,1e-6,2e-6,1.5,0.5,64,\n"
    "16,m,net,,failed,,,,,,,\"layer \"\"fc\"\", too large\nby 3\"\n";

inline const char* const sweep_jsonl =
    R"({"rows":8,"hw":"m","workload":"net","policy":"","status":"ok","cycles":10,"seconds":1e-06,"energy_j":2e-06,"area_mm2":1.5,"utilisation":0.5,"dram_bytes":64,"error":""})"
    "\n"
    R"({"rows":16,"hw":"m","workload":"net","policy":"","status":"failed","cycles":null,"seconds":null,"energy_j":null,"area_mm2":null,"utilisation":null,"dram_bytes":null,"error":"layer \"fc\", too large\nby 3"})"
    "\n";

inline const char* const timeline_json = R"({"displayTimeUnit": "ms", "traceEvents": [
 {"ph": "M", "pid": 1, "tid": 0, "name": "process_name", "args": {"name": "net"}},
 {"ph": "M", "pid": 1, "tid": 2, "name": "thread_name", "args": {"name": "array"}},
 {"ph": "X", "pid": 1, "tid": 2, "name": "issue", "ts": 0, "dur": 450},
 {"ph": "X", "pid": 1, "tid": 2, "name": "fill", "ts": 450, "dur": 150},
 {"ph": "C", "pid": 1, "name": "input buffer", "ts": 0, "args": {"bytes": 100}},
 {"ph": "C", "pid": 1, "name": "input buffer", "ts": 300, "args": {"bytes": 0}}],
 "otherData": {"assay": "0.1.0"}})";

inline const char* const log_jsonl =
    R"({"assay":"0.1.0","task":"hw","algorithm":"random","settings_hash":"0","seed":7,"settings":{"budget":"area=0.5"},"variables":["rows"]})"
    "\n"
    R"({"evaluation":0,"phase":"search","reward":-1.5,"accuracy":null,"seconds":1e-6,"violation":0})"
    "\n"
    R"({"evaluation":1,"phase":"search","reward":-0.25,"accuracy":null,"seconds":1e-6,"violation":0})"
    "\n";

inline const char* const summary_json =
    R"({"task": "hw", "algorithm": "random", "budget": {"metric": "area"}, "best": {"reward": -0.25}, "baselines": []})";

struct Page {
    assay_status status = ASSAY_INTERNAL;
    std::string html, messages;
    size_t count = 0; // of messages
};

inline Page page(const std::vector<std::string>& inputs, const char* title = nullptr) {
    std::vector<const char*> paths;
    for (const std::string& input : inputs) {
        paths.push_back(input.c_str());
    }
    assay_page_settings settings{paths.data(), paths.size(), title};
    char* html = nullptr;
    size_t size = 0;
    Page out;
    assay_report* report = assay_report_new();
    out.status = assay_page_build(&settings, &html, &size, report);
    EXPECT_EQ(html != nullptr, out.status == ASSAY_OK);
    out.html.assign(html != nullptr ? html : "", size);
    out.count = assay_report_count(report);
    for (size_t i = 0; i < assay_report_kept(report); ++i) {
        out.messages += std::string(assay_report_text(report, i)) + "\n";
    }
    assay_report_free(&report);
    free(html);
    return out;
}

// What the page's script reads.
inline std::string data_of(const std::string& html) {
    const std::string open = "<script type=\"application/json\" id=\"data\">";
    const size_t begin = html.find(open) + open.size();
    return html.substr(begin, html.find("</script>", begin) - begin);
}

// Tests of a page need the library that is in it; those of mistakes do not.
class Report : public testing::Test {
  protected:
    void SetUp() override {
        if (!assay_page_available()) {
            GTEST_SKIP() << "**** built without the plotting library: reports are NOT tested ****";
        }
    }
    std::string search() const {
        const std::string folder = folder_.path("search");
        mkdir(folder.c_str(), 0777);
        folder_.write("search/log.jsonl", log_jsonl);
        folder_.write("search/summary.json", summary_json);
        return folder;
    }
    cli_test::Folder folder_;
};

} // namespace report_test
