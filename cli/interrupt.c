#include "interrupt.h"

#include <signal.h>
#include <stddef.h>

/* The one mutable global of the program: a signal handler has no other place to leave a mark. */
static volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number) {
    (void)signal_number;
    stop_requested = 1;
}

static void watch(int signal_number) {
    struct sigaction old, action = {.sa_handler = request_stop};
    /* Not SA_RESTART: a blocking read is given up too. SA_RESETHAND: the second one kills. */
    action.sa_flags = (int)SA_RESETHAND;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal_number, NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
        sigaction(signal_number, &action, NULL);
    }
}

void cli_interrupt_watch(void) {
    watch(SIGINT);
    watch(SIGTERM);
}

bool cli_interrupted(void) {
    return stop_requested != 0;
}
