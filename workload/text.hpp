// Small text helpers for messages and names.
#pragma once

#include <string>

#include "assay/status.h"

namespace assay {

// printf into a std::string.
std::string text(const char* format, ...) ASSAY_PRINTF(1, 2);
// "/a/b.c.net" -> "b.c"; a name that starts with its only dot stays whole.
std::string file_stem(const std::string& path);

} // namespace assay
