#include "list_search.h"

#include <stdlib.h>
#include <string.h>

#include "assay/search.h"
#include "list_tables.h"
#include "names.h"

typedef struct registry {
    const char *title, *what;
    size_t (*count)(void);
    assay_search_info (*at)(size_t i);
} registry;

static const registry tasks = {"tasks", "task", assay_search_task_count, assay_search_task_at};
static const registry algorithms = {"algorithms", "algorithm", assay_search_algorithm_count,
                                    assay_search_algorithm_at};
static const char* const name_columns[] = {"name", "summary"};

static void begin(sheet* out, const registry* r) {
    sheet_begin(out, r->title, name_columns, 2);
}

static void add(sheet* out, const assay_search_info* info) {
    sheet_string(out, info->name);
    sheet_string(out, info->summary);
}

static assay_status list_all(sheet* out, const registry* r) {
    begin(out, r);
    for (size_t i = 0; i < r->count(); i++) {
        const assay_search_info info = r->at(i);
        add(out, &info);
    }
    sheet_end(out);
    return ASSAY_OK;
}

static assay_status report_unknown(const registry* r, const char* name, assay_report* report) {
    const char** names = calloc(r->count() + 1, sizeof *names);
    if (names == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < r->count(); i++) {
        names[i] = r->at(i).name;
    }
    cli_report_unknown(report, r->what, name, names);
    free(names);
    return ASSAY_BAD_INPUT;
}

static assay_status list_one(sheet* out, const registry* r, const char* name,
                             assay_report* report) {
    for (size_t i = 0; i < r->count(); i++) {
        const assay_search_info info = r->at(i);
        if (strcmp(info.name, name) == 0) {
            begin(out, r);
            add(out, &info);
            sheet_end(out);
            list_options(out, info.options);
            return ASSAY_OK;
        }
    }
    return report_unknown(r, name, report);
}

assay_status list_tasks(sheet* out, const char* directory, assay_report* report) {
    (void)directory, (void)report;
    return list_all(out, &tasks);
}

assay_status list_algorithms(sheet* out, const char* directory, assay_report* report) {
    (void)directory, (void)report;
    return list_all(out, &algorithms);
}

assay_status list_task(sheet* out, const char* name, const char* directory, assay_report* report) {
    (void)directory;
    return list_one(out, &tasks, name, report);
}

assay_status list_algorithm(sheet* out, const char* name, const char* directory,
                            assay_report* report) {
    (void)directory;
    return list_one(out, &algorithms, name, report);
}
