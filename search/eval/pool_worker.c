#include "pool_worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool pool_send(int fd, const void* bytes, size_t size) {
    const char* at = bytes;
    while (size > 0) {
        /* No SIGPIPE: a dead worker must not take the caller with it. */
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
    return true;
}

bool pool_receive(int fd, void* bytes, size_t size) {
    char* at = bytes;
    while (size > 0) {
        ssize_t n = recv(fd, at, size, 0);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            return false;
        }
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
    return true;
}

static void pack_messages(const assay_report* report, pool_reply* reply) {
    reply->message_bytes = 0;
    for (size_t i = 0; i < assay_report_kept(report); i++) {
        const char* text = assay_report_text(report, i);
        size_t size = strlen(text) + 1;
        if (size > POOL_MESSAGE_BYTES - reply->message_bytes) {
            return;
        }
        memcpy(reply->messages + reply->message_bytes, text, size);
        reply->message_bytes += (uint32_t)size;
    }
}

/* Before its first question the worker opens; what goes wrong then is the answer to it. */
typedef struct worker {
    const assay_pool_work* work;
    void* state;
    bool opened;
    assay_report* report;
    char *question, *answer;
    pool_reply reply;
} worker;

static assay_status answer_one(worker* w) {
    assay_report_clear(w->report);
    assay_status status = ASSAY_OK;
    if (!w->opened) {
        status = w->work->open(w->work->context, &w->state, w->report);
        w->opened = status == ASSAY_OK;
    }
    return w->opened ? w->work->answer(w->state, w->question, w->answer, w->report) : status;
}

static void serve(worker* w, int fd) {
    while (pool_receive(fd, w->question, w->work->question_size)) {
        memset(w->answer, 0, w->work->answer_size);
        w->reply.status = (uint32_t)answer_one(w);
        pack_messages(w->report, &w->reply);
        if (!pool_send(fd, &w->reply, sizeof w->reply) ||
            !pool_send(fd, w->answer, w->work->answer_size)) {
            break;
        }
    }
    if (w->opened) {
        w->work->close(w->state);
    }
}

_Noreturn void pool_worker(const assay_pool_work* work, int fd) {
    worker w = {.work = work, .report = assay_report_new()};
    w.question = malloc(work->question_size);
    w.answer = malloc(work->answer_size);
    if (w.report != NULL && w.question != NULL && w.answer != NULL) {
        serve(&w, fd);
    }
    /* Not exit: buffers and handlers are copies of the caller's. */
    _exit(0);
}
