/* Runs a program to its end and keeps what it said. */
#ifndef ASSAY_SWEEP_SLURM_COMMAND_H
#define ASSAY_SWEEP_SLURM_COMMAND_H

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct slurm_answer {
    int exit_code;     /* -1: ended by a signal, 127: there is no such program */
    char *out, *error; /* zero-terminated, cut at 64 MiB; free with slurm_answer_free */
} slurm_answer;

/* `words` ends with NULL; words[0] is looked up in PATH. ASSAY_IO with a message when it could not
 * be run at all, ASSAY_NO_MEMORY. Whatever it returns, slurm_answer_free is allowed. */
assay_status slurm_command(const char* const* words, slurm_answer* answer, assay_report* report);
void slurm_answer_free(slurm_answer* answer);

/* "sbatch: Invalid partition": the program and the first line of what it said on stderr. */
void slurm_complain(const char* program, const slurm_answer* answer, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
