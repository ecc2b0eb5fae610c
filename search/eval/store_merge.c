/* Stores that become one, and stores that lose what nobody can use. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contract.h"
#include "store.h"
#include "store_inside.h"

/* Of one kind of entry. */
typedef struct table {
    const char *select, *insert, *find;
    bool (*sound)(sqlite3_stmt* row);
    int columns, seal_at;
} table;

static bool layer_is_sound(sqlite3_stmt* row) {
    assay_measurement m;
    return store_read_layer(row, &m);
}

static bool run_is_sound(sqlite3_stmt* row) {
    assay_stored_run r;
    return store_read_run(row, &r);
}

static const table layers = {
    .select = "SELECT " STORE_LAYER_VALUES "," STORE_LAYER_ORIGIN " FROM measurements",
    .insert = "INSERT INTO measurements(" STORE_LAYER_VALUES "," STORE_LAYER_ORIGIN
              ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(key) DO NOTHING",
    .find = "SELECT " STORE_LAYER_VALUES " FROM measurements WHERE key=?1",
    .sound = layer_is_sound,
    .columns = 17,
    .seal_at = 6};
/* Of a store of schema 1. */
static const char select_old_layers[] =
    "SELECT " STORE_LAYER_VALUES ", assay, model, hw, hw_hash, workload, layer, w_bits, a_bits, "
    "batch, '' FROM measurements";
static const table runs = {
    .select = "SELECT " STORE_RUN_VALUES "," STORE_RUN_ORIGIN " FROM runs",
    .insert = "INSERT INTO runs(" STORE_RUN_VALUES "," STORE_RUN_ORIGIN
              ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(key) DO NOTHING",
    .find = "SELECT " STORE_RUN_VALUES " FROM runs WHERE key=?1",
    .sound = run_is_sound,
    .columns = 23,
    .seal_at = 12};

typedef struct merge {
    assay_store *into, *from;
    sqlite3_stmt *rows, *insert, *find;
    assay_store_merge_counts counts;
    assay_report* report;
} merge;

/* Both have the key: with the same values? */
static assay_status compare(merge* m, const table* t) {
    sqlite3_bind_value(m->find, 1, sqlite3_column_value(m->rows, 0));
    assay_status status = ASSAY_OK;
    if (sqlite3_step(m->find) != SQLITE_ROW) {
        status = store_cannot(m->into, "cannot read the measurement store", m->report);
    } else if (!t->sound(m->find)) {
        status = store_is_damaged(m->into, m->report);
    } else if (sqlite3_column_int64(m->find, t->seal_at) !=
               sqlite3_column_int64(m->rows, t->seal_at)) {
        assay_report_add(m->report,
                         "%s: has other values than %s for the same measurement: they cannot both "
                         "be right; neither is changed",
                         m->from->path, m->into->path);
        status = ASSAY_BAD_INPUT;
    }
    sqlite3_reset(m->find);
    return status;
}

static assay_status add_row(merge* m, const table* t) {
    if (!t->sound(m->rows)) {
        return store_is_damaged(m->from, m->report);
    }
    for (int i = 0; i < t->columns; i++) {
        sqlite3_bind_value(m->insert, i + 1, sqlite3_column_value(m->rows, i));
    }
    bool good = sqlite3_step(m->insert) == SQLITE_DONE;
    assay_status status =
        good ? ASSAY_OK : store_cannot(m->into, "cannot write to the measurement store", m->report);
    bool added = good && sqlite3_changes(m->into->db) > 0;
    sqlite3_reset(m->insert);
    m->counts.added += added;
    m->counts.known += good && !added;
    return good && !added ? compare(m, t) : status;
}

static bool prepare(assay_store* s, const char* sql, sqlite3_stmt** out) {
    return sqlite3_prepare_v2(s->db, sql, -1, out, NULL) == SQLITE_OK;
}

static assay_status add_table(merge* m, const table* t, const char* select) {
    assay_status status = ASSAY_OK;
    int step = SQLITE_ERROR;
    if (!prepare(m->into, t->insert, &m->insert) || !prepare(m->into, t->find, &m->find)) {
        status = store_cannot(m->into, "cannot use the measurement store", m->report);
    }
    if (status == ASSAY_OK && prepare(m->from, select, &m->rows)) {
        while (status == ASSAY_OK && (step = sqlite3_step(m->rows)) == SQLITE_ROW) {
            status = add_row(m, t);
        }
    }
    if (status == ASSAY_OK && step != SQLITE_DONE) {
        status = store_cannot(m->from, "cannot read the measurement store", m->report);
    }
    sqlite3_finalize(m->rows);
    sqlite3_finalize(m->insert);
    sqlite3_finalize(m->find);
    m->rows = m->insert = m->find = NULL;
    return status;
}

static assay_status add_all(merge* m) {
    const bool old = m->from->schema < 2;
    assay_status status = add_table(m, &layers, old ? select_old_layers : layers.select);
    return status == ASSAY_OK && !old ? add_table(m, &runs, runs.select) : status;
}

static bool execute(assay_store* s, const char* sql) {
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* All of it is one transaction of the store that grows. */
static assay_status add_in_one(merge* m) {
    if (!execute(m->into, "BEGIN IMMEDIATE")) {
        return store_cannot(m->into, "cannot write to the measurement store", m->report);
    }
    assay_status status = add_all(m);
    if (status == ASSAY_OK && !execute(m->into, "COMMIT")) {
        status = store_cannot(m->into, "cannot write to the measurement store", m->report);
    }
    if (status != ASSAY_OK) {
        execute(m->into, "ROLLBACK");
    }
    return status;
}

assay_status assay_store_add(assay_store* into, const char* from, assay_store_merge_counts* counts,
                             assay_report* report) {
    ASSAY_REQUIRE(into != NULL && from != NULL);
    merge m = {.into = into, .report = report};
    assay_status status = store_open_to_read(from, &m.from, report);
    status = status == ASSAY_OK ? add_in_one(&m) : status;
    assay_store_close(&m.from);
    if (counts != NULL) {
        *counts = status == ASSAY_OK ? m.counts : (assay_store_merge_counts){0};
    }
    return status;
}

assay_status assay_store_merge(const char* into, const char* from, assay_store_merge_counts* counts,
                               assay_report* report) {
    ASSAY_REQUIRE(into != NULL && from != NULL);
    assay_store *store = NULL, *source = NULL;
    if (counts != NULL) {
        *counts = (assay_store_merge_counts){0};
    }
    /* First, so that a mistyped `from` makes no `into`. */
    assay_status status = store_open_to_read(from, &source, report);
    assay_store_close(&source);
    status = status == ASSAY_OK ? assay_store_open(into, &store, report) : status;
    status = status == ASSAY_OK ? assay_store_add(store, from, counts, report) : status;
    assay_store_close(&store);
    return status;
}

/* ---- Giving back room ---- */

static uint64_t bytes_of(const char* path) {
    struct stat info;
    return stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
}

static bool remove_from(assay_store* s, const char* sql, uint64_t* removed) {
    sqlite3_stmt* statement = NULL;
    bool good = prepare(s, sql, &statement);
    if (good) {
        store_bind_text(statement, 1, assay_version());
        store_bind_text(statement, 2, assay_source_revision());
        good = sqlite3_step(statement) == SQLITE_DONE;
        *removed += good ? (uint64_t)sqlite3_changes(s->db) : 0;
    }
    sqlite3_finalize(statement);
    return good;
}

static bool count_all(assay_store* s, uint64_t* out) {
    sqlite3_stmt* ask = NULL;
    bool good =
        prepare(s, "SELECT (SELECT count(*) FROM measurements) + (SELECT count(*) FROM runs)",
                &ask) &&
        sqlite3_step(ask) == SQLITE_ROW;
    *out = good ? (uint64_t)sqlite3_column_int64(ask, 0) : 0;
    sqlite3_finalize(ask);
    return good;
}

static bool collect(assay_store* s, assay_store_gc_counts* counts) {
    bool good =
        execute(s, "BEGIN IMMEDIATE") &&
        remove_from(s, "DELETE FROM measurements WHERE assay<>?1 OR sources<>?2",
                    &counts->removed) &&
        remove_from(s, "DELETE FROM runs WHERE assay<>?1 OR sources<>?2", &counts->removed) &&
        count_all(s, &counts->kept) && execute(s, "COMMIT");
    if (!good) {
        return false;
    }
    return execute(s, "VACUUM") && execute(s, "PRAGMA wal_checkpoint(TRUNCATE)");
}

assay_status assay_store_gc(const char* path, assay_store_gc_counts* counts, assay_report* report) {
    ASSAY_REQUIRE(path != NULL && counts != NULL);
    *counts = (assay_store_gc_counts){.bytes_before = bytes_of(path)};
    assay_store* s = NULL;
    struct stat info;
    if (stat(path, &info) != 0) {
        assay_report_add(report, "%s: there is no such measurement store", path);
        return ASSAY_BAD_INPUT;
    }
    assay_status status = assay_store_open(path, &s, report);
    if (status == ASSAY_OK && !collect(s, counts)) {
        status = store_cannot(s, "cannot clean up the measurement store", report);
    }
    assay_store_close(&s);
    counts->bytes_after = bytes_of(path);
    return status;
}
