// Training of a network that can be stopped at any moment and goes on from its last whole epoch.
#include <unistd.h>

#include <cstdio>

#include "content_hash.hpp"
#include "contract.h"
#include "environment.hpp"
#include "guarded.hpp"
#include "policy.hpp"
#include "settings.hpp"
#include "teacher.hpp"
#include "training_file.hpp"

namespace assay {
namespace {

TrainSettings engine_settings(const assay_train_settings& s) {
    TrainSettings out;
    out.epochs = s.epochs;
    out.rate = s.rate;
    out.warmup_epochs = s.warmup;
    out.momentum = s.momentum;
    out.weight_decay = s.weight_decay;
    out.label_smoothing = s.label_smoothing;
    out.distill_alpha = s.distill_alpha;
    out.distill_temperature = s.distill_temperature;
    out.augment = s.augment;
    out.batch = s.batch;
    out.images = s.images;
    out.seed = s.seed;
    out.pact = s.pact;
    return out;
}

// What a training is: a part of one goes on only with the same.
std::string identity(const assay_accuracy& env, const assay_policy* policy,
                     const assay_train_settings& s, const Model* teacher) {
    ContentHash hash;
    hash.string("model", env.model->hash);
    if (teacher != nullptr) {
        hash.string("teacher", teacher->hash);
    }
    hash.string("data", env.data->name);
    if (policy != nullptr) {
        char text[33];
        assay_policy_hash(policy, text);
        hash.string("policy", text);
    }
    const QuantSettings quant = quant_settings(env.settings);
    hash.uint("clips", static_cast<uint64_t>(quant.weight_clip) * 4 +
                           static_cast<uint64_t>(quant.activation_clip));
    hash.uint("kinds", (quant.per_channel ? 1u : 0u) | (quant.asymmetric ? 2u : 0u));
    hash.uint("calibration", quant.calibration_images);
    for (uint64_t value : {uint64_t{s.epochs}, uint64_t{s.warmup}, uint64_t{s.batch}, s.images,
                           s.seed, uint64_t{s.augment}, uint64_t{s.pact}, env.settings.seed}) {
        hash.uint("setting", value);
    }
    for (double value : {s.rate, s.momentum, s.weight_decay, s.label_smoothing, s.distill_alpha,
                         s.distill_temperature}) {
        hash.real("setting", value);
    }
    return hash.text();
}

class Training {
  public:
    // `teacher`: null for the network itself.
    Training(assay_accuracy& env, const assay_policy* policy, const assay_train_settings& settings,
             std::shared_ptr<const Model> teacher, assay_report* report)
        : env_(env), policy_(policy), settings_(settings), teacher_(std::move(teacher)),
          report_(report), path_(std::string(settings.out) + ".part") {
        part_.identity = identity(env, policy, settings, teacher_.get());
    }

    assay_status run() {
        TrainSettings to_do = engine_settings(settings_);
        to_do.teacher = teacher_;
        to_do.progress = [this](uint64_t done, uint64_t total, double loss) {
            return go_on(done, total, loss);
        };
        to_do.checkpoint = [this](const TrainState& state,
                                  const std::vector<Parameters>& parameters) {
            save(state, parameters);
        };
        env_.engine->restore();
        assay_status status = ASSAY_OK;
        if (settings_.resume && access(path_.c_str(), F_OK) == 0) {
            status = load();
            to_do.resume = &part_.state;
        }
        if (status == ASSAY_OK) {
            status = env_.engine->train(policy_, to_do, report_);
        }
        status = saved_ == ASSAY_OK ? status : saved_;
        return status == ASSAY_OK ? finish() : status;
    }

  private:
    bool go_on(uint64_t done, uint64_t total, double loss) const {
        return saved_ == ASSAY_OK && (settings_.progress == nullptr ||
                                      settings_.progress(settings_.user, done, total, loss));
    }

    assay_status load() {
        const std::string wanted = part_.identity;
        const assay_status status =
            read_training_part(path_.c_str(), env_.engine->parameters(), part_, report_);
        if (status != ASSAY_OK) {
            return status;
        }
        if (part_.identity != wanted) {
            assay_report_add(report_,
                             "%s: is of another training (network, data, policy or settings "
                             "differ); without resuming it is replaced",
                             path_.c_str());
            return ASSAY_BAD_INPUT;
        }
        env_.engine->set_parameters(part_.parameters);
        return ASSAY_OK;
    }

    void save(const TrainState& state, const std::vector<Parameters>& parameters) {
        saved_ = write_training_part({part_.identity, parameters, state}, path_.c_str(), report_);
    }

    assay_status finish() {
        const assay_status status =
            save_parameters(*env_.workload, env_.engine->parameters(), settings_.out, report_);
        if (status == ASSAY_OK) {
            std::remove(path_.c_str());
        }
        return status;
    }

    assay_accuracy& env_;
    const assay_policy* policy_;
    const assay_train_settings& settings_;
    std::shared_ptr<const Model> teacher_;
    assay_report* report_;
    std::string path_;
    TrainingPart part_;
    assay_status saved_ = ASSAY_OK; // of the last checkpoint; a failed one ends the training
};

assay_status train(assay_accuracy& env, const assay_policy* policy,
                   const assay_train_settings& settings, assay_report* report) {
    assay_status status = check_settings(settings, report);
    const assay_status able = require_engine(env, "training", report);
    status = status == ASSAY_OK ? able : status;
    std::shared_ptr<const Model> teacher;
    if (settings.teacher != nullptr) {
        const assay_status loaded = load_teacher(settings.teacher, *env.workload, teacher, report);
        status = status == ASSAY_OK ? loaded : status;
    }
    return status == ASSAY_OK ? Training(env, policy, settings, teacher, report).run() : status;
}

} // namespace
} // namespace assay

using namespace assay;

assay_status assay_accuracy_train(assay_accuracy* env, const assay_policy* policy,
                                  const assay_train_settings* settings, assay_report* report) {
    ASSAY_REQUIRE(env != nullptr && settings != nullptr && report != nullptr);
    return guarded(report, [&] { return train(*env, policy, *settings, report); });
}
