/* Parts of a sweep: lists of points in files, and shards. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract.h"
#include "file.h"
#include "inside.h"
#include "quote.h"

enum {
    FILE_MAX = 64 << 20
};

void sweep_selection_free(sweep_selection* selection) {
    free(selection->points);
    *selection = (sweep_selection){0};
}

/* ---- Reading ---- */

typedef struct reader {
    const char *path, *at;
    size_t points, line;
    bool* chosen; /* [points] */
} reader;

static bool read_index(reader* r, size_t* out) {
    size_t digits = strspn(r->at, "0123456789");
    if (digits == 0 || digits > 15) {
        return false;
    }
    *out = (size_t)strtoull(r->at, NULL, 10);
    r->at += digits;
    return *out < r->points;
}

/* "7" or "7-12" */
static bool read_range(reader* r) {
    size_t first = 0, last = 0;
    if (!read_index(r, &first)) {
        return false;
    }
    last = first;
    if (*r->at == '-') {
        r->at++;
        if (!read_index(r, &last) || last < first) {
            return false;
        }
    }
    for (size_t i = first; i <= last; i++) {
        r->chosen[i] = true;
    }
    return true;
}

static void skip_separators(reader* r) {
    for (; *r->at != '\0' && strchr(", \t\r\n", *r->at) != NULL; r->at++) {
        r->line += *r->at == '\n';
    }
}

static assay_status read_list(reader* r, const char* text, assay_report* report) {
    r->at = text;
    r->line = 1;
    for (skip_separators(r); *r->at != '\0'; skip_separators(r)) {
        const char* begin = r->at;
        bool good = read_range(r);
        if (!good || (*r->at != '\0' && strchr(", \t\r\n", *r->at) == NULL)) {
            assay_report_add(
                report, "%s:%zu: %s is not an index in 0 .. %zu, nor a range such as 7-12", r->path,
                r->line, assay_quote_bytes(begin, strcspn(begin, ", \t\r\n")).text, r->points - 1);
            return ASSAY_BAD_INPUT;
        }
    }
    return ASSAY_OK;
}

static assay_status read_file(const char* path, size_t points, bool* chosen, assay_report* report) {
    char* text = NULL;
    size_t size = 0;
    assay_status status = assay_file_read(path, FILE_MAX, &text, &size, report);
    if (status == ASSAY_OK) {
        reader r = {.path = path, .points = points, .chosen = chosen};
        status = read_list(&r, text, report);
    }
    free(text);
    return status;
}

size_t sweep_shard_point(size_t k, size_t shard, size_t shards) {
    return k * shards + (shard + shards - k % shards) % shards;
}

/* Those of the list, in its order. */
static size_t list_points(size_t points, const bool* chosen, size_t* out) {
    size_t count = 0;
    for (size_t i = 0; i < points; i++) {
        if (chosen == NULL || chosen[i]) {
            out[count++] = i;
        }
    }
    return count;
}

/* In place: a shard's k-th point is not before the k-th of the list. */
static size_t take_shard(size_t* points, size_t count, size_t shard, size_t shards) {
    size_t taken = 0, at;
    while ((at = sweep_shard_point(taken, shard, shards)) < count) {
        points[taken++] = points[at];
    }
    return taken;
}

assay_status sweep_select(const assay_sweep* sweep, const char* points_file, unsigned shard,
                          unsigned shards, sweep_selection* out, assay_report* report) {
    ASSAY_REQUIRE(sweep != NULL && out != NULL && shard >= 1 && shard <= shards);
    bool* chosen = points_file != NULL ? calloc(sweep->count + 1, sizeof *chosen) : NULL;
    *out = (sweep_selection){.points = calloc(sweep->count + 1, sizeof *out->points)};
    bool good = out->points != NULL && (points_file == NULL || chosen != NULL);
    assay_status status = good ? ASSAY_OK : ASSAY_NO_MEMORY;
    if (status == ASSAY_OK && points_file != NULL) {
        status = read_file(points_file, sweep->count, chosen, report);
    }
    if (status == ASSAY_OK) {
        size_t listed = list_points(sweep->count, chosen, out->points);
        out->count = take_shard(out->points, listed, shard - 1, shards);
    }
    free(chosen);
    return status;
}

/* ---- Writing ---- */

static bool write_ranges(FILE* file, const size_t* points, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count && good;) {
        size_t end = i;
        while (end + 1 < count && points[end + 1] == points[end] + 1) {
            end++;
        }
        good = (end > i ? fprintf(file, "%zu-%zu\n", points[i], points[end])
                        : fprintf(file, "%zu\n", points[i])) > 0;
        i = end + 1;
    }
    return good;
}

assay_status sweep_write_points(const char* path, const size_t* points, size_t count,
                                assay_report* report) {
    ASSAY_REQUIRE(path != NULL && (points != NULL || count == 0));
    size_t size = strlen(path) + sizeof ".new";
    char* fresh = malloc(size);
    if (fresh == NULL) {
        return ASSAY_NO_MEMORY;
    }
    snprintf(fresh, size, "%s.new", path);
    FILE* file = fopen(fresh, "wb");
    bool good = file != NULL && write_ranges(file, points, count) && fflush(file) == 0 &&
                fsync(fileno(file)) == 0;
    good = (file == NULL || fclose(file) == 0) && good && rename(fresh, path) == 0;
    if (!good) {
        assay_report_add(report, "%s: cannot be written: %s", path, strerror(errno));
        unlink(fresh);
    }
    free(fresh);
    return good ? ASSAY_OK : ASSAY_IO;
}
