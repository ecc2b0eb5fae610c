#include "forecast.h"

#include <stdlib.h>

bool sweep_forecast_begin(sweep_forecast* f, const assay_sweep* sweep) {
    f->cells = sweep_cells(sweep);
    f->wall_s = calloc(f->cells + 1, sizeof *f->wall_s);
    f->done = calloc(f->cells + 1, sizeof *f->done);
    f->left = calloc(f->cells + 1, sizeof *f->left);
    return f->wall_s != NULL && f->done != NULL && f->left != NULL;
}

void sweep_forecast_end(sweep_forecast* f) {
    free(f->wall_s);
    free(f->done);
    free(f->left);
    *f = (sweep_forecast){0};
}

void sweep_forecast_add(sweep_forecast* f, size_t cell) {
    f->left[cell]++;
}

void sweep_forecast_done(sweep_forecast* f, size_t cell, double wall_s) {
    f->left[cell]--;
    sweep_forecast_known(f, cell, wall_s);
}

void sweep_forecast_known(sweep_forecast* f, size_t cell, double wall_s) {
    f->done[cell]++;
    f->wall_s[cell] += wall_s;
}

double sweep_forecast_rest(const sweep_forecast* f, unsigned jobs) {
    double rest_s = 0;
    for (size_t i = 0; i < f->cells; i++) {
        if (f->left[i] > 0 && f->done[i] == 0) {
            return -1;
        }
        if (f->left[i] > 0) {
            rest_s += f->wall_s[i] / (double)f->done[i] * (double)f->left[i];
        }
    }
    return rest_s / jobs;
}
