#include "assay/sweep.h"
#include "contract.h"

static const struct {
    const char *name, *unit;
} metrics[ASSAY_METRIC_COUNT] = {
    [ASSAY_METRIC_LATENCY] = {"latency", "s"}, [ASSAY_METRIC_ENERGY] = {"energy", "J"},
    [ASSAY_METRIC_AREA] = {"area", "mm2"},     [ASSAY_METRIC_POWER] = {"power", "W"},
    [ASSAY_METRIC_EDP] = {"edp", "Js"},        [ASSAY_METRIC_CYCLES] = {"cycles", ""},
    [ASSAY_METRIC_DRAM] = {"dram", "B"},       [ASSAY_METRIC_UTILISATION] = {"utilisation", ""},
};

const char* assay_metric_name(assay_metric metric) {
    ASSAY_REQUIRE(metric < ASSAY_METRIC_COUNT);
    return metrics[metric].name;
}

const char* assay_metric_unit(assay_metric metric) {
    ASSAY_REQUIRE(metric < ASSAY_METRIC_COUNT);
    return metrics[metric].unit;
}

double assay_metric_of(assay_metric metric, const assay_run_totals* totals) {
    switch (metric) {
    case ASSAY_METRIC_LATENCY:
        return totals->seconds;
    case ASSAY_METRIC_ENERGY:
        return totals->energy_j;
    case ASSAY_METRIC_AREA:
        return totals->area_mm2;
    case ASSAY_METRIC_POWER:
        return totals->seconds > 0 ? totals->energy_j / totals->seconds : 0;
    case ASSAY_METRIC_EDP:
        return totals->energy_j * totals->seconds;
    case ASSAY_METRIC_CYCLES:
        return (double)totals->cycles;
    case ASSAY_METRIC_DRAM:
        return (double)totals->dram_bytes;
    default:
        return totals->utilisation;
    }
}
