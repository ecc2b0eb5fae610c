// A regular file opened for reading, in parts (base/file.h reads whole text files). Opening never
// blocks (a FIFO is refused, not waited for) and everything is read into memory: a mapped file that
// another process shortens would end in SIGBUS.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assay/status.h"

namespace assay {

class InputFile {
  public:
    InputFile() = default;
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;
    ~InputFile();

    // ASSAY_BAD_INPUT with a message: missing, unreadable, not a regular file, more than `limit`
    // bytes.
    assay_status open(const char* path, assay_report* report, uint64_t limit = UINT64_MAX);
    uint64_t size() const { return size_; }
    // Exactly `count` bytes from `offset`. ASSAY_IO with a message if the file ends before.
    assay_status read(uint64_t offset, size_t count, uint8_t* out, assay_report* report) const;

  private:
    std::string path_;
    int descriptor_ = -1;
    uint64_t size_ = 0;
};

// The whole file. ASSAY_BAD_INPUT if it is larger than `limit` bytes.
assay_status read_whole_file(const char* path, uint64_t limit, std::vector<uint8_t>& out,
                             assay_report* report);

} // namespace assay
