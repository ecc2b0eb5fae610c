// libtorch's exceptions end here.
#pragma once

#include <stdexcept>
#include <string>

#include <c10/util/Exception.h>

#include "guarded.hpp"

namespace assay {

// `guarded` for a body that calls libtorch: its messages without their stack traces.
template <class Body>
assay_status guarded_torch(assay_report* report, Body&& body) {
    return guarded(report, [&] {
        try {
            return static_cast<assay_status>(body());
        } catch (const c10::Error& e) {
            const std::string text = e.what_without_backtrace();
            throw std::runtime_error("libtorch: " + text.substr(0, text.find('\n')));
        }
    });
}

} // namespace assay
