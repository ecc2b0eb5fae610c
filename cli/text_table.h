/* A text table: aligned columns, an underlined header, at most 120 columns wide. */
#ifndef ASSAY_CLI_TEXT_TABLE_H
#define ASSAY_CLI_TEXT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

enum {
    CLI_TABLE_WIDTH = 120
};

typedef enum cli_align {
    CLI_LEFT,
    CLI_RIGHT
} cli_align;

typedef struct cli_table cli_table;

/* NULL when out of memory; every other call takes NULL and does nothing, and cli_table_print marks
 * the text as failed. */
cli_table* cli_table_new(void);
void cli_table_free(cli_table** table);
/* All columns before the first cell. */
void cli_table_column(cli_table* table, cli_align align, const char* format, ...)
    ASSAY_PRINTF(3, 4);
/* The next cell, row by row. Control characters are shown escaped. */
void cli_table_cell(cli_table* table, const char* format, ...) ASSAY_PRINTF(2, 3);
/* Too wide a table is made to fit: a left-aligned last column is wrapped, others are cut. */
void cli_table_print(const cli_table* table, cli_text* out);
/* The same cells as a Markdown table. */
void cli_table_print_markdown(const cli_table* table, cli_text* out);

#endif
