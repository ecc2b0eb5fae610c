/* Networks by name: what a command that takes "a shipped network, or a workload file" reads.
 *
 *     char* path = NULL;
 *     if (assay_network_find("glyphs_mobile", &path, report) == ASSAY_OK) ...
 *     free(path);
 */
#ifndef ASSAY_NETWORK_H
#define ASSAY_NETWORK_H

#include "assay/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* `network`: a file, or the name of one in the folders where assay_accuracy_open looks. *path
 * belongs to the caller: free(). ASSAY_BAD_INPUT: the message says where was looked. Loads no
 * engine. */
assay_status assay_network_find(const char* network, char** path, assay_report* report);

#ifdef __cplusplus
}
#endif
#endif
