#include "settings.hpp"

#include "contract.h"

namespace assay {
namespace {

constexpr uint64_t accuracy_cookie = 0x6163637572616379;    // "accuracy"
constexpr uint64_t sensitivity_cookie = 0x73656e7369746976; // "sensitiv"
constexpr uint64_t train_cookie = 0x747261696e696e67;       // "training"
constexpr uint64_t max_integer = uint64_t{1} << 53;         // what JSON carries

// Adds a message per value out of range.
class RangeCheck {
  public:
    explicit RangeCheck(assay_report* report)
        : report_(report), before_(assay_report_count(report)) {}

    void uint(const char* name, uint64_t value, uint64_t low, uint64_t high) {
        if (value < low || value > high) {
            assay_report_add(report_, "%s: %llu, legal: %llu .. %llu", name,
                             static_cast<unsigned long long>(value),
                             static_cast<unsigned long long>(low),
                             static_cast<unsigned long long>(high));
        }
    }
    void real(const char* name, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            assay_report_add(report_, "%s: %g, legal: %g .. %g", name, value, low, high);
        }
    }
    void present(const char* name, const char* value) {
        if (value == nullptr || value[0] == '\0') {
            assay_report_add(report_, "%s: missing", name);
        }
    }
    assay_status status() const {
        return assay_report_count(report_) == before_ ? ASSAY_OK : ASSAY_BAD_INPUT;
    }

  private:
    assay_report* report_;
    size_t before_;
};

constexpr double almost_one = 0.999999;

} // namespace

assay_status check_settings(const assay_accuracy_settings& s, assay_report* report) {
    ASSAY_REQUIRE(s.cookie == accuracy_cookie);
    RangeCheck check(report);
    check.present("network", s.network);
    check.uint("images", s.images, 0, max_integer);
    check.uint("seed", s.seed, 0, max_integer);
    check.uint("calibration_images", s.calibration_images, 1, 10000);
    check.real("finetune_epochs", s.finetune_epochs, 0, 1000);
    check.real("finetune_rate", s.finetune_rate, 0, 10);
    check.uint("finetune_images", s.finetune_images, 0, max_integer);
    return check.status();
}

assay_status check_settings(const assay_sensitivity_settings& s, assay_report* report) {
    ASSAY_REQUIRE(s.cookie == sensitivity_cookie);
    RangeCheck check(report);
    check.uint("images", s.images, 1, 100000);
    check.uint("samples", s.samples, 0, 100000);
    check.real("tolerance", s.tolerance, 0, 1);
    check.uint("widths", s.widths, 0, (1u << ASSAY_WIDTHS) - 1);
    return check.status();
}

assay_status check_settings(const assay_train_settings& s, assay_report* report) {
    ASSAY_REQUIRE(s.cookie == train_cookie);
    RangeCheck check(report);
    check.present("out", s.out);
    check.uint("epochs", s.epochs, 1, 10000);
    check.uint("warmup", s.warmup, 0, s.epochs);
    check.uint("batch", s.batch, 1, 4096);
    check.uint("images", s.images, 0, max_integer);
    check.real("rate", s.rate, 0, 10);
    check.real("momentum", s.momentum, 0, almost_one);
    check.real("weight_decay", s.weight_decay, 0, 1);
    check.real("label_smoothing", s.label_smoothing, 0, almost_one);
    check.real("distill_alpha", s.distill_alpha, 0, 1);
    check.real("distill_temperature", s.distill_temperature, 0.01, 1000);
    return check.status();
}

QuantSettings quant_settings(const assay_accuracy_settings& s) {
    QuantSettings out;
    out.weight_clip = static_cast<Clip>(s.weight_clip);
    out.activation_clip = static_cast<Clip>(s.activation_clip);
    out.per_channel = s.per_channel;
    out.asymmetric = s.asymmetric;
    out.calibration_images = s.calibration_images;
    return out;
}

Greeting greeting_of(const assay_accuracy_settings& s) {
    Greeting out;
    out.split = s.split;
    out.images = s.images;
    out.seed = s.seed;
    out.finetune_epochs = s.finetune_epochs;
    out.finetune_rate = s.finetune_rate;
    out.finetune_images = s.finetune_images;
    return out;
}

// All candidates see the same order of images and the same shifts: what differs between them is the
// policy.
TrainSettings finetune_settings(const assay_accuracy_settings& s) {
    TrainSettings out;
    out.epochs = s.finetune_epochs;
    out.rate = s.finetune_rate;
    out.images = s.finetune_images;
    out.seed = s.seed;
    if (s.progress != nullptr) {
        out.progress = [progress = s.progress, user = s.user](uint64_t done, uint64_t total,
                                                              double loss) {
            return progress(user, done, total, loss);
        };
    }
    return out;
}

} // namespace assay

using namespace assay;

assay_accuracy_settings assay_default_accuracy_settings(void) {
    assay_accuracy_settings s{};
    s.split = ASSAY_SPLIT_SEARCH;
    s.seed = 1;
    s.fold = true;
    s.weight_clip = s.activation_clip = ASSAY_CLIP_MSE;
    s.per_channel = true;
    s.calibration_images = 256;
    s.finetune_rate = 0.001;
    s.external_limit_s = 600;
    s.cookie = accuracy_cookie;
    return s;
}

assay_sensitivity_settings assay_default_sensitivity_settings(void) {
    assay_sensitivity_settings s{};
    s.images = 128;
    s.tolerance = 0.001;
    s.seed = 1;
    s.widths = (1u << 4) | (1u << 8);
    s.cookie = sensitivity_cookie;
    return s;
}

assay_train_settings assay_default_train_settings(void) {
    assay_train_settings s{};
    s.epochs = 10;
    s.rate = 0.05;
    s.batch = 64;
    s.momentum = 0.9;
    s.weight_decay = 5e-4;
    s.distill_alpha = 1;
    s.distill_temperature = 4;
    s.augment = true;
    s.seed = 1;
    s.cookie = train_cookie;
    return s;
}
