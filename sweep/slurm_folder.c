/* flock is in no POSIX standard, and its locks, other than those of fcntl, are inherited; nftw and
 * realpath are X/Open extensions in the packaged headers. */
#define _DEFAULT_SOURCE
#define _XOPEN_SOURCE 700

#include "slurm_folder.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "files.h"
#include "hash.h"

/* ---- Names ---- */

static assay_status hash_points(assay_sweep* sweep, char out[ASSAY_HASH_TEXT]) {
    assay_hasher* hasher = assay_hasher_new();
    if (hasher == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < assay_sweep_points(sweep); i++) {
        char key[ASSAY_HASH_TEXT];
        sweep_key(sweep, i, key);
        assay_hasher_text(hasher, "point", key);
    }
    assay_hash_format(assay_hasher_done(hasher), out);
    assay_hasher_free(&hasher);
    return ASSAY_OK;
}

static char* absolute(const char* path) {
    char* real = realpath(path, NULL);
    if (real != NULL || path[0] == '/') {
        return real != NULL ? real : strdup(path);
    }
    char* here = getcwd(NULL, 0);
    char* whole = here != NULL ? assay_path_in(here, path) : NULL;
    free(here);
    return whole;
}

/* It becomes part of a line of a script and of a pattern of Slurm's. */
static bool is_usable(const char* folder, assay_report* report) {
    for (const char* at = folder; *at != '\0'; at++) {
        if (iscntrl((unsigned char)*at) || *at == '\\') {
            assay_report_add(report, "--work-dir: the name of the folder has a character that "
                                     "Slurm does not take (a control character or \\)");
            return false;
        }
    }
    return true;
}

static void name_jobs(const char* points_hash, slurm_place* place) {
    char text[PATH_MAX + ASSAY_HASH_TEXT + 2], hash[ASSAY_HASH_TEXT];
    snprintf(text, sizeof text, "%s %s", points_hash, place->folder);
    assay_hash_format(assay_hash_bytes(text, strlen(text)), hash);
    snprintf(place->identity, sizeof place->identity, "%.8s", hash);
}

assay_status slurm_place_init(const assay_slurm_settings* settings, assay_sweep* sweep,
                              char points_hash[33], slurm_place* place, char** folder,
                              assay_report* report) {
    char usual[32];
    *folder = NULL;
    assay_status status = hash_points(sweep, points_hash);
    if (status != ASSAY_OK) {
        return status;
    }
    snprintf(usual, sizeof usual, "assay-sweep-%.8s", points_hash);
    *folder = absolute(settings->folder != NULL ? settings->folder : usual);
    if (*folder == NULL) {
        return ASSAY_NO_MEMORY;
    }
    *place = (slurm_place){.settings = settings, .folder = *folder};
    name_jobs(points_hash, place);
    return is_usable(*folder, report) ? ASSAY_OK : ASSAY_BAD_INPUT;
}

/* ---- Opening ---- */

static assay_status check_owner(const slurm_place* place, const char* points_hash,
                                assay_report* report) {
    char* path = assay_path_in(place->folder, "sweep");
    if (path == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = ASSAY_OK;
    char* text = NULL;
    size_t size = 0;
    if (access(path, F_OK) != 0) {
        status =
            assay_file_replace(place->folder, "sweep", points_hash, strlen(points_hash), report);
    } else {
        status = assay_file_read(path, 64, &text, &size, report);
    }
    if (text != NULL && strcmp(text, points_hash) != 0) {
        assay_report_add(report,
                         "%s: is the work folder of other points (another specification, other "
                         "files, or another version of assay); take another --work-dir",
                         place->folder);
        status = ASSAY_BAD_INPUT;
    }
    free(text);
    free(path);
    return status;
}

/* Children inherit the lock: an sbatch that outlives a killed process is waited for. */
static bool lock_within(int fd, int tenths) {
    for (; flock(fd, LOCK_EX | LOCK_NB) != 0; tenths--) {
        if (tenths == 0 || (errno != EWOULDBLOCK && errno != EINTR)) {
            return false;
        }
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    return true;
}

static assay_status take_lock(const slurm_place* place, int* lock, assay_report* report) {
    char* path = assay_path_in(place->folder, "lock");
    int fd = path != NULL ? open(path, O_RDWR | O_CREAT, 0666) : -1;
    assay_status status = ASSAY_OK;
    if (fd < 0) {
        assay_report_add(report, "%s/lock: %s", place->folder, strerror(errno));
        status = ASSAY_IO;
    } else if (!lock_within(fd, 50)) {
        assay_report_add(report, "%s: another process is at work on this sweep", place->folder);
        close(fd);
        fd = -1;
        status = ASSAY_BAD_INPUT;
    }
    free(path);
    *lock = fd;
    return status;
}

assay_status slurm_folder_open(const slurm_place* place, const char* points_hash, int* lock,
                               assay_report* report) {
    *lock = -1;
    char* done = assay_path_in(place->folder, "done");
    assay_status status = done != NULL ? assay_folder_make(done, report) : ASSAY_NO_MEMORY;
    status = status == ASSAY_OK ? take_lock(place, lock, report) : status;
    status = status == ASSAY_OK ? check_owner(place, points_hash, report) : status;
    if (status != ASSAY_OK && *lock >= 0) {
        close(*lock);
        *lock = -1;
    }
    free(done);
    return status;
}

/* ---- Contents ---- */

unsigned slurm_folder_last_round(const slurm_place* place) {
    unsigned last = 0, number = 0;
    DIR* folder = opendir(place->folder);
    for (struct dirent* entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (sscanf(entry->d_name, "round-%9u", &number) == 1 && number > last) {
            last = number;
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return last;
}

static int remove_one(const char* path, const struct stat* info, int type, struct FTW* where) {
    (void)info;
    (void)type;
    (void)where;
    remove(path);
    return 0;
}

static void remove_below(const slurm_place* place, const char* name) {
    char* path = assay_path_in(place->folder, name);
    if (path != NULL) {
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    }
    free(path);
}

/* `lock` last: nobody may take the folder over while it goes. */
void slurm_folder_remove(const slurm_place* place) {
    for (unsigned number = slurm_folder_last_round(place); number > 0; number--) {
        char name[32];
        snprintf(name, sizeof name, "round-%u", number);
        remove_below(place, name);
    }
    remove_below(place, "done");
    remove_below(place, "sweep");
    remove_below(place, "lock");
    rmdir(place->folder);
}

/* ---- Shards ---- */

char* slurm_shard_path(const slurm_place* place, slurm_shard shard) {
    char name[64];
    snprintf(name, sizeof name, "done/%u-%zu.sqlite", shard.round, shard.task);
    return assay_path_in(place->folder, name);
}

static bool is_shard(const char* name, slurm_shard* out) {
    char exact[64];
    if (sscanf(name, "%9u-%9zu.sqlite", &out->round, &out->task) != 2) {
        return false;
    }
    snprintf(exact, sizeof exact, "%u-%zu.sqlite", out->round, out->task);
    return strcmp(name, exact) == 0;
}

static assay_status read_shards(DIR* folder, slurm_shard** shards, size_t* count) {
    size_t room = 0;
    slurm_shard one;
    for (struct dirent* entry; (entry = readdir(folder)) != NULL;) {
        if (!is_shard(entry->d_name, &one)) {
            continue;
        }
        if (*count == room) {
            room = room * 2 + 64;
            slurm_shard* more = realloc(*shards, room * sizeof *more);
            if (more == NULL) {
                return ASSAY_NO_MEMORY;
            }
            *shards = more;
        }
        (*shards)[(*count)++] = one;
    }
    return ASSAY_OK;
}

assay_status slurm_folder_shards(const slurm_place* place, slurm_shard** shards, size_t* count,
                                 assay_report* report) {
    *shards = NULL;
    *count = 0;
    /* A change of ours makes a network file system look at the folder anew. */
    assay_status status = assay_file_replace(place->folder, "done/.look", " ", 1, report);
    char* path = assay_path_in(place->folder, "done");
    DIR* folder = status == ASSAY_OK && path != NULL ? opendir(path) : NULL;
    if (folder != NULL) {
        status = read_shards(folder, shards, count);
        closedir(folder);
    } else if (status == ASSAY_OK) {
        assay_report_add(report, "%s/done: cannot be read", place->folder);
        status = ASSAY_IO;
    }
    if (status != ASSAY_OK) {
        free(*shards);
        *shards = NULL;
    }
    free(path);
    return status;
}
