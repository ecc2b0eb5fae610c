/* The nearest legal name to a misspelt one. */
#ifndef ASSAY_BASE_SUGGEST_H
#define ASSAY_BASE_SUGGEST_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* True when `candidate` is near enough to `name` to be meant (at most a third of the name's length
 * apart in edits, or 2, and not all of it) and nearer than *best, which it then replaces. Start
 * with *best = SIZE_MAX. Names longer than 64 bytes are near to nothing. */
bool assay_is_nearer(const char* name, const char* candidate, size_t* best);

/* The nearest of the NULL-terminated `names`, the first of equals; NULL if none is near. */
const char* assay_suggest(const char* name, const char* const* names);

#ifdef __cplusplus
}
#endif
#endif
