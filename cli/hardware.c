#include "hardware.h"

#include <stdlib.h>
#include <string.h>

#include "quote.h"

static bool same_key(const char* a, const char* b) {
    size_t length = strcspn(a, "=");
    return strcspn(b, "=") == length && strncmp(a, b, length) == 0;
}

void cli_check_sets(const char* const* sets, size_t count, assay_report* report) {
    for (size_t i = 0; i < count; i++) {
        const char* text = sets[i];
        if (strchr(text, '=') == NULL || text[0] == '=') {
            assay_report_add(report, "--set %s: legal is KEY=VALUE", assay_quote(text).text);
        }
        for (size_t k = 0; k < i; k++) {
            if (same_key(text, sets[k])) {
                assay_report_add(report, "--set %s: the key is set before, by %s",
                                 assay_quote(text).text, assay_quote(sets[k]).text);
                break;
            }
        }
    }
}

void cli_read_model(const cli_arguments* arguments, size_t option, assay_model* out,
                    assay_report* report) {
    const char* const names[] = {assay_model_name(ASSAY_MODEL_EVENT),
                                 assay_model_name(ASSAY_MODEL_CLOCKED), NULL};
    size_t model = ASSAY_MODEL_EVENT;
    cli_read_choice(arguments, option, names, &model, report);
    *out = (assay_model)model;
}

static assay_status set_option(assay_hw* hw, const char* text, assay_report* report) {
    const char* equals = strchr(text, '=');
    char* key = strndup(text, (size_t)(equals - text));
    if (key == NULL) {
        return ASSAY_NO_MEMORY;
    }
    assay_status status = assay_hw_set(hw, key, equals + 1, report);
    free(key);
    return status;
}

assay_status cli_load_hw(const char* path, const char* const* sets, size_t count, assay_hw** out,
                         assay_report* report) {
    assay_status status = assay_hw_load(path, out, report);
    if (status != ASSAY_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        assay_status next = set_option(*out, sets[i], report);
        status = status == ASSAY_OK ? next : status;
    }
    return status == ASSAY_OK ? assay_hw_check(*out, report) : status;
}
