#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contract.h"
#include "hash.h"
#include "store_inside.h"
#include "store_schema.h"

enum {
    WAIT_MS = 60000 /* for other processes that write; each does so for microseconds */
};

static const char select_one[] = "SELECT " STORE_LAYER_VALUES " FROM measurements WHERE key=?1";
static const char insert_one[] =
    "INSERT INTO measurements(" STORE_LAYER_VALUES "," STORE_LAYER_ORIGIN ") "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17) "
    "ON CONFLICT(key) DO NOTHING";
static const char select_count[] = "SELECT count(*) FROM measurements";

/* ---- Messages ---- */

assay_status store_cannot(const assay_store* store, const char* what, assay_report* report) {
    return store_fail(store->db, store->path, what, report);
}

assay_status store_is_damaged(const assay_store* store, assay_report* report) {
    assay_report_add(report,
                     "%s: an entry of the measurement store is damaged; it is left as it is",
                     store->path);
    return ASSAY_BAD_INPUT;
}

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
        status = store_cannot(s, "cannot read the measurement store", report);
    }
    sqlite3_finalize(check);
    return status;
}

static assay_status open_database(assay_store* s, assay_report* report) {
    if (sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
        return store_cannot(s, "cannot open the measurement store", report);
    }
    if (sqlite3_db_readonly(s->db, "main") != 0) {
        assay_report_add(report, "%s: the measurement store cannot be written", s->path);
        return ASSAY_IO;
    }
    sqlite3_busy_timeout(s->db, WAIT_MS);
    assay_status status = check_pages(s, report);
    status = status == ASSAY_OK ? store_migrate(s->db, s->path, report) : status;
    if (status != ASSAY_OK) {
        return status;
    }
    s->schema = STORE_SCHEMA;
    if (sqlite3_exec(s->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL) != SQLITE_OK ||
        !prepare(s, select_one, &s->get) || !prepare(s, insert_one, &s->put) ||
        !prepare(s, select_count, &s->count) || !store_prepare_runs(s)) {
        return store_cannot(s, "cannot use the measurement store", report);
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

/* Without its log file the database is all there is, and nobody else changes what this process
 * cannot: SQLite may then do without the locks that it has no place for. */
static bool open_unchanging(assay_store* s) {
    struct stat info;
    size_t size = 3 * strlen(s->path) + sizeof "file:?immutable=1";
    char* uri = malloc(size);
    if (uri == NULL) {
        return false;
    }
    snprintf(uri, size, "%s-wal", s->path);
    bool alone = stat(uri, &info) != 0 || info.st_size == 0;
    size_t at = (size_t)snprintf(uri, size, "file:");
    for (const char* c = s->path; *c != '\0'; c++) {
        at += (size_t)snprintf(uri + at, size - at, strchr("?#%", *c) ? "%%%02X" : "%c", *c);
    }
    snprintf(uri + at, size - at, "?immutable=1");
    sqlite3_close(s->db);
    s->db = NULL;
    bool good = alone && sqlite3_open_v2(uri, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                                         NULL) == SQLITE_OK;
    free(uri);
    return good;
}

static bool read_schema(assay_store* s) {
    return s->db != NULL && store_read_schema(s->db, &s->schema);
}

static assay_status open_path_to_read(assay_store* s, assay_report* report) {
    struct stat info;
    if (stat(s->path, &info) != 0 && errno == ENOENT) {
        assay_report_add(report, "%s: there is no such measurement store", s->path);
        return ASSAY_BAD_INPUT;
    }
    assay_status status = store_check_identity(s->path, report);
    if (status != ASSAY_OK) {
        return status;
    }
    /* Able to write where the file allows it: only then does closing take SQLite's side files away.
     */
    bool good = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    if (good) {
        sqlite3_busy_timeout(s->db, WAIT_MS);
    }
    good = (good && read_schema(s)) || (open_unchanging(s) && read_schema(s));
    if (!good) {
        return store_cannot(s, "cannot read the measurement store", report);
    }
    return store_check_schema(s->path, (unsigned)s->schema, report);
}

static assay_status open_by(assay_status (*open)(assay_store*, assay_report*), const char* path,
                            assay_store** out, assay_report* report) {
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
    assay_status status = open(s, report);
    if (status != ASSAY_OK) {
        assay_store_close(&s);
    }
    *out = s;
    return status;
}

assay_status assay_store_open(const char* path, assay_store** out, assay_report* report) {
    return open_by(open_path, path, out, report);
}

assay_status store_open_to_read(const char* path, assay_store** out, assay_report* report) {
    return open_by(open_path_to_read, path, out, report);
}

void assay_store_close(assay_store** store) {
    ASSAY_REQUIRE(store != NULL);
    assay_store* s = *store;
    if (s != NULL) {
        sqlite3_finalize(s->get);
        sqlite3_finalize(s->put);
        sqlite3_finalize(s->count);
        sqlite3_finalize(s->get_run);
        sqlite3_finalize(s->put_run);
        sqlite3_close(s->db);
        free(s->error);
        free(s->path);
        free(s);
    }
    *store = NULL;
}

/* ---- Entries ---- */

static unsigned char nibble(char digit) {
    return (unsigned char)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void store_pack_key(const char* key, unsigned char out[STORE_KEY_BYTES]) {
    ASSAY_REQUIRE(strspn(key, "0123456789abcdef") == 2 * STORE_KEY_BYTES &&
                  key[2 * STORE_KEY_BYTES] == '\0');
    for (size_t i = 0; i < STORE_KEY_BYTES; i++) {
        out[i] = (unsigned char)(nibble(key[2 * i]) << 4 | nibble(key[2 * i + 1]));
    }
}

/* SQLite's integers are signed; the bits are kept. */
static int64_t seal_of(const void* key, const assay_measurement* m) {
    unsigned char bytes[STORE_KEY_BYTES + 5 * 8];
    memcpy(bytes, key, STORE_KEY_BYTES);
    memcpy(bytes + STORE_KEY_BYTES, &m->cycles, 8);
    memcpy(bytes + STORE_KEY_BYTES + 8, &m->dram_bits, 8);
    memcpy(bytes + STORE_KEY_BYTES + 16, &m->macs, 8);
    memcpy(bytes + STORE_KEY_BYTES + 24, &m->seconds, 8);
    memcpy(bytes + STORE_KEY_BYTES + 32, &m->energy_j, 8);
    return (int64_t)assay_hash_bytes(bytes, sizeof bytes).low;
}

bool store_read_layer(sqlite3_stmt* row, assay_measurement* out) {
    out->cycles = (uint64_t)sqlite3_column_int64(row, 1);
    out->dram_bits = (uint64_t)sqlite3_column_int64(row, 2);
    out->macs = (uint64_t)sqlite3_column_int64(row, 3);
    out->seconds = sqlite3_column_double(row, 4);
    out->energy_j = sqlite3_column_double(row, 5);
    return sqlite3_column_bytes(row, 0) == STORE_KEY_BYTES &&
           sqlite3_column_int64(row, 6) == seal_of(sqlite3_column_blob(row, 0), out);
}

assay_status assay_store_get(assay_store* store, const char* key, assay_measurement* out,
                             bool* found, assay_report* report) {
    ASSAY_REQUIRE(store != NULL && key != NULL && out != NULL && found != NULL);
    unsigned char packed[STORE_KEY_BYTES];
    store_pack_key(key, packed);
    sqlite3_bind_blob(store->get, 1, packed, STORE_KEY_BYTES, SQLITE_STATIC);
    int step = sqlite3_step(store->get);
    *found = step == SQLITE_ROW;
    assay_status status = ASSAY_OK;
    if (step == SQLITE_ROW) {
        status = store_read_layer(store->get, out) ? ASSAY_OK : store_is_damaged(store, report);
    } else if (step != SQLITE_DONE) {
        status = store_cannot(store, "cannot read the measurement store", report);
    }
    sqlite3_reset(store->get);
    return status;
}

void store_bind_text(sqlite3_stmt* statement, int at, const char* text) {
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
    store_bind_text(put, 8, assay_version());
    store_bind_text(put, 9, origin->model);
    store_bind_text(put, 10, origin->hw_name);
    store_bind_text(put, 11, origin->hw_hash);
    store_bind_text(put, 12, origin->workload);
    store_bind_text(put, 13, origin->layer);
    sqlite3_bind_int64(put, 14, (int64_t)origin->w_bits);
    sqlite3_bind_int64(put, 15, (int64_t)origin->a_bits);
    sqlite3_bind_int64(put, 16, (int64_t)origin->batch);
    store_bind_text(put, 17, assay_source_revision());
}

assay_status assay_store_put(assay_store* store, const char* key, const assay_measurement* value,
                             const assay_origin* origin, assay_report* report) {
    ASSAY_REQUIRE(store != NULL && key != NULL && value != NULL && origin != NULL);
    unsigned char packed[STORE_KEY_BYTES];
    store_pack_key(key, packed);
    sqlite3_bind_blob(store->put, 1, packed, STORE_KEY_BYTES, SQLITE_STATIC);
    bind_value(store->put, value, seal_of(packed, value));
    bind_origin(store->put, origin);
    assay_status status = ASSAY_OK;
    if (sqlite3_step(store->put) != SQLITE_DONE) {
        status = store_cannot(store, "cannot write to the measurement store", report);
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
        status = store_cannot(store, "cannot read the measurement store", report);
    }
    sqlite3_reset(store->count);
    return status;
}
