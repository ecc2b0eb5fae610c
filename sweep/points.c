/* From a specification to its points, in their order: machine, setting, workload, policy. */
#include <stdlib.h>
#include <string.h>

#include "inside.h"

static size_t cells_per_machine(const assay_sweep* s) {
    return s->spec.workload_count * s->spec.policy_count;
}

size_t sweep_cells(const assay_sweep* sweep) {
    return sweep->spec.machine_count * cells_per_machine(sweep);
}

size_t sweep_cell_of(const assay_sweep* sweep, size_t point) {
    const sweep_point* p = &sweep->points[point];
    return p->machine * cells_per_machine(sweep) + p->workload * sweep->spec.policy_count +
           p->policy;
}

/* Drawn points are shared out evenly; the first cells take the rest. */
static size_t share_of(const assay_sweep* s, size_t cell) {
    size_t cells = sweep_cells(s), points = (size_t)s->spec.points;
    return points / cells + (cell < points % cells);
}

static assay_status check_count(const assay_sweep* s, size_t count, assay_report* report) {
    if (count == 0) {
        assay_report_add(report, "%s: where: no point keeps the constraints", s->path);
    } else if (count > SWEEP_POINTS_MAX) {
        assay_report_add(report, "%s: has %zu points, legal are at most %d", s->path, count,
                         SWEEP_POINTS_MAX);
    } else if (s->spec.sampling != SWEEP_GRID && s->spec.points < sweep_cells(s)) {
        assay_report_add(report,
                         "%s: points: at least %zu are needed, one for every machine, workload and "
                         "policy",
                         s->path, sweep_cells(s));
    } else {
        return ASSAY_OK;
    }
    return ASSAY_BAD_INPUT;
}

/* Settings of one machine after those of another; ends[machine] is where they end. */
static assay_status make_settings(assay_sweep* s, size_t* ends, assay_report* report) {
    const sweep_spec* spec = &s->spec;
    assay_status status = ASSAY_OK;
    s->settings.width = spec->variable_count;
    for (size_t m = 0; m < spec->machine_count; m++) {
        const sweep_machine* machine = &spec->machines[m];
        /* No cell of the machine has a greater share than its first. */
        size_t count = spec->sampling != SWEEP_GRID ? share_of(s, m * cells_per_machine(s)) : 0;
        assay_status next = spec->sampling == SWEEP_GRID
                                ? sweep_make_grid(spec, machine, &s->settings, report)
                                : sweep_draw(spec, machine, count, &s->settings, report);
        ends[m] = s->settings.count;
        status = status == ASSAY_OK || next == ASSAY_NO_MEMORY ? next : status;
    }
    return status;
}

static size_t count_points(const assay_sweep* s) {
    return s->spec.sampling == SWEEP_GRID ? s->settings.count * cells_per_machine(s)
                                          : (size_t)s->spec.points;
}

/* Setting `i` of the machine with all workloads and policies that have so many points. */
static void add_setting(assay_sweep* s, size_t machine, size_t i, size_t setting) {
    const sweep_spec* spec = &s->spec;
    for (size_t w = 0; w < spec->workload_count; w++) {
        for (size_t p = 0; p < spec->policy_count; p++) {
            size_t cell = machine * cells_per_machine(s) + w * spec->policy_count + p;
            if (spec->sampling == SWEEP_GRID || i < share_of(s, cell)) {
                s->points[s->count++] = (sweep_point){.setting = (unsigned)setting,
                                                      .machine = (unsigned short)machine,
                                                      .workload = (unsigned short)w,
                                                      .policy = (unsigned short)p};
            }
        }
    }
}

static assay_status make_points(assay_sweep* s, const size_t* ends) {
    size_t count = count_points(s);
    s->points = calloc(count + 1, sizeof *s->points);
    s->totals = calloc(count + 1, sizeof *s->totals);
    if (s->points == NULL || s->totals == NULL) {
        return ASSAY_NO_MEMORY;
    }
    size_t begin = 0;
    for (size_t m = 0; m < s->spec.machine_count; m++) {
        for (size_t i = begin; i < ends[m]; i++) {
            add_setting(s, m, i - begin, i);
        }
        begin = ends[m];
    }
    return ASSAY_OK;
}

assay_status sweep_list_points(assay_sweep* s, assay_report* report) {
    size_t* ends = calloc(s->spec.machine_count + 1, sizeof *ends);
    if (ends == NULL) {
        return ASSAY_NO_MEMORY;
    }
    bool grid = s->spec.sampling == SWEEP_GRID;
    assay_status status = grid ? ASSAY_OK : check_count(s, (size_t)s->spec.points, report);
    status = status == ASSAY_OK ? make_settings(s, ends, report) : status;
    status = status == ASSAY_OK && grid ? check_count(s, count_points(s), report) : status;
    status = status == ASSAY_OK ? make_points(s, ends) : status;
    free(ends);
    return status;
}
