// Writes .safetensors files that safetensors.hpp reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "assay/status.h"

namespace assay {

class SafetensorsWriter {
  public:
    // Copies `size` bytes, little-endian, as the type and shape ask for; adding a name again
    // replaces its tensor. `name` is UTF-8 and not "__metadata__"; dtypes as in the format: "F32".
    void add(const std::string& name, const std::string& dtype, const std::vector<uint64_t>& shape,
             const void* bytes, size_t size);
    void add(const std::string& name, const std::vector<uint64_t>& shape,
             const std::vector<float>& values);
    // Text under __metadata__.
    void set_metadata(const std::string& key, const std::string& value);

    // The file, tensors in the order of their names, so that equal content gives equal bytes; it
    // appears whole or not at all (a new file is renamed over an old one, and over the one that a
    // symbolic link leads to). A device or a pipe is written to. ASSAY_IO with a message.
    assay_status write(const char* path, assay_report* report) const;
    // The same as bytes.
    std::vector<uint8_t> bytes() const;

  private:
    struct Entry {
        std::string dtype;
        std::vector<uint64_t> shape;
        std::vector<uint8_t> bytes;
    };
    std::string header() const;

    std::map<std::string, Entry> tensors_;
    std::map<std::string, std::string> metadata_;
};

} // namespace assay
