/* The table of layers of the text format. */
#ifndef ASSAY_CLI_TEXT_LAYERS_H
#define ASSAY_CLI_TEXT_LAYERS_H

#include "format.h"

/* One row per workload and layer, then what the marks mean and the notes of the layers. */
void cli_text_layers(const cli_runs* runs, cli_text* out);

#endif
