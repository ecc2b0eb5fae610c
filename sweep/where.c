#include "where.h"

#include <math.h>
#include <stdlib.h>

#include "contract.h"
#include "where_nodes.h"

void sweep_where_free(sweep_where** where) {
    ASSAY_REQUIRE(where != NULL);
    sweep_where* w = *where;
    if (w != NULL) {
        for (size_t i = 0; i < w->count; i++) {
            free(w->nodes[i].text);
        }
        for (size_t i = 0; i < w->name_count; i++) {
            free(w->names[i]);
        }
        free(w->nodes);
        free(w->names);
        free(w->columns);
        free(w);
    }
    *where = NULL;
}

size_t sweep_where_names(const sweep_where* where) {
    return where->name_count;
}

const char* sweep_where_name(const sweep_where* where, size_t i) {
    ASSAY_REQUIRE(i < where->name_count);
    return where->names[i];
}

size_t sweep_where_column(const sweep_where* where, size_t i) {
    ASSAY_REQUIRE(i < where->name_count);
    return where->columns[i];
}

bool sweep_where_is_number(const sweep_where* where, size_t i) {
    for (size_t n = 0; n < where->count; n++) {
        if (where->nodes[n].kind == OPTION && where->nodes[n].left == i) {
            return true;
        }
    }
    return false;
}

bool sweep_where_text(const sweep_where* where, size_t i, size_t* name, const char** text) {
    for (size_t n = 0; n < where->count; n++) {
        if (where->nodes[n].kind == IS && i-- == 0) {
            *name = where->nodes[n].left;
            *text = where->nodes[n].text;
            return true;
        }
    }
    return false;
}

/* ---- Evaluating ---- */

static bool is_true(double value) {
    return value != 0 && !isnan(value);
}

static double combine(where_kind kind, double a, double b) {
    switch (kind) {
    case ADD:
        return a + b;
    case SUBTRACT:
        return a - b;
    case MULTIPLY:
        return a * b;
    case DIVIDE:
        return b != 0 ? a / b : NAN;
    case REMAINDER:
        return b != 0 ? fmod(a, b) : NAN;
    case LESS:
        return a < b;
    case LESS_EQUAL:
        return a <= b;
    case GREATER:
        return a > b;
    case GREATER_EQUAL:
        return a >= b;
    case EQUAL:
        return a == b;
    case UNEQUAL:
        return a < b || a > b; /* not of what has no value */
    case AND:
        return is_true(a) && is_true(b);
    case OR:
        return is_true(a) || is_true(b);
    default:
        return NAN;
    }
}

bool sweep_where_holds(const sweep_where* where, const sweep_where_values* at) {
    double of[SWEEP_WHERE_NODES];
    for (size_t i = 0; i < where->count; i++) {
        const where_node* n = &where->nodes[i];
        switch (n->kind) {
        case NUMBER:
            of[i] = n->number;
            break;
        case OPTION:
            of[i] = at->values[n->left];
            break;
        case IS:
            of[i] = at->is != NULL && at->is(at->user, n->left, n->text);
            break;
        case NEGATE:
            of[i] = -of[n->left];
            break;
        case NOT:
            of[i] = isnan(of[n->left]) ? NAN : !is_true(of[n->left]);
            break;
        default:
            of[i] = combine(n->kind, of[n->left], of[n->right]);
        }
    }
    return where->count > 0 && is_true(of[where->count - 1]);
}
