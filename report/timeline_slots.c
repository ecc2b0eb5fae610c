/* From events to slots: what a row did for which share of each, and the mean and the greatest
 * level. */
#include <string.h>

#include "timeline.h"

typedef struct slots {
    double value[ASSAY_TIMELINE_SLOTS];
} slots;

/* Adds `weight` times the share of each slot that lies between `begin` and `end`. */
static void spread(slots* s, double width, double begin, double end, double weight) {
    for (size_t i = (size_t)(begin / width); i < ASSAY_TIMELINE_SLOTS && (double)i * width < end;
         i++) {
        double from = begin > (double)i * width ? begin : (double)i * width;
        double to = end < (double)(i + 1) * width ? end : (double)(i + 1) * width;
        if (to > from) {
            s->value[i] += weight * (to - from) / width;
        }
    }
}

static void write_slots(assay_json_writer* out, const char* key, const slots* s) {
    assay_json_begin_array(out, key);
    for (size_t i = 0; i < ASSAY_TIMELINE_SLOTS; i++) {
        /* Three digits behind the point are more than a pixel. */
        bool large = s->value[i] > 1e9;
        assay_json_write_real(
            out, NULL, large ? s->value[i] : (double)(int64_t)(s->value[i] * 1e3 + 0.5) / 1e3);
    }
    assay_json_end_array(out);
}

/* ---- Rows ---- */

/* The names of a row's slices in order of appearance; those beyond the limit share the last place.
 */
static size_t name_of(const char** names, size_t* count, const char* name) {
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    if (*count == ASSAY_TIMELINE_NAMES) {
        names[*count - 1] = "other";
        return *count - 1;
    }
    names[*count] = name;
    return (*count)++;
}

static void write_shares(const assay_timeline_track* row, double width, assay_json_writer* out) {
    const char* names[ASSAY_TIMELINE_NAMES];
    slots shares[ASSAY_TIMELINE_NAMES] = {0};
    size_t count = 0;
    for (size_t i = 0; i < row->count; i++) {
        const assay_timeline_point* p = &row->points[i];
        size_t name = name_of(names, &count, p->name);
        spread(&shares[name], width, p->at, p->at + p->value, 1);
    }
    assay_json_begin_array(out, "names");
    for (size_t i = 0; i < count; i++) {
        assay_json_write_string(out, NULL, names[i]);
    }
    assay_json_end_array(out);
    assay_json_begin_array(out, "shares");
    for (size_t i = 0; i < count; i++) {
        write_slots(out, NULL, &shares[i]);
    }
    assay_json_end_array(out);
}

static void write_slices(const assay_timeline_track* row, assay_json_writer* out) {
    assay_json_begin_array(out, "slices");
    for (size_t i = 0; i < row->count && row->count <= ASSAY_TIMELINE_NAMED; i++) {
        assay_json_begin_array(out, NULL);
        assay_json_write_string(out, NULL, row->points[i].name);
        assay_json_write_real(out, NULL, row->points[i].at);
        assay_json_write_real(out, NULL, row->points[i].value);
        assay_json_end_array(out);
    }
    assay_json_end_array(out);
}

static void write_row(const assay_timeline_track* row, double width, assay_json_writer* out) {
    assay_json_begin_object(out, NULL);
    assay_json_write_real(out, "thread", row->thread);
    assay_json_write_string(out, "name", row->name);
    assay_json_write_uint(out, "count", row->count);
    write_shares(row, width, out);
    write_slices(row, out);
    assay_json_end_object(out);
}

/* ---- Levels: each holds until the next one of its counter ---- */

static void raise(slots* max, double width, double begin, double end, double value) {
    for (size_t i = (size_t)(begin / width); i < ASSAY_TIMELINE_SLOTS && (double)i * width < end;
         i++) {
        max->value[i] = value > max->value[i] ? value : max->value[i];
    }
}

static void write_counter(const assay_timeline_track* counter, double width, double end,
                          assay_json_writer* out) {
    slots mean = {{0}}, max = {{0}};
    for (size_t i = 0; i < counter->count; i++) {
        const assay_timeline_point* p = &counter->points[i];
        double until = i + 1 < counter->count ? p[1].at : end;
        spread(&mean, width, p->at, until, p->value);
        raise(&max, width, p->at, until, p->value);
    }
    assay_json_begin_object(out, NULL);
    assay_json_write_string(out, "name", counter->name);
    write_slots(out, "mean", &mean);
    write_slots(out, "max", &max);
    assay_json_end_object(out);
}

void assay_timeline_write(const assay_timeline* timeline, assay_json_writer* out) {
    double width = timeline->end / ASSAY_TIMELINE_SLOTS;
    assay_json_begin_object(out, NULL);
    assay_json_write_string(out, "name", timeline->name);
    assay_json_write_real(out, "end", timeline->end);
    assay_json_write_uint(out, "slots", ASSAY_TIMELINE_SLOTS);
    assay_json_write_uint(out, "left_out", timeline->left_out);
    assay_json_begin_array(out, "rows");
    for (size_t i = 0; i < timeline->row_count; i++) {
        write_row(&timeline->rows[i], width, out);
    }
    assay_json_end_array(out);
    assay_json_begin_array(out, "counters");
    for (size_t i = 0; i < timeline->counter_count; i++) {
        write_counter(&timeline->counters[i], width, timeline->end, out);
    }
    assay_json_end_array(out);
    assay_json_end_object(out);
}
