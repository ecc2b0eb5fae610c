#include "option_settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

assay_status sweep_settings_add(sweep_settings* settings, const double* values) {
    if (settings->count == settings->capacity) {
        size_t capacity = 2 * settings->capacity + 64;
        double* grown = realloc(settings->values, capacity * (settings->width + 1) * sizeof *grown);
        if (grown == NULL) {
            return ASSAY_NO_MEMORY;
        }
        settings->values = grown;
        settings->capacity = capacity;
    }
    if (settings->width > 0) {
        memcpy(settings->values + settings->count * settings->width, values,
               settings->width * sizeof *values);
    }
    settings->count++;
    return ASSAY_OK;
}

/* ---- Rules ---- */

/* An option that a constraint names. */
typedef struct source {
    size_t variable;            /* of the sweep, or the number of these: it does not vary */
    double value;               /* then */
    const assay_option* option; /* of the machine */
} source;

typedef struct rule {
    const sweep_where* where;
    source* sources; /* [names of where] */
} rule;

struct sweep_rules {
    const sweep_spec* spec;
    rule* rules;
    size_t count;
};

static const assay_option* option_of(const sweep_machine* machine, const char* name) {
    return assay_option_find(assay_hw_accelerator(machine->hw)->options, name);
}

/* A constraint that names an option which the machine lacks is not about this machine. */
static bool applies(const sweep_where* where, const sweep_machine* machine) {
    for (size_t i = 0; i < sweep_where_names(where); i++) {
        if (option_of(machine, sweep_where_name(where, i)) == NULL) {
            return false;
        }
    }
    return true;
}

static bool add_rule(sweep_rules* rules, const sweep_where* where, const sweep_machine* machine) {
    size_t names = sweep_where_names(where);
    rule* r = &rules->rules[rules->count++];
    *r = (rule){.where = where, .sources = calloc(names + 1, sizeof *r->sources)};
    for (size_t i = 0; i < names && r->sources != NULL; i++) {
        const char* name = sweep_where_name(where, i);
        const assay_option* option = option_of(machine, name);
        r->sources[i] = (source){.variable = sweep_find_variable(rules->spec, name),
                                 .value = assay_option_get(option, machine->base),
                                 .option = option};
    }
    return r->sources != NULL;
}

sweep_rules* sweep_rules_new(const sweep_spec* spec, const sweep_machine* machine) {
    sweep_rules* rules = calloc(1, sizeof *rules);
    if (rules == NULL) {
        return NULL;
    }
    rules->spec = spec;
    rules->rules = calloc(spec->where_count + 1, sizeof *rules->rules);
    bool good = rules->rules != NULL;
    for (size_t i = 0; i < spec->where_count && good; i++) {
        good = !applies(spec->where[i], machine) || add_rule(rules, spec->where[i], machine);
    }
    if (!good) {
        sweep_rules_free(&rules);
    }
    return rules;
}

void sweep_rules_free(sweep_rules** rules) {
    if (*rules != NULL) {
        for (size_t i = 0; i < (*rules)->count; i++) {
            free((*rules)->rules[i].sources);
        }
        free((*rules)->rules);
        free(*rules);
    }
    *rules = NULL;
}

/* What a constraint is asked about. */
typedef struct question {
    const sweep_rules* rules;
    const rule* rule;
    const double* values; /* of the setting */
} question;

static bool is_called(void* user, size_t name, const char* text) {
    const question* q = user;
    const source* s = &q->rule->sources[name];
    if (s->option->type != ASSAY_OPTION_CHOICE) {
        return false;
    }
    if (s->variable == q->rules->spec->variable_count) {
        return strcmp(s->option->choices[(size_t)s->value], text) == 0;
    }
    const sweep_variable* v = &q->rules->spec->variables[s->variable];
    return strcmp(v->names[(size_t)q->values[s->variable]], text) == 0;
}

static bool holds(const sweep_rules* rules, const rule* r, const double* values) {
    double of[SWEEP_WHERE_NODES];
    question q = {rules, r, values};
    for (size_t i = 0; i < sweep_where_names(r->where); i++) {
        const source* s = &r->sources[i];
        of[i] = s->variable < rules->spec->variable_count ? values[s->variable] : s->value;
    }
    return sweep_where_holds(r->where,
                             &(sweep_where_values){.values = of, .is = is_called, .user = &q});
}

bool sweep_rules_allow(const sweep_rules* rules, const double* values) {
    for (size_t i = 0; i < rules->count; i++) {
        if (!holds(rules, &rules->rules[i], values)) {
            return false;
        }
    }
    return true;
}

/* ---- Grids ---- */

static double value_at(const sweep_variable* v, size_t i) {
    return v->kind == SWEEP_NAME ? (double)i : v->numbers[i];
}

/* Like a counter; false after the last combination. */
static bool advance(const sweep_spec* spec, const sweep_machine* machine, size_t* at) {
    for (size_t v = spec->variable_count; v-- > 0;) {
        if (machine->has[v] && ++at[v] < spec->variables[v].count) {
            return true;
        }
        at[v] = 0;
    }
    return false;
}

static assay_status check_size(const sweep_spec* spec, const sweep_machine* machine,
                               assay_report* report) {
    size_t size = 1;
    for (size_t v = 0; v < spec->variable_count; v++) {
        size *= machine->has[v] ? spec->variables[v].count : 1;
        if (size > SWEEP_GRID_MAX) {
            assay_report_add(
                report,
                "%s: vary: the grid of %s has more than %d combinations; \"sampling\": "
                "\"random\", \"latin\" or \"sobol\" draws some of them",
                spec->path, machine->name, SWEEP_GRID_MAX);
            return ASSAY_BAD_INPUT;
        }
    }
    return ASSAY_OK;
}

assay_status sweep_make_grid(const sweep_spec* spec, const sweep_machine* machine,
                             sweep_settings* out, assay_report* report) {
    assay_status status = check_size(spec, machine, report);
    if (status != ASSAY_OK) {
        return status;
    }
    sweep_rules* rules = sweep_rules_new(spec, machine);
    size_t at[SWEEP_VARIABLES_MAX] = {0};
    double values[SWEEP_VARIABLES_MAX];
    status = rules != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    bool more = status == ASSAY_OK;
    while (more && status == ASSAY_OK) {
        for (size_t v = 0; v < spec->variable_count; v++) {
            values[v] = machine->has[v] ? value_at(&spec->variables[v], at[v]) : NAN;
        }
        if (sweep_rules_allow(rules, values)) {
            status = sweep_settings_add(out, values);
        }
        more = advance(spec, machine, at);
    }
    sweep_rules_free(&rules);
    return status;
}
