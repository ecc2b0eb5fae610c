#include "bench_targets.h"

#include <stdarg.h>
#include <stdio.h>

static void add(bench_target* out, size_t* count, bench_target target, const char* format, ...)
    ASSAY_PRINTF(4, 5);

static void add(bench_target* out, size_t* count, bench_target target, const char* format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(target.name, sizeof target.name, format, args);
    va_end(args);
    out[(*count)++] = target;
}

static void add_eie(const bench_figures* f, bench_target* out, size_t* count) {
    add(out, count,
        (bench_target){.unit = "",
                       .value = f->clocked.min_s / f->timing.min_s,
                       .target = 25,
                       .at_least = true},
        "clocked / event timing");
    add(out, count,
        (bench_target){.unit = "", .value = f->outputs.min_s / f->reference.min_s, .target = 3},
        "event with outputs / plain reference");
}

static void add_machines(const bench_figures* f, bench_target* out, size_t* count) {
    for (size_t i = 0; i < BENCH_MACHINES; i++) {
        const bench_machine* m = &f->machines[i];
        if (!m->skipped) {
            add(out, count,
                (bench_target){.unit = "", .value = m->minimum, .target = 50, .at_least = true},
                "%s: clocked / event, least of the layers", m->hw);
        }
    }
}

static void add_network(const bench_network* n, bench_target* out, size_t* count) {
    if (n->skipped) {
        return;
    }
    add(out, count, (bench_target){.unit = "ms", .value = 1e3 * n->query.answer_s, .target = 10},
        "MobileNet-V1, first query of a process, CPU");
    add(out, count, (bench_target){.unit = "us", .value = 1e6 * n->lookup.get_s, .target = 50},
        "a stored answer, CPU");
    if (n->table.measured) {
        add(out, count, (bench_target){.unit = "s", .value = n->table.seconds, .target = 10},
            "MobileNet-V2, table of %zu, %u processes", n->table.entries, n->table.jobs);
    }
}

static void add_accuracy(const bench_accuracy* a, bench_target* out, size_t* count) {
    if (a->skipped) {
        return;
    }
    add(out, count,
        (bench_target){
            .unit = "", .value = a->float_s / a->quantised_s, .target = 0.7, .at_least = true},
        "ResNet-20, images/s: quantised / float");
    if (a->whole) { /* the target is stated for all images */
        add(out, count, (bench_target){.unit = "s", .value = a->candidate_s, .target = 1.2},
            "ResNet-20, a candidate on %zu images, CPU", a->images);
    }
}

static void add_search(const bench_search* s, bench_target* out, size_t* count) {
    add(out, count, (bench_target){.unit = "us", .value = 1e6 * s->evolution_s, .target = 200},
        "evolution, a candidate of 50 layers, CPU");
    add(out, count, (bench_target){.unit = "ms", .value = 1e3 * s->ddpg_s, .target = 5},
        "ddpg, an episode of 50 layers, CPU");
    if (s->table.whole) {
        add(out, count, (bench_target){.unit = "s", .value = s->table.seconds, .target = 30},
            "evolution, a search of %zu candidates", s->table.candidates);
    }
    if (!s->exact.skipped) {
        add(out, count,
            (bench_target){.unit = "ms", .value = 1e3 * s->exact.slowest_s, .target = 100},
            "exact, HAWQ-V3's ResNet-18, slowest of 9, CPU");
    }
}

size_t bench_read_targets(const bench_figures* f, bench_target out[BENCH_TARGETS]) {
    size_t count = 0;
    add_eie(f, out, &count);
    add_machines(f, out, &count);
    add_network(&f->network, out, &count);
    add_accuracy(&f->accuracy, out, &count);
    add_search(&f->search, out, &count);
    return count;
}

bool bench_met(const bench_target* t) {
    return t->at_least ? t->value >= t->target : t->value <= t->target;
}
