/* Settings: which value each option has, for a machine at a time. */
#ifndef ASSAY_SWEEP_OPTION_SETTINGS_H
#define ASSAY_SWEEP_OPTION_SETTINGS_H

#include "spec.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Values are as in sweep_machine.base_value: NaN where the machine has no such option. */
typedef struct sweep_settings {
    size_t width;   /* variables */
    double* values; /* [count][width] */
    size_t count, capacity;
} sweep_settings;

/* `values` [width] is copied. ASSAY_NO_MEMORY. */
assay_status sweep_settings_add(sweep_settings* settings, const double* values);

/* Which constraints hold for a machine, and where their options' values come from. */
typedef struct sweep_rules sweep_rules;
/* Frees with sweep_rules_free. NULL: out of memory. */
sweep_rules* sweep_rules_new(const sweep_spec* spec, const sweep_machine* machine);
void sweep_rules_free(sweep_rules** rules);
bool sweep_rules_allow(const sweep_rules* rules, const double* values);

/* All combinations that the rules allow; the first option changes slowest. ASSAY_BAD_INPUT: too
 * many. */
assay_status sweep_make_grid(const sweep_spec* spec, const sweep_machine* machine,
                             sweep_settings* out, assay_report* report);
/* `count` different settings that the rules allow. ASSAY_BAD_INPUT: there are not so many, or they
 * are too rare. */
assay_status sweep_draw(const sweep_spec* spec, const sweep_machine* machine, size_t count,
                        sweep_settings* out, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
