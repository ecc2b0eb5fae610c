/* flock is in no POSIX standard, and its locks, other than those of fcntl, do not end with the
 * first close of any descriptor of the file. */
#define _DEFAULT_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

assay_status assay_log_open(const char* path, assay_log* out, assay_report* report) {
    *out = (assay_log){.path = path, .fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666)};
    if (out->fd < 0) {
        assay_report_add(report, "%s: cannot be opened for writing: %s", path, strerror(errno));
        return ASSAY_IO;
    }
    if (flock(out->fd, LOCK_EX | LOCK_NB) != 0) {
        assay_report_add(report, "%s: another search is writing it", path);
        close(out->fd);
        out->fd = -1;
        return ASSAY_IO;
    }
    return ASSAY_OK;
}

static bool reserve(assay_log* log, size_t more) {
    if (more <= log->capacity - log->size) {
        return true;
    }
    size_t capacity = 2 * (log->size + more);
    char* pending = realloc(log->pending, capacity);
    if (pending == NULL) {
        return false;
    }
    log->pending = pending;
    log->capacity = capacity;
    return true;
}

assay_status assay_log_add_text(assay_log* log, const char* text) {
    size_t size = strlen(text);
    if (!reserve(log, size + 1)) {
        return ASSAY_NO_MEMORY;
    }
    memcpy(log->pending + log->size, text, size);
    log->pending[log->size + size] = '\n';
    log->size += size + 1;
    return ASSAY_OK;
}

assay_status assay_log_add(assay_log* log, const assay_log_line* line) {
    assay_json_writer* writer = assay_json_writer_new(0);
    if (writer == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_log_line_write(line, writer);
    const char* text = assay_json_writer_text(writer, NULL);
    assay_status status = text != NULL ? assay_log_add_text(log, text) : ASSAY_NO_MEMORY;
    assay_json_writer_free(&writer);
    return status;
}

static bool cut(assay_log* log) {
    if (log->cut) {
        return true;
    }
    log->cut = ftruncate(log->fd, (off_t)log->keep) == 0 &&
               lseek(log->fd, (off_t)log->keep, SEEK_SET) >= 0;
    return log->cut;
}

static bool write_fully(int fd, const char* bytes, size_t size) {
    while (size > 0) {
        ssize_t done = write(fd, bytes, size);
        if (done < 0 && errno != EINTR) {
            return false;
        }
        bytes += done > 0 ? done : 0;
        size -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

assay_status assay_log_flush(assay_log* log, assay_report* report) {
    if (log->size == 0) {
        return ASSAY_OK;
    }
    if (!cut(log) || !write_fully(log->fd, log->pending, log->size)) {
        assay_report_add(report, "%s: cannot be written: %s", log->path, strerror(errno));
        return ASSAY_IO;
    }
    log->size = 0;
    return ASSAY_OK;
}

assay_status assay_log_trim(assay_log* log, assay_report* report) {
    if (cut(log)) {
        return ASSAY_OK;
    }
    assay_report_add(report, "%s: cannot be cut: %s", log->path, strerror(errno));
    return ASSAY_IO;
}

void assay_log_close(assay_log* log) {
    if (log->fd >= 0) {
        fsync(log->fd);
        close(log->fd);
    }
    free(log->pending);
    *log = (assay_log){.fd = -1};
}
