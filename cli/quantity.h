/* Numbers for people. */
#ifndef ASSAY_CLI_QUANTITY_H
#define ASSAY_CLI_QUANTITY_H

#include <stdint.h>

typedef struct cli_quantity {
    char text[40];
} cli_quantity;

/* 22,843 */
cli_quantity cli_count(uint64_t value);
/* Four significant digits and an SI prefix, e.g. 37.75 M, 1.422 µ; `unit` follows the prefix. */
cli_quantity cli_si(double value, const char* unit);
/* value / scale with three decimals. */
cli_quantity cli_scaled(double value, double scale);
/* 100 * part / whole with one decimal; "-" when whole is 0. */
cli_quantity cli_percent(double part, double whole);

#endif
