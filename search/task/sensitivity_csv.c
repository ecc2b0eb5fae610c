#include "sensitivity_csv.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "quote.h"

enum {
    MAX_BYTES = 16 << 20,
    MAX_ROWS = 10000,
    MAX_COLUMNS = 64
};

typedef struct column {
    const char* name;
    bool required;
    double low;    /* least legal value; 1e15 is the greatest of all: sums stay finite */
    size_t offset; /* of the double in a row */
} column;

#define FIELD(name) offsetof(assay_sensitivity_row, name)
static const column numbers[] = {
    {"avg_trace", true, -1e15, FIELD(avg_trace)},
    {"d4_sq", true, 0, FIELD(d4_sq)},
    {"d8_sq", true, 0, FIELD(d8_sq)},
    {"parameters", true, 0, FIELD(parameters)},
    {"macs", true, 0, FIELD(macs)},
    {"lat_int4_ms", false, 0, FIELD(lat4_ms)},
    {"lat_int8_ms", false, 0, FIELD(lat8_ms)},
    {"kl_4", false, -1e15, FIELD(kl_4)},
    {"kl_8", false, -1e15, FIELD(kl_8)},
};
enum {
    NUMBERS = sizeof numbers / sizeof *numbers
};

typedef struct reader {
    const char* path;
    assay_report* report;
    char* next; /* unread text */
    size_t line;
    char* fields[MAX_COLUMNS];
    size_t field_count;
    size_t at[NUMBERS]; /* field of each number; MAX_COLUMNS: none */
    size_t layer_at, name_at;
    size_t columns;
} reader;

/* Takes one field, in place; *text is then behind it, at ',' , '\n' or the end. False: quotes that
 * do not close. */
static bool take_field(char** text, char** field) {
    char* in = *text;
    char* out = in;
    *field = in;
    if (*in != '"') {
        *text = in + strcspn(in, ",\r\n");
        return true;
    }
    for (in++; *in != '\0' && !(in[0] == '"' && in[1] != '"'); in++) {
        in += in[0] == '"';
        *out++ = *in;
    }
    bool closed = *in == '"';
    *text = in + closed;
    *out = '\0';
    return closed;
}

/* Reads the fields of the next line. False: it cannot be told where they are. */
static bool take_line(reader* r) {
    r->line++;
    r->field_count = 0;
    for (;;) {
        char* field;
        if (!take_field(&r->next, &field) || strchr(",\r\n", *r->next) == NULL) {
            assay_report_add(r->report, "%s:%zu: a quoted field does not end before a comma",
                             r->path, r->line);
            return false;
        }
        if (r->field_count < MAX_COLUMNS) {
            r->fields[r->field_count] = field;
        }
        r->field_count++;
        char end = *r->next;
        *r->next = '\0';
        r->next += end != '\0';
        if (end == '\r' && *r->next == '\n') {
            r->next++;
        }
        if (end != ',') {
            return true;
        }
    }
}

static size_t find_column(const reader* r, const char* name) {
    size_t count = r->field_count < MAX_COLUMNS ? r->field_count : MAX_COLUMNS;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(r->fields[i], name) == 0) {
            return i;
        }
    }
    return MAX_COLUMNS;
}

static size_t need_column(const reader* r, const char* name, bool required) {
    size_t at = find_column(r, name);
    if (at == MAX_COLUMNS && required) {
        assay_report_add(r->report, "%s:%zu: the column \"%s\" is missing", r->path, r->line, name);
    }
    return at;
}

static bool read_header(reader* r) {
    while (*r->next == '#') {
        r->next += strcspn(r->next, "\n");
        r->next += *r->next == '\n';
        r->line++;
    }
    if (!take_line(r)) {
        return false;
    }
    size_t before = assay_report_count(r->report);
    if (r->field_count > MAX_COLUMNS) {
        assay_report_add(r->report, "%s:%zu: %zu columns, at most %d are read", r->path, r->line,
                         r->field_count, MAX_COLUMNS);
    }
    r->columns = r->field_count;
    r->layer_at = need_column(r, "layer", true);
    r->name_at = need_column(r, "name", false);
    for (size_t i = 0; i < NUMBERS; i++) {
        r->at[i] = need_column(r, numbers[i].name, numbers[i].required);
    }
    return assay_report_count(r->report) == before;
}

static double* number_of(assay_sensitivity_row* row, size_t i) {
    return (double*)(void*)((char*)row + numbers[i].offset);
}

static void read_number(const reader* r, size_t i, assay_sensitivity_row* row) {
    const char* text = r->fields[r->at[i]];
    char* end;
    double value = strtod(text, &end);
    if (*text == '\0' || *end != '\0' || !(value >= numbers[i].low && value <= 1e15)) {
        assay_report_add(r->report, "%s:%zu: %s: %s is not a number in %g .. 1e+15", r->path,
                         r->line, numbers[i].name, assay_quote(text).text, numbers[i].low);
        return;
    }
    *number_of(row, i) = value;
}

static void read_row(const reader* r, assay_sensitivity_row* row) {
    if (r->field_count != r->columns) {
        assay_report_add(r->report, "%s:%zu: %zu fields, the first line names %zu columns", r->path,
                         r->line, r->field_count, r->columns);
        return;
    }
    *row = (assay_sensitivity_row){
        .layer = r->fields[r->layer_at], .name = "", .kl_4 = NAN, .kl_8 = NAN};
    if (row->layer[0] == '\0') {
        assay_report_add(r->report, "%s:%zu: layer: is empty", r->path, r->line);
    }
    if (r->name_at < MAX_COLUMNS) {
        row->name = r->fields[r->name_at];
    }
    for (size_t i = 0; i < NUMBERS; i++) {
        if (r->at[i] < MAX_COLUMNS) {
            read_number(r, i, row);
        }
    }
}

static size_t count_lines(const char* text) {
    size_t lines = 1;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static assay_status read_rows(reader* r, assay_sensitivity_table* out) {
    size_t lines = count_lines(r->next);
    lines = lines < MAX_ROWS ? lines : MAX_ROWS;
    out->rows = calloc(lines, sizeof *out->rows);
    if (out->rows == NULL) {
        return ASSAY_NO_MEMORY;
    }
    while (*r->next != '\0' && out->count < lines) {
        if (!take_line(r)) {
            return ASSAY_BAD_INPUT;
        }
        if (r->field_count > 1 || r->fields[0][0] != '\0') {
            read_row(r, &out->rows[out->count++]);
        }
    }
    if (*r->next != '\0') {
        assay_report_add(r->report, "%s: more than %d rows", r->path, MAX_ROWS);
    }
    return ASSAY_OK;
}

static int by_layer(const void* a, const void* b) {
    return strcmp(*(const char* const*)a, *(const char* const*)b);
}

static assay_status check_layers(const reader* r, const assay_sensitivity_table* table) {
    const char** names = calloc(table->count + 1, sizeof *names);
    if (names == NULL) {
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < table->count; i++) {
        names[i] = table->rows[i].layer;
    }
    qsort(names, table->count, sizeof *names, by_layer);
    for (size_t i = 1; i < table->count; i++) {
        if (strcmp(names[i - 1], names[i]) == 0) {
            assay_report_add(r->report, "%s: layer: %s stands in two rows", r->path,
                             assay_quote(names[i]).text);
        }
    }
    free(names);
    return ASSAY_OK;
}

static void count_in_ones(assay_sensitivity_table* table, size_t offset) {
    bool millions = false;
    for (size_t i = 0; i < table->count; i++) {
        double value = *(double*)(void*)((char*)&table->rows[i] + offset);
        millions = millions || value != floor(value);
    }
    for (size_t i = 0; i < table->count && millions; i++) {
        double* value = (double*)(void*)((char*)&table->rows[i] + offset);
        *value = round(*value * 1e6);
    }
}

static assay_status read_table(reader* r, assay_sensitivity_table* out) {
    size_t before = assay_report_count(r->report);
    if (!read_header(r)) {
        return ASSAY_BAD_INPUT;
    }
    assay_status status = read_rows(r, out);
    if (status == ASSAY_OK && assay_report_count(r->report) == before) {
        status = check_layers(r, out); /* rows with mistakes have no names */
    }
    if (status == ASSAY_OK && out->count == 0) {
        assay_report_add(r->report, "%s: has no rows", r->path);
    }
    if (status != ASSAY_OK || assay_report_count(r->report) > before) {
        return status == ASSAY_OK ? ASSAY_BAD_INPUT : status;
    }
    count_in_ones(out, FIELD(parameters));
    count_in_ones(out, FIELD(macs));
    return ASSAY_OK;
}

assay_status assay_sensitivity_load(const char* path, assay_sensitivity_table* out,
                                    assay_report* report) {
    size_t size;
    *out = (assay_sensitivity_table){0};
    assay_status status = assay_file_read(path, MAX_BYTES, &out->text, &size, report);
    if (status != ASSAY_OK) {
        return status;
    }
    if (strlen(out->text) != size) {
        assay_report_add(report, "%s: holds a zero byte: not a CSV file", path);
        return ASSAY_BAD_INPUT;
    }
    reader r = {.path = path, .report = report, .next = out->text};
    return read_table(&r, out);
}

void assay_sensitivity_free(assay_sensitivity_table* table) {
    free(table->rows);
    free(table->text);
    *table = (assay_sensitivity_table){0};
}
