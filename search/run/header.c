/* The first line of a log. Files are known by their content, not by their name: a search goes on
 * after its folder was moved, and does not after a file was edited. */
#include <stdlib.h>
#include <string.h>

#include "assay/sim.h"
#include "choice.h"
#include "file.h"
#include "hash.h"
#include "json.h"

static const size_t MAX_INPUT = (size_t)1 << 30;

typedef struct source {
    const char *name, *value;
} source;

/* The hash of the file's content; of what is no file, the text itself. */
static void write_source(assay_json_writer* w, const source* s) {
    char* data;
    size_t size;
    char text[ASSAY_HASH_TEXT];
    if (s->value == NULL) {
        assay_json_write_string(w, s->name, "");
        return;
    }
    if (assay_file_read(s->value, MAX_INPUT, &data, &size, NULL) != ASSAY_OK) {
        assay_json_write_string(w, s->name, s->value);
        return;
    }
    assay_hash_format(assay_hash_bytes(data, size), text);
    assay_json_write_string(w, s->name, text);
    free(data);
}

static void write_option(assay_json_writer* w, const assay_option* option, const void* values) {
    char text[128];
    assay_option_format(option, values, text, sizeof text);
    assay_json_write_string(w, option->name, text);
}

static void write_options(assay_json_writer* w, const char* key, const assay_option_table* table,
                          const void* values) {
    assay_json_begin_object(w, key);
    for (size_t i = 0; i < table->count; i++) {
        write_option(w, &table->options[i], values);
    }
    assay_json_end_object(w);
}

static void write_settings(assay_json_writer* w, const assay_choice* c,
                           const assay_search_settings* s) {
    const source sources[] = {{"network", s->network},  {"hw", s->hw},
                              {"table", s->table},      {"sensitivity", s->sensitivity},
                              {"ties", s->ties},        {"data", s->data},
                              {"external", s->external}};
    assay_json_write_uint(w, "evaluations", c->evaluations);
    assay_json_write_string(w, "budget", s->budget != NULL ? s->budget : "");
    assay_json_write_bool(w, "baselines", s->baselines);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        write_source(w, &sources[i]);
    }
    assay_json_begin_array(w, "vary");
    for (size_t i = 0; i < s->vary_count; i++) {
        assay_json_write_string(w, NULL, s->vary[i]);
    }
    assay_json_end_array(w);
    write_options(w, "task_options", &c->task->options, c->task_options);
    write_options(w, "algorithm_options", &c->algorithm->options, c->algorithm_options);
}

/* Of everything but the hash itself. */
static void write_body(assay_json_writer* w, const assay_choice* c, const assay_search_settings* s,
                       const assay_problem* problem) {
    assay_json_write_uint(w, "seed", s->seed);
    assay_json_begin_object(w, "settings");
    write_settings(w, c, s);
    assay_json_end_object(w);
    assay_json_begin_array(w, "variables");
    for (size_t i = 0; i < problem->space.variables; i++) {
        assay_json_write_string(w, NULL, problem->space.names[i]);
    }
    assay_json_end_array(w);
}

static void write_all(assay_json_writer* w, const assay_choice* c, const assay_search_settings* s,
                      const assay_problem* problem, const char* hash) {
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "assay", assay_version());
    assay_json_write_string(w, "task", c->task->name);
    assay_json_write_string(w, "algorithm", c->algorithm->name);
    assay_json_write_string(w, "settings_hash", hash);
    write_body(w, c, s, problem);
    assay_json_end_object(w);
}

static char* text_of(const assay_choice* c, const assay_search_settings* s,
                     const assay_problem* problem, const char* hash) {
    assay_json_writer* w = assay_json_writer_new(0);
    if (w == NULL) {
        return NULL;
    }
    write_all(w, c, s, problem, hash);
    const char* text = assay_json_writer_text(w, NULL);
    char* copy = text != NULL ? strdup(text) : NULL;
    assay_json_writer_free(&w);
    return copy;
}

char* assay_choice_header(const assay_choice* choice, const assay_search_settings* settings,
                          const assay_problem* problem) {
    char* bare = text_of(choice, settings, problem, "");
    if (bare == NULL) {
        return NULL;
    }
    char hash[ASSAY_HASH_TEXT];
    assay_hash_format(assay_hash_bytes(bare, strlen(bare)), hash);
    free(bare);
    return text_of(choice, settings, problem, hash);
}
