#include "train_settings.hpp"

#include <cmath>

namespace assay {
namespace {

struct Range {
    const char* name;
    double value, low, high;
    bool open; // `high` itself is none
};

bool check(const Range& range, assay_report* report) {
    const bool below_high = range.open ? range.value < range.high : range.value <= range.high;
    if (range.value >= range.low && below_high) {
        return true;
    }
    assay_report_add(report, "training: %s is %g; legal: %g .. %g%s", range.name, range.value,
                     range.low, range.high, range.open ? " (exclusive)" : "");
    return false;
}

bool fail(assay_report* report, const char* text) {
    assay_report_add(report, "training: %s", text);
    return false;
}

} // namespace

assay_status check_train_settings(const TrainSettings& s, const Dataset& data, bool has_teacher,
                                  assay_report* report) {
    bool fine = true;
    for (const Range& range :
         {Range{"epochs", s.epochs, 0, 1e5, false}, Range{"rate", s.rate, 0, 1e3, false},
          Range{"warmup_epochs", s.warmup_epochs, 0, 1e5, false},
          Range{"momentum", s.momentum, 0, 1, true},
          Range{"weight_decay", s.weight_decay, 0, 1, false},
          Range{"label_smoothing", s.label_smoothing, 0, 1, true},
          Range{"distill_alpha", s.distill_alpha, 0, 1, false},
          Range{"distill_temperature", s.distill_temperature, 0.01, 1e3, false},
          Range{"batch", static_cast<double>(s.batch), 1, 65536, false}}) {
        fine = check(range, report) && fine;
    }
    if (s.distill_alpha < 1 && !has_teacher) {
        fine = fail(report, "distillation needs a teacher; none is there");
    }
    if (data.train.count == 0) {
        assay_report_add(report, "training: the data (%s) have no images for training",
                         data.label.c_str());
        fine = false;
    }
    return fine ? ASSAY_OK : ASSAY_BAD_INPUT;
}

} // namespace assay
