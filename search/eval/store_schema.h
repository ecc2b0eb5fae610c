/* What a store file is: the statements that make one, and the marks by which it is known. */
#ifndef ASSAY_SEARCH_STORE_SCHEMA_H
#define ASSAY_SEARCH_STORE_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

#include "assay/status.h"

enum {
    STORE_APPLICATION_ID = 0x41737379, /* "Assy" */
    STORE_SCHEMA = 2                   /* user_version */
};

/* ASSAY_IO with "path: what: SQLite's reason". `db` may be NULL. */
assay_status store_fail(sqlite3* db, const char* path, const char* what, assay_report* report);

/* By its first bytes, read without SQLite: opening somebody else's database may already change it.
 * ASSAY_BAD_INPUT with a message unless `path` is a store of this schema or an older one. */
assay_status store_check_identity(const char* path, assay_report* report);

/* An empty store at `path`, which must not exist; if another process makes one meanwhile, that one
 * stays. */
assay_status store_create(const char* path, assay_report* report);

/* The schema that the file's log knows of, too. */
bool store_read_schema(sqlite3* db, int* out);
/* ASSAY_BAD_INPUT with a message when this version does not know the schema. */
assay_status store_check_schema(const char* path, unsigned schema, assay_report* report);

/* Brings a store of an older schema up to date, in one transaction. */
assay_status store_migrate(sqlite3* db, const char* path, assay_report* report);

#endif
