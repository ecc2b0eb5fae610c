#include "assay/options.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "json.h"
#include "json_scan.h"
#include "option_store.h"
#include "quote.h"
#include "suggest.h"

static char* slot_of(const assay_option* option, void* values) {
    return (char*)values + option->offset;
}

static uint64_t get_word(const assay_option* option, const void* values) {
    uint64_t word;
    memcpy(&word, (const char*)values + option->offset, sizeof word);
    return word;
}

static void put_number(const assay_option* option, void* values, double number) {
    uint64_t word = (uint64_t)number;
    const void* source = option->type == ASSAY_OPTION_REAL ? (const void*)&number : &word;
    memcpy(slot_of(option, values), source, 8);
}

const assay_option* assay_option_find(const assay_option_table* table, const char* name) {
    ASSAY_REQUIRE(table != NULL && name != NULL);
    for (size_t i = 0; i < table->count; ++i) {
        if (strcmp(table->options[i].name, name) == 0) {
            return &table->options[i];
        }
    }
    return NULL;
}

const char* assay_option_suggest(const assay_option_table* table, const char* name) {
    ASSAY_REQUIRE(table != NULL && name != NULL);
    const char* nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < table->count; ++i) {
        if (assay_is_nearer(name, table->options[i].name, &best)) {
            nearest = table->options[i].name;
        }
    }
    return nearest;
}

void assay_options_defaults(const assay_option_table* table, void* values) {
    ASSAY_REQUIRE(table != NULL && values != NULL);
    memset(values, 0, table->values_size);
    for (size_t i = 0; i < table->count; ++i) {
        ASSAY_REQUIRE(table->options[i].offset + 8 <= table->values_size);
        put_number(&table->options[i], values, table->options[i].def);
    }
}

size_t assay_option_choice(const assay_option* option, const char* name, size_t* count) {
    size_t found = SIZE_MAX, n = 0;
    for (; option->choices[n] != NULL; ++n) {
        if (strcmp(option->choices[n], name) == 0) {
            found = n;
        }
    }
    *count = n;
    return found < n ? found : n;
}

/* "a, b or c" */
static void list_choices(const assay_option* option, char* text, size_t size) {
    size_t used = 0;
    for (size_t i = 0; option->choices[i] != NULL && used < size; ++i) {
        const char* glue = i == 0 ? "" : option->choices[i + 1] == NULL ? " or " : ", ";
        int written = snprintf(text + used, size - used, "%s%s", glue, option->choices[i]);
        used += written > 0 ? (size_t)written : 0;
    }
}

void assay_option_refuse(const assay_option* option, const char* place, const char* found,
                         assay_report* report) {
    char expected[512] = "";
    switch (option->type) {
    case ASSAY_OPTION_UINT:
        snprintf(expected, sizeof expected, "an integer from %.0f to %.0f", option->low,
                 option->high);
        break;
    case ASSAY_OPTION_REAL: {
        char low[32], high[32];
        assay_format_real(option->low, low, sizeof low);
        assay_format_real(option->high, high, sizeof high);
        snprintf(expected, sizeof expected, "a number from %s to %s", low, high);
        break;
    }
    case ASSAY_OPTION_BOOL:
        snprintf(expected, sizeof expected, "true or false");
        break;
    case ASSAY_OPTION_CHOICE:
        list_choices(option, expected, sizeof expected);
        break;
    }
    bool has_unit = option->unit != NULL && option->unit[0] != '\0';
    assay_report_add(report, "%s: expected %s%s%s, not %s", place, expected, has_unit ? " " : "",
                     has_unit ? option->unit : "", found);
}

bool assay_option_store(const assay_option* option, void* values, double number, const char* place,
                        assay_report* report) {
    bool whole = option->type == ASSAY_OPTION_REAL || number == floor(number);
    if (!whole || !(number >= option->low && number <= option->high)) {
        char found[32];
        assay_format_real(number, found, sizeof found);
        assay_option_refuse(option, place, found, report);
        return false;
    }
    put_number(option, values, number);
    return true;
}

/* The number that a command-line text stands for; false if it stands for none. */
static bool parse_text(const assay_option* option, const char* text, double* number) {
    if (option->type == ASSAY_OPTION_BOOL) {
        bool yes = strcmp(text, "true") == 0 || strcmp(text, "1") == 0;
        *number = yes;
        return yes || strcmp(text, "false") == 0 || strcmp(text, "0") == 0;
    }
    if (option->type == ASSAY_OPTION_CHOICE) {
        size_t count, choice = assay_option_choice(option, text, &count);
        *number = (double)choice;
        return choice < count;
    }
    size_t size = strlen(text);
    if (assay_json_scan_number(text, size) != size || size == 0) {
        return false;
    }
    *number = strtod(text, NULL);
    return isfinite(*number) && !assay_json_is_inexact_integer(text, size);
}

static void refuse_unknown(const assay_option_table* table, const char* name, const char* where,
                           assay_report* report) {
    const char* nearest = assay_option_suggest(table, name);
    assay_report_add(report, "%s: %s has no option %s%s%s%s", where, table->owner,
                     assay_quote(name).text, nearest != NULL ? ", did you mean \"" : "",
                     nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
}

assay_status assay_option_set_text(const assay_option_table* table, void* values, const char* name,
                                   const char* text, const char* where, assay_report* report) {
    ASSAY_REQUIRE(table != NULL && values != NULL && name != NULL && text != NULL && where != NULL);
    const assay_option* option = assay_option_find(table, name);
    if (option == NULL) {
        refuse_unknown(table, name, where, report);
        return ASSAY_BAD_INPUT;
    }
    char place[4608]; /* `where` may hold a path */
    snprintf(place, sizeof place, "%s %s", where, option->name);
    double number;
    if (!parse_text(option, text, &number)) {
        assay_option_refuse(option, place, assay_quote(text).text, report);
        return ASSAY_BAD_INPUT;
    }
    return assay_option_store(option, values, number, place, report) ? ASSAY_OK : ASSAY_BAD_INPUT;
}

double assay_option_get(const assay_option* option, const void* values) {
    ASSAY_REQUIRE(option != NULL && values != NULL);
    uint64_t word = get_word(option, values);
    double real;
    memcpy(&real, &word, sizeof real);
    return option->type == ASSAY_OPTION_REAL ? real : (double)word;
}

size_t assay_option_format(const assay_option* option, const void* values, char* text,
                           size_t size) {
    ASSAY_REQUIRE(option != NULL && values != NULL);
    uint64_t word = get_word(option, values);
    char number[32];
    const char* source = number;
    switch (option->type) {
    case ASSAY_OPTION_UINT:
        snprintf(number, sizeof number, "%" PRIu64, word);
        break;
    case ASSAY_OPTION_REAL:
        assay_format_real(assay_option_get(option, values), number, sizeof number);
        break;
    case ASSAY_OPTION_BOOL:
        source = word != 0 ? "true" : "false";
        break;
    case ASSAY_OPTION_CHOICE:
        ASSAY_REQUIRE((double)word <= option->high);
        source = option->choices[word];
        break;
    }
    return (size_t)snprintf(text, size, "%s", source);
}
