#include "bench_sample.h"

#include <stdlib.h>

static int by_value(const void* a, const void* b) {
    double x = *(const double*)a, y = *(const double*)b;
    return (x > y) - (x < y);
}

bench_sample bench_summarise(double* seconds, size_t count) {
    qsort(seconds, count, sizeof *seconds, by_value);
    bench_sample s = {.runs = count, .min_s = seconds[0], .max_s = seconds[count - 1]};
    s.median_s = (seconds[(count - 1) / 2] + seconds[count / 2]) / 2;
    s.spread = s.median_s > 0 ? (s.max_s - s.min_s) / s.median_s : 0;
    return s;
}
