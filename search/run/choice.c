#include "choice.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"
#include "suggest.h"

enum {
    MAX_NAMES = 64,
    MAX_EVALUATIONS = 10000000, /* all of them are held in memory */
    MAX_NAME = 128
};

/* ---- Task and algorithm ---- */

static void report_unknown(const char* what, const char* name, const char* const* names,
                           assay_report* report) {
    const char* near = assay_suggest(name, names);
    if (near != NULL) {
        assay_report_add(report, "unknown %s %s, did you mean \"%s\"?", what,
                         assay_quote(name).text, near);
        return;
    }
    char legal[512];
    size_t used = 0;
    legal[0] = '\0';
    for (size_t i = 0; names[i] != NULL && used < sizeof legal; i++) {
        used += (size_t)snprintf(legal + used, sizeof legal - used, "%s%s", i > 0 ? ", " : "",
                                 names[i]);
    }
    assay_report_add(report, "unknown %s %s; there are %s", what, assay_quote(name).text, legal);
}

static void find_task(const assay_search_settings* settings, assay_choice* out,
                      assay_report* report) {
    if (settings->task == NULL) {
        assay_report_add(report, "--task NAME is missing");
        return;
    }
    out->task = assay_task_find(settings->task);
    if (out->task == NULL) {
        const char* names[MAX_NAMES + 1] = {NULL};
        for (size_t i = 0; i < assay_task_total && i < MAX_NAMES; i++) {
            names[i] = assay_tasks[i]->name;
        }
        report_unknown("task", settings->task, names, report);
    }
}

static void find_algorithm(const assay_search_settings* settings, assay_choice* out,
                           assay_report* report) {
    const char* name = settings->algorithm;
    if (name == NULL && out->task == NULL) {
        return;
    }
    name = name != NULL ? name : out->task->algorithm;
    out->algorithm = assay_algorithm_find(name);
    if (out->algorithm == NULL) {
        const char* names[MAX_NAMES + 1] = {NULL};
        for (size_t i = 0; i < assay_algorithm_total && i < MAX_NAMES; i++) {
            names[i] = assay_algorithms[i]->name;
        }
        report_unknown("algorithm", name, names, report);
    }
}

/* ---- Options ---- */

static bool fill_defaults(const assay_option_table* table, void** values) {
    *values = calloc(1, table->values_size > 0 ? table->values_size : 1);
    if (*values != NULL) {
        assay_options_defaults(table, *values);
    }
    return *values != NULL;
}

/* "name=value", or "owner.name=value" where both tables have the name. */
static void set_option(const assay_choice* c, const char* text, assay_report* report) {
    const assay_option_table *task = &c->task->options, *algorithm = &c->algorithm->options;
    const char* equals = strchr(text, '=');
    char name[MAX_NAME];
    if (equals == NULL || (size_t)(equals - text) >= sizeof name) {
        assay_report_add(report, "--set: %s is not NAME=VALUE", assay_quote(text).text);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
    char* dot = strchr(name, '.');
    const char* key = dot != NULL ? dot + 1 : name;
    if (dot != NULL) {
        *dot = '\0';
    }
    bool of_task = (dot == NULL || strcmp(name, task->owner) == 0) && assay_option_find(task, key);
    bool of_algorithm =
        (dot == NULL || strcmp(name, algorithm->owner) == 0) && assay_option_find(algorithm, key);
    if (of_task && of_algorithm) {
        assay_report_add(report, "--set: both %s and %s have an option %s: say %s.%s or %s.%s",
                         task->owner, algorithm->owner, key, task->owner, key, algorithm->owner,
                         key);
    } else if (of_task) {
        assay_option_set_text(task, c->task_options, key, equals + 1, "--set", report);
    } else if (of_algorithm) {
        assay_option_set_text(algorithm, c->algorithm_options, key, equals + 1, "--set", report);
    } else {
        const char* near = assay_option_suggest(algorithm, key);
        near = near != NULL ? near : assay_option_suggest(task, key);
        assay_report_add(report,
                         "--set: neither the task %s nor the algorithm %s has an option %s%s%s",
                         c->task->name, c->algorithm->name, assay_quote(key).text,
                         near != NULL ? ", did you mean " : "", near != NULL ? near : "");
    }
}

assay_status assay_choice_make(const assay_search_settings* settings, assay_choice* out,
                               assay_report* report) {
    *out = (assay_choice){0};
    size_t before = assay_report_count(report);
    find_task(settings, out, report);
    find_algorithm(settings, out, report);
    if (settings->evaluations > MAX_EVALUATIONS) {
        assay_report_add(report, "--evaluations: %" PRIu64 " is not in 1 .. %d",
                         settings->evaluations, MAX_EVALUATIONS);
    }
    if (out->task == NULL || out->algorithm == NULL) {
        return ASSAY_BAD_INPUT;
    }
    out->evaluations = settings->evaluations > 0 ? settings->evaluations : out->task->evaluations;
    if (!fill_defaults(&out->task->options, &out->task_options) ||
        !fill_defaults(&out->algorithm->options, &out->algorithm_options)) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < settings->set_count; i++) {
        set_option(out, settings->set[i], report);
    }
    return assay_report_count(report) == before ? ASSAY_OK : ASSAY_BAD_INPUT;
}

void assay_choice_free(assay_choice* choice) {
    free(choice->task_options);
    free(choice->algorithm_options);
    *choice = (assay_choice){0};
}

bool assay_choice_fits(const assay_algorithm* algorithm, const assay_problem* problem,
                       const char* task, assay_report* report) {
    const char* missing = NULL;
    if ((algorithm->needs & ASSAY_NEEDS_SEPARABLE) != 0 && problem->separable == NULL) {
        missing = "rewards and costs that are sums over layers";
    } else if ((algorithm->needs & ASSAY_NEEDS_STATE) != 0 && problem->space.state == NULL) {
        missing = "a state that an agent sees";
    }
    if (missing != NULL) {
        assay_report_add(report, "the algorithm %s needs %s, which the task %s has not here",
                         algorithm->name, missing, task);
    }
    return missing == NULL;
}
