/* What is in a store file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "contract.h"
#include "store.h"
#include "store_inside.h"

enum {
    GROUPS_MAX = 10000
};

static void copy_text(char* out, size_t size, sqlite3_stmt* row, int at) {
    const char* text = (const char*)sqlite3_column_text(row, at);
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static assay_status add_group(assay_store_info* out, const char* kind, sqlite3_stmt* row) {
    assay_store_group* grown = realloc(out->groups, (out->group_count + 1) * sizeof *out->groups);
    if (grown == NULL) {
        return ASSAY_NO_MEMORY;
    }
    out->groups = grown;
    assay_store_group* g = &grown[out->group_count++];
    *g = (assay_store_group){.entries = (uint64_t)sqlite3_column_int64(row, 4)};
    snprintf(g->kind, sizeof g->kind, "%s", kind);
    copy_text(g->assay, sizeof g->assay, row, 0);
    copy_text(g->sources, sizeof g->sources, row, 1);
    copy_text(g->model, sizeof g->model, row, 2);
    copy_text(g->hw, sizeof g->hw, row, 3);
    g->current =
        strcmp(g->assay, assay_version()) == 0 && strcmp(g->sources, assay_source_revision()) == 0;
    return ASSAY_OK;
}

/* `sql` gives assay, sources, model, hw and how many. */
static assay_status add_groups(assay_store* s, const char* kind, const char* sql, uint64_t* count,
                               assay_store_info* out, assay_report* report) {
    sqlite3_stmt* rows = NULL;
    int step = sqlite3_prepare_v2(s->db, sql, -1, &rows, NULL);
    assay_status status = ASSAY_OK;
    while (step != SQLITE_ERROR && status == ASSAY_OK && out->group_count < GROUPS_MAX &&
           (step = sqlite3_step(rows)) == SQLITE_ROW) {
        status = add_group(out, kind, rows);
        *count += (uint64_t)sqlite3_column_int64(rows, 4);
    }
    if (step != SQLITE_DONE && step != SQLITE_ROW) {
        status = store_cannot(s, "cannot read the measurement store", report);
    }
    sqlite3_finalize(rows);
    return status;
}

static assay_status count_failed(assay_store* s, assay_store_info* out, assay_report* report) {
    sqlite3_stmt* ask = NULL;
    bool good = sqlite3_prepare_v2(s->db, "SELECT count(*) FROM runs WHERE status<>'ok'", -1, &ask,
                                   NULL) == SQLITE_OK &&
                sqlite3_step(ask) == SQLITE_ROW;
    if (good) {
        out->failed_runs = (uint64_t)sqlite3_column_int64(ask, 0);
    }
    sqlite3_finalize(ask);
    return good ? ASSAY_OK : store_cannot(s, "cannot read the measurement store", report);
}

static assay_status inspect(assay_store* s, assay_store_info* out, assay_report* report) {
    const char* layers = s->schema >= 2 ? "SELECT assay, sources, model, hw, count(*) FROM "
                                          "measurements GROUP BY 1, 2, 3, 4"
                                        : "SELECT assay, '', model, hw, count(*) FROM "
                                          "measurements GROUP BY 1, 2, 3, 4";
    assay_status status = add_groups(s, "layer", layers, &out->layers, out, report);
    if (status == ASSAY_OK && s->schema >= 2) {
        status = add_groups(s, "run",
                            "SELECT assay, sources, model, hw, count(*) FROM runs "
                            "GROUP BY 1, 2, 3, 4",
                            &out->runs, out, report);
        status = status == ASSAY_OK ? count_failed(s, out, report) : status;
    }
    return status;
}

assay_status assay_store_inspect(const char* path, assay_store_info* out, assay_report* report) {
    ASSAY_REQUIRE(path != NULL && out != NULL);
    *out = (assay_store_info){0};
    assay_store* s = NULL;
    assay_status status = store_open_to_read(path, &s, report);
    if (status == ASSAY_OK) {
        struct stat info;
        out->bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
        status = inspect(s, out, report);
    }
    assay_store_close(&s);
    if (status != ASSAY_OK) {
        free(out->groups);
        *out = (assay_store_info){0};
    }
    return status;
}
