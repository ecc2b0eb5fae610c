/* Content hashing: XXH3 128 bit of xxHash, with typed, length-prefixed fields so that
 * concatenations cannot collide. Used for identity of hardware, workloads and cached files, not for
 * security. */
#ifndef ASSAY_BASE_HASH_H
#define ASSAY_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct assay_hasher assay_hasher;
typedef struct assay_hash {
    uint64_t low, high;
} assay_hash;
enum {
    ASSAY_HASH_TEXT = 33
}; /* 32 hex digits and a zero */

assay_hasher* assay_hasher_new(void); /* NULL when out of memory */
void assay_hasher_free(assay_hasher** hasher);
void assay_hasher_bytes(assay_hasher* hasher, const char* field, const void* data, size_t size);
void assay_hasher_text(assay_hasher* hasher, const char* field, const char* text);
void assay_hasher_uint(assay_hasher* hasher, const char* field, uint64_t value);
void assay_hasher_real(assay_hasher* hasher, const char* field, double value); /* -0 equals 0 */
assay_hash assay_hasher_done(const assay_hasher* hasher);
assay_hash assay_hash_bytes(const void* data, size_t size);
void assay_hash_format(assay_hash hash, char text[ASSAY_HASH_TEXT]);

#ifdef __cplusplus
}
#endif
#endif
