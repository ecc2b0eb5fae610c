/* A command of the program: one file that ends in one `const cli_command`, and one entry in the
 * list of cli/meson.build, from which the registry is generated. */
#ifndef ASSAY_CLI_COMMAND_H
#define ASSAY_CLI_COMMAND_H

#include <stddef.h>

#include "arguments.h"
#include "assay/status.h"
#include "text.h"

typedef struct cli_command {
    const char* name;
    const char* summary;  /* one line, lower case, no full stop */
    const char* operands; /* for the usage line, e.g. "FILE..."; "" when there are none */
    size_t operands_min, operands_max;
    const cli_option* options;
    size_t option_count;
    const char* notes; /* further lines of help, or "" */
    /* Rules between options, reported together with the mistakes of single options. May be NULL. */
    void (*check)(const cli_arguments* arguments, assay_report* report);
    /* Called only when nothing was reported. The status is the exit code; messages go to `report`,
     * which the program prints. */
    assay_status (*run)(const cli_arguments* arguments, assay_report* report);
} cli_command;

/* Generated. */
extern const cli_command* const cli_commands[];
extern const size_t cli_command_count;

/* NULL, and a message with a suggestion, when there is no such command. */
const cli_command* cli_command_find(const char* name, assay_report* report);
void cli_help_program(cli_text* out);
void cli_help_command(const cli_command* command, cli_text* out);

#endif
