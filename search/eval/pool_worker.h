/* The worker's side of a pool, and the messages between the two. */
#ifndef ASSAY_SEARCH_POOL_WORKER_H
#define ASSAY_SEARCH_POOL_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "pool.h"

enum {
    POOL_MESSAGE_BYTES = 4096 /* of all messages of one answer, each with its zero */
};

/* Before the answer's bytes. */
typedef struct pool_reply {
    uint32_t status;
    uint32_t message_bytes;
    char messages[POOL_MESSAGE_BYTES];
} pool_reply;

/* Exactly `size` bytes through a socket; false when the other side is gone. */
bool pool_send(int fd, const void* bytes, size_t size);
bool pool_receive(int fd, void* bytes, size_t size);

/* Answers questions from `fd` until it is closed. Never returns. */
_Noreturn void pool_worker(const assay_pool_work* work, int fd);

#endif
