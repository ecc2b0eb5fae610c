#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "json_scan.h"
#include "where_nodes.h"

/* One function per level of precedence. */

typedef struct parser {
    sweep_where* where;
    const char *text, *at, *place;
    size_t depth;
    bool failed, no_memory;
    assay_report* report;
} parser;

static const size_t nothing = 0;

static size_t fail(parser* p, const char* what) {
    if (!p->failed) {
        assay_report_add(p->report, "%s: column %zu: %s", p->place, (size_t)(p->at - p->text) + 1,
                         what);
    }
    p->failed = true;
    return nothing;
}

static size_t out_of_memory(parser* p) {
    p->failed = p->no_memory = true;
    return nothing;
}

static void skip_blanks(parser* p) {
    p->at += strspn(p->at, " \t");
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) != 0 || c == '_';
}

/* A sign, or a word that ends here. */
static bool take(parser* p, const char* sign) {
    size_t size = strlen(sign);
    skip_blanks(p);
    if (p->failed || strncmp(p->at, sign, size) != 0 ||
        (is_word(sign[0]) && is_word(p->at[size]))) {
        return false;
    }
    p->at += size;
    return true;
}

static size_t add(parser* p, where_node n) {
    sweep_where* w = p->where;
    if (p->failed) {
        free(n.text);
        return nothing;
    }
    if (w->count == SWEEP_WHERE_NODES) {
        free(n.text);
        return fail(p, "the expression is too long");
    }
    w->nodes[w->count] = n;
    return w->count++;
}

static size_t add_pair(parser* p, where_kind kind, size_t left, size_t right) {
    return add(p, (where_node){.kind = kind, .left = left, .right = right});
}

static size_t parse_or(parser* p);

static size_t add_name(parser* p, const char* name, size_t size, size_t column) {
    sweep_where* w = p->where;
    for (size_t i = 0; i < w->name_count; i++) {
        if (strlen(w->names[i]) == size && strncmp(w->names[i], name, size) == 0) {
            return i;
        }
    }
    char* copy = strndup(name, size);
    if (copy == NULL) {
        return out_of_memory(p);
    }
    w->names[w->name_count] = copy; /* no more names than nodes */
    w->columns[w->name_count] = column;
    return w->name_count++;
}

/* 'text' after option == or !=. */
static size_t parse_text(parser* p, size_t name, bool same) {
    size_t size = strcspn(p->at, "'");
    if (p->at[size] == '\0') {
        return fail(p, "the text has no closing '");
    }
    char* text = strndup(p->at, size);
    p->at += size + 1;
    if (text == NULL) {
        return out_of_memory(p);
    }
    size_t is = add(p, (where_node){.kind = IS, .left = name, .text = text});
    return same ? is : add_pair(p, NOT, is, nothing);
}

static bool is_reserved(const char* word, size_t size) {
    return (size == 2 && strncmp(word, "or", 2) == 0) ||
           (size == 3 && (strncmp(word, "and", 3) == 0 || strncmp(word, "not", 3) == 0));
}

static size_t parse_option(parser* p) {
    const char* begin = p->at;
    while (is_word(*p->at)) {
        p->at++;
    }
    size_t size = (size_t)(p->at - begin);
    if (is_reserved(begin, size)) {
        p->at = begin;
        return fail(p, "expected a number, an option or (");
    }
    if ((size == 4 && strncmp(begin, "true", 4) == 0) ||
        (size == 5 && strncmp(begin, "false", 5) == 0)) {
        return add(p, (where_node){.kind = NUMBER, .number = size == 4});
    }
    if (p->where->count == SWEEP_WHERE_NODES) {
        return fail(p, "the expression is too long");
    }
    size_t name = add_name(p, begin, size, (size_t)(begin - p->text) + 1);
    const char* after = p->at;
    bool same = take(p, "=="), other = !same && take(p, "!=");
    if ((same || other) && take(p, "'")) {
        return parse_text(p, name, same);
    }
    p->at = after;
    return add(p, (where_node){.kind = OPTION, .left = name});
}

static size_t parse_primary(parser* p) {
    skip_blanks(p);
    size_t digits = assay_json_scan_number(p->at, strlen(p->at));
    if (digits > 0) {
        double number = strtod(p->at, NULL);
        p->at += digits;
        return is_word(*p->at) ? fail(p, "expected an operator")
                               : add(p, (where_node){.kind = NUMBER, .number = number});
    }
    if (isalpha((unsigned char)*p->at) != 0) {
        return parse_option(p);
    }
    if (!take(p, "(")) {
        return fail(p, *p->at == '\0' ? "the expression ends too early"
                                      : "expected a number, an option or (");
    }
    size_t inner = parse_or(p);
    return take(p, ")") ? inner : fail(p, "expected an operator or )");
}

/* Whatever nests goes through here. */
static size_t parse_sign(parser* p) {
    if (p->depth == SWEEP_WHERE_DEPTH) {
        return fail(p, "too many parentheses or signs");
    }
    p->depth++;
    skip_blanks(p);
    /* "-2" is a number of its own, "-rows" is not. */
    bool negative = *p->at == '-' && assay_json_scan_number(p->at, strlen(p->at)) == 0;
    size_t result;
    if (negative) {
        p->at++;
        result = add_pair(p, NEGATE, parse_sign(p), nothing);
    } else {
        result = parse_primary(p);
    }
    p->depth--;
    return result;
}

static size_t parse_product(parser* p) {
    size_t left = parse_sign(p);
    for (;;) {
        if (take(p, "*")) {
            left = add_pair(p, MULTIPLY, left, parse_sign(p));
        } else if (take(p, "/")) {
            left = add_pair(p, DIVIDE, left, parse_sign(p));
        } else if (take(p, "%")) {
            left = add_pair(p, REMAINDER, left, parse_sign(p));
        } else {
            return left;
        }
    }
}

static size_t parse_sum(parser* p) {
    size_t left = parse_product(p);
    for (;;) {
        if (take(p, "+")) {
            left = add_pair(p, ADD, left, parse_product(p));
        } else if (take(p, "-")) {
            left = add_pair(p, SUBTRACT, left, parse_product(p));
        } else {
            return left;
        }
    }
}

static bool take_comparison(parser* p, where_kind* out) {
    static const struct {
        const char* sign;
        where_kind kind;
    } signs[] = {{"<=", LESS_EQUAL}, {">=", GREATER_EQUAL}, {"==", EQUAL},
                 {"!=", UNEQUAL},    {"<", LESS},           {">", GREATER}};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (take(p, signs[i].sign)) {
            *out = signs[i].kind;
            return true;
        }
    }
    return false;
}

static size_t parse_comparison(parser* p) {
    size_t left = parse_sum(p);
    where_kind kind;
    if (!take_comparison(p, &kind)) {
        return left;
    }
    size_t result = add_pair(p, kind, left, parse_sum(p));
    skip_blanks(p);
    const char* end = p->at;
    if (!take_comparison(p, &kind)) {
        return result;
    }
    p->at = end;
    return fail(p, "comparisons cannot be chained, say and");
}

static size_t parse_not(parser* p) {
    if (!take(p, "not")) {
        return parse_comparison(p);
    }
    if (p->depth == SWEEP_WHERE_DEPTH) {
        return fail(p, "too many parentheses or signs");
    }
    p->depth++;
    size_t result = add_pair(p, NOT, parse_not(p), nothing);
    p->depth--;
    return result;
}

static size_t parse_and(parser* p) {
    size_t left = parse_not(p);
    while (take(p, "and")) {
        left = add_pair(p, AND, left, parse_not(p));
    }
    return left;
}

static size_t parse_or(parser* p) {
    size_t left = parse_and(p);
    while (take(p, "or")) {
        left = add_pair(p, OR, left, parse_and(p));
    }
    return left;
}

assay_status sweep_where_parse(const char* text, const char* place, sweep_where** out,
                               assay_report* report) {
    ASSAY_REQUIRE(text != NULL && place != NULL && out != NULL);
    sweep_where* w = calloc(1, sizeof *w);
    parser p = {.where = w, .text = text, .at = text, .place = place, .report = report};
    *out = w;
    if (w != NULL) {
        w->nodes = calloc(SWEEP_WHERE_NODES, sizeof *w->nodes);
        w->names = calloc(SWEEP_WHERE_NODES, sizeof *w->names);
        w->columns = calloc(SWEEP_WHERE_NODES, sizeof *w->columns);
    }
    if (w == NULL || w->nodes == NULL || w->names == NULL || w->columns == NULL) {
        sweep_where_free(out);
        return ASSAY_NO_MEMORY;
    }
    parse_or(&p);
    skip_blanks(&p);
    if (!p.failed && *p.at != '\0') {
        fail(&p, "expected an operator");
    }
    if (p.failed) {
        sweep_where_free(out);
        return p.no_memory ? ASSAY_NO_MEMORY : ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}
