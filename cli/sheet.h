/* A list of records shown as text table, Markdown table or JSON: what `assay list` prints is
 * filled in once and shown in any of the three. */
#ifndef ASSAY_CLI_SHEET_H
#define ASSAY_CLI_SHEET_H

#include "json.h"
#include "text_table.h"

typedef enum sheet_format {
    SHEET_TEXT,
    SHEET_JSON,
    SHEET_MARKDOWN
} sheet_format;
/* "text", "json", "markdown", NULL */
extern const char* const sheet_format_names[];

typedef struct sheet sheet;

/* NULL when out of memory; the other calls take NULL. */
sheet* sheet_new(sheet_format format);
/* True until the first list begins. */
bool sheet_is_empty(const sheet* s);
/* Ends with `out` holding the text; marked as failed when memory ran out. Frees. */
void sheet_finish(sheet** s, cli_text* out);

/* A named list with its columns; `title` is its JSON key. Lists do not nest. */
void sheet_begin(sheet* s, const char* title, const char* const* columns, size_t count);
void sheet_end(sheet* s);
/* The cells of the next record, in the order of the columns. */
void sheet_string(sheet* s, const char* value);
void sheet_real(sheet* s, double value);
void sheet_bool(sheet* s, bool value);

#endif
