/* Where results go: the standard output, or a file that appears whole or not at all. */
#ifndef ASSAY_CLI_OUTPUT_H
#define ASSAY_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "assay/status.h"
#include "text.h"

/* Opens the three standard streams if the caller closed them, so that no file of ours gets their
 * numbers. A closed standard output stays unwritable: results are not lost silently. */
void cli_output_guard_streams(void);

/* Before a long run: can a file at `path` be written? ASSAY_IO and a message if not. */
assay_status cli_output_check(const char* path, assay_report* report);

/* Writes all bytes. `path` NULL: standard output. A new or regular file is written under a
 * temporary name in the same directory, synchronised, and renamed; anything else (a device, a
 * pipe) is written directly. ASSAY_IO: the message names the file and the reason; a regular file
 * is then untouched. */
assay_status cli_output_write(const char* path, const char* bytes, size_t size,
                              assay_report* report);
/* The same for a text; ASSAY_NO_MEMORY when the text is incomplete. */
assay_status cli_output_text(const char* path, const cli_text* text, assay_report* report);

/* The same for a file too large to be kept in memory, written piece by piece. */
typedef struct cli_output_stream cli_output_stream;
/* On failure *out is NULL. */
assay_status cli_output_open(const char* path, cli_output_stream** out, assay_report* report);
/* False once a write has failed; the rest is then dropped, cli_output_close says why. */
bool cli_output_add(cli_output_stream* stream, const char* bytes, size_t size);
/* Closes and frees it in every case. `keep` false, or a failed write: as if nothing had been
 * written (what went to a device or a pipe stays written). NULL is nothing to do. */
assay_status cli_output_close(cli_output_stream** stream, bool keep, assay_report* report);

#endif
