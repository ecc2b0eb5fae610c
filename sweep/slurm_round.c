#include "slurm_round.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "contract.h"
#include "file.h"
#include "files.h"

assay_status slurm_round_new(unsigned number, sweep_selection points, size_t tasks,
                             slurm_round* out) {
    ASSAY_REQUIRE(points.count > 0 && tasks > 0 && tasks <= points.count);
    *out = (slurm_round){.number = number,
                         .points = points,
                         .tasks = calloc(tasks, sizeof *out->tasks),
                         .task_count = tasks,
                         .open = tasks};
    if (out->tasks == NULL) {
        slurm_round_free(out);
        return ASSAY_NO_MEMORY;
    }
    return ASSAY_OK;
}

void slurm_round_free(slurm_round* round) {
    sweep_selection_free(&round->points);
    free(round->tasks);
    *round = (slurm_round){0};
}

void slurm_round_name(const slurm_place* place, unsigned number, char name[SLURM_NAME]) {
    snprintf(name, SLURM_NAME, "assay-%s-r%u", place->identity, number);
}

char* slurm_round_path(const slurm_place* place, unsigned number, const char* name) {
    size_t size = strlen(place->folder) + (name != NULL ? strlen(name) : 0) + 32;
    char* path = malloc(size);
    if (path != NULL) {
        snprintf(path, size, "%s/round-%u%s%s", place->folder, number, name != NULL ? "/" : "",
                 name != NULL ? name : "");
    }
    return path;
}

/* ---- Writing ---- */

static assay_status write_script(const slurm_place* place, const slurm_round* round,
                                 const char* folder, assay_report* report) {
    char* text = NULL;
    size_t size = 0;
    FILE* memory = open_memstream(&text, &size);
    if (memory == NULL) {
        return ASSAY_NO_MEMORY;
    }
    bool named = slurm_script_write(place, round, memory);
    bool whole = fclose(memory) == 0;
    assay_status status = ASSAY_NO_MEMORY;
    if (!named) {
        assay_report_add(report, "the current folder has no name; was it removed?");
        status = ASSAY_IO;
    } else if (whole) {
        status = assay_file_replace(folder, "job.sh", text, size, report);
    }
    free(text);
    return status;
}

static assay_status write_files(const slurm_place* place, const slurm_round* round,
                                const char* folder, const char* points, assay_report* report) {
    char tasks[32];
    int size = snprintf(tasks, sizeof tasks, "%zu\n", round->task_count);
    assay_status status = write_script(place, round, folder, report);
    if (status == ASSAY_OK) {
        status = assay_file_replace(folder, "tasks", tasks, (size_t)size, report);
    }
    if (status == ASSAY_OK) {
        status = sweep_write_points(points, round->points.points, round->points.count, report);
    }
    return status;
}

assay_status slurm_round_write(const slurm_place* place, const slurm_round* round,
                               assay_report* report) {
    char* folder = slurm_round_path(place, round->number, NULL);
    char* log = slurm_round_path(place, round->number, "log");
    char* points = slurm_round_path(place, round->number, "points");
    assay_status status = ASSAY_NO_MEMORY;
    if (folder != NULL && log != NULL && points != NULL) {
        status = assay_folder_make(log, report);
        status = status == ASSAY_OK ? write_files(place, round, folder, points, report) : status;
    }
    free(folder);
    free(log);
    free(points);
    return status;
}

/* ---- Reading ---- */

static assay_status read_count(const char* path, size_t limit, size_t* out, assay_report* report) {
    char* text = NULL;
    size_t size = 0;
    assay_status status = assay_file_read(path, 64, &text, &size, report);
    unsigned long count = text != NULL ? strtoul(text, NULL, 10) : 0;
    free(text);
    if (status == ASSAY_OK && (count == 0 || count > limit)) {
        assay_report_add(report, "%s: is not a number of tasks, 1 to %zu", path, limit);
        status = ASSAY_BAD_INPUT;
    }
    *out = count;
    return status;
}

static assay_status read_round(const assay_sweep* sweep, const char* points, const char* tasks,
                               unsigned number, slurm_round* out, assay_report* report) {
    sweep_selection selection = {0};
    size_t count = 0;
    assay_status status = sweep_select(sweep, points, 1, 1, &selection, report);
    status = status == ASSAY_OK ? read_count(tasks, selection.count, &count, report) : status;
    if (status == ASSAY_OK) {
        return slurm_round_new(number, selection, count, out);
    }
    sweep_selection_free(&selection);
    return status;
}

assay_status slurm_round_read(const slurm_place* place, const assay_sweep* sweep, unsigned number,
                              slurm_round* out, bool* found, assay_report* report) {
    char* points = slurm_round_path(place, number, "points");
    char* tasks = slurm_round_path(place, number, "tasks");
    assay_status status = points != NULL && tasks != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
    *out = (slurm_round){0};
    *found = status == ASSAY_OK && access(points, F_OK) == 0;
    if (*found) {
        status = read_round(sweep, points, tasks, number, out, report);
    }
    free(points);
    free(tasks);
    return status;
}
