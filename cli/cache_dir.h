/* Where encoded matrices are cached unless the user says otherwise. */
#ifndef ASSAY_CLI_CACHE_DIR_H
#define ASSAY_CLI_CACHE_DIR_H

/* $ASSAY_CACHE, else $XDG_CACHE_HOME/assay, else $HOME/.cache/assay; to be freed. NULL: no cache.
 */
char* cli_default_cache_dir(void);

#endif
