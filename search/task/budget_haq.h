/* Keeping a budget as HAQ's published code does (_final_action_wall of its linear quantisation
 * environment, mit-han-lab/haq 8228d12): sweeps from the last layer to the first that take a bit
 * from every layer in turn, whatever it buys. */
#ifndef ASSAY_SEARCH_BUDGET_HAQ_H
#define ASSAY_SEARCH_BUDGET_HAQ_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    ASSAY_HAQ_NOT_QUANTISED = -1 /* the first layer's activations, "a" of [8, -1] */
};

typedef struct assay_haq_bits {
    int w, a;
} assay_haq_bits;

typedef struct assay_haq_budget {
    size_t layers; /* >= 1 */
    int min_bits;  /* of both; 2 in HAQ's script */
    double target; /* the budget */
    /* Cost of a layer. The original's table takes activations of -1 as a Python index, which is its
     * 7-bit column: who asks decides what they cost. */
    double (*cost)(void* user, size_t layer, int w_bits, int a_bits);
    void* user;
} assay_haq_budget;

typedef struct assay_haq_counts {
    unsigned sweeps;     /* that were begun */
    unsigned decrements; /* of a width, those that the fixed layers undo included */
    double used;         /* cost of what was reached */
} assay_haq_counts;

/* Changes `bits` [layers] until the cost is at or below the target, or not above that of min_bits
 * everywhere. As in the original, the first layer is set to [8, -1] and the last to [8, 8] by the
 * first decrement only: a policy within the budget stays as it is, and one whose fixed layers keep
 * it over is left over once nothing else can be lowered (where the original loops for ever). */
assay_haq_counts assay_budget_haq(const assay_haq_budget* budget, assay_haq_bits* bits);

#ifdef __cplusplus
}
#endif
#endif
