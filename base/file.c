#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract.h"

/* The user named the file: what is wrong with the name is bad input, an exhausted machine is not.
 */
static bool is_machine_trouble(int error) {
    return error == EIO || error == EMFILE || error == ENFILE || error == ENOMEM;
}

static assay_status check_kind(const char* path, const struct stat* info, size_t limit,
                               assay_report* report) {
    if (S_ISDIR(info->st_mode)) {
        assay_report_add(report, "%s: is a directory, not a file", path);
        return ASSAY_BAD_INPUT;
    }
    if (!S_ISREG(info->st_mode)) {
        assay_report_add(report, "%s: is not a regular file (pipes and devices are not read)",
                         path);
        return ASSAY_BAD_INPUT;
    }
    if ((uintmax_t)info->st_size > limit) {
        assay_report_add(report, "%s: %ju bytes, more than the limit of %zu", path,
                         (uintmax_t)info->st_size, limit);
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

/* An open descriptor of a regular file, or -1 and *status. O_NONBLOCK: opening a FIFO must not wait
 * for a writer. */
static int open_regular(const char* path, size_t limit, struct stat* info, assay_status* status,
                        assay_report* report) {
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        *status = is_machine_trouble(errno) ? ASSAY_IO : ASSAY_BAD_INPUT;
        assay_report_add(report, "%s: cannot be opened: %s", path, strerror(errno));
        return -1;
    }
    if (fstat(fd, info) != 0) {
        *status = ASSAY_IO;
        assay_report_add(report, "%s: cannot be examined: %s", path, strerror(errno));
    } else {
        *status = check_kind(path, info, limit, report);
    }
    if (*status != ASSAY_OK) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Reads up to `capacity` bytes; *size tells how many came. False on an error. */
static bool read_fully(int fd, char* data, size_t capacity, size_t* size) {
    *size = 0;
    while (*size < capacity) {
        ssize_t got = read(fd, data + *size, capacity - *size);
        if (got == 0) {
            return true;
        }
        if (got < 0 && errno != EINTR) {
            return false;
        }
        *size += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* One byte more than the size promised is asked for: a file that changes meanwhile is noticed. */
static assay_status read_open(int fd, const char* path, size_t expected, char** data, size_t* size,
                              assay_report* report) {
    char* text = malloc(expected + 2);
    if (text == NULL) {
        assay_report_add(report, "%s: no memory for its %zu bytes", path, expected);
        return ASSAY_NO_MEMORY;
    }
    assay_status status = ASSAY_OK;
    if (!read_fully(fd, text, expected + 1, size)) {
        assay_report_add(report, "%s: cannot be read: %s", path, strerror(errno));
        status = ASSAY_IO;
    } else if (*size != expected) {
        assay_report_add(report, "%s: changed its size while it was read", path);
        status = ASSAY_IO;
    } else if (*size == 0) {
        assay_report_add(report, "%s: is empty", path);
        status = ASSAY_BAD_INPUT;
    }
    if (status != ASSAY_OK) {
        free(text);
        return status;
    }
    text[*size] = '\0';
    *data = text;
    return ASSAY_OK;
}

assay_status assay_file_read(const char* path, size_t limit, char** data, size_t* size,
                             assay_report* report) {
    ASSAY_REQUIRE(path != NULL && data != NULL && size != NULL);
    *data = NULL;
    *size = 0;
    struct stat info;
    assay_status status = ASSAY_OK;
    int fd = open_regular(path, limit, &info, &status, report);
    if (fd < 0) {
        return status;
    }
    status = read_open(fd, path, (size_t)info.st_size, data, size, report);
    close(fd);
    return status;
}
