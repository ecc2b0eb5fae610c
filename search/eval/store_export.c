/* Every entry of a store file, for reading elsewhere and for being checked. */
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "hash.h"
#include "store.h"
#include "store_inside.h"

enum {
    LAYER_VALUES = 7, /* columns before the origin */
    RUN_VALUES = 13
};

typedef struct walk {
    assay_store* store;
    bool (*use)(void* user, const assay_store_entry* entry); /* NULL: only seals are looked at */
    void* user;
    assay_store_verdict seen;
    assay_report* report;
} walk;

static const char* text_at(sqlite3_stmt* row, int at) {
    const char* text = (const char*)sqlite3_column_text(row, at);
    return text != NULL ? text : "";
}

static void format_key(sqlite3_stmt* row, char text[ASSAY_KEY_TEXT]) {
    static const char digits[] = "0123456789abcdef";
    const unsigned char* bytes = sqlite3_column_blob(row, 0);
    int size = sqlite3_column_bytes(row, 0);
    for (int i = 0; i < size && i < STORE_KEY_BYTES; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[size < STORE_KEY_BYTES ? 2 * size : 2 * STORE_KEY_BYTES] = '\0';
}

/* ---- Layers ---- */

static bool read_layer_entry(sqlite3_stmt* row, assay_store_entry* out) {
    assay_measurement m;
    bool sound = store_read_layer(row, &m);
    int at = LAYER_VALUES;
    *out = (assay_store_entry){.kind = "layer",
                               .status = "ok",
                               .error = "",
                               .setting = "",
                               .workload_hash = "",
                               .policy_hash = "",
                               .cycles = m.cycles,
                               .macs = m.macs,
                               .dram_bits = m.dram_bits,
                               .seconds = m.seconds,
                               .energy_j = m.energy_j};
    out->assay = text_at(row, at++);
    out->model = text_at(row, at++);
    out->hw = text_at(row, at++);
    out->hw_hash = text_at(row, at++);
    out->workload = text_at(row, at++);
    out->layer = text_at(row, at++);
    out->w_bits = (unsigned)sqlite3_column_int64(row, at++);
    out->a_bits = (unsigned)sqlite3_column_int64(row, at++);
    out->batch = (uint64_t)sqlite3_column_int64(row, at++);
    out->sources = text_at(row, at);
    return sound;
}

/* ---- Runs ---- */

static bool read_run_entry(sqlite3_stmt* row, assay_store_entry* out) {
    assay_stored_run r;
    bool sound = store_read_run(row, &r);
    int at = RUN_VALUES;
    *out = (assay_store_entry){.kind = "run",
                               .layer = "",
                               .status = r.failed ? "failed" : "ok",
                               .error = r.error,
                               .cycles = r.totals.cycles,
                               .io_cycles = r.totals.io_cycles,
                               .macs = r.totals.macs,
                               .dram_bits = 8 * r.totals.dram_bytes,
                               .seconds = r.totals.seconds,
                               .energy_j = r.totals.energy_j,
                               .io_energy_j = r.totals.io_energy_j,
                               .area_mm2 = r.totals.area_mm2,
                               .utilisation = r.totals.utilisation};
    out->assay = text_at(row, at++);
    out->sources = text_at(row, at++);
    out->model = text_at(row, at++);
    out->hw = text_at(row, at++);
    out->hw_hash = text_at(row, at++);
    out->setting = text_at(row, at++);
    out->workload = text_at(row, at++);
    out->workload_hash = text_at(row, at++);
    out->policy_hash = text_at(row, at);
    return sound;
}

/* ---- All ---- */

static assay_status take(walk* w, sqlite3_stmt* row,
                         bool (*read)(sqlite3_stmt*, assay_store_entry*)) {
    char key[ASSAY_KEY_TEXT];
    assay_store_entry entry;
    bool sound = read(row, &entry);
    format_key(row, key);
    entry.key = key;
    w->seen.entries++;
    w->seen.damaged += !sound;
    if (w->use == NULL) {
        return ASSAY_OK;
    }
    if (!sound) {
        return store_is_damaged(w->store, w->report);
    }
    return w->use(w->user, &entry) ? ASSAY_OK : ASSAY_INTERRUPTED;
}

static assay_status take_all(walk* w, const char* sql,
                             bool (*read)(sqlite3_stmt*, assay_store_entry*)) {
    sqlite3_stmt* rows = NULL;
    int step = sqlite3_prepare_v2(w->store->db, sql, -1, &rows, NULL);
    assay_status status = ASSAY_OK;
    while (rows != NULL && status == ASSAY_OK && (step = sqlite3_step(rows)) == SQLITE_ROW) {
        status = take(w, rows, read);
    }
    if (step != SQLITE_DONE && step != SQLITE_ROW) {
        status = store_cannot(w->store, "cannot read the measurement store", w->report);
    }
    sqlite3_finalize(rows);
    return status;
}

static assay_status take_store(walk* w) {
    const bool old = w->store->schema < 2;
    assay_status status = take_all(
        w,
        old ? "SELECT " STORE_LAYER_VALUES ", assay, model, hw, hw_hash, workload, layer, w_bits, "
              "a_bits, batch, '' FROM measurements ORDER BY key"
            : "SELECT " STORE_LAYER_VALUES "," STORE_LAYER_ORIGIN " FROM measurements ORDER BY key",
        read_layer_entry);
    if (status == ASSAY_OK && !old) {
        status =
            take_all(w, "SELECT " STORE_RUN_VALUES "," STORE_RUN_ORIGIN " FROM runs ORDER BY key",
                     read_run_entry);
    }
    return status;
}

assay_status assay_store_export(const char* path,
                                bool (*use)(void* user, const assay_store_entry* entry), void* user,
                                assay_report* report) {
    ASSAY_REQUIRE(path != NULL && use != NULL);
    walk w = {.use = use, .user = user, .report = report};
    assay_status status = store_open_to_read(path, &w.store, report);
    status = status == ASSAY_OK ? take_store(&w) : status;
    assay_store_close(&w.store);
    return status;
}

/* ---- Verifying ---- */

/* Messages of SQLite, at most twenty. */
static assay_status check_pages(assay_store* s, assay_report* report) {
    sqlite3_stmt* check = NULL;
    int step = sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(20)", -1, &check, NULL);
    bool sound = true;
    while (check != NULL && (step = sqlite3_step(check)) == SQLITE_ROW) {
        const char* text = text_at(check, 0);
        if (strcmp(text, "ok") != 0) {
            sound = false;
            assay_report_add(report, "%s: %s", s->path, text);
        }
    }
    sqlite3_finalize(check);
    if (step != SQLITE_DONE) {
        store_cannot(s, "the measurement store is damaged", report);
    }
    return sound && step == SQLITE_DONE ? ASSAY_OK : ASSAY_BAD_INPUT;
}

assay_status assay_store_verify(const char* path, assay_store_verdict* out, assay_report* report) {
    ASSAY_REQUIRE(path != NULL && out != NULL);
    *out = (assay_store_verdict){0};
    walk w = {.report = report};
    assay_status status = store_open_to_read(path, &w.store, report);
    status = status == ASSAY_OK ? check_pages(w.store, report) : status;
    status = status == ASSAY_OK ? take_store(&w) : status;
    if (status == ASSAY_OK && w.seen.damaged > 0) {
        assay_report_add(report, "%s: %llu of %llu entries are damaged: the seal does not fit",
                         path, (unsigned long long)w.seen.damaged,
                         (unsigned long long)w.seen.entries);
        status = ASSAY_BAD_INPUT;
    }
    *out = w.seen;
    assay_store_close(&w.store);
    return status;
}
