#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void cli_output_guard_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        /* open returns the lowest free number, which is fd: those below it are open by now. Read
         * only, so that a write to a closed standard output still fails. */
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDONLY) == -1) {
            return;
        }
    }
}

static assay_status fail(const char* path, const char* what, assay_report* report) {
    assay_report_add(report, "%s: %s: %s", path, what, strerror(errno));
    return ASSAY_IO;
}

/* 0, or -1 with errno. */
static int write_all(int fd, const char* bytes, size_t size) {
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

/* The file that `path` leads to, through symbolic links, so that rename replaces the file and not
 * the link. NULL when out of memory. */
static char* resolve(const char* path) {
    char* real = realpath(path, NULL);
    return real != NULL ? real : strdup(path);
}

static char* directory_of(const char* path) {
    char* copy = strdup(path);
    char* directory = copy != NULL ? strdup(dirname(copy)) : NULL;
    free(copy);
    return directory;
}

/* Creates a file under an unused short name (the final name may already be as long as names get).
 * Not mkstemp: its files are private, ours get the mode that the user's umask gives. */
static int create_temporary(const char* directory, char name[PATH_MAX]) {
    for (unsigned i = 0; i < 1000; i++) {
        int n = snprintf(name, PATH_MAX, "%s/.assay-%ld-%u.tmp", directory, (long)getpid(), i);
        if (n < 0 || n >= PATH_MAX) {
            errno = ENAMETOOLONG;
            return -1;
        }
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST) {
            return fd;
        }
    }
    return -1;
}

static void sync_directory(const char* directory) {
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        /* Best effort: the data are safe, some file systems refuse to synchronise directories. */
        (void)fsync(fd);
        close(fd);
    }
}

/* Closes fd in every case. */
static int finish_file(int fd, const char* bytes, size_t size, const struct stat* old) {
    int result = write_all(fd, bytes, size);
    if (result == 0 && old != NULL) {
        result = fchmod(fd, old->st_mode & 07777);
    }
    if (result == 0) {
        result = fsync(fd);
    }
    int saved = errno;
    if (close(fd) != 0 && result == 0) {
        return -1;
    }
    errno = saved;
    return result;
}

static assay_status replace_file(const char* path, const char* bytes, size_t size,
                                 const struct stat* old, assay_report* report) {
    char temporary[PATH_MAX];
    char* directory = directory_of(path);
    if (directory == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = ASSAY_OK;
    int fd = create_temporary(directory, temporary);
    if (fd < 0) {
        status = fail(path, "cannot create a file in its directory", report);
    } else if (finish_file(fd, bytes, size, old) != 0 || rename(temporary, path) != 0) {
        status = fail(path, "cannot write", report);
        unlink(temporary);
    } else {
        sync_directory(directory);
    }
    free(directory);
    return status;
}

static assay_status write_special(const char* path, const char* bytes, size_t size,
                                  assay_report* report) {
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        return fail(path, "cannot open for writing", report);
    }
    int result = write_all(fd, bytes, size);
    int saved = errno;
    if (close(fd) != 0 && result == 0) {
        result = -1;
    } else {
        errno = saved;
    }
    return result == 0 ? ASSAY_OK : fail(path, "cannot write", report);
}

static assay_status write_path(const char* path, const char* bytes, size_t size,
                               assay_report* report) {
    struct stat old;
    bool exists = stat(path, &old) == 0;
    if (exists && !S_ISREG(old.st_mode)) {
        return write_special(path, bytes, size, report);
    }
    return replace_file(path, bytes, size, exists ? &old : NULL, report);
}

assay_status cli_output_write(const char* path, const char* bytes, size_t size,
                              assay_report* report) {
    if (path == NULL) {
        int result = write_all(STDOUT_FILENO, bytes, size);
        return result == 0 ? ASSAY_OK : fail("standard output", "cannot write", report);
    }
    char* target = resolve(path);
    if (target == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = write_path(target, bytes, size, report);
    free(target);
    return status;
}

assay_status cli_output_text(const char* path, const cli_text* text, assay_report* report) {
    if (text->failed) {
        return ASSAY_NO_MEMORY;
    }
    return cli_output_write(path, cli_text_string(text), text->size, report);
}

struct cli_output_stream {
    char* path;               /* as resolved */
    char temporary[PATH_MAX]; /* "" for a device or a pipe */
    FILE* file;
    int error; /* of the first write that failed, 0: none */
    bool existed;
    struct stat old;
};

static void free_stream(cli_output_stream* s) {
    free(s->path);
    free(s);
}

/* A descriptor to write to, or -1 with errno. */
static int open_stream(cli_output_stream* s) {
    s->existed = stat(s->path, &s->old) == 0;
    if (s->existed && !S_ISREG(s->old.st_mode)) {
        return open(s->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    }
    char* directory = directory_of(s->path);
    int fd = directory != NULL ? create_temporary(directory, s->temporary) : -1;
    if (fd < 0) {
        s->temporary[0] = '\0';
    }
    free(directory);
    return fd;
}

assay_status cli_output_open(const char* path, cli_output_stream** out, assay_report* report) {
    *out = NULL;
    cli_output_stream* s = calloc(1, sizeof *s);
    if (s == NULL || (s->path = resolve(path)) == NULL) {
        free(s);
        return ASSAY_NO_MEMORY;
    }
    int fd = open_stream(s);
    s->file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (s->file == NULL) {
        assay_status status = fail(path, "cannot open for writing", report);
        if (fd >= 0) {
            close(fd);
        }
        free_stream(s);
        return status;
    }
    *out = s;
    return ASSAY_OK;
}

bool cli_output_add(cli_output_stream* stream, const char* bytes, size_t size) {
    if (stream->error == 0 && fwrite(bytes, 1, size, stream->file) != size) {
        stream->error = errno;
    }
    return stream->error == 0;
}

static void keep_error(cli_output_stream* s, bool good) {
    s->error = s->error != 0 || good ? s->error : errno;
}

static void publish(cli_output_stream* s) {
    bool regular = s->temporary[0] != '\0';
    keep_error(s, fflush(s->file) == 0);
    if (regular && s->error == 0) {
        keep_error(s, !s->existed || fchmod(fileno(s->file), s->old.st_mode & 07777) == 0);
        keep_error(s, fsync(fileno(s->file)) == 0);
    }
    keep_error(s, fclose(s->file) == 0);
    if (regular && s->error == 0) {
        keep_error(s, rename(s->temporary, s->path) == 0);
    }
}

assay_status cli_output_close(cli_output_stream** stream, bool keep, assay_report* report) {
    cli_output_stream* s = *stream;
    *stream = NULL;
    if (s == NULL) {
        return ASSAY_OK;
    }
    if (keep) {
        publish(s);
    } else {
        fclose(s->file);
    }
    if (s->temporary[0] != '\0' && (!keep || s->error != 0)) {
        unlink(s->temporary);
    }
    errno = s->error;
    assay_status status = s->error == 0 ? ASSAY_OK : fail(s->path, "cannot write", report);
    free_stream(s);
    return status;
}

static assay_status check_target(const char* target, assay_report* report) {
    struct stat old;
    if (stat(target, &old) == 0 && S_ISDIR(old.st_mode)) {
        errno = EISDIR;
        return fail(target, "cannot write", report);
    }
    char* directory = directory_of(target);
    if (directory == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = ASSAY_OK;
    if (access(directory, W_OK | X_OK) != 0) {
        status = fail(target, "cannot create a file in its directory", report);
    }
    free(directory);
    return status;
}

assay_status cli_output_check(const char* path, assay_report* report) {
    struct stat old;
    if (stat(path, &old) == 0 && !S_ISREG(old.st_mode) && !S_ISDIR(old.st_mode)) {
        return ASSAY_OK; /* a device or a pipe: only writing tells */
    }
    char* target = resolve(path);
    if (target == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = check_target(target, report);
    free(target);
    return status;
}
