#include "store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contract.h"
#include "hash.h"
#include "store_schema.h"

enum {
    KEY_BYTES = 16,
    WAIT_MS = 60000 /* for other processes that write; each does so for microseconds */
};

struct assay_store {
    char* path;
    sqlite3* db;
    sqlite3_stmt *get, *put, *count;
};

static const char select_one[] =
    "SELECT cycles, dram_bits, macs, seconds, energy_j, seal FROM measurements WHERE key=?1";
static const char insert_one[] =
    "INSERT INTO measurements(key, cycles, dram_bits, macs, seconds, energy_j, seal, assay, model,"
    "hw, hw_hash, workload, layer, w_bits, a_bits, batch) "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16) ON CONFLICT(key) DO NOTHING";
static const char select_count[] = "SELECT count(*) FROM measurements";

/* ---- Opening ---- */

static bool prepare(assay_store* s, const char* sql, sqlite3_stmt** out) {
    return sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) == SQLITE_OK;
}

/* Do the pages hang together? Reads the whole file once. */
static assay_status check_pages(assay_store* s, assay_report* report) {
    sqlite3_stmt* check = NULL;
    int result = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(1)", -1, &check, NULL);
    if (result == SQLITE_OK) {
        result = sqlite3_step(check);
    }
    bool sound =
        result == SQLITE_ROW && strcmp((const char*)sqlite3_column_text(check, 0), "ok") == 0;
    bool damaged = result == SQLITE_ROW || result == SQLITE_CORRUPT || result == SQLITE_NOTADB;
    assay_status status = ASSAY_OK;
    if (!sound && damaged) {
        assay_report_add(report, "%s: the measurement store is damaged; it is left as it is",
                         s->path);
        status = ASSAY_BAD_INPUT;
    } else if (!sound) {
        status = store_fail(s->db, s->path, "cannot read the measurement store", report);
    }
    sqlite3_finalize(check);
    return status;
}

static assay_status open_database(assay_store* s, assay_report* report) {
    if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        return store_fail(s->db, s->path, "cannot open the measurement store", report);
    }
    if (sqlite3_db_readonly(s->db, "main") != 0) {
        assay_report_add(report, "%s: the measurement store cannot be written", s->path);
        return ASSAY_IO;
    }
    sqlite3_busy_timeout(s->db, WAIT_MS);
    assay_status status = check_pages(s, report);
    if (status != ASSAY_OK) {
        return status;
    }
    if (sqlite3_exec(s->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL) != SQLITE_OK ||
        !prepare(s, select_one, &s->get) || !prepare(s, insert_one, &s->put) ||
        !prepare(s, select_count, &s->count)) {
        return store_fail(s->db, s->path, "cannot use the measurement store", report);
    }
    return ASSAY_OK;
}

static assay_status open_path(assay_store* s, assay_report* report) {
    struct stat info;
    if (stat(s->path, &info) != 0 && errno == ENOENT) {
        assay_status created = store_create(s->path, report);
        if (created != ASSAY_OK) {
            return created;
        }
    }
    assay_status status = store_check_identity(s->path, report);
    return status == ASSAY_OK ? open_database(s, report) : status;
}

assay_status assay_store_open(const char* path, assay_store** out, assay_report* report) {
    ASSAY_REQUIRE(path != NULL && out != NULL);
    *out = NULL;
    assay_store* s = calloc(1, sizeof *s);
    if (s != NULL) {
        s->path = strdup(path);
    }
    if (s == NULL || s->path == NULL) {
        free(s);
        return ASSAY_NO_MEMORY;
    }
    assay_status status = open_path(s, report);
    if (status != ASSAY_OK) {
        assay_store_close(&s);
    }
    *out = s;
    return status;
}

void assay_store_close(assay_store** store) {
    ASSAY_REQUIRE(store != NULL);
    assay_store* s = *store;
    if (s != NULL) {
        sqlite3_finalize(s->get);
        sqlite3_finalize(s->put);
        sqlite3_finalize(s->count);
        sqlite3_close(s->db);
        free(s->path);
        free(s);
    }
    *store = NULL;
}

/* ---- Entries ---- */

static unsigned char nibble(char digit) {
    return (unsigned char)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void pack_key(const char* key, unsigned char out[KEY_BYTES]) {
    ASSAY_REQUIRE(strspn(key, "0123456789abcdef") == 2 * KEY_BYTES && key[2 * KEY_BYTES] == '\0');
    for (size_t i = 0; i < KEY_BYTES; i++) {
        out[i] = (unsigned char)(nibble(key[2 * i]) << 4 | nibble(key[2 * i + 1]));
    }
}

/* SQLite's integers are signed; the bits are kept. */
static int64_t seal_of(const unsigned char key[KEY_BYTES], const assay_measurement* m) {
    unsigned char bytes[KEY_BYTES + 5 * 8];
    memcpy(bytes, key, KEY_BYTES);
    memcpy(bytes + KEY_BYTES, &m->cycles, 8);
    memcpy(bytes + KEY_BYTES + 8, &m->dram_bits, 8);
    memcpy(bytes + KEY_BYTES + 16, &m->macs, 8);
    memcpy(bytes + KEY_BYTES + 24, &m->seconds, 8);
    memcpy(bytes + KEY_BYTES + 32, &m->energy_j, 8);
    return (int64_t)assay_hash_bytes(bytes, sizeof bytes).low;
}

static void bind_key(sqlite3_stmt* statement, const unsigned char key[KEY_BYTES]) {
    sqlite3_bind_blob(statement, 1, key, KEY_BYTES, SQLITE_STATIC);
}

static assay_status read_row(assay_store* s, const unsigned char key[KEY_BYTES],
                             assay_measurement* out, assay_report* report) {
    out->cycles = (uint64_t)sqlite3_column_int64(s->get, 0);
    out->dram_bits = (uint64_t)sqlite3_column_int64(s->get, 1);
    out->macs = (uint64_t)sqlite3_column_int64(s->get, 2);
    out->seconds = sqlite3_column_double(s->get, 3);
    out->energy_j = sqlite3_column_double(s->get, 4);
    if (sqlite3_column_int64(s->get, 5) == seal_of(key, out)) {
        return ASSAY_OK;
    }
    assay_report_add(
        report, "%s: an entry of the measurement store is damaged; it is left as it is", s->path);
    return ASSAY_BAD_INPUT;
}

assay_status assay_store_get(assay_store* store, const char* key, assay_measurement* out,
                             bool* found, assay_report* report) {
    ASSAY_REQUIRE(store != NULL && key != NULL && out != NULL && found != NULL);
    unsigned char packed[KEY_BYTES];
    pack_key(key, packed);
    bind_key(store->get, packed);
    int step = sqlite3_step(store->get);
    *found = step == SQLITE_ROW;
    assay_status status = ASSAY_OK;
    if (step == SQLITE_ROW) {
        status = read_row(store, packed, out, report);
    } else if (step != SQLITE_DONE) {
        status = store_fail(store->db, store->path, "cannot read the measurement store", report);
    }
    sqlite3_reset(store->get);
    return status;
}

static void bind_text(sqlite3_stmt* statement, int at, const char* text) {
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void bind_value(sqlite3_stmt* put, const assay_measurement* m, int64_t seal) {
    sqlite3_bind_int64(put, 2, (int64_t)m->cycles);
    sqlite3_bind_int64(put, 3, (int64_t)m->dram_bits);
    sqlite3_bind_int64(put, 4, (int64_t)m->macs);
    sqlite3_bind_double(put, 5, m->seconds);
    sqlite3_bind_double(put, 6, m->energy_j);
    sqlite3_bind_int64(put, 7, seal);
}

static void bind_origin(sqlite3_stmt* put, const assay_origin* origin) {
    bind_text(put, 8, assay_version());
    bind_text(put, 9, origin->model);
    bind_text(put, 10, origin->hw_name);
    bind_text(put, 11, origin->hw_hash);
    bind_text(put, 12, origin->workload);
    bind_text(put, 13, origin->layer);
    sqlite3_bind_int64(put, 14, (int64_t)origin->w_bits);
    sqlite3_bind_int64(put, 15, (int64_t)origin->a_bits);
    sqlite3_bind_int64(put, 16, (int64_t)origin->batch);
}

assay_status assay_store_put(assay_store* store, const char* key, const assay_measurement* value,
                             const assay_origin* origin, assay_report* report) {
    ASSAY_REQUIRE(store != NULL && key != NULL && value != NULL && origin != NULL);
    unsigned char packed[KEY_BYTES];
    pack_key(key, packed);
    bind_key(store->put, packed);
    bind_value(store->put, value, seal_of(packed, value));
    bind_origin(store->put, origin);
    assay_status status = ASSAY_OK;
    if (sqlite3_step(store->put) != SQLITE_DONE) {
        status =
            store_fail(store->db, store->path, "cannot write to the measurement store", report);
    }
    sqlite3_reset(store->put);
    return status;
}

assay_status assay_store_count(assay_store* store, uint64_t* out, assay_report* report) {
    ASSAY_REQUIRE(store != NULL && out != NULL);
    assay_status status = ASSAY_OK;
    if (sqlite3_step(store->count) == SQLITE_ROW) {
        *out = (uint64_t)sqlite3_column_int64(store->count, 0);
    } else {
        status = store_fail(store->db, store->path, "cannot read the measurement store", report);
    }
    sqlite3_reset(store->count);
    return status;
}
