#include "ties.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "json.h"
#include "quote.h"

/* The equalities of the HAWQ-V3 authors' integer program: a residual block's shortcut convolution
 * and the one before whose output it carries on. */
static const struct {
    const char* name;
    size_t layers;
    size_t pairs[4][2];
    size_t pair_count;
} known[] = {
    {"resnet18", 19, {{4, 6}, {9, 11}, {14, 16}}, 3},
    {"resnet50", 52, {{0, 3}, {10, 13}, {23, 26}, {42, 45}}, 4},
};
enum {
    KNOWN = sizeof known / sizeof *known
};

/* group[i]: some layer of i's group while ties are read, equal within a group. */
static void join(size_t* group, size_t count, size_t a, size_t b) {
    size_t from = group[a] > group[b] ? group[a] : group[b];
    size_t to = group[a] > group[b] ? group[b] : group[a];
    for (size_t i = 0; i < count; i++) {
        group[i] = group[i] == from ? to : group[i];
    }
}

static size_t number_groups(size_t* group, size_t count) {
    size_t groups = 0;
    for (size_t i = 0; i < count; i++) {
        group[i] = group[i] == i ? groups++ : group[group[i]]; /* the first of a group is its own */
    }
    return groups;
}

static bool read_known(size_t which, size_t count, size_t* group, assay_report* report) {
    if (count != known[which].layers) {
        assay_report_add(report, "--ties %s: is for tables of %zu layers, this one has %zu",
                         known[which].name, known[which].layers, count);
        return false;
    }
    for (size_t i = 0; i < known[which].pair_count; i++) {
        join(group, count, known[which].pairs[i][0], known[which].pairs[i][1]);
    }
    return true;
}

static size_t find_layer(const char* const* layers, size_t count, const char* name) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(layers[i], name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void read_tie(const char* path, size_t number, const assay_json* tie,
                     const char* const* layers, size_t count, size_t* group, assay_report* report) {
    size_t first = SIZE_MAX;
    if (assay_json_kind_of(tie) != ASSAY_JSON_ARRAY || assay_json_size(tie) < 2) {
        assay_report_add(report, "%s: ties[%zu]: expected a list of at least two layers", path,
                         number);
        return;
    }
    for (const assay_json* m = assay_json_first(tie); m != NULL; m = assay_json_next(m)) {
        size_t layer = find_layer(layers, count, assay_json_string(m));
        if (assay_json_kind_of(m) != ASSAY_JSON_STRING) {
            assay_report_add(report, "%s: ties[%zu]: expected names of layers, not %s", path,
                             number, assay_json_describe(m));
        } else if (layer == SIZE_MAX) {
            assay_report_add(report, "%s: ties[%zu]: the table has no layer %s", path, number,
                             assay_quote(assay_json_string(m)).text);
        } else if (first == SIZE_MAX) {
            first = layer;
        } else {
            join(group, count, first, layer);
        }
    }
}

static void read_ties(const char* path, const assay_json* root, const char* const* layers,
                      size_t count, size_t* group, assay_report* report) {
    static const char* const legal[] = {"schema", "ties", NULL};
    uint64_t schema;
    if (assay_json_kind_of(root) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: expected an object with \"schema\" and \"ties\"", path);
        return;
    }
    assay_json_check_keys(root, legal, path, report);
    assay_json_read_uint(root, "schema", path, 1, 1, true, &schema, report);
    const assay_json* ties = assay_json_get(root, "ties");
    if (ties == NULL || assay_json_kind_of(ties) != ASSAY_JSON_ARRAY) {
        assay_report_add(report, "%s: ties: expected a list of lists of layers", path);
        return;
    }
    size_t number = 0;
    for (const assay_json* m = assay_json_first(ties); m != NULL; m = assay_json_next(m)) {
        read_tie(path, number++, m, layers, count, group, report);
    }
}

static bool read_file(const char* path, const char* const* layers, size_t count, size_t* group,
                      assay_report* report) {
    assay_json_doc* doc = NULL;
    size_t before = assay_report_count(report);
    if (assay_json_load(path, &doc, report) == ASSAY_OK) {
        read_ties(path, assay_json_root(doc), layers, count, group, report);
    }
    assay_json_free(&doc);
    return assay_report_count(report) == before;
}

size_t assay_ties_read(const char* source, const char* const* layers, size_t count, size_t* group,
                       assay_report* report) {
    size_t which = 0;
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        group[i] = i;
    }
    while (source != NULL && which < KNOWN && strcmp(known[which].name, source) != 0) {
        which++;
    }
    if (source != NULL) {
        good = which < KNOWN ? read_known(which, count, group, report)
                             : read_file(source, layers, count, group, report);
    }
    return good ? number_groups(group, count) : 0;
}
