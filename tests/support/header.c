/* Compiled once per header: a header must not rely on what was included before it. */
#include ASSAY_HEADER
