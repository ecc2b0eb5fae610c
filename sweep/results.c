/* What is known of a sweep's points. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "inside.h"

enum {
    ERROR_BYTES = 1024
};

const char* assay_point_status_name(assay_point_status status) {
    static const char* const names[] = {[ASSAY_POINT_MISSING] = "missing",
                                        [ASSAY_POINT_OK] = "ok",
                                        [ASSAY_POINT_INVALID] = "invalid",
                                        [ASSAY_POINT_FAILED] = "failed",
                                        [ASSAY_POINT_CRASHED] = "crashed"};
    ASSAY_REQUIRE((size_t)status < sizeof names / sizeof *names);
    return names[status];
}

assay_sweep_result assay_sweep_result_at(const assay_sweep* sweep, size_t point) {
    ASSAY_REQUIRE(point < sweep->count);
    const sweep_point* p = &sweep->points[point];
    return (assay_sweep_result){.status = (assay_point_status)p->status,
                                .totals = sweep->totals[point],
                                .error = p->error > 0 ? sweep->errors[p->error - 1] : ""};
}

/* 1 + index of the text; 0: out of memory. Neighbours mostly fail for the same reason. */
static unsigned keep_error(assay_sweep* s, const char* text) {
    if (s->error_count > 0 && strcmp(s->errors[s->error_count - 1], text) == 0) {
        return (unsigned)s->error_count;
    }
    if (s->error_count == s->error_capacity) {
        size_t capacity = 2 * s->error_capacity + 16;
        char** grown = realloc(s->errors, capacity * sizeof *grown);
        if (grown == NULL) {
            return 0;
        }
        s->errors = grown;
        s->error_capacity = capacity;
    }
    char* copy = strdup(text);
    if (copy == NULL) {
        return 0;
    }
    s->errors[s->error_count++] = copy;
    return (unsigned)s->error_count;
}

assay_status sweep_set_result(assay_sweep* sweep, size_t point, assay_point_status status,
                              const assay_run_totals* totals, const char* error) {
    ASSAY_REQUIRE(sweep != NULL && point < sweep->count);
    sweep_point* p = &sweep->points[point];
    unsigned kept = 0;
    if (error != NULL && error[0] != '\0') {
        kept = keep_error(sweep, error);
        if (kept == 0) {
            return ASSAY_NO_MEMORY;
        }
    }
    p->error = kept;
    p->status = (unsigned char)status;
    sweep->totals[point] =
        status == ASSAY_POINT_OK && totals != NULL ? *totals : (assay_run_totals){0};
    return ASSAY_OK;
}

size_t sweep_missing(const assay_sweep* sweep, size_t* out) {
    size_t count = 0;
    for (size_t i = 0; i < sweep->count; i++) {
        if (sweep->points[i].status == ASSAY_POINT_MISSING) {
            out[count++] = i;
        }
    }
    return count;
}

/* ---- Machines that their rules forbid ---- */

void sweep_join_messages(const assay_report* report, char* text, size_t size) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < assay_report_kept(report) && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? "; " : "",
                                 assay_report_text(report, i));
    }
}

static assay_status check_point(assay_sweep* s, size_t point, assay_report* scratch) {
    char text[ERROR_BYTES];
    bool same = point > 0 && s->points[point].setting == s->points[point - 1].setting;
    if (same) { /* another workload on the same machine */
        assay_sweep_result before = assay_sweep_result_at(s, point - 1);
        return before.status == ASSAY_POINT_INVALID
                   ? sweep_set_result(s, point, ASSAY_POINT_INVALID, NULL, before.error)
                   : ASSAY_OK;
    }
    assay_report_clear(scratch);
    if (assay_hw_check(sweep_set_machine(s, point), scratch) == ASSAY_OK) {
        return ASSAY_OK;
    }
    sweep_join_messages(scratch, text, sizeof text);
    return sweep_set_result(s, point, ASSAY_POINT_INVALID, NULL, text);
}

assay_status sweep_find_invalid(assay_sweep* sweep) {
    assay_report* scratch = assay_report_new();
    assay_status status = scratch != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    for (size_t i = 0; i < sweep->count && status == ASSAY_OK; i++) {
        status = check_point(sweep, i, scratch);
    }
    assay_report_free(&scratch);
    return status;
}

/* ---- From a store ---- */

static assay_status look_up_one(assay_sweep* s, size_t point, assay_store* store, double* wall_s,
                                assay_report* report) {
    char key[ASSAY_KEY_TEXT];
    assay_stored_run run;
    bool found = false;
    if (s->points[point].status != ASSAY_POINT_MISSING) {
        return ASSAY_OK;
    }
    sweep_key(s, point, key);
    assay_status status = assay_store_get_run(store, key, &run, &found, report);
    if (status != ASSAY_OK || !found) {
        return status;
    }
    *wall_s = run.wall_s;
    return sweep_set_result(s, point, run.failed ? ASSAY_POINT_FAILED : ASSAY_POINT_OK, &run.totals,
                            run.error);
}

assay_status sweep_look_up(assay_sweep* sweep, const sweep_selection* selection, assay_store* store,
                           assay_report* report) {
    ASSAY_REQUIRE(sweep != NULL && store != NULL);
    size_t count = selection != NULL ? selection->count : sweep->count;
    assay_status status = ASSAY_OK;
    double wall_s = 0;
    for (size_t i = 0; i < count && status == ASSAY_OK; i++) {
        size_t point = selection != NULL ? selection->points[i] : i;
        status = look_up_one(sweep, point, store, &wall_s, report);
    }
    return status;
}
