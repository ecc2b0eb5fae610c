// The guard of every extern "C" function: exceptions become statuses.
#pragma once

#include <exception>
#include <new>

#include "assay/status.h"

namespace assay {

// Runs `body` (returns a status); a thrown exception becomes a message and a status.
template <class Body>
assay_status guarded(assay_report* report, Body&& body) {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        assay_report_add(report, "out of memory");
        return ASSAY_NO_MEMORY;
    } catch (const std::exception& e) {
        assay_report_add(report, "internal error: %s", e.what());
        return ASSAY_INTERNAL;
    } catch (...) {
        assay_report_add(report, "internal error: unknown exception");
        return ASSAY_INTERNAL;
    }
}

} // namespace assay
