#include "list_tables.h"

#include <stdlib.h>
#include <string.h>

#include "assay/sim.h"
#include "json_files.h"
#include "names.h"

#define COLUMNS(...) ((const char* const[]){__VA_ARGS__})

static const char* const name_columns[] = {"name", "summary"};

static void add_summary(sheet* out, const char* name, const char* summary) {
    sheet_string(out, name);
    sheet_string(out, summary);
}

assay_status list_accelerators(sheet* out, const char* directory, assay_report* report) {
    (void)directory;
    (void)report;
    sheet_begin(out, "accelerators", name_columns, 2);
    for (size_t i = 0; i < assay_accelerator_count(); i++) {
        add_summary(out, assay_accelerator_at(i)->name, assay_accelerator_at(i)->summary);
    }
    sheet_end(out);
    return ASSAY_OK;
}

assay_status list_importers(sheet* out, const char* directory, assay_report* report) {
    (void)directory;
    (void)report;
    sheet_begin(out, "importers", name_columns, 2);
    for (size_t i = 0; i < assay_importer_count(); i++) {
        add_summary(out, assay_importer_at(i)->name, assay_importer_at(i)->summary);
    }
    sheet_end(out);
    return ASSAY_OK;
}

static const char* type_name(assay_option_type type) {
    switch (type) {
    case ASSAY_OPTION_UINT:
        return "integer";
    case ASSAY_OPTION_REAL:
        return "real";
    case ASSAY_OPTION_BOOL:
        return "bool";
    case ASSAY_OPTION_CHOICE:
        return "choice";
    }
    return "";
}

static void add_range(sheet* out, const assay_option* option) {
    cli_text range = {0};
    if (option->type == ASSAY_OPTION_CHOICE) {
        for (size_t i = 0; option->choices[i] != NULL; i++) {
            cli_text_add(&range, "%s%s", i == 0 ? "" : " | ", option->choices[i]);
        }
    } else if (option->type == ASSAY_OPTION_BOOL) {
        cli_text_add(&range, "true | false");
    } else {
        char low[32], high[32];
        assay_format_real(option->low, low, sizeof low);
        assay_format_real(option->high, high, sizeof high);
        cli_text_add(&range, "%s .. %s", low, high);
    }
    sheet_string(out, cli_text_string(&range));
    cli_text_free(&range);
}

static void add_value(sheet* out, const assay_option* option, double value) {
    if (option->type == ASSAY_OPTION_CHOICE) {
        sheet_string(out, option->choices[(size_t)value]);
    } else if (option->type == ASSAY_OPTION_BOOL) {
        sheet_bool(out, value != 0);
    } else {
        sheet_real(out, value);
    }
}

void list_options(sheet* out, const assay_option_table* table) {
    sheet_begin(out, "options", COLUMNS("name", "type", "default", "range", "unit", "help"), 6);
    for (size_t i = 0; i < table->count; i++) {
        const assay_option* option = &table->options[i];
        sheet_string(out, option->name);
        sheet_string(out, type_name(option->type));
        add_value(out, option, option->def);
        add_range(out, option);
        sheet_string(out, option->unit);
        sheet_string(out, option->help);
    }
    sheet_end(out);
}

static void add_counters(sheet* out, const char* title, const assay_counter_table* table) {
    sheet_begin(out, title, COLUMNS("name", "unit", "help"), 3);
    for (size_t i = 0; i < table->count; i++) {
        sheet_string(out, table->counters[i].name);
        sheet_string(out, table->counters[i].unit);
        sheet_string(out, table->counters[i].help);
    }
    sheet_end(out);
}

static assay_status unknown_accelerator(const char* name, assay_report* report) {
    size_t count = assay_accelerator_count();
    const char** names = calloc(count + 1, sizeof *names);
    if (names == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = assay_accelerator_at(i)->name;
    }
    cli_report_unknown(report, "accelerator", name, names);
    free(names);
    return ASSAY_BAD_INPUT;
}

assay_status list_accelerator(sheet* out, const char* name, const char* directory,
                              assay_report* report) {
    (void)directory;
    const assay_accelerator_info* info = assay_accelerator_find(name);
    if (info == NULL) {
        return unknown_accelerator(name, report);
    }
    sheet_begin(out, "accelerator", name_columns, 2);
    add_summary(out, info->name, info->summary);
    sheet_end(out);
    list_options(out, info->options);
    add_counters(out, "layer_counters", info->layer_counters);
    add_counters(out, "pe_counters", info->pe_counters);
    add_counters(out, "stall_causes", info->stall_causes);
    return ASSAY_OK;
}

assay_status list_importer(sheet* out, const char* name, const char* directory,
                           assay_report* report) {
    (void)directory;
    size_t count = assay_importer_count();
    const char** names = calloc(count + 1, sizeof *names);
    if (names == NULL) {
        return ASSAY_NO_MEMORY;
    }
    size_t found = count;
    for (size_t i = 0; i < count; i++) {
        names[i] = assay_importer_at(i)->name;
        found = strcmp(names[i], name) == 0 ? i : found;
    }
    if (found < count) {
        sheet_begin(out, "importer", name_columns, 2);
        add_summary(out, name, assay_importer_at(found)->summary);
        sheet_end(out);
    } else {
        cli_report_unknown(report, "importer", name, names);
    }
    free(names);
    return found < count ? ASSAY_OK : ASSAY_BAD_INPUT;
}

enum {
    HARDWARE_COLUMNS = 4
};
static const char* const hardware_columns[HARDWARE_COLUMNS] = {"name", "file", "accelerator",
                                                               "hash"};

/* `hw` NULL: the file is not valid. */
static void add_hardware(sheet* out, const char* path, const assay_hw* hw) {
    sheet_string(out, hw != NULL ? assay_hw_name(hw) : "not valid");
    sheet_string(out, path);
    sheet_string(out, hw != NULL ? assay_hw_accelerator(hw)->name : "");
    sheet_string(out, hw != NULL ? assay_hw_hash(hw) : "");
}

assay_status list_hardware(sheet* out, const char* directory, assay_report* report) {
    json_files files;
    assay_status status = json_files_read(directory, &files, report);
    if (status == ASSAY_OK) {
        sheet_begin(out, "hw", hardware_columns, HARDWARE_COLUMNS);
        for (size_t i = 0; i < files.count; i++) {
            assay_hw* hw = NULL;
            assay_status next = assay_hw_load(files.paths[i], &hw, report);
            add_hardware(out, files.paths[i], hw);
            assay_hw_free(&hw);
            status = status == ASSAY_OK ? next : status;
        }
        sheet_end(out);
    }
    json_files_free(&files);
    return status;
}

static void add_settings(sheet* out, const assay_hw* hw) {
    const assay_option_table* table = assay_hw_accelerator(hw)->options;
    sheet_begin(out, "settings", COLUMNS("name", "value", "default", "unit", "help"), 5);
    for (size_t i = 0; i < table->count; i++) {
        const assay_option* option = &table->options[i];
        sheet_string(out, option->name);
        add_value(out, option, assay_option_get(option, assay_hw_values(hw)));
        add_value(out, option, option->def);
        sheet_string(out, option->unit);
        sheet_string(out, option->help);
    }
    sheet_end(out);
}

static assay_status list_file(void* user, const char* path, assay_report* report) {
    sheet* out = user;
    assay_hw* hw = NULL;
    assay_status status = assay_hw_load(path, &hw, report);
    if (status != ASSAY_OK) {
        return status;
    }
    sheet_begin(out, "hw", hardware_columns, HARDWARE_COLUMNS);
    add_hardware(out, path, hw);
    sheet_end(out);
    add_settings(out, hw);
    assay_hw_free(&hw);
    return ASSAY_OK;
}

assay_status list_one_hardware(sheet* out, const char* name, const char* directory,
                               assay_report* report) {
    return json_files_find(directory, "hardware", name, list_file, out, report);
}
