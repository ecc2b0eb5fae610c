/* Settings that are drawn: uniformly, as Latin hypercubes (McKay et al., Technometrics 21(2), 1979)
 * or along Sobol's sequence. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "option_settings.h"
#include "rng.h"
#include "sobol.h"

enum {
    TRIES_PER_POINT = 1000, /* before the rules count as too strict */
    TRIES_MORE = 100000
};

/* Points of the unit cube, one coordinate per option that varies on the machine. */
typedef struct source {
    sweep_sampling sampling;
    size_t dimensions, count; /* of a hypercube */
    assay_rng rng;
    sobol sequence;
    size_t* strata; /* [dimensions][count] shuffled: latin */
    size_t next;    /* of the hypercube */
} source;

static void shuffle(source* s, size_t* strata) {
    for (size_t i = 0; i < s->count; i++) {
        strata[i] = i;
    }
    for (size_t i = s->count; i > 1; i--) {
        size_t other = (size_t)assay_rng_below(&s->rng, i), kept = strata[i - 1];
        strata[i - 1] = strata[other];
        strata[other] = kept;
    }
}

static void next_latin(source* s, double* point) {
    if (s->next == s->count) { /* the first, and every further one while points are missing */
        for (size_t d = 0; d < s->dimensions; d++) {
            shuffle(s, s->strata + d * s->count);
        }
        s->next = 0;
    }
    for (size_t d = 0; d < s->dimensions; d++) {
        double stratum = (double)s->strata[d * s->count + s->next];
        point[d] = (stratum + assay_rng_unit(&s->rng)) / (double)s->count;
    }
    s->next++;
}

static void next_point(source* s, double* point) {
    switch (s->sampling) {
    case SWEEP_LATIN:
        next_latin(s, point);
        return;
    case SWEEP_SOBOL:
        sobol_next(&s->sequence, point);
        return;
    default:
        for (size_t d = 0; d < s->dimensions; d++) {
            point[d] = assay_rng_unit(&s->rng);
        }
    }
}

/* Without a seed the sequence is the published one, from its second point on: the first is a corner
 * of the cube, at which every option has its least value. */
static void begin_sobol(source* s, const sweep_spec* spec) {
    uint32_t shift[SOBOL_DIMENSIONS];
    double origin[SOBOL_DIMENSIONS];
    for (size_t d = 0; d < s->dimensions; d++) {
        shift[d] = (uint32_t)assay_rng_next(&s->rng);
    }
    sobol_begin(&s->sequence, s->dimensions, spec->seeded ? shift : NULL);
    if (!spec->seeded) {
        sobol_next(&s->sequence, origin);
    }
}

static assay_status open_source(source* s, const sweep_spec* spec, const sweep_machine* machine,
                                size_t count, assay_report* report) {
    char stream[64];
    snprintf(stream, sizeof stream, "sweep machine %zu", (size_t)(machine - spec->machines));
    *s = (source){.sampling = spec->sampling,
                  .count = count,
                  .next = count,
                  .rng = assay_rng_seed(spec->seed, stream)};
    for (size_t v = 0; v < spec->variable_count; v++) {
        s->dimensions += machine->has[v];
    }
    if (spec->sampling == SWEEP_SOBOL && s->dimensions > SOBOL_DIMENSIONS) {
        assay_report_add(report,
                         "%s: sampling: Sobol's sequence has at most %d dimensions here, and %zu "
                         "options vary on %s; \"latin\" and \"random\" have no limit",
                         spec->path, SOBOL_DIMENSIONS, s->dimensions, machine->name);
        return ASSAY_BAD_INPUT;
    }
    if (spec->sampling == SWEEP_SOBOL && s->dimensions > 0) {
        begin_sobol(s, spec);
    }
    s->strata =
        spec->sampling == SWEEP_LATIN ? calloc(s->dimensions * count + 1, sizeof *s->strata) : NULL;
    return spec->sampling == SWEEP_LATIN && s->strata == NULL ? ASSAY_NO_MEMORY : ASSAY_OK;
}

/* ---- From the cube to options ---- */

static double between(const sweep_variable* v, double share) {
    if (v->whole && !v->logarithmic) { /* each integer gets the same share */
        double value = floor(v->low + share * (v->high - v->low + 1));
        return value < v->high ? value : v->high;
    }
    double value = v->logarithmic ? v->low * pow(v->high / v->low, share)
                                  : v->low + share * (v->high - v->low);
    char text[32];
    snprintf(text, sizeof text, v->whole ? "%.0f" : "%.9g", value);
    value = strtod(text, NULL);
    return value < v->low ? v->low : value > v->high ? v->high : value;
}

static double value_for(const sweep_variable* v, double share) {
    if (v->continuous) {
        return between(v, share);
    }
    size_t i = (size_t)(share * (double)v->count);
    i = i < v->count ? i : v->count - 1;
    return v->kind == SWEEP_NAME ? (double)i : v->numbers[i];
}

static void set_values(const sweep_spec* spec, const sweep_machine* machine, const double* point,
                       double* values) {
    size_t d = 0;
    for (size_t v = 0; v < spec->variable_count; v++) {
        values[v] = machine->has[v] ? value_for(&spec->variables[v], point[d]) : NAN;
        d += machine->has[v];
    }
}

/* ---- Settings that were drawn before ---- */

typedef struct seen {
    size_t* slots; /* 1 + index into the settings; 0: empty */
    size_t mask;
} seen;

static bool make_seen(seen* s, size_t count) {
    size_t size = 64;
    while (size < 2 * count) {
        size *= 2;
    }
    s->mask = size - 1;
    s->slots = calloc(size, sizeof *s->slots);
    return s->slots != NULL;
}

/* NaNs stand at the same places in all settings of a machine. */
static bool is_new(seen* s, const sweep_settings* all, const double* values) {
    size_t bytes = all->width * sizeof *values;
    size_t at = (size_t)assay_hash_bytes(values, bytes).low & s->mask;
    while (s->slots[at] != 0) {
        if (memcmp(all->values + (s->slots[at] - 1) * all->width, values, bytes) == 0) {
            return false;
        }
        at = (at + 1) & s->mask;
    }
    s->slots[at] = all->count + 1;
    return true;
}

/* ---- Drawing ---- */

static assay_status report_few(const sweep_spec* spec, const sweep_machine* machine, size_t count,
                               size_t found, assay_report* report) {
    assay_report_add(
        report,
        "%s: points: %s needs %zu different settings for its share of %llu points, but "
        "only %zu that keep the constraints were found",
        spec->path, machine->name, count, (unsigned long long)spec->points, found);
    return ASSAY_BAD_INPUT;
}

static assay_status draw(const sweep_spec* spec, const sweep_machine* machine, source* s,
                         sweep_rules* rules, seen* known, sweep_settings* out,
                         assay_report* report) {
    double point[SWEEP_VARIABLES_MAX], values[SWEEP_VARIABLES_MAX];
    sweep_settings own = {.width = out->width};
    assay_status status = ASSAY_OK;
    size_t tries = TRIES_PER_POINT * s->count + TRIES_MORE;
    while (own.count < s->count && status == ASSAY_OK && tries-- > 0) {
        next_point(s, point);
        set_values(spec, machine, point, values);
        if (sweep_rules_allow(rules, values) && is_new(known, &own, values)) {
            status = sweep_settings_add(&own, values);
        }
    }
    if (status == ASSAY_OK && own.count < s->count) {
        status = report_few(spec, machine, s->count, own.count, report);
    }
    for (size_t i = 0; i < own.count && status == ASSAY_OK; i++) {
        status = sweep_settings_add(out, own.values + i * own.width);
    }
    free(own.values);
    return status;
}

assay_status sweep_draw(const sweep_spec* spec, const sweep_machine* machine, size_t count,
                        sweep_settings* out, assay_report* report) {
    source s;
    seen known = {0};
    sweep_rules* rules = sweep_rules_new(spec, machine);
    assay_status status = open_source(&s, spec, machine, count, report);
    if (status == ASSAY_OK && (rules == NULL || !make_seen(&known, count))) {
        status = ASSAY_NO_MEMORY;
    }
    if (status == ASSAY_OK) {
        status = draw(spec, machine, &s, rules, &known, out, report);
    }
    free(s.strata);
    free(known.slots);
    sweep_rules_free(&rules);
    return status;
}
