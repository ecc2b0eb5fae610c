#include "known.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

enum {
    FIRST_CAPACITY = 64
};

void assay_known_free(assay_known* known) {
    free(known->candidates);
    free(known->x);
    free(known->slots);
    free(known->evaluations);
    *known = (assay_known){.variables = known->variables};
}

/* Where the candidate is, or the empty slot where it belongs. */
static size_t find_slot(const assay_known* known, const unsigned* x) {
    size_t bytes = known->variables * sizeof *x, mask = known->slot_count - 1;
    size_t slot = (size_t)assay_hash_bytes(x, bytes).low & mask;
    while (known->slots[slot] != 0 &&
           memcmp(assay_known_x(known, known->slots[slot] - 1), x, bytes) != 0) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

static bool grow_slots(assay_known* known, size_t wanted) {
    size_t* slots = calloc(wanted, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    free(known->slots);
    known->slots = slots;
    known->slot_count = wanted;
    for (size_t i = 0; i < known->count; i++) {
        known->slots[find_slot(known, assay_known_x(known, i))] = i + 1;
    }
    return true;
}

static bool grow(assay_known* known) {
    size_t wanted = known->capacity == 0 ? FIRST_CAPACITY : 2 * known->capacity;
    size_t row = known->variables * sizeof *known->x;
    if (wanted > SIZE_MAX / 4 / (row + sizeof *known->candidates)) {
        return false;
    }
    assay_candidate* candidates = realloc(known->candidates, wanted * sizeof *candidates);
    known->candidates = candidates != NULL ? candidates : known->candidates;
    unsigned* x = realloc(known->x, wanted * row);
    known->x = x != NULL ? x : known->x;
    if (candidates == NULL || x == NULL || !grow_slots(known, 2 * wanted)) {
        return false;
    }
    known->capacity = wanted;
    return true;
}

size_t assay_known_add(assay_known* known, const unsigned* x, bool* added) {
    *added = false;
    if (known->count == known->capacity && !grow(known)) {
        return SIZE_MAX;
    }
    size_t slot = find_slot(known, x);
    if (known->slots[slot] != 0) {
        return known->slots[slot] - 1;
    }
    size_t i = known->count++;
    memcpy(known->x + i * known->variables, x, known->variables * sizeof *x);
    known->candidates[i] = (assay_candidate){.used = 0};
    known->slots[slot] = known->count;
    *added = true;
    return i;
}

/* The newest candidate ends its chain of slots, so that its slot may simply be emptied. */
void assay_known_drop(assay_known* known) {
    known->slots[find_slot(known, assay_known_x(known, known->count - 1))] = 0;
    known->count--;
}

bool assay_known_note(assay_known* known, assay_evaluation evaluation) {
    if (known->evaluation_count == known->evaluation_capacity) {
        size_t wanted =
            known->evaluation_capacity == 0 ? FIRST_CAPACITY : 2 * known->evaluation_capacity;
        assay_evaluation* evaluations = realloc(known->evaluations, wanted * sizeof *evaluations);
        if (evaluations == NULL) {
            return false;
        }
        known->evaluations = evaluations;
        known->evaluation_capacity = wanted;
    }
    known->evaluations[known->evaluation_count++] = evaluation;
    return true;
}
