/* assay list: what there is, from the tables and registries that also drive everything else. */
#include <string.h>
#include <unistd.h>

#include "assay/sim.h"
#include "command.h"
#include "list_search.h"
#include "list_tables.h"
#include "names.h"
#include "output.h"
#include "sheet.h"

enum {
    DIR_OPTION,
    FORMAT_OPTION
};

static const cli_option options[] = {
    [DIR_OPTION] = {"dir", "DIR",
                    "where the hardware or network files are (default hw_configs, traces/nets)",
                    false, false},
    [FORMAT_OPTION] = {"format", "NAME", "text (default), json or markdown", false, false},
};

typedef struct subject {
    const char* name;
    const char* directory; /* of its files, unless another is named; NULL: it has none */
    /* All of the kind. */
    assay_status (*all)(sheet* out, const char* directory, assay_report* report);
    /* One of the kind, by name. */
    assay_status (*one)(sheet* out, const char* name, const char* directory, assay_report* report);
} subject;

static const subject subjects[] = {
    {"accelerators", NULL, list_accelerators, list_accelerator},
    {"importers", NULL, list_importers, list_importer},
    {"hw", "hw_configs", list_hardware, list_one_hardware},
    {"networks", "traces/nets", list_networks, list_network},
    {"tasks", NULL, list_tasks, list_task},
    {"algorithms", NULL, list_algorithms, list_algorithm},
};
enum {
    SUBJECTS = sizeof subjects / sizeof *subjects
};

static const subject* find_subject(const char* name, assay_report* report) {
    const char* names[SUBJECTS + 1] = {NULL};
    for (size_t i = 0; i < SUBJECTS; i++) {
        names[i] = subjects[i].name;
        if (strcmp(names[i], name) == 0) {
            return &subjects[i];
        }
    }
    cli_report_unknown(report, "kind", name, names);
    return NULL;
}

static void check(const cli_arguments* arguments, assay_report* report) {
    size_t count, format = 0;
    const char* const* words = cli_operands(arguments, &count);
    cli_read_choice(arguments, FORMAT_OPTION, sheet_format_names, &format, report);
    if (count > 0) {
        find_subject(words[0], report);
    }
}

/* Of everything that is listed only the hardware is where --dir says. */
static assay_status list_everything(sheet* out, const char* dir, assay_report* report) {
    assay_status first = ASSAY_OK;
    for (size_t i = 0; i < SUBJECTS; i++) {
        const subject* what = &subjects[i];
        const char* directory = what->directory;
        const bool named = dir != NULL && what->all == list_hardware;
        /* Whoever names no folder and is somewhere else is not told off for it. */
        if (directory != NULL && !named && access(directory, F_OK) != 0) {
            continue;
        }
        assay_status status = what->all(out, named ? dir : directory, report);
        first = first == ASSAY_OK ? status : first;
    }
    return first;
}

static assay_status fill(sheet* out, const cli_arguments* arguments, assay_report* report) {
    size_t count;
    const char* const* words = cli_operands(arguments, &count);
    const char* dir = cli_given(arguments, DIR_OPTION) ? cli_value(arguments, DIR_OPTION) : NULL;
    if (count == 0) {
        return list_everything(out, dir, report);
    }
    const subject* what = find_subject(words[0], report);
    const char* directory = dir != NULL ? dir : what->directory;
    return count == 1 ? what->all(out, directory, report)
                      : what->one(out, words[1], directory, report);
}

/* What could be listed is printed even if some of it could not. */
static assay_status run(const cli_arguments* arguments, assay_report* report) {
    size_t format = SHEET_TEXT;
    cli_read_choice(arguments, FORMAT_OPTION, sheet_format_names, &format, report);
    sheet* out = sheet_new((sheet_format)format);
    assay_status status = fill(out, arguments, report);
    cli_text text = {0};
    bool nothing = sheet_is_empty(out);
    sheet_finish(&out, &text);
    assay_status written = nothing ? ASSAY_OK : cli_output_text(NULL, &text, report);
    cli_text_free(&text);
    return status != ASSAY_OK ? status : written;
}

const cli_command cli_command_list = {
    .name = "list",
    .summary = "shows what there is: accelerators and their options, importers, hardware, "
               "networks, search tasks and algorithms",
    .operands = "[accelerators|importers|hw|networks|tasks|algorithms [NAME]]",
    .operands_min = 0,
    .operands_max = 2,
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .notes = "Without a kind, --dir says where the hardware is.\n",
    .check = check,
    .run = run,
};
