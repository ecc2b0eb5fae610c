// Walks protobuf bytes before protobuf-c does, which neither limits its recursion nor says where a
// file is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "protobuf-c/protobuf-c.h"

namespace assay {

struct WireFault {
    size_t at = 0;    // byte
    std::string path; // "graph.node.attribute"
    std::string what;
};

// True if `size` bytes are fields of this message, nested at most `depth` deep.
bool check_wire(const ProtobufCMessageDescriptor& message, const uint8_t* bytes, size_t size,
                int depth, WireFault& fault);

} // namespace assay
