#include "progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "contract.h"
#include "progress_line.h"

enum {
    LINE_BYTES = 512,
    LABEL_BYTES = 128
};

static const double redraw_seconds = 0.1; /* on a terminal */
static const double quiet_seconds = 10;   /* between plain lines, and before the first */

struct assay_progress {
    FILE* stream;
    assay_progress_view view;
    char *title, *unit, label[LABEL_BYTES];
    bool terminal, drawn;
    double start_s, last_s;
};

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static size_t terminal_width(FILE* stream) {
    struct winsize window;
    bool known = ioctl(fileno(stream), TIOCGWINSZ, &window) == 0 && window.ws_col >= 20;
    return known ? window.ws_col : 80;
}

static void release(assay_progress* progress) {
    free(progress->title);
    free(progress->unit);
    free(progress);
}

assay_progress* assay_progress_new(FILE* stream, const char* title, uint64_t total,
                                   const char* unit) {
    ASSAY_REQUIRE(stream != NULL && title != NULL && unit != NULL);
    assay_progress* progress = calloc(1, sizeof *progress);
    if (progress == NULL) {
        return NULL;
    }
    progress->stream = stream;
    progress->title = strdup(title);
    progress->unit = strdup(unit);
    if (progress->title == NULL || progress->unit == NULL) {
        release(progress);
        return NULL;
    }
    progress->view = (assay_progress_view){
        .title = progress->title, .unit = progress->unit, .label = progress->label, .total = total};
    progress->terminal = isatty(fileno(stream)) != 0;
    progress->start_s = now_s();
    progress->last_s = progress->terminal ? progress->start_s - redraw_seconds : progress->start_s;
    return progress;
}

/* Clear to the end of line, rather than blanks: the terminal may have been made narrower. */
static void draw(assay_progress* progress, double now) {
    char text[LINE_BYTES];
    progress->view.elapsed_s = now - progress->start_s;
    progress->view.width = progress->terminal ? terminal_width(progress->stream) : 0;
    assay_progress_line(&progress->view, text, sizeof text);
    fprintf(progress->stream, progress->terminal ? "\r%s\033[K" : "%s\n", text);
    fflush(progress->stream);
    progress->drawn = true;
    progress->last_s = now;
}

void assay_progress_step(assay_progress* progress, uint64_t done, const char* label) {
    if (progress == NULL) {
        return; /* there was no memory for it: the work goes on unseen */
    }
    double now = now_s();
    progress->view.done = done;
    if (now - progress->last_s < (progress->terminal ? redraw_seconds : quiet_seconds)) {
        return;
    }
    snprintf(progress->label, sizeof progress->label, "%s", label != NULL ? label : "");
    draw(progress, now);
}

void assay_progress_end(assay_progress** progress) {
    ASSAY_REQUIRE(progress != NULL);
    if (*progress == NULL) {
        return;
    }
    if ((*progress)->drawn && (*progress)->terminal) {
        fputs("\r\033[K", (*progress)->stream);
        fflush((*progress)->stream);
    }
    release(*progress);
    *progress = NULL;
}
