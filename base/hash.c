#include "hash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "contract.h"

struct assay_hasher {
    XXH3_state_t* state;
};

/* What a field holds is part of its identity: text "1" and number 1 differ. */
enum {
    FIELD_BYTES = 'b',
    FIELD_TEXT = 't',
    FIELD_UINT = 'u',
    FIELD_REAL = 'r'
};

assay_hasher* assay_hasher_new(void) {
    assay_hasher* hasher = malloc(sizeof *hasher);
    if (hasher == NULL) {
        return NULL;
    }
    hasher->state = XXH3_createState();
    if (hasher->state == NULL) {
        free(hasher);
        return NULL;
    }
    XXH3_128bits_reset(hasher->state);
    return hasher;
}

void assay_hasher_free(assay_hasher** hasher) {
    ASSAY_REQUIRE(hasher != NULL);
    if (*hasher != NULL) {
        XXH3_freeState((*hasher)->state);
        free(*hasher);
        *hasher = NULL;
    }
}

static void put(assay_hasher* hasher, const void* data, size_t size) {
    if (size > 0) {
        XXH3_128bits_update(hasher->state, data, size);
    }
}

/* Little-endian on every machine. */
static void put_word(assay_hasher* hasher, uint64_t value) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; ++i) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
    put(hasher, bytes, sizeof bytes);
}

static void put_field(assay_hasher* hasher, char type, const char* field) {
    ASSAY_REQUIRE(hasher != NULL);
    ASSAY_REQUIRE(field != NULL);
    size_t length = strlen(field);
    put(hasher, &type, 1);
    put_word(hasher, length);
    put(hasher, field, length);
}

static void put_block(assay_hasher* hasher, const void* data, size_t size) {
    put_word(hasher, size);
    put(hasher, data, size);
}

void assay_hasher_bytes(assay_hasher* hasher, const char* field, const void* data, size_t size) {
    put_field(hasher, FIELD_BYTES, field);
    put_block(hasher, data, size);
}

void assay_hasher_text(assay_hasher* hasher, const char* field, const char* text) {
    put_field(hasher, FIELD_TEXT, field);
    put_block(hasher, text, strlen(text));
}

void assay_hasher_uint(assay_hasher* hasher, const char* field, uint64_t value) {
    put_field(hasher, FIELD_UINT, field);
    put_word(hasher, value);
}

void assay_hasher_real(assay_hasher* hasher, const char* field, double value) {
    uint64_t bits;
    double plain = value == 0 ? 0 : value;
    memcpy(&bits, &plain, sizeof bits);
    put_field(hasher, FIELD_REAL, field);
    put_word(hasher, bits);
}

assay_hash assay_hasher_done(const assay_hasher* hasher) {
    ASSAY_REQUIRE(hasher != NULL);
    XXH128_hash_t digest = XXH3_128bits_digest(hasher->state);
    return (assay_hash){digest.low64, digest.high64};
}

assay_hash assay_hash_bytes(const void* data, size_t size) {
    XXH128_hash_t digest = XXH3_128bits(size > 0 ? data : "", size);
    return (assay_hash){digest.low64, digest.high64};
}

void assay_hash_format(assay_hash hash, char text[ASSAY_HASH_TEXT]) {
    snprintf(text, ASSAY_HASH_TEXT, "%016" PRIx64 "%016" PRIx64, hash.high, hash.low);
}
