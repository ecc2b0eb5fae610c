#include "store_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The header of a database file (sqlite.org/fileformat2.html, 1.3). */
enum {
    HEADER_BYTES = 100,
    USER_VERSION_AT = 60,
    APPLICATION_ID_AT = 68
};

/* The columns from `assay` on are for people; `seal` is a hash over key and values: a page may rot
 * without SQLite noticing. */
#define CREATE_RUNS                                                                                \
    "CREATE TABLE runs("                                                                           \
    "key BLOB PRIMARY KEY NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL,"                    \
    "cycles INTEGER NOT NULL, io_cycles INTEGER NOT NULL, macs INTEGER NOT NULL,"                  \
    "dram_bytes INTEGER NOT NULL, seconds REAL NOT NULL, energy_j REAL NOT NULL,"                  \
    "io_energy_j REAL NOT NULL, area_mm2 REAL NOT NULL, utilisation REAL NOT NULL,"                \
    "seal INTEGER NOT NULL, assay TEXT NOT NULL, sources TEXT NOT NULL, model TEXT NOT NULL,"      \
    "hw TEXT NOT NULL, hw_hash TEXT NOT NULL, setting TEXT NOT NULL, workload TEXT NOT NULL,"      \
    "workload_hash TEXT NOT NULL, policy_hash TEXT NOT NULL, wall_s REAL NOT NULL) WITHOUT ROWID;"

/* The write-ahead mode is stored in the file. */
static const char* const creation =
    "PRAGMA journal_mode=DELETE;"
    "BEGIN;"
    "PRAGMA application_id=%d;"
    "PRAGMA user_version=%d;"
    "CREATE TABLE measurements("
    "key BLOB PRIMARY KEY NOT NULL, cycles INTEGER NOT NULL, dram_bits INTEGER NOT NULL,"
    "macs INTEGER NOT NULL, seconds REAL NOT NULL, energy_j REAL NOT NULL, seal INTEGER NOT NULL,"
    "assay TEXT NOT NULL, model TEXT NOT NULL, hw TEXT NOT NULL, hw_hash TEXT NOT NULL,"
    "workload TEXT NOT NULL, layer TEXT NOT NULL, w_bits INTEGER NOT NULL, a_bits INTEGER NOT NULL,"
    "batch INTEGER NOT NULL, sources TEXT NOT NULL DEFAULT '') WITHOUT ROWID;" CREATE_RUNS "COMMIT;"
    "PRAGMA journal_mode=WAL;";

/* Schema 1 had measurements of layers alone, and did not say of which sources. */
static const char from_schema_1[] =
    "ALTER TABLE measurements ADD COLUMN sources TEXT NOT NULL DEFAULT '';" CREATE_RUNS
    "PRAGMA user_version=2;";

assay_status store_fail(sqlite3* db, const char* path, const char* what, assay_report* report) {
    assay_report_add(report, "%s: %s: %s", path, what,
                     db != NULL ? sqlite3_errmsg(db) : "out of memory");
    return ASSAY_IO;
}

static assay_status fail_errno(const char* path, const char* what, assay_report* report) {
    assay_report_add(report, "%s: %s: %s", path, what, strerror(errno));
    return ASSAY_IO;
}

static uint32_t big_endian(const unsigned char* bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

assay_status store_check_schema(const char* path, unsigned schema, assay_report* report) {
    if (schema < 1 || schema > STORE_SCHEMA) {
        assay_report_add(report,
                         "%s: is a measurement store of schema %u, this version reads 1 to %d; "
                         "it is left as it is",
                         path, schema, STORE_SCHEMA);
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

static assay_status check_header(const char* path, const unsigned char* header, ssize_t size,
                                 assay_report* report) {
    static const char magic[] = "SQLite format 3";
    if (size != HEADER_BYTES || memcmp(header, magic, sizeof magic) != 0 ||
        big_endian(header + APPLICATION_ID_AT) != STORE_APPLICATION_ID) {
        assay_report_add(report, "%s: is not a measurement store; it is left as it is", path);
        return ASSAY_BAD_INPUT;
    }
    return store_check_schema(path, big_endian(header + USER_VERSION_AT), report);
}

assay_status store_check_identity(const char* path, assay_report* report) {
    unsigned char header[HEADER_BYTES];
    struct stat info;
    /* O_NONBLOCK: opening a FIFO must not wait for a writer. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return fail_errno(path, "cannot be opened", report);
    }
    ssize_t size = 0;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
        size = read(fd, header, sizeof header);
    }
    close(fd);
    return check_header(path, header, size, report);
}

static assay_status fill(const char* path, const char* name, assay_report* report) {
    char statements[4096];
    snprintf(statements, sizeof statements, creation, STORE_APPLICATION_ID, STORE_SCHEMA);
    sqlite3* db = NULL;
    assay_status status = ASSAY_OK;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK ||
        sqlite3_exec(db, statements, NULL, NULL, NULL) != SQLITE_OK) {
        status = store_fail(db, name, "cannot create the measurement store", report);
    }
    sqlite3_close(db);
    return status;
}

assay_status store_create(const char* path, assay_report* report) {
    char temporary[PATH_MAX];
    int n = snprintf(temporary, sizeof temporary, "%s.new-%ld", path, (long)getpid());
    if (n < 0 || n >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return fail_errno(path, "cannot create the measurement store", report);
    }
    unlink(temporary); /* of an earlier process with our number, which died */
    assay_status status = fill(temporary, path, report);
    /* link, not rename: it does not replace what another process has put there meanwhile. */
    if (status == ASSAY_OK && link(temporary, path) != 0 && errno != EEXIST) {
        status = fail_errno(path, "cannot create the measurement store", report);
    }
    unlink(temporary);
    return status;
}

bool store_read_schema(sqlite3* db, int* out) {
    sqlite3_stmt* ask = NULL;
    bool good = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &ask, NULL) == SQLITE_OK &&
                sqlite3_step(ask) == SQLITE_ROW;
    if (good) {
        *out = sqlite3_column_int(ask, 0);
    }
    sqlite3_finalize(ask);
    return good;
}

static bool execute(sqlite3* db, const char* sql) {
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* Inside a transaction: another process may have done it meanwhile. */
static assay_status migrate_locked(sqlite3* db, const char* path, assay_report* report) {
    int schema = 0;
    bool good = store_read_schema(db, &schema);
    assay_status status = good ? store_check_schema(path, (unsigned)schema, report) : ASSAY_OK;
    good = good && (schema != 1 || execute(db, from_schema_1));
    return good ? status
                : store_fail(db, path, "cannot bring the measurement store up to date", report);
}

assay_status store_migrate(sqlite3* db, const char* path, assay_report* report) {
    int schema = 0;
    if (store_read_schema(db, &schema) && schema == STORE_SCHEMA) {
        return ASSAY_OK;
    }
    if (!execute(db, "BEGIN IMMEDIATE")) {
        return store_fail(db, path, "cannot bring the measurement store up to date", report);
    }
    assay_status status = migrate_locked(db, path, report);
    if (status == ASSAY_OK && !execute(db, "COMMIT")) {
        status = store_fail(db, path, "cannot bring the measurement store up to date", report);
    }
    if (status != ASSAY_OK) {
        execute(db, "ROLLBACK");
        return status;
    }
    /* So that the file itself says its schema, not only its log; when others read, later. */
    execute(db, "PRAGMA wal_checkpoint(TRUNCATE)");
    return ASSAY_OK;
}
