/* The `assay` program: finds the command, reads its words, runs it, prints what went wrong. */
#include <stdio.h>
#include <string.h>

#include "assay/sim.h"
#include "command.h"
#include "output.h"
#include "quote.h"

static int finish(assay_status status, assay_report** report) {
    for (size_t i = 0; i < assay_report_kept(*report); i++) {
        fprintf(stderr, "assay: %s\n", assay_report_text(*report, i));
    }
    if (status != ASSAY_OK && assay_report_count(*report) == 0) {
        fprintf(stderr, "assay: %s\n", assay_status_name(status));
    }
    assay_report_free(report);
    return (int)status;
}

static assay_status print_help(const cli_command* command, assay_report* report) {
    cli_text text = {0};
    if (command != NULL) {
        cli_help_command(command, &text);
    } else {
        cli_help_program(&text);
    }
    assay_status status = cli_output_text(NULL, &text, report);
    cli_text_free(&text);
    return status;
}

static assay_status print_version(assay_report* report) {
    cli_text text = {0};
    cli_text_add(&text, "assay %s\n", assay_version());
    assay_status status = cli_output_text(NULL, &text, report);
    cli_text_free(&text);
    return status;
}

static void check_operands(const cli_command* command, const cli_arguments* arguments,
                           assay_report* report) {
    size_t count;
    const char* const* words = cli_operands(arguments, &count);
    if (count > command->operands_max) {
        assay_report_add(report, "unexpected word %s",
                         assay_quote(words[command->operands_max]).text);
    }
    if (count < command->operands_min) {
        assay_report_add(report, "%s is missing", command->operands);
    }
}

static assay_status run_read_command(const cli_command* command, const cli_arguments* arguments,
                                     assay_report* report) {
    if (cli_wants_help(arguments)) {
        assay_report_clear(report);
        return print_help(command, report);
    }
    check_operands(command, arguments, report);
    if (command->check != NULL) {
        command->check(arguments, report);
    }
    if (assay_report_count(report) > 0) {
        assay_report_add(report, "'assay help %s' lists the options", command->name);
        return ASSAY_BAD_INPUT;
    }
    return command->run(arguments, report);
}

static assay_status run_command(const cli_command* command, int argc, char** argv,
                                assay_report* report) {
    cli_arguments* arguments =
        cli_arguments_read(command->options, command->option_count, argc, argv, report);
    if (arguments == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = run_read_command(command, arguments, report);
    cli_arguments_free(&arguments);
    return status;
}

static assay_status help_on(int argc, char** argv, assay_report* report) {
    if (argc < 2) {
        return print_help(NULL, report);
    }
    const cli_command* command = cli_command_find(argv[1], report);
    return command != NULL ? print_help(command, report) : ASSAY_BAD_INPUT;
}

static assay_status dispatch(int argc, char** argv, assay_report* report) {
    if (argc < 2) {
        assay_report_add(report, "a command is missing; 'assay --help' lists them");
        return ASSAY_BAD_INPUT;
    }
    const char* word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        return print_help(NULL, report);
    }
    if (strcmp(word, "--version") == 0) {
        return print_version(report);
    }
    if (strcmp(word, "help") == 0) {
        return help_on(argc - 1, argv + 1, report);
    }
    const cli_command* command = cli_command_find(word, report);
    return command != NULL ? run_command(command, argc - 1, argv + 1, report) : ASSAY_BAD_INPUT;
}

int main(int argc, char** argv) {
    cli_output_guard_streams();
    assay_report* report = assay_report_new();
    if (report == NULL) {
        fprintf(stderr, "assay: %s\n", assay_status_name(ASSAY_NO_MEMORY));
        return ASSAY_NO_MEMORY;
    }
    return finish(dispatch(argc, argv, report), &report);
}
