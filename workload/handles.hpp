// Ownership of base's handles.
#pragma once

#include <memory>

#include "json.h"

namespace assay {

struct JsonFree {
    void operator()(assay_json_doc* doc) const { assay_json_free(&doc); }
};
using JsonDoc = std::unique_ptr<assay_json_doc, JsonFree>;

struct ReportFree {
    void operator()(assay_report* report) const { assay_report_free(&report); }
};
using Report = std::unique_ptr<assay_report, ReportFree>;

} // namespace assay
