#include "progress_line.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "contract.h"
#include "quote.h"

enum {
    BAR_COLUMNS = 20,
    LABEL_BYTES = 64
};

typedef struct line {
    char* text;
    size_t size, used;
} line;

static void append(line* l, const char* text) {
    size_t length = strlen(text), room = l->size - 1 - l->used;
    length = length < room ? length : room;
    memcpy(l->text + l->used, text, length);
    l->used += length;
    l->text[l->used] = '\0';
}

static double share_of(const assay_progress_view* view) {
    if (view->total == 0 || view->done >= view->total) {
        return 1;
    }
    return (double)view->done / (double)view->total;
}

static void append_bar(line* l, double share) {
    char bar[BAR_COLUMNS + 4] = "[";
    size_t filled = (size_t)(share * BAR_COLUMNS);
    for (size_t i = 0; i < BAR_COLUMNS; ++i) {
        bar[1 + i] = i < filled ? '=' : i == filled ? '>' : ' ';
    }
    memcpy(bar + 1 + BAR_COLUMNS, "] ", 3);
    append(l, bar);
}

/* Minutes and seconds, with hours where there are some. */
static void append_time_left(line* l, double seconds) {
    char text[48];
    uint64_t s = seconds < 360000 ? (uint64_t)(seconds + 0.5) : 360000;
    if (s >= 3600) {
        snprintf(text, sizeof text, ", %" PRIu64 ":%02u:%02u left", s / 3600,
                 (unsigned)(s / 60 % 60), (unsigned)(s % 60));
    } else {
        snprintf(text, sizeof text, ", %u:%02u left", (unsigned)(s / 60), (unsigned)(s % 60));
    }
    append(l, text);
}

static void append_rate(line* l, const assay_progress_view* view) {
    if (view->done == 0 || view->elapsed_s <= 0) {
        return;
    }
    char text[96];
    double rate = (double)view->done / view->elapsed_s;
    snprintf(text, sizeof text, ", %.3g %.40s/s", rate, view->unit);
    append(l, text);
    if (view->done < view->total) {
        append_time_left(l, (double)(view->total - view->done) / rate);
    }
}

static void append_label(line* l, const assay_progress_view* view) {
    if (view->label[0] != '\0') {
        char label[4 * LABEL_BYTES + 1];
        size_t length = strlen(view->label);
        assay_escape(view->label, length < LABEL_BYTES ? length : LABEL_BYTES, label, sizeof label);
        append(l, ": ");
        append(l, label);
    }
}

/* The last column stays free: writing it may wrap the line. Cuts no character in two. */
static void cut(line* l, size_t width) {
    if (width == 0 || l->used < width) {
        return;
    }
    l->used = width - 1;
    while (l->used > 0 && ((unsigned char)l->text[l->used] & 0xc0) == 0x80) {
        --l->used;
    }
    l->text[l->used] = '\0';
}

size_t assay_progress_line(const assay_progress_view* view, char* text, size_t size) {
    ASSAY_REQUIRE(view != NULL && text != NULL && size >= 64);
    line l = {text, size, 0};
    char counts[128];
    text[0] = '\0';
    append(&l, view->title);
    append(&l, " ");
    if (view->width > 0) {
        append_bar(&l, share_of(view));
    }
    snprintf(counts, sizeof counts, "%3.0f%% %" PRIu64 "/%" PRIu64 " %.40s", 100 * share_of(view),
             view->done, view->total, view->unit);
    append(&l, counts);
    append_rate(&l, view);
    append_label(&l, view);
    cut(&l, view->width);
    return l.used;
}
