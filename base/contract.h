/* Contract checks: always on, for mistakes of the calling program (a null handle, an index beyond
 * the end), never for anything that a user's file can cause. */
#ifndef ASSAY_BASE_CONTRACT_H
#define ASSAY_BASE_CONTRACT_H

#include <stdio.h>
#include <stdlib.h>

#define ASSAY_REQUIRE(condition)                                                                   \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s: contract violated: %s\n", __func__, #condition);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
