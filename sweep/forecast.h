/* How long the rest of a sweep takes: by how long points of the same machine, workload and policy
 * took. For people. */
#ifndef ASSAY_SWEEP_FORECAST_H
#define ASSAY_SWEEP_FORECAST_H

#include "inside.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sweep_forecast {
    double* wall_s; /* [cells] sums */
    size_t* done;   /* [cells] points behind the sums */
    size_t* left;   /* [cells] */
    size_t cells;
} sweep_forecast;

bool sweep_forecast_begin(sweep_forecast* forecast,
                          const assay_sweep* sweep); /* false: no memory */
void sweep_forecast_end(sweep_forecast* forecast);
/* A point of the cell is to be run. */
void sweep_forecast_add(sweep_forecast* forecast, size_t cell);
/* Such a point took so long. */
void sweep_forecast_done(sweep_forecast* forecast, size_t cell, double wall_s);
/* A point that somebody else ran. */
void sweep_forecast_known(sweep_forecast* forecast, size_t cell, double wall_s);
/* With so many workers; -1 while points are left of a cell that nothing is known of. */
double sweep_forecast_rest(const sweep_forecast* forecast, unsigned jobs);

#ifdef __cplusplus
}
#endif
#endif
