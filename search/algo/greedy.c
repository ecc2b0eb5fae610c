/* Greedy by gain per cost on the separable estimate: up from the cheapest choices, down from the
 * most valuable ones, or both. */
#include "answers.h"
#include "option_rows.h"

static const char* const directions[] = {"up", "down", "both", NULL};
enum {
    UP,
    DOWN,
    BOTH
};

// clang-format off: one row per option
#define ASSAY_GREEDY_OPTIONS(CHOICE)                                                               \
    CHOICE(direction, BOTH, directions,                                                            \
           "up: from the cheapest choices; down: from the most valuable ones; both: two "          \
           "candidates (ours)")
// clang-format on

typedef struct options {
    ASSAY_GREEDY_OPTIONS(ASSAY_FIELD_CHOICE)
} options;

static assay_status go_up(const assay_separable* problem, const void* values, size_t* choice,
                          assay_mckp_result* out, assay_report* report) {
    (void)values, (void)report;
    return assay_mckp_greedy_up(problem, choice, out);
}

static assay_status go_down(const assay_separable* problem, const void* values, size_t* choice,
                            assay_mckp_result* out, assay_report* report) {
    (void)values, (void)report;
    return assay_mckp_greedy_down(problem, choice, out);
}

static assay_status create(const assay_problem* problem, const void* values, uint64_t seed,
                           void** self, assay_report* report) {
    (void)seed; /* nothing is drawn */
    uint64_t direction = ((const options*)values)->direction;
    assay_answers* answers;
    assay_status status = assay_answers_new(problem, "greedy", &answers, report);
    if (status != ASSAY_OK) {
        return status;
    }
    if (direction != DOWN) {
        status = assay_answers_add(answers, go_up, values, report);
    }
    if (status == ASSAY_OK && direction != UP) {
        status = assay_answers_add(answers, go_down, values, report);
    }
    return assay_answers_end(answers, status, self, report);
}

static const assay_option rows[] = {ASSAY_GREEDY_OPTIONS(ASSAY_ROW_CHOICE)};

const assay_algorithm algorithm_greedy = {
    .name = "greedy",
    .summary = "greedy by gain per cost of the estimate that adds up over the layers",
    .options = ASSAY_OPTION_ROWS("greedy", rows),
    .needs = ASSAY_NEEDS_SEPARABLE,
    .create = create,
    .ask = assay_answers_ask,
    .tell = assay_answers_tell,
    .destroy = assay_answers_free,
};
