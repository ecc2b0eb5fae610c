// Damaged inputs: any number of bytes may be missing or changed, and a page or a message must come
// of it. Run under sanitizers this is the test of every bound in the readers.
#include "rng.h"
#include "samples.hpp"

using namespace report_test;

namespace {

std::string damaged(std::string text, assay_rng& rng) {
    static const std::string bytes = "\",:{}[]\n0-9e.xnu\\\xff";
    switch (assay_rng_below(&rng, 3)) {
    case 0:
        return text.substr(0, assay_rng_below(&rng, text.size()));
    case 1:
        return text.erase(assay_rng_below(&rng, text.size()), 1 + assay_rng_below(&rng, 9));
    default:
        text[assay_rng_below(&rng, text.size())] = bytes[assay_rng_below(&rng, bytes.size())];
        return text;
    }
}

class ReportFuzz : public Report {
  protected:
    // Returns how many were refused.
    int refused(const std::string& input, const char* name, const std::string& text) const {
        assay_rng rng = assay_rng_seed(1, name);
        int count = 0;
        for (int i = 0; i < 150; ++i) {
            folder_.write(name, damaged(text, rng));
            const Page p = page({input});
            EXPECT_EQ(p.count == 0, p.status == ASSAY_OK) << p.messages;
            count += p.status == ASSAY_BAD_INPUT;
        }
        return count;
    }
};

} // namespace

TEST_F(ReportFuzz, Files) {
    for (const char* text :
         {run_json, table_json, table_csv, sweep_csv, sweep_jsonl, timeline_json}) {
        EXPECT_GT(refused(folder_.path("input"), "input", text), 25) << text;
    }
}

TEST_F(ReportFuzz, Folders) {
    const std::string folder = search();
    EXPECT_GT(refused(folder, "search/log.jsonl", log_jsonl), 25);
    folder_.write("search/log.jsonl", log_jsonl);
    EXPECT_GT(refused(folder, "search/summary.json", summary_json), 25);
}
