/* Machines, workloads and policies that a specification names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assay/network.h"
#include "hash.h"
#include "quote.h"
#include "spec.h"

/* malloc'd: beside the specification, else as it is; NULL when there is no such file. */
static char* find_file(const sweep_spec* spec, const char* text) {
    const char* slash = strrchr(spec->path, '/');
    if (text[0] != '/' && slash != NULL) {
        size_t folder = (size_t)(slash - spec->path) + 1, size = folder + strlen(text) + 1;
        char* beside = malloc(size);
        if (beside != NULL) {
            snprintf(beside, size, "%.*s%s", (int)folder, spec->path, text);
        }
        if (beside != NULL && access(beside, F_OK) == 0) {
            return beside;
        }
        free(beside);
    }
    return access(text, F_OK) == 0 ? strdup(text) : NULL;
}

/* File name without folder and ".json", malloc'd. */
static char* stem_of(const char* text) {
    const char* slash = strrchr(text, '/');
    char* stem = strdup(slash != NULL ? slash + 1 : text);
    size_t size = stem != NULL ? strlen(stem) : 0;
    if (size > 5 && strcmp(stem + size - 5, ".json") == 0) {
        stem[size - 5] = '\0';
    }
    return stem;
}

/* The list under `key`; NULL if there is none, with a message if there should be one. */
static const assay_json* list_of(const sweep_spec* spec, const assay_json* root, const char* key,
                                 bool required, assay_report* report) {
    const assay_json* list = assay_json_get(root, key);
    if (list == NULL && !required) {
        return NULL;
    }
    if (list == NULL || assay_json_kind_of(list) != ASSAY_JSON_ARRAY) {
        assay_report_add(report, "%s: %s: expected a list of files, found %s", spec->path, key,
                         list != NULL ? assay_json_describe(list) : "nothing");
        return NULL;
    }
    size_t count = assay_json_size(list);
    if (count < 1 || count > SWEEP_FILES_MAX) {
        assay_report_add(report, "%s: %s: legal are 1 .. %d files, found %zu", spec->path, key,
                         SWEEP_FILES_MAX, count);
        return NULL;
    }
    return list;
}

static bool is_repeated(const assay_json* list, const assay_json* item) {
    for (const assay_json* m = assay_json_first(list); m != item; m = assay_json_next(m)) {
        if (assay_json_kind_of(m) == ASSAY_JSON_STRING &&
            strcmp(assay_json_string(m), assay_json_string(item)) == 0) {
            return true;
        }
    }
    return false;
}

/* A legal item: a string that no earlier item is. */
static bool check_item(const sweep_spec* spec, const char* key, const assay_json* list,
                       const assay_json* item, size_t i, assay_report* report) {
    if (assay_json_kind_of(item) != ASSAY_JSON_STRING || assay_json_string(item)[0] == '\0') {
        assay_report_add(report, "%s: %s[%zu]: expected the name of a file, found %s", spec->path,
                         key, i, assay_json_describe(item));
        return false;
    }
    if (is_repeated(list, item)) {
        assay_report_add(report, "%s: %s[%zu]: %s is given twice", spec->path, key, i,
                         assay_quote(assay_json_string(item)).text);
        return false;
    }
    return true;
}

/* Two files of one name in different folders are told apart by what the list calls them. */
static char* name_of(const assay_json* list, const assay_json* item) {
    char* stem = stem_of(assay_json_string(item));
    for (const assay_json* m = assay_json_first(list); m != NULL && stem != NULL;
         m = assay_json_next(m)) {
        char* other = m != item ? stem_of(assay_json_string(m)) : NULL;
        bool same = other != NULL && strcmp(stem, other) == 0;
        free(other);
        if (same) {
            free(stem);
            return strdup(assay_json_string(item));
        }
    }
    return stem;
}

static void report_missing(const sweep_spec* spec, const char* key, size_t i, const char* text,
                           assay_report* report) {
    assay_report_add(report,
                     "%s: %s[%zu]: there is no file %s, neither beside the specification nor in "
                     "the current folder",
                     spec->path, key, i, assay_quote(text).text);
}

/* ---- Machines ---- */

static assay_status read_machine(sweep_spec* spec, const assay_json* list, const assay_json* item,
                                 size_t i, assay_report* report) {
    sweep_machine* m = &spec->machines[spec->machine_count];
    const char* text = assay_json_string(item);
    m->path = find_file(spec, text);
    if (m->path == NULL) {
        report_missing(spec, "hw", i, text, report);
        return ASSAY_BAD_INPUT;
    }
    spec->machine_count++;
    m->name = name_of(list, item);
    assay_status status = assay_hw_load(m->path, &m->hw, report);
    if (status != ASSAY_OK) {
        return status;
    }
    size_t size = assay_hw_accelerator(m->hw)->options->values_size;
    m->base = malloc(size > 0 ? size : 1);
    if (m->base == NULL || m->name == NULL) {
        return ASSAY_NO_MEMORY;
    }
    memcpy(m->base, assay_hw_values(m->hw), size);
    return ASSAY_OK;
}

/* ---- Workloads ---- */

/* Layers' names, too: messages of failed runs say them, and tables look them up. */
static assay_status identify(sweep_workload* w) {
    assay_hasher* hasher = assay_hasher_new();
    if (hasher == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_hasher_text(hasher, "workload", assay_workload_hash(w->net));
    assay_hasher_uint(hasher, "batch", assay_workload_batch(w->net));
    for (size_t i = 0; i < assay_workload_layer_count(w->net); i++) {
        assay_hasher_text(hasher, "layer", assay_workload_layer_name(w->net, i));
    }
    assay_hash_format(assay_hasher_done(hasher), w->identity);
    assay_hasher_free(&hasher);
    return ASSAY_OK;
}

static assay_status read_workload(sweep_spec* spec, const assay_json* list, const assay_json* item,
                                  size_t i, assay_report* report) {
    sweep_workload* w = &spec->workloads[spec->workload_count];
    const char* text = assay_json_string(item);
    w->path = find_file(spec, text);
    if (w->path == NULL && strchr(text, '/') != NULL) {
        report_missing(spec, "workloads", i, text, report);
        return ASSAY_BAD_INPUT;
    }
    assay_status status = w->path == NULL ? assay_network_find(text, &w->path, report) : ASSAY_OK;
    if (status != ASSAY_OK) {
        return status;
    }
    spec->workload_count++;
    w->name = name_of(list, item);
    status = assay_workload_load(w->path, NULL, &w->net, report);
    status = status == ASSAY_OK ? identify(w) : status;
    return status == ASSAY_OK && w->name == NULL ? ASSAY_NO_MEMORY : status;
}

/* ---- Policies ---- */

static assay_status make_policy(sweep_spec* spec, sweep_policy** out) {
    sweep_policy* p = &spec->policies[spec->policy_count++];
    p->of = calloc(spec->workload_count + 1, sizeof(assay_policy*));
    p->hash = calloc(spec->workload_count + 1, sizeof *p->hash);
    *out = p;
    return p->of != NULL && p->hash != NULL ? ASSAY_OK : ASSAY_NO_MEMORY;
}

/* A policy names layers, so it is read against each workload. */
static assay_status read_policy(sweep_spec* spec, const assay_json* list, const assay_json* item,
                                size_t i, assay_report* report) {
    sweep_policy* p = NULL;
    assay_status status = make_policy(spec, &p);
    if (status != ASSAY_OK) {
        return status;
    }
    p->path = find_file(spec, assay_json_string(item));
    p->name = name_of(list, item);
    if (p->path == NULL) {
        report_missing(spec, "policies", i, assay_json_string(item), report);
        return ASSAY_BAD_INPUT;
    }
    for (size_t w = 0; w < spec->workload_count; w++) {
        const assay_workload* net = spec->workloads[w].net;
        assay_status next =
            net != NULL ? assay_policy_load(p->path, net, &p->of[w], report) : ASSAY_OK;
        if (p->of[w] != NULL) {
            assay_policy_hash(p->of[w], p->hash[w]);
        } else if (next == ASSAY_BAD_INPUT) {
            assay_report_add(report, "%s: policies[%zu]: %s does not fit workload %s", spec->path,
                             i, p->path, spec->workloads[w].name);
        }
        status = status == ASSAY_OK ? next : status;
    }
    return status;
}

static assay_status default_policy(sweep_spec* spec) {
    sweep_policy* p = NULL;
    assay_status status = make_policy(spec, &p);
    p->name = strdup("");
    return status == ASSAY_OK && p->name == NULL ? ASSAY_NO_MEMORY : status;
}

/* ---- All lists ---- */

typedef assay_status read_item(sweep_spec* spec, const assay_json* list, const assay_json* item,
                               size_t i, assay_report* report);

static assay_status read_list(sweep_spec* spec, const assay_json* list, const char* key,
                              read_item* read, assay_report* report) {
    assay_status status = ASSAY_OK;
    size_t i = 0;
    for (const assay_json* m = assay_json_first(list); m != NULL; m = assay_json_next(m), i++) {
        assay_status next = check_item(spec, key, list, m, i, report)
                                ? read(spec, list, m, i, report)
                                : ASSAY_BAD_INPUT;
        status = status == ASSAY_OK || next == ASSAY_NO_MEMORY ? next : status;
    }
    return status;
}

assay_status sweep_read_lists(sweep_spec* spec, const assay_json* root, assay_report* report) {
    const assay_json* hw = list_of(spec, root, "hw", true, report);
    const assay_json* workloads = list_of(spec, root, "workloads", true, report);
    const assay_json* policies = list_of(spec, root, "policies", false, report);
    spec->machines = calloc(SWEEP_FILES_MAX, sizeof *spec->machines);
    spec->workloads = calloc(SWEEP_FILES_MAX, sizeof *spec->workloads);
    spec->policies = calloc(SWEEP_FILES_MAX, sizeof *spec->policies);
    if (spec->machines == NULL || spec->workloads == NULL || spec->policies == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = ASSAY_OK;
    const struct {
        const assay_json* list;
        const char* key;
        read_item* read;
    } lists[] = {{hw, "hw", read_machine},
                 {workloads, "workloads", read_workload},
                 {policies, "policies", read_policy}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        assay_status next = lists[i].list != NULL ? read_list(spec, lists[i].list, lists[i].key,
                                                              lists[i].read, report)
                                                  : ASSAY_OK;
        status = status == ASSAY_OK || next == ASSAY_NO_MEMORY ? next : status;
    }
    if (policies == NULL && status == ASSAY_OK) {
        status = default_policy(spec);
    }
    return status;
}
