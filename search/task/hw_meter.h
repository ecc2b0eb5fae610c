/* What machines cost: layers through the measurement store, the rest simulated by worker processes,
 * a machine each. */
#ifndef ASSAY_SEARCH_HW_METER_H
#define ASSAY_SEARCH_HW_METER_H

#include "hw_space.h"
#include "store.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hw_meter_settings {
    hw_space* space;
    assay_workload* const* networks; /* [network_count] */
    size_t network_count;
    unsigned w_bits, a_bits;
    unsigned jobs;      /* 1 .. ASSAY_POOL_MAX_JOBS */
    unsigned limit_s;   /* a machine that takes longer counts as hung; 0: no limit */
    assay_store* store; /* NULL: everything is simulated */
    /* Asked now and then, with the number of machines that are done; false stops. May be NULL. */
    bool (*progress)(void* user, size_t done, size_t total);
    void* user;
} hw_meter_settings;

typedef enum hw_verdict {
    HW_MEASURED,
    HW_UNFIT, /* some layer has no place on the machine */
    HW_LOST,  /* two worker processes died of it, as a message says */
} hw_verdict;

/* Of all networks together, one batch of each; NaN where it is not known. */
typedef struct hw_cost {
    hw_verdict verdict;
    double seconds, energy_j, area_mm2;
} hw_cost;

enum {
    HW_AREA_ONLY = 1, /* no layers; unfit: those of the first network have no place */
    HW_SAY_WHY = 2,   /* the report tells why a network has no place */
};

typedef struct hw_meter hw_meter;

/* Networks of matrix layers. `settings` is copied, what it points to must outlive the meter. */
assay_status hw_meter_new(const hw_meter_settings* settings, hw_meter** out);
void hw_meter_free(hw_meter** meter);

/* Matrix layers of all networks, in their order. */
size_t hw_meter_layers(const hw_meter* meter);

typedef struct hw_widths {
    unsigned w, a; /* 1 .. 16 */
} hw_widths;

typedef struct hw_machines {
    size_t count;
    const unsigned* x;       /* [count][variables], legal */
    const hw_widths* widths; /* [count][layers]; NULL: w_bits and a_bits everywhere */
    unsigned flags;
} hw_machines;

/* In their order. A measurement is in the store as soon as its machine is done. ASSAY_INTERRUPTED:
 * progress said so. */
assay_status hw_meter_measure(hw_meter* meter, const hw_machines* machines, hw_cost* out,
                              assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
