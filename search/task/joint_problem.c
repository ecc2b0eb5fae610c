#include "joint.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "haq_costs.h"

static const unsigned reference_bits[JOINT_REFERENCES] = {8, 6, 4};

void joint_bits(const joint* j, const unsigned* x, haq_bits* bits) {
    const unsigned* at = x + joint_machine_variables(j);
    for (size_t i = 0; i < j->layers.count; i++) {
        const haq_bits low = j->layers.layers[i].low;
        bits[i] = (haq_bits){low.w + at[2 * i], low.a + at[2 * i + 1]};
    }
}

/* ---- Within the space: the machine's part, whatever the widths ---- */

static bool is_feasible(void* user, const unsigned* x) {
    joint* j = user;
    return j->hw.problem.feasible(j->hw.problem.user, x);
}

static bool repair(void* user, unsigned* x) {
    joint* j = user;
    return j->hw.problem.repair(j->hw.problem.user, x);
}

/* ---- Opening ---- */

static void check_ranges(const haq_ranges* r, assay_report* report) {
    if (r->w_min > r->w_max) {
        assay_report_add(report, "--set w_min: %u is greater than w_max, %u", r->w_min, r->w_max);
    }
    if (r->a_min > r->a_max) {
        assay_report_add(report, "--set a_min: %u is greater than a_max, %u", r->a_min, r->a_max);
    }
}

static void check_machine(const joint* j, assay_report* report) {
    const assay_accelerator_info* info = assay_hw_accelerator(j->hw.space->hw);
    if (info->fixed_widths) {
        assay_report_add(report,
                         "%s: %s computes every layer at widths of its own; no policy changes what "
                         "it takes",
                         j->hw.settings->hw, info->name);
    }
    if (j->hw.network_count != 1) {
        assay_report_add(report, "--network: a policy is of one network, here are %zu",
                         j->hw.network_count);
    }
}

static bool allocate(joint* j) {
    const size_t n = j->variables;
    bool good = true;
    j->choices = calloc(n, sizeof *j->choices);
    j->group = calloc(n, sizeof *j->group);
    j->state = calloc(n, HAQ_FEATURES * sizeof *j->state);
    j->names = calloc(n, sizeof *j->names);
    for (size_t v = 0; v < n && j->names != NULL && good; v++) {
        j->names[v] = malloc(JOINT_NAME_BYTES);
        good = j->names[v] != NULL;
    }
    for (size_t i = 0; i < JOINT_REFERENCES; i++) {
        j->reference_x[i] = calloc(n, sizeof **j->reference_x);
        good = good && j->reference_x[i] != NULL;
    }
    return good && j->choices != NULL && j->group != NULL && j->state != NULL && j->names != NULL;
}

static void fill(joint* j) {
    const size_t machine = joint_machine_variables(j);
    for (size_t v = 0; v < machine; v++) {
        j->choices[v] = j->hw.choices[v];
        j->group[v] = v;
        j->state[v * HAQ_FEATURES] = j->hw.state[v * j->hw.problem.space.features];
        snprintf(j->names[v], JOINT_NAME_BYTES, "%s", j->hw.names[v]);
    }
    haq_state(&j->layers, j->state + machine * HAQ_FEATURES);
    for (size_t i = 0; i < j->layers.count; i++) {
        const haq_layer* l = &j->layers.layers[i];
        const size_t at = machine + 2 * i;
        j->choices[at] = l->high.w - l->low.w + 1;
        j->choices[at + 1] = l->high.a - l->low.a + 1;
        j->group[at] = j->group[at + 1] = machine + i;
        snprintf(j->names[at], JOINT_NAME_BYTES, "%.64s.w_bits", l->name);
        snprintf(j->names[at + 1], JOINT_NAME_BYTES, "%.64s.a_bits", l->name);
    }
}

/* The machine as given at fixed widths, where both can be proposed. */
static void make_references(joint* j) {
    const size_t machine = joint_machine_variables(j);
    const haq_ranges* r = &j->ranges;
    for (size_t k = 0; k < JOINT_REFERENCES && hw_base_is_a_candidate(&j->hw); k++) {
        const unsigned bits = reference_bits[k];
        if (bits < r->w_min || bits < r->a_min || bits > r->w_max || bits > r->a_max) {
            continue;
        }
        unsigned* x = j->reference_x[k];
        memcpy(x, j->hw.base_x, machine * sizeof *x);
        for (size_t i = 0; i < j->layers.count; i++) {
            const haq_layer* l = &j->layers.layers[i];
            const haq_bits fixed = haq_clamp(l, (haq_bits){bits, bits});
            x[machine + 2 * i] = fixed.w - l->low.w;
            x[machine + 2 * i + 1] = fixed.a - l->low.a;
        }
        char* name = j->reference_names[k];
        snprintf(name, JOINT_NAME_BYTES, "as given, %u bits", bits);
        j->references[j->reference_count++] = (assay_named_candidate){name, x};
    }
}

static assay_status pose_problem(joint* j) {
    j->variables = joint_machine_variables(j) + 2 * j->layers.count;
    if (!allocate(j)) {
        return ASSAY_NO_MEMORY;
    }
    fill(j);
    make_references(j);
    j->problem = (assay_problem){.space = {.variables = j->variables,
                                           .choices = j->choices,
                                           .names = (const char* const*)j->names,
                                           .group = j->group,
                                           .state = j->state,
                                           .features = HAQ_FEATURES,
                                           .previous_action = HAQ_PREVIOUS_ACTION,
                                           .flag = HAQ_FLAG},
                                 .repair = repair,
                                 .feasible = is_feasible,
                                 .user = j};
    return ASSAY_OK;
}

bool joint_goes_on(void* user, size_t done) {
    const joint* j = user;
    const assay_search_settings* s = j->hw.settings;
    const assay_search_progress progress = {.phase = "", .done = done, .best_reward = NAN};
    return s->progress == NULL || s->progress(s->user, &progress);
}

static assay_status start_workers(joint* j, assay_report* report) {
    const assay_search_settings* s = j->hw.settings;
    assay_accuracy_pool_settings pool = {.accuracy = assay_default_accuracy_settings(),
                                         .workload = j->hw.networks[0],
                                         .jobs = haq_jobs(s)};
    pool.accuracy.network = s->network;
    pool.accuracy.data = s->data;
    pool.accuracy.external = s->external;
    pool.accuracy.external_limit_s = j->limit_s;
    pool.accuracy.images = j->images;
    /* An external evaluator is watched by its worker. */
    pool.limit_s = s->external == NULL ? j->limit_s : 0;
    const assay_accuracy_question question = {.label = "the float network"};
    assay_status status = assay_accuracy_pool_new(&pool, &j->pool);
    status = status == ASSAY_OK ? assay_accuracy_pool_ask(j->pool, &question, 1, joint_goes_on, j,
                                                          &j->original, report)
                                : status;
    if (status == ASSAY_OK && isnan(j->original.top1)) {
        assay_report_add(report,
                         "%s: the float network cannot be evaluated: rewards are relative to its "
                         "accuracy",
                         s->network);
        return ASSAY_IO;
    }
    return status;
}

assay_status joint_open(joint* j, assay_report* report) {
    const size_t before = assay_report_count(report);
    check_ranges(&j->ranges, report);
    assay_status status = hw_problem_open(&j->hw, report);
    if (status == ASSAY_OK) {
        check_machine(j, report);
    }
    if (status == ASSAY_OK && assay_report_count(report) > before) {
        status = ASSAY_BAD_INPUT;
    }
    status = status == ASSAY_OK ? haq_layers_make(j->hw.networks[0], j->hw.settings->network,
                                                  &j->ranges, &j->layers, report)
                                : status;
    status = status == ASSAY_OK ? pose_problem(j) : status;
    return status == ASSAY_OK ? start_workers(j, report) : status;
}

void joint_free(joint* j) {
    assay_accuracy_pool_free(&j->pool);
    for (size_t v = 0; v < j->variables && j->names != NULL; v++) {
        free(j->names[v]);
    }
    for (size_t i = 0; i < JOINT_REFERENCES; i++) {
        free(j->reference_x[i]);
    }
    void* const owned[] = {j->choices, j->group, j->state, j->names};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        free(owned[i]);
    }
    haq_layers_free(&j->layers);
    hw_problem_free(&j->hw);
}
