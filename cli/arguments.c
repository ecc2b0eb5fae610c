#include "arguments.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "quote.h"
#include "suggest.h"

/* Values of getopt_long for the i-th option start above every character. */
enum {
    FIRST_LONG = 256
};

typedef struct occurrence {
    size_t option;
    const char* text;
} occurrence;

struct cli_arguments {
    const cli_option* options;
    size_t option_count;
    occurrence* found; /* in the order of the words */
    size_t found_count;
    const char** texts; /* the same, grouped by option */
    size_t* start;      /* [option_count + 1] into texts */
    const char* const* operands;
    size_t operand_count;
    bool help;
};

static cli_arguments* arguments_new(const cli_option* options, size_t count, size_t words) {
    cli_arguments* a = calloc(1, sizeof *a);
    if (a == NULL) {
        return NULL;
    }
    a->options = options;
    a->option_count = count;
    a->found = calloc(words + 1, sizeof *a->found);
    a->texts = calloc(words + 1, sizeof *a->texts);
    a->start = calloc(count + 2, sizeof *a->start);
    if (a->found == NULL || a->texts == NULL || a->start == NULL) {
        cli_arguments_free(&a);
    }
    return a;
}

void cli_arguments_free(cli_arguments** arguments) {
    cli_arguments* a = *arguments;
    if (a != NULL) {
        free(a->found);
        free(a->texts);
        free(a->start);
        free(a);
    }
    *arguments = NULL;
}

static struct option* getopt_table(const cli_option* options, size_t count) {
    struct option* table = calloc(count + 2, sizeof *table);
    if (table == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        table[i].name = options[i].name;
        table[i].has_arg = options[i].argument != NULL ? required_argument : no_argument;
        table[i].val = FIRST_LONG + (int)i;
    }
    table[count].name = "help";
    table[count].val = 'h';
    return table;
}

static size_t matches(const cli_arguments* a, const char* prefix) {
    size_t n = strncmp("help", prefix, strlen(prefix)) == 0;
    for (size_t i = 0; i < a->option_count; i++) {
        n += strncmp(a->options[i].name, prefix, strlen(prefix)) == 0;
    }
    return n;
}

static const char* nearest_option(const cli_arguments* a, const char* name) {
    const char* near = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < a->option_count; i++) {
        if (assay_is_nearer(name, a->options[i].name, &best)) {
            near = a->options[i].name;
        }
    }
    return near;
}

/* `word` is "--name" or "--name=value". */
static void report_unknown_long(const cli_arguments* a, const char* word, assay_report* report) {
    size_t length = strcspn(word, "=");
    assay_quoted quoted = assay_quote_bytes(word, length);
    char* name = strndup(word + 2, length - 2);
    const char* near = name != NULL ? nearest_option(a, name) : NULL;
    if (name != NULL && matches(a, name) > 1) {
        assay_report_add(report, "option %s is ambiguous", quoted.text);
    } else if (near != NULL) {
        assay_report_add(report, "unknown option %s, did you mean \"--%s\"?", quoted.text, near);
    } else {
        assay_report_add(report, "unknown option %s", quoted.text);
    }
    free(name);
}

/* getopt_long tells mistakes apart by optopt: the option's own value when it was recognised. */
static void report_mistake(const cli_arguments* a, int result, int which, const char* word,
                           assay_report* report) {
    if (which >= FIRST_LONG) {
        const cli_option* option = &a->options[which - FIRST_LONG];
        if (result == ':') {
            assay_report_add(report, "option --%s needs a value (%s)", option->name,
                             option->argument);
        } else {
            assay_report_add(report, "option --%s takes no value", option->name);
        }
    } else if (which == 'h') {
        assay_report_add(report, "option --help takes no value");
    } else if (which != 0) {
        assay_report_add(report, "unknown option \"-%c\"", which);
    } else {
        report_unknown_long(a, word, report);
    }
}

static void add_found(cli_arguments* a, size_t option, const char* text, assay_report* report) {
    if (text != NULL && *text == '\0') {
        assay_report_add(report, "--%s: the value is empty, legal: %s", a->options[option].name,
                         a->options[option].argument);
    }
    a->found[a->found_count++] = (occurrence){option, text};
}

static void read_words(cli_arguments* a, const struct option* table, int argc, char** argv,
                       assay_report* report) {
    opterr = 0;
    optind = 0; /* glibc: start over, also after an earlier scan */
    int result;
    while ((result = getopt_long(argc, argv, ":h", table, NULL)) != -1) {
        if (result == 'h') {
            a->help = true;
        } else if (result >= FIRST_LONG) {
            add_found(a, (size_t)(result - FIRST_LONG), optarg, report);
        } else {
            report_mistake(a, result, optopt, argv[optind - 1], report);
        }
    }
    a->operands = (const char* const*)(argv + optind);
    a->operand_count = (size_t)(argc - optind);
}

/* Counting sort, stable, so that repeated options keep the user's order. */
static void group_by_option(cli_arguments* a) {
    for (size_t i = 0; i < a->found_count; i++) {
        a->start[a->found[i].option + 2]++;
    }
    for (size_t i = 2; i <= a->option_count; i++) {
        a->start[i] += a->start[i - 1];
    }
    for (size_t i = 0; i < a->found_count; i++) {
        a->texts[a->start[a->found[i].option + 1]++] = a->found[i].text;
    }
}

static size_t count_of(const cli_arguments* a, size_t option) {
    return a->start[option + 1] - a->start[option];
}

static void check_counts(const cli_arguments* a, assay_report* report) {
    for (size_t i = 0; i < a->option_count; i++) {
        const cli_option* option = &a->options[i];
        if (option->required && count_of(a, i) == 0) {
            assay_report_add(report, "option --%s %s is missing", option->name, option->argument);
        }
        if (!option->repeatable && count_of(a, i) > 1) {
            assay_report_add(report, "option --%s is given %zu times, legal: once", option->name,
                             count_of(a, i));
        }
    }
}

cli_arguments* cli_arguments_read(const cli_option* options, size_t count, int argc, char** argv,
                                  assay_report* report) {
    cli_arguments* a = arguments_new(options, count, (size_t)argc);
    struct option* table = getopt_table(options, count);
    if (a == NULL || table == NULL) {
        cli_arguments_free(&a);
    } else {
        read_words(a, table, argc, argv, report);
        group_by_option(a);
        check_counts(a, report);
    }
    free(table);
    return a;
}

bool cli_wants_help(const cli_arguments* arguments) {
    return arguments->help;
}

bool cli_given(const cli_arguments* arguments, size_t option) {
    return count_of(arguments, option) > 0;
}

const char* cli_value(const cli_arguments* arguments, size_t option) {
    return cli_given(arguments, option) ? arguments->texts[arguments->start[option]] : NULL;
}

const char* const* cli_values(const cli_arguments* arguments, size_t option, size_t* count) {
    *count = count_of(arguments, option);
    return arguments->texts + arguments->start[option];
}

const char* const* cli_operands(const cli_arguments* arguments, size_t* count) {
    *count = arguments->operand_count;
    return arguments->operands;
}

bool cli_parse_uint(const char* text, uint64_t* out) {
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || text[digits] != '\0') {
        return false;
    }
    errno = 0;
    uint64_t value = strtoumax(text, NULL, 10);
    if (errno != 0) {
        return false;
    }
    *out = value;
    return true;
}

void cli_read_uint(const cli_arguments* arguments, size_t option, uint64_t low, uint64_t high,
                   uint64_t* out, assay_report* report) {
    const char* text = cli_value(arguments, option);
    uint64_t value = 0;
    if (text == NULL) {
        return;
    }
    if (cli_parse_uint(text, &value) && value >= low && value <= high) {
        *out = value;
        return;
    }
    assay_report_add(report, "--%s: %s is not an integer in %" PRIu64 " .. %" PRIu64,
                     arguments->options[option].name, assay_quote(text).text, low, high);
}

void cli_read_real(const cli_arguments* arguments, size_t option, double low, double high,
                   double* out, assay_report* report) {
    const char* text = cli_value(arguments, option);
    if (text == NULL) {
        return;
    }
    /* strtod would also take blanks, "inf", "nan" and hexadecimal digits. */
    char* end = NULL;
    double value = strspn(text, "0123456789.eE+-") == strlen(text) ? strtod(text, &end) : 0;
    if (end != NULL && end != text && *end == '\0' && value >= low && value <= high) {
        *out = value;
        return;
    }
    assay_report_add(report, "--%s: %s is not a number in %g .. %g",
                     arguments->options[option].name, assay_quote(text).text, low, high);
}

/* One of three positive numbers, followed by `end`. */
static bool read_extent(const char** text, char end, uint64_t* out) {
    char digits[8] = "";
    size_t length = strspn(*text, "0123456789");
    if (length == 0 || length >= sizeof digits || (*text)[length] != end) {
        return false;
    }
    memcpy(digits, *text, length);
    *text += length + (end != '\0');
    return cli_parse_uint(digits, out) && *out > 0;
}

void cli_read_shape(const cli_arguments* arguments, size_t option, uint64_t* height,
                    uint64_t* width, uint64_t* channels, assay_report* report) {
    const char* text = cli_value(arguments, option);
    const char* rest = text;
    if (text == NULL) {
        return;
    }
    if (!read_extent(&rest, 'x', height) || !read_extent(&rest, 'x', width) ||
        !read_extent(&rest, '\0', channels)) {
        assay_report_add(report, "--%s: %s is not HxWxC with numbers in 1 .. 9999999",
                         arguments->options[option].name, assay_quote(text).text);
    }
}

void cli_read_choice(const cli_arguments* arguments, size_t option, const char* const* names,
                     size_t* out, assay_report* report) {
    const char* text = cli_value(arguments, option);
    if (text == NULL) {
        return;
    }
    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return;
        }
    }
    char what[64];
    snprintf(what, sizeof what, "--%s", arguments->options[option].name);
    cli_report_unknown(report, what, text, names);
}
