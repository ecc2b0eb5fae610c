/* A compression as text: its stages and its layers. */
#ifndef ASSAY_CLI_COMPRESS_PRINT_H
#define ASSAY_CLI_COMPRESS_PRINT_H

#include "assay/accuracy.h"
#include "text.h"

void compress_print(const assay_compression* compression, cli_text* out);

#endif
