// Where the module with the built-in engine is.
#pragma once

#include <string>

#include "assay/status.h"

namespace assay {

// "" if there is none. $ASSAY_TORCH_ENGINE where it is set; else beside the running program or
// where a build tree or an installation has it.
std::string find_engine_module();
// ASSAY_BAD_INPUT, with a message that says what to install, where there is none.
assay_status require_engine_module(assay_report* report);
// The folder of the running program; "" if it cannot be told.
std::string program_folder();

} // namespace assay
