/* Fronts: points that no other one beats. */
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "inside.h"

typedef struct candidate {
    size_t point;
    unsigned group; /* workload and policy */
    size_t metrics;
    double cost[ASSAY_METRIC_COUNT]; /* the less the better */
} candidate;

/* By group, then by costs, then in the order of points: none is beaten by a later one. */
static int compare(const void* left, const void* right) {
    const candidate *a = left, *b = right;
    if (a->group != b->group) {
        return a->group < b->group ? -1 : 1;
    }
    for (size_t i = 0; i < a->metrics; i++) {
        if (a->cost[i] != b->cost[i]) {
            return a->cost[i] < b->cost[i] ? -1 : 1;
        }
    }
    return a->point < b->point ? -1 : 1;
}

static bool is_no_worse(const candidate* a, const candidate* b) {
    for (size_t i = 0; i < a->metrics; i++) {
        if (a->cost[i] > b->cost[i]) {
            return false;
        }
    }
    return true;
}

static size_t collect(const assay_sweep* s, const assay_metric* metrics, size_t count,
                      candidate* out) {
    size_t found = 0;
    for (size_t i = 0; i < s->count; i++) {
        const sweep_point* p = &s->points[i];
        if (p->status != ASSAY_POINT_OK) {
            continue;
        }
        candidate* c = &out[found++];
        *c = (candidate){.point = i,
                         .group = p->workload * (unsigned)s->spec.policy_count + p->policy,
                         .metrics = count};
        for (size_t k = 0; k < count; k++) {
            double value = assay_metric_of(metrics[k], &s->totals[i]);
            c->cost[k] = metrics[k] == ASSAY_METRIC_UTILISATION ? -value : value;
        }
    }
    return found;
}

assay_status assay_sweep_front(const assay_sweep* sweep, const assay_metric* metrics, size_t count,
                               bool* front) {
    ASSAY_REQUIRE(sweep != NULL && front != NULL && count >= 1 && count <= ASSAY_METRIC_COUNT);
    candidate* all = calloc(sweep->count + 1, sizeof *all);
    size_t* kept = calloc(sweep->count + 1, sizeof *kept); /* of this group's front */
    memset(front, 0, sweep->count * sizeof *front);
    if (all == NULL || kept == NULL) {
        free(all);
        free(kept);
        return ASSAY_NO_MEMORY;
    }
    size_t found = collect(sweep, metrics, count, all), size = 0;
    qsort(all, found, sizeof *all, compare);
    for (size_t i = 0; i < found; i++) {
        size = i > 0 && all[i].group != all[i - 1].group ? 0 : size;
        size_t k = size;
        while (k > 0 && !is_no_worse(&all[kept[k - 1]], &all[i])) {
            k--;
        }
        if (k == 0) {
            kept[size++] = i;
            front[all[i].point] = true;
        }
    }
    free(all);
    free(kept);
    return ASSAY_OK;
}
