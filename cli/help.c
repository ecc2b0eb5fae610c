#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "names.h"

const cli_command* cli_command_find(const char* name, assay_report* report) {
    for (size_t i = 0; i < cli_command_count; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0) {
            return cli_commands[i];
        }
    }
    const char** names = calloc(cli_command_count + 2, sizeof *names);
    if (names != NULL) {
        for (size_t i = 0; i < cli_command_count; i++) {
            names[i] = cli_commands[i]->name;
        }
        names[cli_command_count] = "help";
        cli_report_unknown(report, "command", name, names);
    }
    free(names);
    return NULL;
}

void cli_help_program(cli_text* out) {
    cli_text_add(out, "usage: assay COMMAND [OPTION]...\n"
                      "\n"
                      "Measures what a neural network is worth on simulated silicon.\n"
                      "\n"
                      "commands:\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        cli_text_add(out, "  %-11s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
    }
    cli_text_add(out,
                 "  %-11s %s\n"
                 "\n"
                 "'assay help COMMAND' lists the options of a command; 'assay --version' prints\n"
                 "the version.\n"
                 "\n"
                 "exit codes: 0 ok, 1 outputs differ from the reference (--check), 2 bad input or\n"
                 "usage, 3 reading or writing failed, 4 out of memory, 5 a bug of ours, 6 stopped\n"
                 "on request (Ctrl-C).\n",
                 "help", "explain the program or one command");
}

void cli_help_command(const cli_command* command, cli_text* out) {
    cli_text_add(out, "usage: assay %s", command->name);
    for (size_t i = 0; i < command->option_count; i++) {
        if (command->options[i].required) {
            cli_text_add(out, " --%s %s", command->options[i].name, command->options[i].argument);
        }
    }
    cli_text_add(out, " [OPTION]...%s%s\n\n", command->operands[0] != '\0' ? " " : "",
                 command->operands);
    cli_text_add(out, "%s\n\noptions:\n", command->summary);
    for (size_t i = 0; i < command->option_count; i++) {
        const cli_option* option = &command->options[i];
        char left[48];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument != NULL ? " " : "",
                 option->argument != NULL ? option->argument : "");
        cli_text_add(out, "  %-26s %s%s\n", left, option->help,
                     option->repeatable ? " (repeatable)" : "");
    }
    cli_text_add(out, "  %-26s %s\n", "--help", "this text");
    if (command->notes[0] != '\0') {
        cli_text_add(out, "\n%s", command->notes);
    }
}
