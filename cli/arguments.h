/* Command-line words read against a table: every option of a command is stated once (name, value,
 * help) and parsing, checks, suggestions and help derive from that table. */
#ifndef ASSAY_CLI_ARGUMENTS_H
#define ASSAY_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assay/status.h"

typedef struct cli_option {
    const char* name;     /* without the dashes */
    const char* argument; /* what the value is, e.g. "FILE"; NULL for a switch */
    const char* help;     /* one line */
    bool required, repeatable;
} cli_option;

/* The words of one call. Options are named by their index in the table. Texts are borrowed from
 * argv. */
typedef struct cli_arguments cli_arguments;

/* Reads argv[1..]; argv[0] is the command's name. Every mistake adds one message to `report`:
 * unknown or repeated options, missing or empty values, absent required options. argv is permuted.
 * NULL when out of memory. */
cli_arguments* cli_arguments_read(const cli_option* options, size_t count, int argc, char** argv,
                                  assay_report* report);
void cli_arguments_free(cli_arguments** arguments);

bool cli_wants_help(const cli_arguments* arguments);
bool cli_given(const cli_arguments* arguments, size_t option);
/* The value of the option, NULL when it was not given. */
const char* cli_value(const cli_arguments* arguments, size_t option);
/* All values of a repeatable option, in order. */
const char* const* cli_values(const cli_arguments* arguments, size_t option, size_t* count);
const char* const* cli_operands(const cli_arguments* arguments, size_t* count);

/* Typed values. An option that was not given leaves *out alone; a bad value leaves it alone and
 * adds one message with the legal range. */
void cli_read_uint(const cli_arguments* arguments, size_t option, uint64_t low, uint64_t high,
                   uint64_t* out, assay_report* report);
void cli_read_real(const cli_arguments* arguments, size_t option, double low, double high,
                   double* out, assay_report* report);
/* Three positive numbers, "HxWxC". */
void cli_read_shape(const cli_arguments* arguments, size_t option, uint64_t* height,
                    uint64_t* width, uint64_t* channels, assay_report* report);
/* Index into the NULL-terminated `names`. */
void cli_read_choice(const cli_arguments* arguments, size_t option, const char* const* names,
                     size_t* out, assay_report* report);
/* Digits only, the whole text. */
bool cli_parse_uint(const char* text, uint64_t* out);

#endif
