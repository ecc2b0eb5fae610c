#include "quantity.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>

cli_quantity cli_count(uint64_t value) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, value);
    cli_quantity q;
    size_t used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            q.text[used++] = ',';
        }
        q.text[used++] = digits[i];
    }
    q.text[used] = '\0';
    return q;
}

typedef struct si_prefix {
    double scale;
    const char* name;
} si_prefix;

static const si_prefix prefixes[] = {{1e12, "T"}, {1e9, "G"},  {1e6, "M"},  {1e3, "k"},  {1, ""},
                                     {1e-3, "m"}, {1e-6, "µ"}, {1e-9, "n"}, {1e-12, "p"}};
enum {
    PREFIXES = sizeof prefixes / sizeof *prefixes
};

/* The largest prefix that leaves a number of at least 1, as it will be printed. */
static si_prefix prefix_of(double value) {
    for (size_t i = 0; i + 1 < PREFIXES; i++) {
        if (fabs(value) >= prefixes[i].scale * 0.99995) {
            return prefixes[i];
        }
    }
    return value == 0 ? (si_prefix){1, ""} : prefixes[PREFIXES - 1];
}

/* Decimals that make four significant digits of a number in [1, 1000). */
static int decimals_of(double value) {
    if (fabs(value) >= 99.995) {
        return 1;
    }
    return fabs(value) >= 9.9995 ? 2 : 3;
}

cli_quantity cli_si(double value, const char* unit) {
    si_prefix prefix = prefix_of(value);
    double shown = value / prefix.scale;
    int decimals = value == floor(value) && fabs(value) < 1000 ? 0 : decimals_of(shown);
    cli_quantity q;
    snprintf(q.text, sizeof q.text, "%.*f%s%s%s", decimals, shown,
             prefix.name[0] != '\0' || unit[0] != '\0' ? " " : "", prefix.name, unit);
    return q;
}

cli_quantity cli_scaled(double value, double scale) {
    cli_quantity q;
    snprintf(q.text, sizeof q.text, "%.3f", value / scale);
    return q;
}

cli_quantity cli_percent(double part, double whole) {
    cli_quantity q = {"-"};
    if (whole > 0) {
        snprintf(q.text, sizeof q.text, "%.1f", 100 * part / whole);
    }
    return q;
}
