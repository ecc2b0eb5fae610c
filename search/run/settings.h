#ifndef ASSAY_SEARCH_SETTINGS_H
#define ASSAY_SEARCH_SETTINGS_H

#include <stdint.h>

/* What assay_default_search_settings leaves in the settings, so that a struct that was not made by
 * it is noticed. */
#define ASSAY_SEARCH_SETTINGS_COOKIE UINT64_C(0x6173736179736574)

#endif
