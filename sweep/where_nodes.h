/* A constraint as a tree, in an array. */
#ifndef ASSAY_SWEEP_WHERE_NODES_H
#define ASSAY_SWEEP_WHERE_NODES_H

#include <stddef.h>

#include "where.h"

typedef enum where_kind {
    NUMBER,
    OPTION,
    IS, /* option == 'text' */
    NEGATE,
    NOT,
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE,
    REMAINDER,
    LESS,
    LESS_EQUAL,
    GREATER,
    GREATER_EQUAL,
    EQUAL,
    UNEQUAL,
    AND,
    OR
} where_kind;

typedef struct where_node {
    where_kind kind;
    size_t left, right; /* nodes; OPTION and IS: left is the name */
    double number;
    char* text; /* of IS */
} where_node;

struct sweep_where {
    where_node* nodes; /* children before parents; the last one is the root */
    size_t count;
    char** names;
    size_t* columns;
    size_t name_count;
};

#endif
