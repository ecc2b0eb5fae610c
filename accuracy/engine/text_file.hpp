// Small text files, whole or not at all.
#pragma once

#include <string>

#include "assay/status.h"

namespace assay {

// A new file is renamed over an old one. ASSAY_IO with a message.
assay_status write_text_file(const char* path, const std::string& text, assay_report* report);

} // namespace assay
