#include "revision.hpp"

#include "assay/store.h"

const char* assay_source_revision(void) {
    return ASSAY_SOURCE_REVISION;
}
