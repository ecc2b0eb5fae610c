#include "problem.h"

/* First variable of a group; one past the last variable if there is no such group. */
static size_t first_of(const assay_space* space, size_t group) {
    if (space->group == NULL) {
        return group < space->variables ? group : space->variables;
    }
    size_t low = 0, high = space->variables;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (space->group[middle] < group) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void assay_item_variables(const assay_space* space, size_t item, size_t* first, size_t* end) {
    *first = first_of(space, item);
    *end = first_of(space, item + 1);
}

size_t assay_option_of(const assay_space* space, size_t item, const unsigned* x) {
    size_t first, end, option = 0;
    assay_item_variables(space, item, &first, &end);
    for (size_t v = first; v < end; v++) {
        option = option * space->choices[v] + x[v];
    }
    return option;
}

void assay_choose_option(const assay_space* space, size_t item, size_t option, unsigned* x) {
    size_t first, end;
    assay_item_variables(space, item, &first, &end);
    for (size_t v = end; v > first; v--) {
        x[v - 1] = (unsigned)(option % space->choices[v - 1]);
        option /= space->choices[v - 1];
    }
}
