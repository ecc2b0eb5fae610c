#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assay/status.h"
#include "contract.h"
#include "quote.h"

enum {
    KEPT_MAX = 100,
    TEXT_MAX = 8192, /* longer messages are cut: two paths of PATH_MAX do not fit a screen either */
    MORE_ROOM = 40   /* for "; and 18446744073709551615 more messages" behind the last one */
};

struct assay_report {
    char* texts[KEPT_MAX];
    size_t kept, count;
    size_t last_length; /* of texts[KEPT_MAX - 1], before "and so many more" */
};

const char* assay_status_name(assay_status status) {
    switch (status) {
    case ASSAY_OK:
        return "ok";
    case ASSAY_MISMATCH:
        return "mismatch";
    case ASSAY_BAD_INPUT:
        return "bad input";
    case ASSAY_IO:
        return "input/output failure";
    case ASSAY_NO_MEMORY:
        return "out of memory";
    case ASSAY_INTERNAL:
        return "internal error";
    case ASSAY_INTERRUPTED:
        return "interrupted";
    }
    return "unknown status";
}

assay_report* assay_report_new(void) {
    return calloc(1, sizeof(assay_report));
}

void assay_report_clear(assay_report* report) {
    ASSAY_REQUIRE(report != NULL);
    for (size_t i = 0; i < report->kept; ++i) {
        free(report->texts[i]);
    }
    memset(report, 0, sizeof *report);
}

void assay_report_free(assay_report** report) {
    ASSAY_REQUIRE(report != NULL);
    if (*report != NULL) {
        assay_report_clear(*report);
        free(*report);
        *report = NULL;
    }
}

/* Escapes the whole message: parts of it may be names that a caller did not quote. */
static void keep(assay_report* report, const char* text, size_t length) {
    size_t room = 4 * length + 1 + MORE_ROOM;
    char* copy = malloc(room);
    if (copy == NULL) {
        return; /* the message is still counted */
    }
    size_t used = assay_escape(text, length, copy, room - MORE_ROOM);
    char* fitted = realloc(copy, used + 1 + MORE_ROOM);
    report->texts[report->kept++] = fitted != NULL ? fitted : copy;
    report->last_length = used;
}

/* Rewritten in place, so that a text handed out earlier stays valid. */
static void count_more(assay_report* report) {
    char* last = report->texts[KEPT_MAX - 1];
    snprintf(last + report->last_length, MORE_ROOM, "; and %zu more messages",
             report->count - report->kept);
}

void assay_report_add(assay_report* report, const char* format, ...) {
    if (report == NULL) {
        return;
    }
    ++report->count;
    if (report->kept == KEPT_MAX) {
        count_more(report);
        return;
    }
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length >= 0) {
        keep(report, text, length < TEXT_MAX ? (size_t)length : TEXT_MAX - 1);
    }
}

size_t assay_report_count(const assay_report* report) {
    ASSAY_REQUIRE(report != NULL);
    return report->count;
}

size_t assay_report_kept(const assay_report* report) {
    ASSAY_REQUIRE(report != NULL);
    return report->kept;
}

const char* assay_report_text(const assay_report* report, size_t i) {
    ASSAY_REQUIRE(report != NULL);
    ASSAY_REQUIRE(i < report->kept);
    return report->texts[i];
}
