#include "timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* In the order in which viewers show them. */
static const char* const rows[] = {
    "layer",       "array",        "control",      "active PEs",    "load input",    "load weight",
    "load output", "store output", "input buffer", "weight buffer", "output buffer", "queues",
    "DRAM 0",      "DRAM 1",       "DRAM 2",       "DRAM 3",        "tensor buffer"};

enum {
    ROW_COUNT = sizeof rows / sizeof *rows
};
_Static_assert((int)ROW_COUNT < (int)CLI_TIMELINE_ROWS, "a row more than the program can name");

/* Numbers of threads start at 1; unknown rows share the last one. */
static unsigned row_of(const char* name) {
    unsigned i = 0;
    while (i < ROW_COUNT && strcmp(rows[i], name) != 0) {
        i++;
    }
    return i + 1;
}

/* A number that no row of another process has and no process: viewers take threads by theirs. */
static unsigned thread_of(unsigned process, unsigned row) {
    return row == 0 ? process : 1000 * process + row;
}

static void add_string(cli_text* text, const char* s) {
    cli_text_append(text, "\"", 1);
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\') {
            cli_text_add(text, "\\%c", *s);
        } else if ((unsigned char)*s < 0x20) {
            cli_text_add(text, "\\u%04x", (unsigned)*s);
        } else {
            cli_text_append(text, s, 1);
        }
    }
    cli_text_append(text, "\"", 1);
}

static bool write_line(cli_timeline* t) {
    bool good = !t->line.failed && cli_output_add(t->stream, t->line.bytes, t->line.size);
    t->line.size = 0;
    return good;
}

static void begin_line(cli_timeline* t) {
    cli_text_add(&t->line, "%s\n", t->events++ > 0 ? "," : "");
}

static bool add_name(cli_timeline* t, const char* what, unsigned row, const char* name) {
    begin_line(t);
    cli_text_add(&t->line,
                 "{\"ph\":\"M\",\"pid\":%u,\"tid\":%u,\"name\":\"%s\",\"args\":{\"name\":",
                 t->process, thread_of(t->process, row), what);
    add_string(&t->line, name);
    cli_text_add(&t->line, "}}");
    return write_line(t);
}

static bool name_row(cli_timeline* t, unsigned row, const char* name) {
    t->seen[row] = true;
    bool good = add_name(t, "thread_name", row, name);
    begin_line(t);
    cli_text_add(&t->line,
                 "{\"ph\":\"M\",\"pid\":%u,\"tid\":%u,\"name\":\"thread_sort_index\","
                 "\"args\":{\"sort_index\":%u}}",
                 t->process, thread_of(t->process, row), row);
    return write_line(t) && good;
}

static void add_level(cli_text* line, unsigned process, const assay_timeline_event* e) {
    cli_text_add(line, "{\"ph\":\"C\",\"pid\":%u,\"name\":", process);
    add_string(line, e->row);
    cli_text_add(line, ",\"ts\":%" PRIu64 ",\"args\":{\"%s\":%" PRIu64 "}}", e->begin, e->name,
                 e->value);
}

static void add_slice(cli_text* line, unsigned process, unsigned row,
                      const assay_timeline_event* e) {
    cli_text_add(line, "{\"ph\":\"X\",\"pid\":%u,\"tid\":%u,\"name\":", process,
                 thread_of(process, row));
    add_string(line, e->name);
    cli_text_add(line, ",\"ts\":%" PRIu64 ",\"dur\":%" PRIu64, e->begin, e->end - e->begin);
    for (size_t i = 0; i < e->figure_count; i++) {
        cli_text_add(line, "%s\"%s\":%" PRIu64, i == 0 ? ",\"args\":{" : ",", e->figures[i].name,
                     e->figures[i].value);
    }
    cli_text_add(line, "%s", e->figure_count > 0 ? "}}" : "}");
}

/* False stops the run. */
static bool on_event(void* user, const assay_timeline_event* e) {
    cli_timeline* t = user;
    t->full = t->full || t->events >= CLI_TIMELINE_MOST_EVENTS;
    if (t->full) {
        return false;
    }
    const unsigned row = row_of(e->row);
    if (!e->level && !t->seen[row] && !name_row(t, row, e->row)) {
        return false;
    }
    begin_line(t);
    if (e->level) {
        add_level(&t->line, t->process, e);
    } else {
        add_slice(&t->line, t->process, row, e);
    }
    return write_line(t);
}

assay_status cli_timeline_open(cli_timeline* t, const char* path, assay_report* report) {
    *t = (cli_timeline){0};
    if (path == NULL) {
        return ASSAY_OK;
    }
    assay_status status = cli_output_open(path, &t->stream, report);
    if (status == ASSAY_OK) {
        cli_text_add(&t->line, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[");
        write_line(t);
    }
    return status;
}

void cli_timeline_next(cli_timeline* t, const char* workload) {
    if (t->stream != NULL) {
        t->process++;
        memset(t->seen, 0, sizeof t->seen);
        add_name(t, "process_name", 0, workload);
    }
}

void cli_timeline_attach(cli_timeline* t, assay_run_settings* settings) {
    settings->timeline = t->stream != NULL ? on_event : NULL;
    settings->timeline_user = t;
}

static void add_run(cli_text* text, const assay_result* r) {
    cli_text_add(text, "{\"workload\":");
    add_string(text, r->workload_name);
    cli_text_add(text,
                 ",\"workload_hash\":\"%s\",\"batch\":%" PRIu64 ",\"cycles\":%" PRIu64
                 ",\"io_cycles\":%" PRIu64 ",\"seconds\":%.17g}",
                 r->workload_hash, r->batch, r->total.cycles, r->total.io_cycles, r->total.seconds);
}

static void add_tail(cli_text* text, assay_result* const* results, size_t count) {
    const assay_result* r = results[0];
    cli_text_add(text,
                 "\n],\"otherData\":{\"assay\":\"%s\",\"model\":\"%s\",\"unit\":"
                 "\"1 us stands for 1 cycle\",\"hw\":{\"name\":",
                 r->version, r->model);
    add_string(text, r->hw_name);
    cli_text_add(text, ",\"accelerator\":\"%s\",\"hash\":\"%s\"},\"runs\":[", r->hw_accelerator,
                 r->hw_hash);
    for (size_t i = 0; i < count; i++) {
        cli_text_add(text, "%s", i > 0 ? "," : "");
        add_run(text, results[i]);
    }
    cli_text_add(text, "]}}\n");
}

assay_status cli_timeline_close(cli_timeline* t, assay_result* const* results, size_t count,
                                bool keep, assay_report* report) {
    if (t->stream != NULL && keep) {
        add_tail(&t->line, results, count);
        write_line(t);
    }
    assay_status status = t->line.failed ? ASSAY_NO_MEMORY : ASSAY_OK;
    assay_status closed = cli_output_close(&t->stream, keep && status == ASSAY_OK, report);
    cli_text_free(&t->line);
    return status != ASSAY_OK ? status : closed;
}
