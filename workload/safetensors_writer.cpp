#include "safetensors_writer.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "contract.h"
#include "json.h"
#include "safetensors.hpp"

namespace assay {
namespace {

// The data part starts at a multiple of this, which readers that map files rely on.
constexpr size_t alignment = 8;

bool write_all(int file, const std::vector<uint8_t>& bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n = ::write(file, bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        done += n > 0 ? static_cast<size_t>(n) : 0;
    }
    return true;
}

// Where `path` leads to through symbolic links: rename is to replace the file and not the link.
std::string resolved(const char* path) {
    char* real = realpath(path, nullptr);
    std::string out = real ? real : path;
    free(real);
    return out;
}

bool is_special(const std::string& path) {
    struct stat found;
    return stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode);
}

assay_status cannot(const std::string& path, const char* what, assay_report* report) {
    assay_report_add(report, "%s: cannot %s: %s", path.c_str(), what, strerror(errno));
    return ASSAY_IO;
}

} // namespace

void SafetensorsWriter::add(const std::string& name, const std::string& dtype,
                            const std::vector<uint64_t>& shape, const void* bytes, size_t size) {
    Tensor tensor{dtype, shape, 0, size};
    ASSAY_REQUIRE(name != "__metadata__" && tensor.is_sound());
    const auto* first = static_cast<const uint8_t*>(bytes);
    tensors_[name] = {dtype, shape, std::vector<uint8_t>(first, first + size)};
}

void SafetensorsWriter::add(const std::string& name, const std::vector<uint64_t>& shape,
                            const std::vector<float>& values) {
    add(name, "F32", shape, values.data(), values.size() * sizeof(float));
}

void SafetensorsWriter::set_metadata(const std::string& key, const std::string& value) {
    metadata_[key] = value;
}

std::string SafetensorsWriter::header() const {
    assay_json_writer* w = assay_json_writer_new(0);
    assay_json_begin_object(w, nullptr);
    if (!metadata_.empty()) {
        assay_json_begin_object(w, "__metadata__");
        for (const auto& [key, value] : metadata_) {
            assay_json_write_string(w, key.c_str(), value.c_str());
        }
        assay_json_end_object(w);
    }
    uint64_t at = 0;
    for (const auto& [name, entry] : tensors_) {
        assay_json_begin_object(w, name.c_str());
        assay_json_write_string(w, "dtype", entry.dtype.c_str());
        assay_json_begin_array(w, "shape");
        for (uint64_t d : entry.shape) {
            assay_json_write_uint(w, nullptr, d);
        }
        assay_json_end_array(w);
        assay_json_begin_array(w, "data_offsets");
        assay_json_write_uint(w, nullptr, at);
        at += entry.bytes.size();
        assay_json_write_uint(w, nullptr, at);
        assay_json_end_array(w);
        assay_json_end_object(w);
    }
    assay_json_end_object(w);
    size_t size = 0;
    const char* text = assay_json_writer_text(w, &size);
    std::string out = text ? std::string(text, size) : std::string();
    assay_json_writer_free(&w);
    if (out.empty()) {
        throw std::bad_alloc();
    }
    return out;
}

std::vector<uint8_t> SafetensorsWriter::bytes() const {
    std::string head = header();
    head.resize((head.size() + alignment - 1) / alignment * alignment, ' ');
    std::vector<uint8_t> out;
    for (size_t i = 0; i < 8; ++i) {
        out.push_back(static_cast<uint8_t>(static_cast<uint64_t>(head.size()) >> (8 * i)));
    }
    out.insert(out.end(), head.begin(), head.end());
    for (const auto& [name, entry] : tensors_) {
        out.insert(out.end(), entry.bytes.begin(), entry.bytes.end());
    }
    return out;
}

assay_status SafetensorsWriter::write(const char* path, assay_report* report) const {
    const std::string name = resolved(path);
    // A device or a pipe is written to: renamed over, it would be gone.
    const bool special = is_special(name);
    const std::string target = special ? name : name + ".part" + std::to_string(getpid());
    const std::vector<uint8_t> content = bytes();
    const int create = special ? O_NOCTTY : O_CREAT | O_TRUNC;
    const int file = ::open(target.c_str(), O_WRONLY | O_CLOEXEC | create, 0666);
    if (file < 0) {
        return cannot(name, special ? "write" : "create", report);
    }
    bool good = write_all(file, content);
    const int why = errno;
    if (::close(file) != 0) {
        good = false;
    } else {
        errno = why;
    }
    if (good && (special || ::rename(target.c_str(), name.c_str()) == 0)) {
        return ASSAY_OK;
    }
    const assay_status status = cannot(name, "write", report);
    if (!special) {
        ::unlink(target.c_str());
    }
    return status;
}

} // namespace assay
