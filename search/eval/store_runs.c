/* Runs of whole networks in a store. */
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "hash.h"
#include "store.h"
#include "store_inside.h"

static const char select_run[] = "SELECT " STORE_RUN_VALUES ", wall_s FROM runs WHERE key=?1";
static const char insert_run[] =
    "INSERT INTO runs(" STORE_RUN_VALUES "," STORE_RUN_ORIGIN ") "
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23) "
    "ON CONFLICT(key) DO NOTHING";
enum {
    WALL_AT = 13 /* in select_run */
};

bool store_prepare_runs(assay_store* s) {
    return sqlite3_prepare_v3(s->db, select_run, -1, SQLITE_PREPARE_PERSISTENT, &s->get_run,
                              NULL) == SQLITE_OK &&
           sqlite3_prepare_v3(s->db, insert_run, -1, SQLITE_PREPARE_PERSISTENT, &s->put_run,
                              NULL) == SQLITE_OK;
}

/* The key first, then every value in the table's order; a text with its zero. */
static int64_t seal_of(const void* key, const assay_stored_run* r) {
    const assay_run_totals* t = &r->totals;
    const uint64_t integers[] = {r->failed, t->cycles, t->io_cycles, t->macs, t->dram_bytes};
    const double reals[] = {t->seconds, t->energy_j, t->io_energy_j, t->area_mm2, t->utilisation};
    unsigned char bytes[STORE_KEY_BYTES + sizeof integers + sizeof reals + sizeof(uint64_t)];
    const uint64_t text = assay_hash_bytes(r->error, strlen(r->error) + 1).low;
    memcpy(bytes, key, STORE_KEY_BYTES);
    memcpy(bytes + STORE_KEY_BYTES, integers, sizeof integers);
    memcpy(bytes + STORE_KEY_BYTES + sizeof integers, reals, sizeof reals);
    memcpy(bytes + sizeof bytes - sizeof text, &text, sizeof text);
    return (int64_t)assay_hash_bytes(bytes, sizeof bytes).low;
}

static const char* text_at(sqlite3_stmt* row, int at) {
    const char* text = (const char*)sqlite3_column_text(row, at);
    return text != NULL ? text : "";
}

bool store_read_run(sqlite3_stmt* row, assay_stored_run* out) {
    const char* status = text_at(row, 1);
    *out = (assay_stored_run){.failed = strcmp(status, "ok") != 0, .error = text_at(row, 2)};
    out->totals = (assay_run_totals){.cycles = (uint64_t)sqlite3_column_int64(row, 3),
                                     .io_cycles = (uint64_t)sqlite3_column_int64(row, 4),
                                     .macs = (uint64_t)sqlite3_column_int64(row, 5),
                                     .dram_bytes = (uint64_t)sqlite3_column_int64(row, 6),
                                     .seconds = sqlite3_column_double(row, 7),
                                     .energy_j = sqlite3_column_double(row, 8),
                                     .io_energy_j = sqlite3_column_double(row, 9),
                                     .area_mm2 = sqlite3_column_double(row, 10),
                                     .utilisation = sqlite3_column_double(row, 11)};
    return sqlite3_column_bytes(row, 0) == STORE_KEY_BYTES &&
           (!out->failed || strcmp(status, "failed") == 0) &&
           sqlite3_column_int64(row, 12) == seal_of(sqlite3_column_blob(row, 0), out);
}

/* The statement's text ends with the statement. */
static assay_status keep_text(assay_store* store, assay_stored_run* out) {
    free(store->error);
    store->error = strdup(out->error);
    out->error = store->error;
    return store->error != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
}

assay_status assay_store_get_run(assay_store* store, const char* key, assay_stored_run* out,
                                 bool* found, assay_report* report) {
    ASSAY_REQUIRE(store != NULL && key != NULL && out != NULL && found != NULL);
    unsigned char packed[STORE_KEY_BYTES];
    store_pack_key(key, packed);
    sqlite3_bind_blob(store->get_run, 1, packed, STORE_KEY_BYTES, SQLITE_STATIC);
    int step = sqlite3_step(store->get_run);
    *found = step == SQLITE_ROW;
    assay_status status = ASSAY_OK;
    if (step == SQLITE_ROW) {
        bool sound = store_read_run(store->get_run, out);
        out->wall_s = sqlite3_column_double(store->get_run, WALL_AT);
        status = sound ? keep_text(store, out) : store_is_damaged(store, report);
    } else if (step != SQLITE_DONE) {
        status = store_cannot(store, "cannot read the measurement store", report);
    }
    sqlite3_reset(store->get_run);
    return status;
}

static void bind_values(sqlite3_stmt* put, const assay_stored_run* value, int64_t seal) {
    const assay_run_totals* t = &value->totals;
    store_bind_text(put, 2, value->failed ? "failed" : "ok");
    store_bind_text(put, 3, value->error);
    sqlite3_bind_int64(put, 4, (int64_t)t->cycles);
    sqlite3_bind_int64(put, 5, (int64_t)t->io_cycles);
    sqlite3_bind_int64(put, 6, (int64_t)t->macs);
    sqlite3_bind_int64(put, 7, (int64_t)t->dram_bytes);
    sqlite3_bind_double(put, 8, t->seconds);
    sqlite3_bind_double(put, 9, t->energy_j);
    sqlite3_bind_double(put, 10, t->io_energy_j);
    sqlite3_bind_double(put, 11, t->area_mm2);
    sqlite3_bind_double(put, 12, t->utilisation);
    sqlite3_bind_int64(put, 13, seal);
}

static void bind_origin(sqlite3_stmt* put, const assay_run_origin* origin, double wall_s) {
    store_bind_text(put, 14, assay_version());
    store_bind_text(put, 15, assay_source_revision());
    store_bind_text(put, 16, origin->model);
    store_bind_text(put, 17, origin->hw_name);
    store_bind_text(put, 18, origin->hw_hash);
    store_bind_text(put, 19, origin->setting);
    store_bind_text(put, 20, origin->workload);
    store_bind_text(put, 21, origin->workload_hash);
    store_bind_text(put, 22, origin->policy_hash);
    sqlite3_bind_double(put, 23, wall_s);
}

assay_status assay_store_put_run(assay_store* store, const char* key, const assay_stored_run* value,
                                 const assay_run_origin* origin, assay_report* report) {
    ASSAY_REQUIRE(store != NULL && key != NULL && value != NULL && origin != NULL);
    unsigned char packed[STORE_KEY_BYTES];
    store_pack_key(key, packed);
    sqlite3_bind_blob(store->put_run, 1, packed, STORE_KEY_BYTES, SQLITE_STATIC);
    bind_values(store->put_run, value, seal_of(packed, value));
    bind_origin(store->put_run, origin, value->wall_s);
    assay_status status = ASSAY_OK;
    if (sqlite3_step(store->put_run) != SQLITE_DONE) {
        status = store_cannot(store, "cannot write to the measurement store", report);
    }
    sqlite3_reset(store->put_run);
    return status;
}
