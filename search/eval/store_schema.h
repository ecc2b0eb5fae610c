/* What a store file is: the statements that make one, and the marks by which it is known. */
#ifndef ASSAY_SEARCH_STORE_SCHEMA_H
#define ASSAY_SEARCH_STORE_SCHEMA_H

#include <sqlite3.h>

#include "assay/status.h"

enum {
    STORE_APPLICATION_ID = 0x41737379, /* "Assy" */
    STORE_SCHEMA = 1                   /* user_version */
};

/* ASSAY_IO with "path: what: SQLite's reason". `db` may be NULL. */
assay_status store_fail(sqlite3* db, const char* path, const char* what, assay_report* report);

/* By its first bytes, read without SQLite: opening somebody else's database may already change it.
 * ASSAY_BAD_INPUT with a message unless `path` is a store of this schema. */
assay_status store_check_identity(const char* path, assay_report* report);

/* An empty store at `path`, which must not exist; if another process makes one meanwhile, that one
 * stays. */
assay_status store_create(const char* path, assay_report* report);

#endif
