#include "slurm_queue.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "slurm_command.h"

/* ---- squeue ---- */

enum {
    NAME,   /* %j */
    JOB,    /* %F: of the array */
    TASK,   /* %K */
    STATE,  /* %T */
    REASON, /* %r */
    FIELDS
};
static const char format[] = "--format=%j|%F|%K|%T|%r";

/* Cuts the line at its bars. */
static bool split(char* line, char* fields[FIELDS]) {
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = line;
        line = strchr(line, i + 1 < FIELDS ? '|' : '\0');
        if (line == NULL) {
            return false;
        }
        *line++ = '\0';
    }
    return true;
}

/* Slurm keeps ended jobs in its list for some minutes. A task that it calls anything else than
 * ended may still write its shard. */
static bool has_ended(const char* state) {
    static const char* const ended[] = {"BOOT_FAIL",     "CANCELLED", "COMPLETED", "DEADLINE",
                                        "FAILED",        "NODE_FAIL", "PREEMPTED", "REVOKED",
                                        "OUT_OF_MEMORY", "TIMEOUT"};
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) {
        if (strcmp(state, ended[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A task whose node could not start it waits for an administrator, for ever. */
static bool is_stuck(const char* state, const char* reason) {
    return strcmp(state, "PENDING") == 0 && strncmp(reason, "launch", 6) == 0 &&
           strstr(reason, "held") != NULL;
}

static slurm_round* round_named(const slurm_place* place, slurm_round* rounds, size_t count,
                                const char* text) {
    char name[SLURM_NAME];
    for (size_t i = 0; i < count; i++) {
        slurm_round_name(place, rounds[i].number, name);
        if (strcmp(text, name) == 0) {
            return &rounds[i];
        }
    }
    return NULL;
}

static void cancel(const char* job, const char* task) {
    char word[64];
    snprintf(word, sizeof word, "%.20s_%.20s", job, task);
    slurm_answer answer;
    const char* const words[] = {"scancel", word, NULL};
    slurm_command(words, &answer, NULL); /* it is given up either way */
    slurm_answer_free(&answer);
}

static void count_alive(const char* state, const char* reason, slurm_census* census) {
    if (strcmp(state, "PENDING") == 0) {
        census->waiting++;
        snprintf(census->reason, sizeof census->reason, "%s", reason);
    } else {
        census->running++;
    }
}

static void read_line(const slurm_place* place, slurm_round* rounds, size_t count, char* line,
                      slurm_census* census) {
    char* fields[FIELDS];
    slurm_round* round =
        split(line, fields) ? round_named(place, rounds, count, fields[NAME]) : NULL;
    unsigned long number = round != NULL ? strtoul(fields[TASK], NULL, 10) : 0;
    if (number == 0 || number > round->task_count) {
        return;
    }
    slurm_task* task = &round->tasks[number - 1];
    if (is_stuck(fields[STATE], fields[REASON])) {
        cancel(fields[JOB], fields[TASK]);
        snprintf(task->state, sizeof task->state, "LAUNCH_FAILED");
        return;
    }
    snprintf(task->state, sizeof task->state, "%s", fields[STATE]);
    task->alive = !has_ended(fields[STATE]);
    task->seen = task->seen || task->alive;
    if (task->alive) {
        count_alive(fields[STATE], fields[REASON], census);
    }
}

static void read_answer(const slurm_place* place, slurm_round* rounds, size_t count, char* text,
                        slurm_census* census) {
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < rounds[i].task_count; k++) {
            rounds[i].tasks[k].alive = false;
        }
    }
    *census = (slurm_census){0};
    char* rest = NULL;
    for (char* line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        read_line(place, rounds, count, line, census);
    }
}

/* "--name=" and the names of the open rounds; malloc'd. */
static char* names_of(const slurm_place* place, const slurm_round* rounds, size_t count) {
    char* text = malloc(sizeof "--name=" + count * SLURM_NAME);
    if (text == NULL) {
        return NULL;
    }
    char* end = text + sprintf(text, "--name=");
    for (size_t i = 0; i < count; i++) {
        if (rounds[i].open > 0) {
            char name[SLURM_NAME];
            slurm_round_name(place, rounds[i].number, name);
            end += sprintf(end, "%s%s", end[-1] == '=' ? "" : ",", name);
        }
    }
    return text;
}

assay_status slurm_queue_look(const slurm_place* place, slurm_round* rounds, size_t count,
                              slurm_census* census, assay_report* report) {
    char* names = names_of(place, rounds, count);
    if (names == NULL) {
        return ASSAY_NO_MEMORY;
    }
    slurm_answer answer;
    const char* const words[] = {"squeue", "--noheader", "--array", "--states=all",
                                 names,    format,       NULL};
    assay_status status = slurm_command(words, &answer, report);
    if (status == ASSAY_OK && answer.exit_code == 0) {
        read_answer(place, rounds, count, answer.out, census);
    } else if (status == ASSAY_OK) {
        slurm_complain("squeue", &answer, report);
        status = ASSAY_IO;
    }
    slurm_answer_free(&answer);
    free(names);
    return status;
}

/* ---- sbatch, scontrol ---- */

assay_status slurm_submit(const slurm_place* place, const slurm_round* round,
                          assay_report* report) {
    char* script = slurm_round_path(place, round->number, "job.sh");
    if (script == NULL) {
        return ASSAY_NO_MEMORY;
    }
    slurm_answer answer;
    const char* const words[] = {"sbatch", "--parsable", script, NULL};
    assay_status status = slurm_command(words, &answer, report);
    if (status == ASSAY_OK && answer.exit_code != 0) {
        slurm_complain("sbatch", &answer, report);
        status = ASSAY_IO;
    }
    slurm_answer_free(&answer);
    free(script);
    return status;
}

size_t slurm_array_limit(void) {
    enum {
        SLURM_DEFAULT = 1001
    };
    slurm_answer answer;
    const char* const words[] = {"scontrol", "show", "config", NULL};
    assay_status status = slurm_command(words, &answer, NULL);
    const char* at = status == ASSAY_OK ? strstr(answer.out, "MaxArraySize") : NULL;
    at = at != NULL ? strchr(at, '=') : NULL;
    unsigned long size = at != NULL ? strtoul(at + 1, NULL, 10) : 0;
    slurm_answer_free(&answer);
    /* The largest index is one less than that, and ours begin with 1. */
    size = size < 2 ? SLURM_DEFAULT : size;
    return size - 1 < SLURM_MAX_TASKS ? size - 1 : SLURM_MAX_TASKS;
}
