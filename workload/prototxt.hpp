// Protocol-buffer text format, as far as Caffe network descriptions use it: `name: scalar`,
// `name { ... }`, repeated fields, comments. No extensions, no lists in brackets.
#pragma once

#include <string>
#include <vector>

#include "assay/status.h"

namespace assay {

struct ProtoField {
    std::string name;
    std::string value; // scalar text without quotes; empty for a message
    bool is_message = false;
    std::vector<ProtoField> fields; // of a message
    int line = 0;
};

// False with one message ("name:line: what") at the first mistake: what follows it has no meaning.
bool parse_prototxt(const std::string& name, const std::string& text, ProtoField& root,
                    assay_report* report);

} // namespace assay
