/* Layers that must take the same widths: those whose outputs are added to each other. */
#ifndef ASSAY_SEARCH_TIES_H
#define ASSAY_SEARCH_TIES_H

#include <stddef.h>

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `source`: "resnet18", "resnet50" (the rows of the HAWQ authors' tables, whose number must agree),
 * a file {"schema": 1, "ties": [["layer", "layer", ...], ...]}, or NULL for none. Writes for each
 * of the `count` layers the number of its group: groups are numbered from 0 by their first layers.
 * Returns the number of groups; 0: messages were added. */
size_t assay_ties_read(const char* source, const char* const* layers, size_t count, size_t* group,
                       assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
