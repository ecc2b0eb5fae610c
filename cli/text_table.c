#include "text_table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "quote.h"

enum {
    MAX_COLUMNS = 32,
    GAP = 2,
    NARROWEST = 8
};

struct cli_table {
    cli_align align[MAX_COLUMNS];
    size_t columns;
    char** cells; /* the header is row 0 */
    size_t cell_count, capacity;
    bool failed;
};

cli_table* cli_table_new(void) {
    return calloc(1, sizeof(cli_table));
}

void cli_table_free(cli_table** table) {
    if (*table != NULL) {
        for (size_t i = 0; i < (*table)->cell_count; i++) {
            free((*table)->cells[i]);
        }
        free((*table)->cells);
        free(*table);
    }
    *table = NULL;
}

/* Names come from files: control characters must not reach the terminal. NULL: out of memory. */
static char* printable_text(const char* format, va_list args) {
    cli_text raw = {0};
    cli_text_add_list(&raw, format, args);
    char* cell = raw.failed ? NULL : malloc(4 * raw.size + 1);
    if (cell != NULL) {
        assay_escape(cli_text_string(&raw), raw.size, cell, 4 * raw.size + 1);
    }
    cli_text_free(&raw);
    return cell;
}

static void add_cell(cli_table* table, const char* format, va_list args) {
    if (table->cell_count == table->capacity) {
        size_t capacity = table->capacity * 2 + 64;
        char** cells = realloc(table->cells, capacity * sizeof *cells);
        if (cells == NULL) {
            table->failed = true;
            return;
        }
        table->cells = cells;
        table->capacity = capacity;
    }
    table->cells[table->cell_count] = printable_text(format, args);
    table->failed = table->cells[table->cell_count] == NULL;
    table->cell_count += !table->failed;
}

void cli_table_column(cli_table* table, cli_align align, const char* format, ...) {
    if (table == NULL || table->columns == MAX_COLUMNS) {
        return;
    }
    table->align[table->columns++] = align;
    va_list args;
    va_start(args, format);
    add_cell(table, format, args);
    va_end(args);
}

void cli_table_cell(cli_table* table, const char* format, ...) {
    if (table == NULL || table->failed) {
        return;
    }
    va_list args;
    va_start(args, format);
    add_cell(table, format, args);
    va_end(args);
}

static bool continuation(char c) {
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Characters, not bytes: headers hold UTF-8. */
static size_t width_of(const char* cell) {
    size_t width = 0;
    for (; *cell != '\0'; cell++) {
        width += !continuation(*cell);
    }
    return width;
}

static void measure(const cli_table* table, size_t* widths) {
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t* width = &widths[i % table->columns];
        size_t needed = width_of(table->cells[i]);
        *width = needed > *width ? needed : *width;
    }
}

static size_t total_width(const cli_table* table, const size_t* widths) {
    size_t total = GAP * (table->columns - 1);
    for (size_t i = 0; i < table->columns; i++) {
        total += widths[i];
    }
    return total;
}

static size_t longest_word(const char* cell) {
    size_t longest = 0, length = 0;
    for (; *cell != '\0'; cell++) {
        length = *cell == ' ' ? 0 : length + !continuation(*cell);
        longest = length > longest ? length : longest;
    }
    return longest;
}

/* How far a column may shrink: the last one is wrapped between words, the others are cut. */
static void measure_least(const cli_table* table, const size_t* widths, size_t* least) {
    size_t last = table->columns - 1;
    for (size_t i = 0; i < table->columns; i++) {
        least[i] = table->align[i] == CLI_LEFT && i < last ? NARROWEST : widths[i];
    }
    if (table->align[last] == CLI_LEFT) {
        least[last] = 0;
        for (size_t i = last; i < table->cell_count; i += table->columns) {
            size_t word = longest_word(table->cells[i]);
            least[last] = word > least[last] ? word : least[last];
        }
    }
}

/* The column that loses a character next: the last one as long as it can be wrapped, then the
 * widest that can be cut; `columns` when none is left. */
static size_t next_to_shrink(const cli_table* table, const size_t* widths, const size_t* least) {
    size_t best = table->columns - 1;
    if (widths[best] > least[best]) {
        return best;
    }
    best = table->columns;
    for (size_t i = 0; i < table->columns; i++) {
        if (widths[i] > least[i] && (best == table->columns || widths[i] > widths[best])) {
            best = i;
        }
    }
    return best;
}

static void fit(const cli_table* table, size_t* widths) {
    size_t least[MAX_COLUMNS];
    measure_least(table, widths, least);
    while (total_width(table, widths) > CLI_TABLE_WIDTH) {
        size_t column = next_to_shrink(table, widths, least);
        if (column == table->columns) {
            return;
        }
        widths[column]--;
    }
}

static void append_cut(const char* cell, size_t width, cli_text* out) {
    size_t bytes = 0;
    for (size_t shown = 0; cell[bytes] != '\0' && shown < width - 1; shown++) {
        do {
            bytes++;
        } while (continuation(cell[bytes]));
    }
    cli_text_append(out, cell, bytes);
    cli_text_add(out, "…");
}

static void append_padded(const char* cell, size_t width, cli_align align, cli_text* out) {
    size_t needed = width_of(cell);
    if (needed > width) {
        append_cut(cell, width, out);
        return;
    }
    int space = (int)(width - needed);
    if (align == CLI_RIGHT) {
        cli_text_add(out, "%*s%s", space, "", cell);
    } else {
        cli_text_add(out, "%s%*s", cell, space, "");
    }
}

/* Bytes of `text` that make a line of at most `width` characters: to the last space that fits, or
 * else the whole first word. */
static size_t line_length(const char* text, size_t width) {
    size_t bytes = 0, space = 0;
    if (width_of(text) <= width) {
        return strlen(text);
    }
    for (size_t shown = 0; shown <= width; shown++) {
        space = text[bytes] == ' ' ? bytes : space;
        do {
            bytes++;
        } while (continuation(text[bytes]));
    }
    return space > 0 ? space : strcspn(text + 1, " ") + 1;
}

/* The last column, left-aligned: goes on below itself where it does not fit. */
static void append_wrapped(const char* cell, size_t width, size_t indent, cli_text* out) {
    for (;;) {
        size_t length = line_length(cell, width);
        cli_text_append(out, cell, length);
        cell += length;
        if (*cell == '\0') {
            return;
        }
        cell++; /* the space */
        cli_text_add(out, "\n%*s", (int)indent, "");
    }
}

static void append_row(const cli_table* table, size_t row, const size_t* widths, cli_text* out) {
    char* const* cells = table->cells + row * table->columns;
    size_t last = table->columns - 1;
    for (size_t i = 0; i < last; i++) {
        append_padded(cells[i], widths[i], table->align[i], out);
        cli_text_add(out, "%*s", GAP, "");
    }
    if (table->align[last] == CLI_LEFT) {
        size_t indent = total_width(table, widths) - widths[last];
        append_wrapped(cells[last], widths[last], indent, out);
    } else {
        append_padded(cells[last], widths[last], CLI_RIGHT, out);
    }
    cli_text_add(out, "\n");
}

static void append_rule(const cli_table* table, const size_t* widths, cli_text* out) {
    for (size_t i = 0; i < table->columns; i++) {
        for (size_t dash = 0; dash < widths[i]; dash++) {
            cli_text_append(out, "-", 1);
        }
        cli_text_add(out, "%s", i + 1 == table->columns ? "\n" : "  ");
    }
}

static bool printable(const cli_table* table, cli_text* out) {
    if (table == NULL || table->failed) {
        out->failed = true;
        return false;
    }
    return table->columns > 0;
}

void cli_table_print(const cli_table* table, cli_text* out) {
    if (!printable(table, out)) {
        return;
    }
    size_t widths[MAX_COLUMNS] = {0};
    measure(table, widths);
    fit(table, widths);
    append_row(table, 0, widths, out);
    append_rule(table, widths, out);
    for (size_t row = 1; row < table->cell_count / table->columns; row++) {
        append_row(table, row, widths, out);
    }
}

static void append_markdown_cell(const char* cell, cli_text* out) {
    cli_text_add(out, " ");
    for (; *cell != '\0'; cell++) {
        cli_text_add(out, *cell == '|' ? "\\%c" : "%c", *cell);
    }
    cli_text_add(out, " |");
}

void cli_table_print_markdown(const cli_table* table, cli_text* out) {
    if (!printable(table, out)) {
        return;
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        bool first = i % table->columns == 0, last = (i + 1) % table->columns == 0;
        cli_text_add(out, "%s", first ? "|" : "");
        append_markdown_cell(table->cells[i], out);
        cli_text_add(out, "%s", last ? "\n" : "");
        for (size_t c = 0; i + 1 == table->columns && c < table->columns; c++) {
            cli_text_add(out, "%s%s%s", c == 0 ? "|" : "",
                         table->align[c] == CLI_RIGHT ? "---:|" : "---|",
                         c + 1 == table->columns ? "\n" : "");
        }
    }
}
