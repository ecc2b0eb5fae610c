/* The layers of a sensitivity table as the task hawq chooses widths for them: in groups of tied
 * layers, each with its damage and its costs at both widths. */
#ifndef ASSAY_SEARCH_HAWQ_GROUPS_H
#define ASSAY_SEARCH_HAWQ_GROUPS_H

#include <stdbool.h>
#include <stddef.h>

#include "sensitivity_csv.h"

enum {
    HAWQ_WIDTHS = 2,
    HAWQ_FEATURES = 6,
    HAWQ_PREVIOUS_ACTION = HAWQ_FEATURES - 1
};
extern const unsigned hawq_widths[HAWQ_WIDTHS]; /* 4, 8 */

/* What may be limited. */
typedef enum hawq_metric {
    HAWQ_SIZE,    /* bytes of the weights */
    HAWQ_BOPS,    /* MACs x w_bits x a_bits */
    HAWQ_LATENCY, /* seconds */
    HAWQ_METRICS
} hawq_metric;
extern const char* const hawq_metric_names[HAWQ_METRICS + 1]; /* NULL-terminated */

typedef struct hawq_group {
    char* name;    /* "4+6": the layers' labels */
    double damage; /* of 4 bits in place of 8 */
    double cost[HAWQ_METRICS][HAWQ_WIDTHS];
    /* What an agent sees: place, damage, weights, operations and what 8 bits cost in time, each by
     * the greatest of all groups. */
    double features[HAWQ_FEATURES];
} hawq_group;

typedef struct hawq_groups {
    assay_sensitivity_table table;
    const char** labels; /* [rows] of the policy's layers, no two alike */
    size_t* group_of;    /* [rows] */
    hawq_group* groups;  /* [count] */
    size_t count;
    bool timed; /* the table has latencies */
} hawq_groups;

/* `by_name`: labels are the column "name", else "layer". `ties`: as ties.h. ASSAY_BAD_INPUT with
 * messages. Free with hawq_groups_free in every case. */
assay_status hawq_groups_read(const char* path, bool by_name, const char* ties, hawq_groups* out,
                              assay_report* report);
void hawq_groups_free(hawq_groups* groups);

#endif
