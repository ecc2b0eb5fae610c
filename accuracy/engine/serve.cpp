// The evaluator's side: questions in, accuracies out.
#include <cerrno>
#include <cstring>
#include <memory>

#include "child_process.hpp"
#include "contract.h"
#include "environment.hpp"
#include "guarded.hpp"
#include "handles.hpp"
#include "network.hpp"
#include "protocol.hpp"
#include "settings.hpp"

namespace assay {
namespace {

// Greetings list every layer of the network.
constexpr size_t max_question = 16 << 20;

struct AccuracyClose {
    void operator()(assay_accuracy* env) const { assay_accuracy_close(&env); }
};
using Environment = std::unique_ptr<assay_accuracy, AccuracyClose>;

struct PolicyFree {
    void operator()(assay_policy* policy) const { assay_policy_free(&policy); }
};

std::string all_messages(const assay_report* report) {
    std::string out;
    for (size_t i = 0; i < assay_report_kept(report); ++i) {
        out += (i == 0 ? "" : "; ") + std::string(assay_report_text(report, i));
    }
    return out;
}

class Server {
  public:
    Server(const assay_accuracy_settings& settings, int in, int out, assay_report* report)
        : settings_(settings), out_(out), report_(report), reader_(in, max_question) {}

    assay_status run() {
        std::string line;
        LineOutcome outcome = reader_.read({}, line);
        assay_status status = outcome == LineOutcome::line ? open(line) : stop(outcome);
        while (status == ASSAY_OK) {
            outcome = reader_.read({}, line);
            if (outcome != LineOutcome::line) {
                return stop(outcome);
            }
            status = say(answer(line));
        }
        return status;
    }

  private:
    assay_status stop(LineOutcome outcome) {
        if (outcome == LineOutcome::ended) {
            return ASSAY_OK;
        }
        if (outcome == LineOutcome::too_long) {
            assay_report_add(report_, "a question of more than %zu bytes", max_question);
            say(refusal_line("a line that is too long"));
            return ASSAY_BAD_INPUT;
        }
        assay_report_add(report_, "cannot talk to whoever asks: %s", strerror(errno));
        return ASSAY_IO;
    }

    assay_status say(const std::string& line) {
        const LineOutcome outcome = write_line(out_, line, {});
        return outcome == LineOutcome::line ? ASSAY_OK : stop(outcome);
    }

    // What is wrong is told to both sides.
    assay_status open(const std::string& line) {
        assay_status status = open_environment(line);
        if (status != ASSAY_OK) {
            say(refusal_line(all_messages(report_)));
            return status;
        }
        return say(ready_line(assay_accuracy_network_name(env_.get())));
    }

    assay_status open_environment(const std::string& line) {
        Greeting greeting = greeting_of(settings_);
        std::shared_ptr<const assay_workload> workload;
        std::string path;
        assay_status status = check_settings(settings_, report_);
        if (status == ASSAY_OK) {
            status = load_workload(settings_.network, workload, path, report_);
        }
        if (status == ASSAY_OK) {
            status = read_greeting(line, workload.get(), greeting, report_);
        }
        if (status != ASSAY_OK) {
            return status;
        }
        settings_.images = greeting.images;
        settings_.seed = greeting.seed;
        settings_.finetune_epochs = greeting.finetune_epochs;
        settings_.finetune_rate = greeting.finetune_rate;
        settings_.finetune_images = greeting.finetune_images;
        settings_.split = greeting.split;
        assay_accuracy* env = nullptr;
        status = assay_accuracy_open(&settings_, &env, report_);
        env_.reset(env);
        return status;
    }

    // A mistake in one question is its answer.
    std::string answer(const std::string& line) {
        Report report(assay_report_new());
        Question question;
        question.split = settings_.split;
        assay_accuracy_result result;
        if (read_question(line, question, report.get()) != ASSAY_OK ||
            evaluate(question, result, report.get()) != ASSAY_OK) {
            return error_line(question.id, all_messages(report.get()));
        }
        return answer_line(question.id,
                           {result.top1, result.loss, result.images, result.size_bits, false});
    }

    assay_status evaluate(const Question& question, assay_accuracy_result& out,
                          assay_report* report) {
        assay_policy* parsed = nullptr;
        if (!question.policy.empty()) {
            const assay_status status =
                assay_policy_parse(question.policy.data(), question.policy.size(), "policy",
                                   env_->workload.get(), &parsed, report);
            if (status != ASSAY_OK) {
                return status;
            }
        }
        std::unique_ptr<assay_policy, PolicyFree> policy(parsed);
        return evaluate_split(*env_, policy.get(), question.split, out, report);
    }

    assay_accuracy_settings settings_;
    int out_;
    assay_report* report_;
    LineReader reader_;
    Environment env_;
};

} // namespace
} // namespace assay

using namespace assay;

assay_status assay_accuracy_serve(const assay_accuracy_settings* settings, int in, int out,
                                  assay_report* report) {
    ASSAY_REQUIRE(settings != nullptr && report != nullptr);
    return guarded(report, [&] { return Server(*settings, in, out, report).run(); });
}
