/* Where results go: the standard output, or a file that appears whole or not at all. */
#ifndef ASSAY_CLI_OUTPUT_H
#define ASSAY_CLI_OUTPUT_H

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

#endif
