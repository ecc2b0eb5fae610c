#include "sheet.h"

#include <stdlib.h>

const char* const sheet_format_names[] = {"text", "json", "markdown", NULL};

struct sheet {
    sheet_format format;
    assay_json_writer* json; /* SHEET_JSON only */
    cli_table* table;        /* the open list, else */
    cli_text text;
    const char* const* columns;
    size_t column_count, column;
    size_t lists;
};

sheet* sheet_new(sheet_format format) {
    sheet* s = calloc(1, sizeof *s);
    if (s == NULL) {
        return NULL;
    }
    s->format = format;
    if (format == SHEET_JSON) {
        s->json = assay_json_writer_new(2);
        if (s->json == NULL) {
            free(s);
            return NULL;
        }
        assay_json_begin_object(s->json, NULL);
    }
    return s;
}

bool sheet_is_empty(const sheet* s) {
    return s != NULL && s->lists == 0;
}

static void finish_json(sheet* s) {
    size_t size = 0;
    assay_json_end_object(s->json);
    const char* bytes = assay_json_writer_text(s->json, &size);
    if (bytes != NULL) {
        cli_text_add(&s->text, "%s\n", bytes);
    } else {
        s->text.failed = true;
    }
    assay_json_writer_free(&s->json);
}

void sheet_finish(sheet** s, cli_text* out) {
    if (*s == NULL) {
        out->failed = true;
        return;
    }
    if ((*s)->json != NULL) {
        finish_json(*s);
    }
    *out = (*s)->text;
    free(*s);
    *s = NULL;
}

void sheet_begin(sheet* s, const char* title, const char* const* columns, size_t count) {
    if (s == NULL) {
        return;
    }
    s->columns = columns;
    s->column_count = count;
    s->column = 0;
    s->lists++;
    if (s->json != NULL) {
        assay_json_begin_array(s->json, title);
        return;
    }
    cli_text_add(&s->text, "%s%s%s\n%s", s->text.size > 0 ? "\n" : "",
                 s->format == SHEET_MARKDOWN ? "### " : "", title,
                 s->format == SHEET_MARKDOWN ? "\n" : "");
    s->table = cli_table_new();
    for (size_t i = 0; i < count; i++) {
        cli_table_column(s->table, CLI_LEFT, "%s", columns[i]);
    }
}

void sheet_end(sheet* s) {
    if (s == NULL) {
        return;
    }
    if (s->json != NULL) {
        assay_json_end_array(s->json);
    } else if (s->format == SHEET_MARKDOWN) {
        cli_table_print_markdown(s->table, &s->text);
    } else {
        cli_table_print(s->table, &s->text);
    }
    cli_table_free(&s->table);
}

/* The key of the cell that is written now, in JSON. */
static const char* begin_cell(sheet* s) {
    const char* key = s->columns[s->column];
    if (s->json != NULL && s->column == 0) {
        assay_json_begin_object(s->json, NULL);
    }
    return key;
}

static void end_cell(sheet* s) {
    s->column = (s->column + 1) % s->column_count;
    if (s->json != NULL && s->column == 0) {
        assay_json_end_object(s->json);
    }
}

void sheet_string(sheet* s, const char* value) {
    if (s == NULL) {
        return;
    }
    const char* key = begin_cell(s);
    if (s->json != NULL) {
        assay_json_write_string(s->json, key, value);
    } else {
        cli_table_cell(s->table, "%s", value);
    }
    end_cell(s);
}

void sheet_real(sheet* s, double value) {
    if (s == NULL) {
        return;
    }
    const char* key = begin_cell(s);
    if (s->json != NULL) {
        assay_json_write_real(s->json, key, value);
    } else {
        char text[32];
        assay_format_real(value, text, sizeof text);
        cli_table_cell(s->table, "%s", text);
    }
    end_cell(s);
}

void sheet_bool(sheet* s, bool value) {
    if (s != NULL && s->json != NULL) {
        assay_json_write_bool(s->json, begin_cell(s), value);
        end_cell(s);
    } else {
        sheet_string(s, value ? "true" : "false");
    }
}
