#include "json.h"

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "file.h"
#include "json_scan.h"
#include "quote.h"

struct assay_json_doc {
    cJSON* root;
};

static const cJSON* node(const assay_json* value) {
    return (const cJSON*)value;
}

static const assay_json* wrap(const cJSON* value) {
    return (const assay_json*)value;
}

/* ---- Checks of the finished tree: duplicate keys, numbers beyond a double ---- */

typedef struct level { /* the way from the root to a value, for messages */
    const struct level* parent;
    const char* key; /* NULL in an array */
    size_t index;
} level;

typedef struct walk {
    const char* name;
    assay_report* report;
    bool good, no_memory;
} walk;

enum {
    PATH_TEXT = 512
};

/* Appends "a.b[3]". */
static size_t write_path(const level* at, char* text, size_t used) {
    if (at == NULL) {
        return used;
    }
    used = write_path(at->parent, text, used);
    size_t room = PATH_TEXT - used;
    int n = at->key == NULL ? snprintf(text + used, room, "[%zu]", at->index)
                            : snprintf(text + used, room, "%s%.80s", used > 0 ? "." : "", at->key);
    size_t written = n > 0 ? (size_t)n : 0;
    return written < room ? used + written : PATH_TEXT - 1;
}

static void complain(walk* w, const level* at, const char* what) {
    char path[PATH_TEXT] = "";
    write_path(at, path, 0);
    assay_report_add(w->report, "%s: %s%s%s", w->name, path, path[0] != '\0' ? ": " : "", what);
    w->good = false;
}

static int compare_keys(const void* a, const void* b) {
    return strcmp(*(const char* const*)a, *(const char* const*)b);
}

static void complain_duplicate(walk* w, const level* at, const char* key) {
    char what[ASSAY_QUOTE_BUFFER + 32];
    snprintf(what, sizeof what, "key %s appears more than once", assay_quote(key).text);
    complain(w, at, what);
}

/* Sorted, not compared pair by pair: a hostile file may have a million keys. */
static void check_duplicates(walk* w, const cJSON* object, const level* at) {
    size_t count = assay_json_size(wrap(object)), n = 0;
    const char** keys = count < 2 ? NULL : malloc(count * sizeof *keys);
    if (keys == NULL) {
        w->no_memory |= count >= 2;
        return;
    }
    for (const cJSON* m = object->child; m != NULL; m = m->next) {
        keys[n++] = m->string;
    }
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 1; i < n; ++i) {
        bool repeated = strcmp(keys[i], keys[i - 1]) == 0;
        bool told = i >= 2 && strcmp(keys[i], keys[i - 2]) == 0;
        if (repeated && !told) {
            complain_duplicate(w, at, keys[i]);
        }
    }
    free(keys);
}

/* Recursion is as deep as the text, which the scan has bounded. */
static void check_tree(walk* w, const cJSON* value, const level* at) {
    if (cJSON_IsNumber(value) && !isfinite(value->valuedouble)) {
        complain(w, at, "number beyond the range of a double (1.8e308)");
    }
    if (cJSON_IsObject(value)) {
        check_duplicates(w, value, at);
    }
    level below = {at, NULL, 0};
    for (const cJSON* m = value->child; m != NULL; m = m->next, ++below.index) {
        below.key = m->string;
        check_tree(w, m, &below);
    }
}

/* ---- Loading ---- */

static assay_status no_memory(const char* name, assay_report* report) {
    assay_report_add(report, "%s: no memory to parse it", name);
    return ASSAY_NO_MEMORY;
}

static assay_status build(const char* name, const char* text, size_t size, cJSON** root,
                          assay_report* report) {
    if (!assay_json_scan(name, text, size, report)) {
        return ASSAY_BAD_INPUT;
    }
    *root = cJSON_ParseWithLengthOpts(text, size, NULL, false);
    if (*root == NULL) {
        return no_memory(name, report); /* the text has been found good */
    }
    walk w = {.name = name, .report = report, .good = true};
    check_tree(&w, *root, NULL);
    if (w.no_memory) {
        return no_memory(name, report);
    }
    return w.good ? ASSAY_OK : ASSAY_BAD_INPUT;
}

assay_status assay_json_parse(const char* name, const char* text, size_t size, assay_json_doc** out,
                              assay_report* report) {
    ASSAY_REQUIRE(name != NULL && text != NULL && out != NULL);
    *out = NULL;
    cJSON* root = NULL;
    assay_status status = build(name, text, size, &root, report);
    assay_json_doc* doc = status == ASSAY_OK ? malloc(sizeof *doc) : NULL;
    if (doc == NULL) {
        cJSON_Delete(root);
        return status == ASSAY_OK ? no_memory(name, report) : status;
    }
    doc->root = root;
    *out = doc;
    return ASSAY_OK;
}

assay_status assay_json_load(const char* path, assay_json_doc** out, assay_report* report) {
    ASSAY_REQUIRE(path != NULL && out != NULL);
    *out = NULL;
    char* text = NULL;
    size_t size = 0;
    assay_status status = assay_file_read(path, ASSAY_JSON_MAX_BYTES, &text, &size, report);
    if (status == ASSAY_OK) {
        status = assay_json_parse(path, text, size, out, report);
    }
    free(text);
    return status;
}

void assay_json_free(assay_json_doc** doc) {
    ASSAY_REQUIRE(doc != NULL);
    if (*doc != NULL) {
        cJSON_Delete((*doc)->root);
        free(*doc);
        *doc = NULL;
    }
}

/* ---- Access ---- */

const assay_json* assay_json_root(const assay_json_doc* doc) {
    ASSAY_REQUIRE(doc != NULL);
    return wrap(doc->root);
}

assay_json_kind assay_json_kind_of(const assay_json* value) {
    ASSAY_REQUIRE(value != NULL);
    if (cJSON_IsBool(node(value))) {
        return ASSAY_JSON_BOOL;
    }
    if (cJSON_IsNumber(node(value))) {
        return ASSAY_JSON_NUMBER;
    }
    if (cJSON_IsString(node(value))) {
        return ASSAY_JSON_STRING;
    }
    if (cJSON_IsArray(node(value))) {
        return ASSAY_JSON_ARRAY;
    }
    return cJSON_IsObject(node(value)) ? ASSAY_JSON_OBJECT : ASSAY_JSON_NULL;
}

const char* assay_json_describe(const assay_json* value) {
    switch (assay_json_kind_of(value)) {
    case ASSAY_JSON_NULL:
        return "null";
    case ASSAY_JSON_BOOL:
        return assay_json_bool(value) ? "true" : "false";
    case ASSAY_JSON_NUMBER:
        return "a number";
    case ASSAY_JSON_STRING:
        return "a string";
    case ASSAY_JSON_ARRAY:
        return "an array";
    case ASSAY_JSON_OBJECT:
        return "an object";
    }
    return "nothing";
}

double assay_json_number(const assay_json* value) {
    return assay_json_kind_of(value) == ASSAY_JSON_NUMBER ? node(value)->valuedouble : 0;
}

bool assay_json_bool(const assay_json* value) {
    ASSAY_REQUIRE(value != NULL);
    return cJSON_IsTrue(node(value));
}

const char* assay_json_string(const assay_json* value) {
    return assay_json_kind_of(value) == ASSAY_JSON_STRING ? node(value)->valuestring : "";
}

const char* assay_json_key(const assay_json* member) {
    ASSAY_REQUIRE(member != NULL);
    return node(member)->string != NULL ? node(member)->string : "";
}

size_t assay_json_size(const assay_json* value) {
    size_t count = 0;
    for (const assay_json* m = assay_json_first(value); m != NULL; m = assay_json_next(m)) {
        ++count;
    }
    return count;
}

const assay_json* assay_json_first(const assay_json* value) {
    ASSAY_REQUIRE(value != NULL);
    return wrap(node(value)->child);
}

const assay_json* assay_json_next(const assay_json* member) {
    ASSAY_REQUIRE(member != NULL);
    return wrap(node(member)->next);
}

const assay_json* assay_json_get(const assay_json* object, const char* key) {
    ASSAY_REQUIRE(object != NULL && key != NULL);
    return wrap(cJSON_GetObjectItemCaseSensitive(node(object), key));
}
