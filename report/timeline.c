/* Chrome's trace format, as `assay run --timeline` writes it: slices ("X") of named rows and levels
 * ("C"); other events are passed over. */
#include "timeline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "inputs.h"

typedef struct reader {
    const char* path;
    assay_timeline* processes[ASSAY_TIMELINE_PROCESSES];
    size_t process_count;
    assay_report* report;
} reader;

static double number_of(const assay_json* event, const char* key) {
    const assay_json* value = assay_json_get(event, key);
    bool is = value != NULL && assay_json_kind_of(value) == ASSAY_JSON_NUMBER;
    return is ? assay_json_number(value) : NAN;
}

static const char* text_of(const assay_json* object, const char* key) {
    const assay_json* value = object != NULL ? assay_json_get(object, key) : NULL;
    return value != NULL ? assay_json_string(value) : "";
}

static double track_of(const assay_json* event, const char* key) {
    double number = number_of(event, key);
    return isnan(number) ? 0 : number;
}

/* ASSAY_OK with NULL: one process too many. */
static assay_status process_of(reader* r, const assay_json* event, assay_timeline** out) {
    double process = track_of(event, "pid");
    for (size_t i = 0; i < r->process_count; i++) {
        if (r->processes[i]->process == process) {
            *out = r->processes[i];
            return ASSAY_OK;
        }
    }
    *out = NULL;
    if (r->process_count == ASSAY_TIMELINE_PROCESSES) {
        return ASSAY_OK;
    }
    *out = calloc(1, sizeof **out);
    if (*out == NULL) {
        return ASSAY_NO_MEMORY;
    }
    (*out)->process = process;
    r->processes[r->process_count++] = *out;
    return ASSAY_OK;
}

/* NULL: one track too many. */
static assay_timeline_track* row_of(assay_timeline* t, double thread) {
    for (size_t i = 0; i < t->row_count; i++) {
        if (t->rows[i].thread == thread) {
            return &t->rows[i];
        }
    }
    if (t->row_count == ASSAY_TIMELINE_TRACKS) {
        return NULL;
    }
    assay_timeline_track* row = &t->rows[t->row_count++];
    row->thread = thread;
    snprintf(row->name, sizeof row->name, "%.0f", thread);
    return row;
}

static assay_timeline_track* counter_of(assay_timeline* t, const char* name, const char* key) {
    char full[ASSAY_TIMELINE_NAME];
    bool same = key[0] == '\0' || strcmp(name, key) == 0;
    snprintf(full, sizeof full, same ? "%s" : "%s: %s", name, key);
    for (size_t i = 0; i < t->counter_count; i++) {
        if (strcmp(t->counters[i].name, full) == 0) {
            return &t->counters[i];
        }
    }
    if (t->counter_count == ASSAY_TIMELINE_TRACKS) {
        return NULL;
    }
    assay_timeline_track* counter = &t->counters[t->counter_count++];
    memcpy(counter->name, full, sizeof full);
    return counter;
}

static assay_status add(assay_timeline* t, assay_timeline_track* track, assay_timeline_point p) {
    if (track == NULL) {
        t->left_out++;
        return ASSAY_OK;
    }
    if (track->count == track->capacity) {
        size_t capacity = 2 * track->capacity + 64;
        assay_timeline_point* more = realloc(track->points, capacity * sizeof *more);
        if (more == NULL) {
            return ASSAY_NO_MEMORY;
        }
        track->points = more;
        track->capacity = capacity;
    }
    track->points[track->count++] = p;
    return ASSAY_OK;
}

static assay_status bad_event(const reader* r, size_t i, const char* what) {
    assay_report_add(r->report, "%s: traceEvents[%zu]: %s", r->path, i, what);
    return ASSAY_BAD_INPUT;
}

static assay_status take_slice(const reader* r, size_t i, const assay_json* event,
                               assay_timeline* t) {
    double at = number_of(event, "ts"), duration = number_of(event, "dur");
    if (!(at >= 0 && duration >= 0 && isfinite(at + duration))) {
        return bad_event(r, i, "ts and dur must be numbers from 0 on");
    }
    t->end = fmax(t->end, at + duration);
    return add(t, row_of(t, track_of(event, "tid")),
               (assay_timeline_point){at, duration, text_of(event, "name")});
}

static assay_status take_levels(const reader* r, size_t i, const assay_json* event,
                                assay_timeline* t) {
    double at = number_of(event, "ts");
    const assay_json* levels = assay_json_get(event, "args");
    if (!(at >= 0) || levels == NULL || assay_json_kind_of(levels) != ASSAY_JSON_OBJECT) {
        return bad_event(r, i, "ts must be a number from 0 on, and args an object");
    }
    assay_status status = ASSAY_OK;
    t->end = fmax(t->end, at);
    for (const assay_json* m = assay_json_first(levels); m != NULL && status == ASSAY_OK;
         m = assay_json_next(m)) {
        if (assay_json_kind_of(m) == ASSAY_JSON_NUMBER && assay_json_number(m) >= 0) {
            assay_timeline_track* counter =
                counter_of(t, text_of(event, "name"), assay_json_key(m));
            status = add(t, counter, (assay_timeline_point){at, assay_json_number(m), NULL});
        }
    }
    return status;
}

static void take_name(const assay_json* event, assay_timeline* t) {
    const char* name = text_of(assay_json_get(event, "args"), "name");
    const char* what = text_of(event, "name");
    if (strcmp(what, "process_name") == 0) {
        snprintf(t->name, sizeof t->name, "%s", name);
    } else if (strcmp(what, "thread_name") == 0) {
        assay_timeline_track* row = row_of(t, track_of(event, "tid"));
        if (row != NULL) {
            snprintf(row->name, sizeof row->name, "%s", name);
        }
    }
}

static assay_status take_event(reader* r, size_t i, const assay_json* event) {
    if (assay_json_kind_of(event) != ASSAY_JSON_OBJECT) {
        return bad_event(r, i, "must be an object");
    }
    assay_timeline* t = NULL;
    const char* phase = text_of(event, "ph");
    assay_status status = process_of(r, event, &t);
    if (t == NULL) {
        return status;
    }
    if (strcmp(phase, "X") == 0) {
        return take_slice(r, i, event, t);
    }
    if (strcmp(phase, "C") == 0) {
        return take_levels(r, i, event, t);
    }
    if (strcmp(phase, "M") == 0) {
        take_name(event, t);
    }
    return ASSAY_OK;
}

static void free_processes(reader* r) {
    for (size_t p = 0; p < r->process_count; p++) {
        for (size_t i = 0; i < ASSAY_TIMELINE_TRACKS; i++) {
            free(r->processes[p]->rows[i].points);
            free(r->processes[p]->counters[i].points);
        }
        free(r->processes[p]);
    }
}

static assay_status read_events(reader* r, const assay_json* root) {
    assay_status worst = ASSAY_OK;
    size_t i = 0;
    bool any = false;
    const assay_json* events = assay_json_get(root, "traceEvents");
    for (const assay_json* m = assay_json_first(events); m != NULL; m = assay_json_next(m)) {
        assay_status status = take_event(r, i++, m);
        if (status == ASSAY_NO_MEMORY) {
            return status;
        }
        worst = worst == ASSAY_OK ? status : worst;
    }
    for (size_t p = 0; p < r->process_count; p++) {
        any = any || r->processes[p]->end > 0;
    }
    if (worst == ASSAY_OK && !any) {
        assay_report_add(r->report, "%s: traceEvents: no slices and no levels", r->path);
        worst = ASSAY_BAD_INPUT;
    }
    return worst;
}

static void write_processes(const reader* r, const assay_json* root, assay_json_writer* out) {
    static const char* const keys[] = {"otherData", NULL};
    assay_json_begin_object(out, NULL);
    assay_json_write_string(out, "kind", "timeline");
    assay_json_write_string(out, "file", r->path);
    assay_copy_members(out, root, keys);
    assay_json_begin_array(out, "processes");
    for (size_t p = 0; p < r->process_count; p++) {
        if (r->processes[p]->end > 0) {
            assay_timeline_write(r->processes[p], out);
        }
    }
    assay_json_end_array(out);
    assay_json_end_object(out);
}

assay_status assay_input_timeline(const char* path, const assay_json* root, assay_json_writer* out,
                                  assay_report* report) {
    reader r = {.path = path, .report = report};
    assay_status status = read_events(&r, root);
    if (status == ASSAY_OK) {
        write_processes(&r, root, out);
    }
    free_processes(&r);
    return status;
}
