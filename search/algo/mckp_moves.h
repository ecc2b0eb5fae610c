/* The two greedy moves on a knapsack's classes, shared by the greedy solvers and by those that need
 * a good answer early. */
#ifndef ASSAY_SEARCH_MCKP_MOVES_H
#define ASSAY_SEARCH_MCKP_MOVES_H

#include "mckp_classes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of every class, the option of greatest value less `price` times cost (NULL: of greatest value),
 * ties to the cheaper. Returns the sum of those differences. */
double mckp_pick_best(const mckp_classes* c, const double* price, size_t* pick);
/* Of every class, the option of least cost, all limits together. */
void mckp_pick_cheapest(const mckp_classes* c, size_t* pick);

/* Changes options until no limit is exceeded, each time for the least value by what it saves of the
 * exceeded limits; false: no change saves anything any more. */
bool mckp_give_up(const mckp_classes* c, size_t* pick);
/* Changes options as long as value is gained within the limits, each time the most by cost. */
void mckp_refill(const mckp_classes* c, size_t* pick);

/* The best answer so far, in the arrays of who asked for it, and room to try others. */
typedef struct mckp_best {
    size_t* choice;         /* [items] the caller's */
    assay_mckp_result* out; /* the caller's: value -INFINITY, bound INFINITY at first */
    size_t* pick;           /* [classes] */
    size_t* scratch;        /* [items] */
} mckp_best;

assay_status mckp_best_new(const mckp_classes* c, size_t* choice, assay_mckp_result* out,
                           mckp_best* best);
void mckp_best_free(mckp_best* best);
/* Takes `pick` if it is better; false: it is beyond a limit. */
bool mckp_best_offer(const mckp_classes* c, const size_t* pick, mckp_best* best);
/* Offers what giving up and refilling make of `pick`, which is not changed. */
void mckp_best_improve(const mckp_classes* c, const size_t* pick, mckp_best* best);

#ifdef __cplusplus
}
#endif
#endif
