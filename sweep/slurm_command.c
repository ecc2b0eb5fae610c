#include "slurm_command.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract.h"
#include "quote.h"

extern char** environ;

enum {
    MAX_OUTPUT = 64 << 20
};

/* Files, not pipes: nothing has to be read while the program runs. In a process group of its own,
 * so that Ctrl-C at the terminal does not end an sbatch half way. */
static int spawn(const char* const* words, FILE* out, FILE* error, pid_t* pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(out), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(error), 2);
    int failure = posix_spawnp(pid, words[0], &actions, &attributes, (char* const*)words, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}

static int wait_for(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char* content_of(FILE* file) {
    long size = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    size = size > MAX_OUTPUT ? MAX_OUTPUT : size;
    char* text = size < 0 ? NULL : calloc(1, (size_t)size + 1);
    if (text != NULL) {
        rewind(file);
        size_t got = fread(text, 1, (size_t)size, file);
        text[got] = '\0';
    }
    return text;
}

static assay_status run(const char* const* words, FILE* out, FILE* error, slurm_answer* answer,
                        assay_report* report) {
    pid_t pid = 0;
    int failure = spawn(words, out, error, &pid);
    if (failure == ENOENT) {
        answer->exit_code = 127;
        assay_report_add(report, "%s: there is no such program; --engine slurm needs Slurm's",
                         words[0]);
        return ASSAY_IO;
    }
    if (failure != 0) {
        assay_report_add(report, "%s: cannot be started: %s", words[0], strerror(failure));
        return ASSAY_IO;
    }
    answer->exit_code = wait_for(pid);
    answer->out = content_of(out);
    answer->error = content_of(error);
    return answer->out != NULL && answer->error != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
}

assay_status slurm_command(const char* const* words, slurm_answer* answer, assay_report* report) {
    ASSAY_REQUIRE(words != NULL && words[0] != NULL && answer != NULL);
    *answer = (slurm_answer){.exit_code = -1};
    FILE *out = tmpfile(), *error = tmpfile();
    assay_status status = ASSAY_IO;
    if (out != NULL && error != NULL) {
        status = run(words, out, error, answer, report);
    } else {
        assay_report_add(report, "cannot write temporary files: %s", strerror(errno));
    }
    if (out != NULL) {
        fclose(out);
    }
    if (error != NULL) {
        fclose(error);
    }
    return status;
}

void slurm_answer_free(slurm_answer* answer) {
    free(answer->out);
    free(answer->error);
    *answer = (slurm_answer){.exit_code = -1};
}

void slurm_complain(const char* program, const slurm_answer* answer, assay_report* report) {
    char line[4 * 300 + 8];
    const char* said = answer->error != NULL ? answer->error : "";
    size_t size = strcspn(said, "\n");
    assay_escape(said, size > 300 ? 300 : size, line, sizeof line);
    if (line[0] == '\0') {
        assay_report_add(report, "%s: failed with exit code %d", program, answer->exit_code);
    } else {
        assay_report_add(report, "%s failed: %s", program, line);
    }
}
