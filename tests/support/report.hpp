// A report that frees itself, and its messages as one text for comparisons.
#pragma once

#include <string>

#include "assay/status.h"

namespace assay_test {

class Report {
  public:
    Report() : report_(assay_report_new()) {}
    ~Report() { assay_report_free(&report_); }
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;

    operator assay_report*() const { return report_; }
    size_t count() const { return assay_report_count(report_); }
    // One message per line.
    std::string text() const {
        std::string all;
        for (size_t i = 0; i < assay_report_kept(report_); ++i) {
            all += std::string(assay_report_text(report_, i)) + "\n";
        }
        return all;
    }
    bool mentions(const std::string& part) const { return text().find(part) != std::string::npos; }

  private:
    assay_report* report_;
};

} // namespace assay_test
