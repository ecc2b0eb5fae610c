/* Stopping on request: the first SIGINT or SIGTERM is remembered, the second one kills. */
#ifndef ASSAY_CLI_INTERRUPT_H
#define ASSAY_CLI_INTERRUPT_H

#include <stdbool.h>

/* Signals that the caller ignores (nohup) stay ignored. */
void cli_interrupt_watch(void);
bool cli_interrupted(void);

#endif
