// Small text files, whole or not at all.
#pragma once

#include <string>

#include "assay/status.h"

namespace assay {

// A new file is renamed over an old one. ASSAY_IO with a message.
assay_status write_text_file(const char* path, const std::string& text, assay_report* report);

// The folder is there afterwards; ASSAY_IO with a message if it cannot be made.
assay_status make_folder(const char* folder, assay_report* report);

} // namespace assay
