#include "pareto.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "problem.h"

bool assay_dominates(const double* a, const double* b, size_t objectives) {
    bool better = false;
    for (size_t i = 0; i < objectives; ++i) {
        if (a[i] > b[i]) {
            return false;
        }
        better |= a[i] < b[i];
    }
    return better;
}

static bool is_equal(const double* a, const double* b, size_t objectives) {
    for (size_t i = 0; i < objectives; ++i) {
        if (a[i] != b[i]) {
            return false;
        }
    }
    return true;
}

static bool is_taken(const double* points, size_t count, size_t objectives, size_t i) {
    const double* point = points + i * objectives;
    for (size_t j = 0; j < count; ++j) {
        const double* other = points + j * objectives;
        if (assay_dominates(other, point, objectives) ||
            (j < i && is_equal(other, point, objectives))) {
            return false;
        }
    }
    return true;
}

size_t assay_pareto_front(const double* points, size_t count, size_t objectives, size_t* front) {
    size_t found = 0;
    for (size_t i = 0; i < count; ++i) {
        if (is_taken(points, count, objectives, i)) {
            front[found++] = i;
        }
    }
    return found;
}

/* ---- Hypervolume ---- */

/* Four coordinates of a point, those beyond the problem's are 0. */
typedef struct point {
    double at[ASSAY_OBJECTIVES_MAX];
} point;

#define BY_COORDINATE(k)                                                                           \
    static int by_##k(const void* a, const void* b) {                                              \
        double x = ((const point*)a)->at[k], y = ((const point*)b)->at[k];                         \
        return x < y ? -1 : x > y;                                                                 \
    }
BY_COORDINATE(1)
BY_COORDINATE(2)
BY_COORDINATE(3)

typedef int (*order)(const void*, const void*);
static const order by_last[] = {NULL, NULL, by_2, by_3};

static double length(const point* points, size_t count, const double* reference) {
    double longest = 0;
    for (size_t i = 0; i < count; ++i) {
        longest = fmax(longest, reference[0] - points[i].at[0]);
    }
    return longest;
}

/* How far it is from the i-th point to where the slice above it ends. */
static double height(const point* points, size_t count, size_t i, size_t last,
                     const double* reference) {
    return (i + 1 < count ? points[i + 1].at[last] : reference[last]) - points[i].at[last];
}

static double area(point* points, size_t count, const double* reference) {
    double sum = 0, width = 0;
    qsort(points, count, sizeof *points, by_1);
    for (size_t i = 0; i < count; ++i) {
        width = fmax(width, reference[0] - points[i].at[0]);
        sum += width * height(points, count, i, 1, reference);
    }
    return sum;
}

/* Between one point's last coordinate and the next one's, the points so far dominate. scratch:
 * `count` points for each coordinate beyond the second. */
static double volume(point* points, size_t count, size_t objectives, const double* reference,
                     point* scratch, size_t stride) {
    if (objectives <= 2) {
        return objectives == 1 ? length(points, count, reference) : area(points, count, reference);
    }
    size_t last = objectives - 1;
    double sum = 0;
    qsort(points, count, sizeof *points, by_last[last]);
    for (size_t i = 0; i < count; ++i) {
        double slice = height(points, count, i, last, reference);
        if (slice > 0) {
            memcpy(scratch, points, (i + 1) * sizeof *points);
            sum += slice * volume(scratch, i + 1, last, reference, scratch + stride, stride);
        }
    }
    return sum;
}

static size_t gather(const double* points, size_t count, size_t objectives, const double* reference,
                     point* out) {
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
        bool below = true;
        point copy = {{0}};
        for (size_t k = 0; k < objectives; ++k) {
            copy.at[k] = points[i * objectives + k];
            below &= copy.at[k] < reference[k];
        }
        if (below) {
            out[kept++] = copy;
        }
    }
    return kept;
}

double assay_hypervolume(const double* points, size_t count, size_t objectives,
                         const double* reference) {
    ASSAY_REQUIRE(objectives >= 1 && objectives <= ASSAY_OBJECTIVES_MAX);
    if (count == 0) {
        return 0;
    }
    point* space = calloc(count, (objectives + 1) * sizeof *space);
    double result = NAN;
    if (space != NULL) {
        size_t kept = gather(points, count, objectives, reference, space);
        result = volume(space, kept, objectives, reference, space + count, count);
    }
    free(space);
    return result;
}
