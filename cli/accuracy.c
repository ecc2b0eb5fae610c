/* assay accuracy: what a network is worth under a policy, on real data. */
#include <inttypes.h>
#include <math.h>
#include <time.h>
#include <unistd.h>

#include "accuracy_request.h"
#include "command.h"
#include "format.h"
#include "interrupt.h"
#include "output.h"

/* Everything that is opened for one call. */
typedef struct session {
    const accuracy_request* request;
    assay_accuracy* env;
    assay_policy* policy; /* NULL: the float network */
    assay_accuracy_result result;
    double seconds; /* of the evaluation, for people: nothing depends on it */
} session;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static uint64_t size_bytes(const assay_accuracy_result* result) {
    return result->size_bits / 8 + (result->size_bits % 8 != 0);
}

static void print_json(const session* s, cli_text* out) {
    const assay_accuracy_result* r = &s->result;
    assay_json_writer* w = assay_json_writer_new(2);
    if (w == NULL) {
        out->failed = true;
        return;
    }
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "network", assay_accuracy_network_name(s->env));
    assay_json_write_string(w, "split", assay_split_name(s->request->settings.split));
    assay_json_write_uint(w, "images", r->images);
    assay_json_write_real(w, "top1", r->top1);
    assay_json_write_real(w, "loss", r->loss);
    assay_json_write_string(w, "policy_hash", r->policy_hash);
    assay_json_write_uint(w, "size_bytes", size_bytes(r));
    assay_json_write_real(w, "seconds", s->seconds);
    assay_json_end_object(w);
    cli_json_finish(&w, out);
}

static void print_text(const session* s, cli_text* out) {
    const assay_accuracy_result* r = &s->result;
    cli_text_add(out, "network  %s\n", assay_accuracy_network_name(s->env));
    cli_text_add(out, "split    %s, %" PRIu64 " images\n",
                 assay_split_name(s->request->settings.split), r->images);
    cli_text_add(out, "top-1    %.2f %%\n", 100 * r->top1);
    if (isfinite(r->loss)) {
        cli_text_add(out, "loss     %.4f\n", r->loss);
    }
    cli_text_add(out, "size     %" PRIu64 " bytes\n", size_bytes(r));
    cli_text_add(out, "policy   %s\n", s->policy != NULL ? r->policy_hash : "none (float)");
}

static assay_status evaluate(session* s, assay_report* report) {
    double began = now_s();
    assay_status status = assay_accuracy_evaluate(s->env, s->policy, &s->result, report);
    s->seconds = now_s() - began;
    return status;
}

static assay_status print(const session* s, assay_report* report) {
    cli_text text = {0};
    (s->request->json ? print_json : print_text)(s, &text);
    assay_status status = cli_output_text(s->request->out, &text, report);
    cli_text_free(&text);
    return status;
}

static assay_status run_session(session* s, assay_report* report) {
    const accuracy_request* r = s->request;
    assay_status status = r->out != NULL ? cli_output_check(r->out, report) : ASSAY_OK;
    if (status == ASSAY_OK) {
        status = assay_accuracy_open(&r->settings, &s->env, report);
    }
    if (status == ASSAY_OK) {
        status =
            policy_choice_open(&r->policy, assay_accuracy_workload(s->env), &s->policy, report);
    }
    if (status == ASSAY_OK) {
        status = evaluate(s, report);
    }
    if (status == ASSAY_OK && r->integers != NULL) {
        status = assay_accuracy_integers(s->env, s->policy, r->image, r->integers, report);
    }
    return status;
}

static assay_status evaluate_once(const accuracy_request* request, assay_report* report) {
    session s = {.request = request};
    assay_status status = run_session(&s, report);
    if (status == ASSAY_OK) {
        status = print(&s, report);
    }
    if (status == ASSAY_INTERRUPTED) {
        assay_report_add(report, "stopped on request");
    }
    assay_policy_free(&s.policy);
    assay_accuracy_close(&s.env);
    return status;
}

static void check(const cli_arguments* arguments, assay_report* report) {
    accuracy_request scratch;
    accuracy_request_read(arguments, &scratch, report);
}

static assay_status run(const cli_arguments* arguments, assay_report* report) {
    accuracy_request request;
    accuracy_request_read(arguments, &request, report);
    if (request.serve) {
        return assay_accuracy_serve(&request.settings, STDIN_FILENO, STDOUT_FILENO, report);
    }
    net_progress progress = {.title = "fine-tuning", .unit = "steps", .quiet = request.quiet};
    request.settings.progress = net_progress_loss;
    request.settings.user = &progress;
    cli_interrupt_watch();
    assay_status status = evaluate_once(&request, report);
    assay_progress_end(&progress.bar);
    return status;
}

const cli_command cli_command_accuracy = {
    .name = "accuracy",
    .summary = "evaluates a network on data, quantised and pruned as a policy says",
    .operands = "",
    .options = accuracy_options,
    .option_count = ACCURACY_OPTION_COUNT,
    .notes = "Networks are NAME.json in $ASSAY_NETWORKS, traces/nets or $ASSAY_DATA/models. Their\n"
             "weights are what the file names, else NAME.safetensors or NAME_<data>.safetensors\n"
             "in $ASSAY_DATA/models. The search split (test images 0, 2, 4, ...) is for searches,\n"
             "the final split (1, 3, 5, ...) for the figure that is published. --external and\n"
             "--serve speak the protocol of docs/evaluator.md.\n",
    .check = check,
    .run = run,
};
