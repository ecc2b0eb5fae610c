#include "suggest.h"

#include <stdint.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = 64
};

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Levenshtein distance, one row of the table at a time. */
static size_t edit_distance(const char* a, size_t a_size, const char* b, size_t b_size) {
    size_t row[NAME_MAX_BYTES + 1];
    for (size_t j = 0; j <= b_size; ++j) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_size; ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_size; ++j) {
            size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = smaller(replaced, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_size];
}

bool assay_is_nearer(const char* name, const char* candidate, size_t* best) {
    size_t size = strlen(name), candidate_size = strlen(candidate);
    if (size > NAME_MAX_BYTES || candidate_size > NAME_MAX_BYTES) {
        return false;
    }
    size_t distance = edit_distance(name, size, candidate, candidate_size);
    size_t limit = size / 3 > 2 ? size / 3 : 2;
    if (distance > limit || distance >= size || distance >= *best) {
        return false;
    }
    *best = distance;
    return true;
}

const char* assay_suggest(const char* name, const char* const* names) {
    const char* nearest = NULL;
    size_t best = SIZE_MAX;
    for (; *names != NULL; ++names) {
        if (assay_is_nearer(name, *names, &best)) {
            nearest = *names;
        }
    }
    return nearest;
}
