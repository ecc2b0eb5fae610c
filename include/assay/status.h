/* Status codes and the message list that every fallible call of Assay reports through.
 *
 * User input (files, option values) never aborts and never prints: a call returns a status other
 * than ASSAY_OK and leaves one message per mistake in the caller's report, each naming the file,
 * the line or key path, the value and the legal range. API misuse (a null handle, a report already
 * freed) is a contract check that is always on and aborts with the name of the function. */
#ifndef ASSAY_STATUS_H
#define ASSAY_STATUS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ASSAY_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define ASSAY_PRINTF(fmt, args)
#endif

/* The numeric values are the exit codes of the `assay` program. */
typedef enum assay_status {
    ASSAY_OK = 0,
    ASSAY_MISMATCH = 1,  /* --check found outputs that differ from the plain reference */
    ASSAY_BAD_INPUT = 2, /* the report names file, key, value and legal range of each mistake */
    ASSAY_IO = 3,        /* reading or writing failed for a reason outside the input's content */
    ASSAY_NO_MEMORY = 4,
    ASSAY_INTERNAL = 5,    /* a bug of ours: the report holds what was caught */
    ASSAY_INTERRUPTED = 6, /* stopped on request; everything finished so far is kept */
} assay_status;

/* "ok", "bad input", ...; never NULL. */
const char* assay_status_name(assay_status status);

/* An ordered list of messages. At most 100 are kept; later ones are only counted, and the last kept
 * text then says how many more there were. */
typedef struct assay_report assay_report;

/* Returns an empty report, or NULL when out of memory. Free with assay_report_free. */
assay_report* assay_report_new(void);
/* Frees and nulls *report; *report may be NULL. */
void assay_report_free(assay_report** report);
/* Appends one message (no trailing newline). `report` may be NULL: the message is dropped. */
void assay_report_add(assay_report* report, const char* format, ...) ASSAY_PRINTF(2, 3);
/* Number of messages added, kept or not. */
size_t assay_report_count(const assay_report* report);
/* Number of messages that assay_report_text can return. */
size_t assay_report_kept(const assay_report* report);
/* The i-th kept message; owned by the report, valid until it is freed. i < assay_report_kept. */
const char* assay_report_text(const assay_report* report, size_t i);
void assay_report_clear(assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
