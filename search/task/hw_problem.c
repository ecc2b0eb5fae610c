#include "hw_problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assay/network.h"
#include "haq_costs.h"
#include "rng.h"

enum {
    MACHINE_LIMIT_S = 600, /* the event model needs milliseconds for a layer */
    ENUMERATED_MAX = 4096, /* machines of which all areas are found, if area is limited */
    LEGAL_DRAWS = 100000,  /* for a legal one among more than that */
    FEATURES = 3,          /* that an agent sees */
    PREVIOUS_ACTION = 2,
};

/* ---- Within the space ---- */

/* Variants in the order of counting, the last variable fastest. */
static size_t index_of(const hw_problem* h, const unsigned* x) {
    size_t index = 0;
    for (size_t v = 0; v < h->space->count; v++) {
        index = index * h->choices[v] + x[v];
    }
    return index;
}

static void machine_at(const hw_problem* h, size_t index, unsigned* x) {
    for (size_t v = h->space->count; v > 0; v--) {
        x[v - 1] = (unsigned)(index % h->choices[v - 1]);
        index /= h->choices[v - 1];
    }
}

static bool is_feasible(void* user, const unsigned* x) {
    const hw_problem* h = user;
    if (h->areas != NULL) {
        return h->areas[index_of(h, x)] <= hw_limits_find(&h->limits, HW_AREA)->limit;
    }
    return hw_space_set(h->space, x);
}

/* Takes one variable after the other from the machine that is known to be within. */
static bool repair(void* user, unsigned* x) {
    const hw_problem* h = user;
    for (size_t v = 0; v < h->space->count && !is_feasible(user, x); v++) {
        x[v] = h->inner[v];
    }
    return true;
}

/* ---- Opening: what is given ---- */

static void check_sources(const assay_search_settings* s, bool measures_accuracy,
                          assay_report* report) {
    const struct {
        const char *name, *value;
    } others[] = {{"table", s->table},
                  {"sensitivity", s->sensitivity},
                  {"ties", s->ties},
                  {"data", measures_accuracy ? NULL : s->data},
                  {"external", measures_accuracy ? NULL : s->external}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (others[i].value != NULL) {
            assay_report_add(report, "--%s: is not used by the task %s", others[i].name, s->task);
        }
    }
    if (s->network == NULL) {
        assay_report_add(report, "--network NAME is missing: the task %s needs it", s->task);
    }
    if (s->hw == NULL) {
        assay_report_add(report, "--hw FILE is missing: the machine to begin with");
    }
    if (s->vary_count == 0) {
        assay_report_add(report, "--vary NAME=VALUES is missing: what may be changed of the "
                                 "machine, an option each");
    }
}

static assay_status load_network(hw_problem* h, const char* name, assay_report* report) {
    char* path = NULL;
    assay_workload* network = NULL;
    if (h->network_count == HW_NETWORKS_MAX) {
        assay_report_add(report, "--network: more than %d networks", HW_NETWORKS_MAX);
        return ASSAY_BAD_INPUT;
    }
    assay_status status = assay_network_find(name, &path, report);
    status = status == ASSAY_OK ? assay_workload_load(path, NULL, &network, report) : status;
    free(path);
    if (status != ASSAY_OK) {
        return status;
    }
    h->networks[h->network_count++] = network;
    for (size_t i = 0; i < assay_workload_layer_count(network); i++) {
        if (assay_workload_layer_is_matrix(network, i)) {
            return ASSAY_OK;
        }
    }
    assay_report_add(report, "%s: has no layer of conv2d, linear and matmul", name);
    return ASSAY_BAD_INPUT;
}

static assay_status load_networks(hw_problem* h, assay_report* report) {
    assay_status status = ASSAY_OK;
    for (const char* at = h->settings->network; at != NULL;) {
        const size_t length = strcspn(at, ",");
        char* name = strndup(at, length);
        const assay_status next = name != NULL ? load_network(h, name, report) : ASSAY_NO_MEMORY;
        status = status == ASSAY_OK ? next : status;
        free(name);
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return status;
}

static assay_status open_store(hw_problem* h, assay_report* report) {
    const char* named = h->settings->store;
    char* path = named != NULL ? strdup(named) : assay_store_default_path();
    if (path == NULL) {
        return named != NULL ? ASSAY_NO_MEMORY : ASSAY_OK; /* there is no place for one */
    }
    assay_status status = assay_store_open(path, &h->store, report);
    free(path);
    return status;
}

/* All mistakes of the input are told at once. */
static assay_status read_input(hw_problem* h, assay_report* report) {
    const assay_search_settings* s = h->settings;
    size_t before = assay_report_count(report);
    assay_status status = ASSAY_OK, next;
    check_sources(s, h->measures_accuracy, report);
    if (s->hw != NULL) {
        status = hw_space_open(s->hw, s->vary, s->vary_count, h->space, report);
    }
    next = load_networks(h, report);
    status = status == ASSAY_OK ? next : status;
    next = hw_limits_read(s->budget, &h->limits, report);
    status = status == ASSAY_OK ? next : status;
    status = status == ASSAY_OK ? open_store(h, report) : status;
    return status == ASSAY_OK && assay_report_count(report) > before ? ASSAY_BAD_INPUT : status;
}

/* ---- Opening: the problem ---- */

static bool allocate(hw_problem* h) {
    const size_t n = h->space->count;
    h->inner = calloc(n, sizeof *h->inner);
    h->base_x = calloc(n, sizeof *h->base_x);
    h->choices = calloc(n, sizeof *h->choices);
    h->names = calloc(n, sizeof *h->names);
    h->unordered = calloc(n, sizeof *h->unordered);
    h->state = calloc(n, FEATURES * sizeof *h->state);
    return h->inner != NULL && h->base_x != NULL && h->choices != NULL && h->names != NULL &&
           h->unordered != NULL && h->state != NULL;
}

static void pose_problem(hw_problem* h) {
    const size_t n = h->space->count;
    for (size_t v = 0; v < n; v++) {
        const hw_variable* var = &h->space->variables[v];
        h->base_x[v] = var->base;
        h->choices[v] = var->count;
        h->names[v] = var->option->name;
        h->unordered[v] = var->option->type == ASSAY_OPTION_CHOICE;
        h->state[FEATURES * v] = (double)v / (double)n;
        h->state[FEATURES * v + 1] = (double)var->count / HW_VALUES_MAX;
    }
    h->problem = (assay_problem){.space = {.variables = n,
                                           .choices = h->choices,
                                           .names = h->names,
                                           .unordered = h->unordered,
                                           .state = h->state,
                                           .features = FEATURES,
                                           .previous_action = PREVIOUS_ACTION,
                                           .flag = ASSAY_NO_FEATURE},
                                 .repair = repair,
                                 .feasible = is_feasible,
                                 .user = h};
}

bool hw_base_is_a_candidate(const hw_problem* h) {
    for (size_t v = 0; v < h->space->count; v++) {
        if (h->base_x[v] == h->choices[v]) {
            return false;
        }
    }
    return true;
}

/* ---- Opening: measuring ---- */

static bool on_progress(void* user, size_t done, size_t total) {
    const hw_problem* h = user;
    const assay_search_settings* s = h->settings;
    const assay_search_progress p = {"measuring", done, h->shows ? total : 0, NAN};
    return s->progress == NULL || s->progress(s->user, &p);
}

static assay_status measure_base(hw_problem* h, assay_report* report) {
    const hw_meter_settings settings = {.space = h->space,
                                        .networks = h->networks,
                                        .network_count = h->network_count,
                                        .w_bits = h->w_bits,
                                        .a_bits = h->a_bits,
                                        .jobs = haq_jobs(h->settings),
                                        .limit_s = MACHINE_LIMIT_S,
                                        .store = h->store,
                                        .progress = on_progress,
                                        .user = h};
    const hw_machines asked = {.count = 1, .x = h->base_x, .flags = HW_SAY_WHY};
    assay_status status = hw_meter_new(&settings, &h->meter);
    status = status == ASSAY_OK ? hw_meter_measure(h->meter, &asked, &h->base, report) : status;
    if (status == ASSAY_OK && h->base.verdict != HW_MEASURED) {
        assay_report_add(report, "%s: the machine to compare with cannot run the networks",
                         h->settings->hw);
        return h->base.verdict == HW_LOST ? ASSAY_INTERNAL : ASSAY_BAD_INPUT;
    }
    if (status == ASSAY_OK && !(h->base.area_mm2 > 0)) {
        assay_report_add(report, "%s: the machine has no area", h->settings->hw);
        return ASSAY_BAD_INPUT;
    }
    return status;
}

/* Legal machines side by side; `areas` of the others stay NaN. */
static assay_status find_areas(hw_problem* h, size_t size, double* areas, assay_report* report) {
    const size_t n = h->space->count;
    size_t count = 0;
    unsigned* x = calloc(size, n * sizeof *x);
    size_t* index = calloc(size, sizeof *index);
    hw_cost* cost = calloc(size, sizeof *cost);
    assay_status status = x != NULL && index != NULL && cost != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < size && status == ASSAY_OK; i++) {
        areas[i] = NAN;
        machine_at(h, i, x + count * n);
        if (hw_space_set(h->space, x + count * n)) {
            index[count++] = i;
        }
    }
    const hw_machines asked = {.count = count, .x = x, .flags = HW_AREA_ONLY};
    status = status == ASSAY_OK ? hw_meter_measure(h->meter, &asked, cost, report) : status;
    for (size_t i = 0; i < count && status == ASSAY_OK; i++) {
        areas[index[i]] = cost[i].area_mm2;
    }
    free(x);
    free(index);
    free(cost);
    return status;
}

static assay_status check_area(hw_problem* h, size_t size, assay_report* report) {
    const hw_limit* limit = hw_limits_find(&h->limits, HW_AREA);
    double least = NAN;
    for (size_t i = 0; i < size; i++) {
        least = fmin(least, h->areas[i]); /* of NaN and a number, the number */
    }
    if (least > limit->limit) {
        assay_report_add(report,
                         "--budget: area of %g mm2 cannot be met, the least of the machines that "
                         "--vary allows is %g",
                         limit->limit, least);
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

static assay_status limit_area(hw_problem* h, assay_report* report) {
    const size_t size = hw_space_size(h->space, ENUMERATED_MAX + 1);
    if (hw_limits_find(&h->limits, HW_AREA) == NULL || size > ENUMERATED_MAX) {
        return ASSAY_OK;
    }
    double* areas = calloc(size, sizeof *areas);
    if (areas == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = find_areas(h, size, areas, report);
    h->areas = areas;
    return status == ASSAY_OK ? check_area(h, size, report) : status;
}

/* A machine that repairs can lead to: the file's own, else the first of all or of many. */
static assay_status find_inner(hw_problem* h, assay_report* report) {
    const size_t size = hw_space_size(h->space, LEGAL_DRAWS + 1);
    assay_rng rng = assay_rng_seed(1, "legal machine");
    if (hw_base_is_a_candidate(h) && is_feasible(h, h->base_x)) {
        memcpy(h->inner, h->base_x, h->space->count * sizeof *h->inner);
        return ASSAY_OK;
    }
    for (size_t i = 0; i < size; i++) {
        machine_at(h, i, h->inner);
        for (size_t v = 0; v < h->space->count && size > LEGAL_DRAWS; v++) {
            h->inner[v] = (unsigned)assay_rng_below(&rng, h->choices[v]);
        }
        if (is_feasible(h, h->inner)) {
            return ASSAY_OK;
        }
    }
    assay_report_add(report, "--vary: none of these machines keeps the accelerator's rules and the "
                             "limit of area and has room for the networks");
    return ASSAY_BAD_INPUT;
}

static assay_status build(hw_problem* h, assay_report* report) {
    if (!allocate(h)) {
        return ASSAY_NO_MEMORY;
    }
    pose_problem(h);
    h->shows = true;
    assay_status status = measure_base(h, report);
    status = status == ASSAY_OK ? hw_limits_resolve(&h->limits, &h->base, report) : status;
    status = status == ASSAY_OK ? limit_area(h, report) : status;
    h->shows = false;
    return status == ASSAY_OK ? find_inner(h, report) : status;
}

assay_status hw_problem_open(hw_problem* h, assay_report* report) {
    h->space = calloc(1, sizeof *h->space);
    if (h->space == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = read_input(h, report);
    return status == ASSAY_OK ? build(h, report) : status;
}

void hw_problem_free(hw_problem* h) {
    hw_meter_free(&h->meter);
    assay_store_close(&h->store);
    for (size_t i = 0; i < h->network_count; i++) {
        assay_workload_free(&h->networks[i]);
    }
    if (h->space != NULL) {
        hw_space_free(h->space);
    }
    void* const owned[] = {h->space,   h->areas,        h->inner,     h->base_x,
                           h->choices, (void*)h->names, h->unordered, h->state};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        free(owned[i]);
    }
}
