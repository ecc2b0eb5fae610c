/* A store from inside: what its parts share. */
#ifndef ASSAY_SEARCH_STORE_INSIDE_H
#define ASSAY_SEARCH_STORE_INSIDE_H

#include <sqlite3.h>
#include <stdint.h>

#include "store.h"

enum {
    STORE_KEY_BYTES = 16
};

struct assay_store {
    char* path;
    sqlite3* db;
    int schema; /* of the file: an older one is read as it is, and brought up to date for writing */
    sqlite3_stmt *get, *put, *count, *get_run, *put_run; /* NULL when opened for reading */
    char* error;                                         /* of the run that was asked for last */
};

/* For reading only: nothing is created, changed or brought up to date, and the file, its folder or
 * its file system may be read-only. Otherwise as assay_store_open. */
assay_status store_open_to_read(const char* path, assay_store** out, assay_report* report);

/* ASSAY_IO with what SQLite says. */
assay_status store_cannot(const assay_store* store, const char* what, assay_report* report);
assay_status store_is_damaged(const assay_store* store, assay_report* report);

void store_pack_key(const char* key, unsigned char out[STORE_KEY_BYTES]);
void store_bind_text(sqlite3_stmt* statement, int at, const char* text);

/* Columns that a measurement and a run begin with, in tables and in statements. */
#define STORE_LAYER_VALUES "key, cycles, dram_bits, macs, seconds, energy_j, seal"
#define STORE_RUN_VALUES                                                                           \
    "key, status, error, cycles, io_cycles, macs, dram_bytes, seconds, energy_j, io_energy_j, "    \
    "area_mm2, utilisation, seal"
/* The others, for people. */
#define STORE_LAYER_ORIGIN                                                                         \
    "assay, model, hw, hw_hash, workload, layer, w_bits, a_bits, batch, sources"
#define STORE_RUN_ORIGIN                                                                           \
    "assay, sources, model, hw, hw_hash, setting, workload, workload_hash, policy_hash, wall_s"

/* A row that begins with these columns. False: the seal does not fit. Texts live until the
 * statement steps on. */
bool store_read_layer(sqlite3_stmt* row, assay_measurement* out);
bool store_read_run(sqlite3_stmt* row, assay_stored_run* out);

/* Prepares `get_run` and `put_run`. */
bool store_prepare_runs(assay_store* store);

#endif
