#include "environment.hpp"

#include <cmath>
#include <cstring>

#include "contract.h"
#include "guarded.hpp"
#include "loader.hpp"
#include "network.hpp"
#include "policy.hpp"
#include "policy_size.hpp"
#include "settings.hpp"

namespace assay {
namespace {

assay_status open_built_in(const assay_accuracy_settings& settings, assay_accuracy& env,
                           assay_report* report) {
    std::shared_ptr<Model> model;
    std::shared_ptr<Dataset> data;
    // First: without an engine nobody should look for weights or wait for data.
    assay_status status = require_engine_module(report);
    if (status == ASSAY_OK) {
        status = load_model(settings, model, report);
    }
    // The data's mistakes are told together with those of the weights.
    if (model != nullptr) {
        const assay_status data_status = load_data(settings, *model->workload, data, report);
        status = status == ASSAY_OK ? data_status : status;
    }
    if (status != ASSAY_OK) {
        return status;
    }
    env.model = model;
    env.workload = model->workload;
    env.data = data;
    return open_engine({env.model, env.data, quant_settings(settings), settings.seed}, env.engine,
                       report);
}

Patience patience_of(const assay_accuracy_settings& settings) {
    Patience out;
    out.limit_s = settings.external_limit_s;
    if (settings.progress != nullptr) {
        out.go_on = [progress = settings.progress, user = settings.user] {
            return progress(user, 0, 0, NAN); // how far it is, is not known
        };
    }
    return out;
}

assay_status open_external(const assay_accuracy_settings& settings, assay_accuracy& env,
                           assay_report* report) {
    std::string path;
    const assay_status status = load_workload(settings.network, env.workload, path, report);
    if (status != ASSAY_OK) {
        return status;
    }
    env.external = std::make_unique<ExternalEvaluator>(
        *env.workload, settings.external, greeting_of(settings), patience_of(settings));
    return env.external->open(report);
}

void forget_texts(assay_accuracy_settings& settings) {
    settings.network = settings.weights = settings.dataset = settings.data = nullptr;
    settings.external = nullptr;
}

assay_status open(const assay_accuracy_settings& settings, assay_accuracy** out,
                  assay_report* report) {
    assay_status status = check_settings(settings, report);
    if (status != ASSAY_OK) {
        return status;
    }
    auto env = std::make_unique<assay_accuracy>();
    env->settings = settings;
    forget_texts(env->settings);
    status = settings.external != nullptr ? open_external(settings, *env, report)
                                          : open_built_in(settings, *env, report);
    if (status == ASSAY_OK) {
        *out = env.release();
    }
    return status;
}

// Restores the network whatever happens in between.
class Restored {
  public:
    explicit Restored(Engine& engine) : engine_(engine) { engine_.restore(); }
    ~Restored() { engine_.restore(); }
    Restored(const Restored&) = delete;
    Restored& operator=(const Restored&) = delete;

  private:
    Engine& engine_;
};

assay_status evaluate_tuned(assay_accuracy& env, const assay_policy* policy, assay_split split,
                            Evaluation& out, assay_report* report) {
    const auto of = static_cast<Split>(split);
    if (env.settings.finetune_epochs <= 0) {
        return env.engine->evaluate(policy, of, env.settings.images, out, report);
    }
    Restored restored(*env.engine);
    const assay_status status = env.engine->train(policy, finetune_settings(env.settings), report);
    return status == ASSAY_OK ? env.engine->evaluate(policy, of, env.settings.images, out, report)
                              : status;
}

assay_status evaluate_built_in(assay_accuracy& env, const assay_policy* policy, assay_split split,
                               assay_accuracy_result& out, assay_report* report) {
    Evaluation found;
    const assay_status status = evaluate_tuned(env, policy, split, found, report);
    out.top1 = found.top1();
    out.loss = found.loss;
    out.divergence = found.divergence;
    out.images = found.images;
    out.reused_layers = found.reused_layers;
    out.size_bits = storage_bits(*env.workload, env.model->parameters, policy);
    return status;
}

assay_status evaluate_external(assay_accuracy& env, const assay_policy* policy,
                               assay_accuracy_result& out, assay_report* report) {
    Answer answer;
    const assay_status status = env.external->ask(policy, answer, report);
    out.top1 = answer.top1;
    out.loss = answer.loss;
    out.divergence = NAN;
    out.images = answer.images != 0 ? answer.images : env.settings.images;
    out.size_bits =
        answer.size_bits != 0 ? answer.size_bits : storage_bits(*env.workload, {}, policy);
    return status;
}

void write_hash(const assay_accuracy& env, const assay_policy* policy, char out[33]) {
    if (policy != nullptr) {
        assay_policy_hash(policy, out);
        return;
    }
    const std::string& hash = env.model ? env.model->hash : env.workload->hash;
    std::strncpy(out, hash.c_str(), 32);
    out[32] = '\0';
}

} // namespace

assay_status evaluate_split(assay_accuracy& env, const assay_policy* policy, assay_split split,
                            assay_accuracy_result& out, assay_report* report) {
    ASSAY_REQUIRE(policy == nullptr || policy->layers.size() == env.workload->layers.size());
    out = assay_accuracy_result{};
    write_hash(env, policy, out.policy_hash);
    return env.external ? evaluate_external(env, policy, out, report)
                        : evaluate_built_in(env, policy, split, out, report);
}

assay_status require_engine(const assay_accuracy& env, const char* what, assay_report* report) {
    if (env.engine) {
        return ASSAY_OK;
    }
    assay_report_add(report, "%s needs the built-in engine; an external evaluator only evaluates",
                     what);
    return ASSAY_BAD_INPUT;
}

} // namespace assay

using namespace assay;

assay_status assay_accuracy_open(const assay_accuracy_settings* settings, assay_accuracy** out,
                                 assay_report* report) {
    ASSAY_REQUIRE(settings != nullptr && out != nullptr && report != nullptr);
    *out = nullptr;
    return guarded(report, [&] { return open(*settings, out, report); });
}

const assay_workload* assay_accuracy_workload(const assay_accuracy* env) {
    ASSAY_REQUIRE(env != nullptr);
    return env->workload.get();
}

const char* assay_accuracy_network_name(const assay_accuracy* env) {
    ASSAY_REQUIRE(env != nullptr);
    return env->workload->name.c_str();
}

assay_status assay_accuracy_evaluate(assay_accuracy* env, const assay_policy* policy,
                                     assay_accuracy_result* out, assay_report* report) {
    ASSAY_REQUIRE(env != nullptr && out != nullptr && report != nullptr);
    return guarded(report,
                   [&] { return evaluate_split(*env, policy, env->settings.split, *out, report); });
}

void assay_accuracy_close(assay_accuracy** env) {
    ASSAY_REQUIRE(env != nullptr);
    delete *env;
    *env = nullptr;
}
