#include "names.h"

#include "quote.h"
#include "suggest.h"
#include "text.h"

void cli_report_unknown(assay_report* report, const char* what, const char* name,
                        const char* const* names) {
    const char* near = assay_suggest(name, names);
    if (near != NULL) {
        assay_report_add(report, "unknown %s %s, did you mean \"%s\"?", what,
                         assay_quote(name).text, near);
        return;
    }
    cli_text legal = {0};
    for (size_t i = 0; names[i] != NULL; i++) {
        cli_text_add(&legal, "%s%s", i == 0 ? "" : ", ", names[i]);
    }
    assay_report_add(report, "unknown %s %s, legal: %s", what, assay_quote(name).text,
                     legal.size > 0 ? legal.bytes : "none");
    cli_text_free(&legal);
}
