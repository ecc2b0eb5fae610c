#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "contract.h"
#include "pool_worker.h"

enum {
    POLL_MS = 100,
    LABEL_BYTES = 256
};

static const size_t none = SIZE_MAX;

typedef struct slot {
    pid_t pid; /* 0: no worker */
    int fd;
    size_t question; /* `none`: idle */
    double due_s;
} slot;

struct assay_pool {
    assay_pool_work work;
    slot* slots;
    struct pollfd* polled; /* [jobs] */
    size_t* lost;          /* [jobs] questions whose worker died, to be asked again */
    size_t jobs, lost_count;
    pool_reply reply;
    char* answer;
};

/* One call of assay_pool_run. */
typedef struct batch {
    assay_pool* pool;
    const char* questions;
    size_t count, next, done;
    unsigned char* deaths; /* [count] of workers, by question */
    const assay_pool_events* events;
    assay_report* report;
} batch;

/* ---- Workers ---- */

/* Clock of the watchdog; results do not depend on it. */
static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void become_worker(assay_pool* pool, int fd, pid_t parent) {
    /* Ctrl-C reaches the whole group: the caller decides what it means. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(0);
    }
    /* With another worker's socket open here, that one would not notice the caller's end. */
    for (size_t i = 0; i < pool->jobs; i++) {
        if (pool->slots[i].pid != 0) {
            close(pool->slots[i].fd);
        }
    }
    pool_worker(&pool->work, fd);
}

static assay_status start(assay_pool* pool, slot* s, assay_report* report) {
    int ends[2] = {-1, -1};
    pid_t parent = getpid(), pid = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) {
        pid = fork();
    }
    if (pid == 0) {
        close(ends[0]);
        become_worker(pool, ends[1], parent);
    }
    if (pid < 0) {
        assay_report_add(report, "cannot start a worker process: %s", strerror(errno));
        if (ends[0] >= 0) {
            close(ends[0]);
            close(ends[1]);
        }
        return ASSAY_IO;
    }
    close(ends[1]);
    *s = (slot){.pid = pid, .fd = ends[0], .question = none};
    return ASSAY_OK;
}

/* Returns what waitpid says of its end. */
static int bury(slot* s) {
    int end = 0;
    kill(s->pid, SIGKILL);
    while (waitpid(s->pid, &end, 0) < 0 && errno == EINTR) {}
    close(s->fd);
    *s = (slot){.question = none};
    return end;
}

/* ---- Life cycle ---- */

assay_status assay_pool_new(const assay_pool_work* work, unsigned jobs, assay_pool** out) {
    ASSAY_REQUIRE(work != NULL && out != NULL && jobs >= 1 && jobs <= ASSAY_POOL_MAX_JOBS);
    ASSAY_REQUIRE(work->question_size > 0 && work->answer_size > 0);
    assay_pool* pool = calloc(1, sizeof *pool);
    *out = pool;
    if (pool == NULL) {
        return ASSAY_NO_MEMORY;
    }
    pool->work = *work;
    pool->jobs = jobs;
    pool->slots = calloc(jobs, sizeof *pool->slots);
    pool->polled = calloc(jobs, sizeof *pool->polled);
    pool->lost = calloc(jobs, sizeof *pool->lost);
    pool->answer = malloc(work->answer_size);
    if (pool->slots == NULL || pool->polled == NULL || pool->lost == NULL || pool->answer == NULL) {
        assay_pool_free(out);
        return ASSAY_NO_MEMORY;
    }
    for (size_t i = 0; i < jobs; i++) {
        pool->slots[i].question = none;
    }
    return ASSAY_OK;
}

void assay_pool_free(assay_pool** pool) {
    ASSAY_REQUIRE(pool != NULL);
    assay_pool* p = *pool;
    if (p != NULL) {
        for (size_t i = 0; p->slots != NULL && i < p->jobs; i++) {
            if (p->slots[i].pid != 0) {
                bury(&p->slots[i]);
            }
        }
        free(p->slots);
        free(p->polled);
        free(p->lost);
        free(p->answer);
        free(p);
    }
    *pool = NULL;
}

/* ---- Questions ---- */

static void describe(const batch* b, size_t question, char label[LABEL_BYTES]) {
    label[0] = '\0';
    b->events->describe(b->events->user, question, label, LABEL_BYTES);
}

/* The worker of a slot is gone, or has to go: its question is asked once more. */
static assay_status lose(batch* b, slot* s, const char* how) {
    size_t question = s->question;
    char label[LABEL_BYTES], end_text[64] = "";
    int end = bury(s);
    if (how == NULL && WIFSIGNALED(end)) {
        snprintf(end_text, sizeof end_text, "died of signal %d", WTERMSIG(end));
    } else if (how == NULL) {
        snprintf(end_text, sizeof end_text, "ended with exit code %d", WEXITSTATUS(end));
    }
    describe(b, question, label);
    bool again = ++b->deaths[question] < 2;
    assay_report_add(b->report, "%s: the worker process %s; %s", label,
                     how != NULL ? how : end_text, again ? "asked again" : "given up");
    if (again) {
        b->pool->lost[b->pool->lost_count++] = question;
        return ASSAY_OK;
    }
    if (b->events->abandoned == NULL) {
        return ASSAY_INTERNAL;
    }
    b->done++;
    b->events->abandoned(b->events->user, question);
    return ASSAY_OK;
}

static size_t next_question(batch* b) {
    if (b->pool->lost_count > 0) {
        return b->pool->lost[--b->pool->lost_count];
    }
    return b->next < b->count ? b->next++ : none;
}

static assay_status ask(batch* b, slot* s, size_t question) {
    assay_status status = s->pid == 0 ? start(b->pool, s, b->report) : ASSAY_OK;
    if (status != ASSAY_OK) {
        return status;
    }
    size_t size = b->pool->work.question_size;
    s->question = question;
    s->due_s = now_s() + b->pool->work.limit_s;
    return pool_send(s->fd, b->questions + question * size, size) ? ASSAY_OK : lose(b, s, NULL);
}

static assay_status ask_idle(batch* b) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < b->pool->jobs && status == ASSAY_OK; i++) {
        slot* s = &b->pool->slots[i];
        size_t question = s->question == none ? next_question(b) : none;
        if (question != none) {
            status = ask(b, s, question);
        }
    }
    return status;
}

/* ---- Answers ---- */

static void hand_over_messages(batch* b) {
    pool_reply* r = &b->pool->reply;
    r->messages[POOL_MESSAGE_BYTES - 1] = '\0';
    for (size_t at = 0; at < r->message_bytes && at < POOL_MESSAGE_BYTES;) {
        assay_report_add(b->report, "%s", r->messages + at);
        at += strlen(r->messages + at) + 1;
    }
}

static assay_status take_answer(batch* b, slot* s) {
    assay_pool* pool = b->pool;
    if (!pool_receive(s->fd, &pool->reply, sizeof pool->reply) ||
        !pool_receive(s->fd, pool->answer, pool->work.answer_size)) {
        return lose(b, s, NULL);
    }
    size_t question = s->question;
    s->question = none;
    b->done++;
    hand_over_messages(b);
    if (pool->reply.status != ASSAY_OK) {
        return (assay_status)pool->reply.status;
    }
    return b->events->answered(b->events->user, question, pool->answer, b->report);
}

static assay_status take_answers(batch* b) {
    assay_pool* pool = b->pool;
    for (size_t i = 0; i < pool->jobs; i++) {
        bool busy = pool->slots[i].question != none;
        pool->polled[i] = (struct pollfd){.fd = busy ? pool->slots[i].fd : -1, .events = POLLIN};
    }
    if (poll(pool->polled, (nfds_t)pool->jobs, POLL_MS) <= 0) {
        return ASSAY_OK;
    }
    assay_status status = ASSAY_OK;
    for (size_t i = 0; i < pool->jobs && status == ASSAY_OK; i++) {
        if (pool->polled[i].fd >= 0 && pool->polled[i].revents != 0) {
            status = take_answer(b, &pool->slots[i]);
        }
    }
    return status;
}

static assay_status check_hung(batch* b) {
    assay_status status = ASSAY_OK;
    double now = b->pool->work.limit_s > 0 ? now_s() : 0;
    for (size_t i = 0; i < b->pool->jobs && status == ASSAY_OK; i++) {
        slot* s = &b->pool->slots[i];
        if (now > 0 && s->question != none && now > s->due_s) {
            status = lose(b, s, "took too long and was killed");
        }
    }
    return status;
}

static assay_status work_off(batch* b) {
    assay_status status = ASSAY_OK;
    while (status == ASSAY_OK && b->done < b->count) {
        if (b->events->stop != NULL && b->events->stop(b->events->user)) {
            return ASSAY_INTERRUPTED;
        }
        status = ask_idle(b);
        status = status == ASSAY_OK ? take_answers(b) : status;
        status = status == ASSAY_OK ? check_hung(b) : status;
    }
    return status;
}

/* After an early end: nobody wants the answers that are still to come. */
static void bury_busy(assay_pool* pool) {
    for (size_t i = 0; i < pool->jobs; i++) {
        if (pool->slots[i].question != none) {
            bury(&pool->slots[i]);
        }
    }
    pool->lost_count = 0;
}

assay_status assay_pool_run(assay_pool* pool, const void* questions, size_t count,
                            const assay_pool_events* events, assay_report* report) {
    ASSAY_REQUIRE(pool != NULL && events != NULL && (questions != NULL || count == 0));
    ASSAY_REQUIRE(events->answered != NULL && events->describe != NULL);
    batch b = {
        .pool = pool, .questions = questions, .count = count, .events = events, .report = report};
    b.deaths = calloc(count + 1, 1);
    if (b.deaths == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = work_off(&b);
    bury_busy(pool);
    free(b.deaths);
    return status;
}
