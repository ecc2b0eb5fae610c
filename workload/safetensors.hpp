// Strict reader of the safetensors format: u64 header length, JSON header, data. Every tensor's
// type, shape and offsets must agree, and the tensors must fill the data part without overlap or
// hole.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

struct Tensor {
    std::string dtype; // "F32", "U8", ...
    std::vector<uint64_t> shape;
    uint64_t begin = 0, end = 0; // bytes inside the data part

    uint64_t count() const; // elements
    // The dtype is one of the format, and type and shape take just these bytes.
    bool is_sound() const;
};

class Safetensors {
  public:
    // ASSAY_BAD_INPUT with a message per mistake. Files up to 2 GiB.
    assay_status load(const char* path, assay_report* report);
    assay_status parse(const char* name, std::vector<uint8_t> bytes, assay_report* report);

    const std::string& name() const { return name_; }
    const std::map<std::string, Tensor>& tensors() const { return tensors_; }
    // Text under __metadata__, "" if absent.
    std::string metadata(const std::string& key) const;
    // The tensor if it exists with this type and number of dimensions; else NULL and a message.
    const Tensor* require(const char* tensor, const char* dtype, size_t dimensions,
                          assay_report* report) const;

    // Values of a tensor whose dtype is F32, U32 or U8.
    std::vector<float> floats(const Tensor& tensor) const { return values<float>(tensor); }
    std::vector<uint32_t> uints(const Tensor& tensor) const { return values<uint32_t>(tensor); }
    // Values of any type as real numbers, 64-bit types rounded; empty if the type has no conversion
    // (BOOL and 8-bit floats).
    std::vector<float> reals(const Tensor& tensor) const;
    // Values of an 8, 16 or 32-bit integer type as they are; false if it is another type, or if a
    // U32 does not fit.
    bool integers(const Tensor& tensor, std::vector<int32_t>& out) const;
    const uint8_t* bytes(const Tensor& tensor) const {
        return bytes_.data() + data_ + tensor.begin;
    }

  private:
    template <typename T>
    std::vector<T> values(const Tensor& tensor) const;

    bool locate_data(const char* name, uint64_t file_bytes, assay_report* report);
    assay_status parse_header(uint64_t file_bytes, assay_report* report);

    std::string name_;
    std::vector<uint8_t> bytes_;
    uint64_t data_ = 0;
    std::map<std::string, Tensor> tensors_;
    std::map<std::string, std::string> metadata_;
};

// Probing: a plausible length and the start of a JSON object.
bool looks_like_safetensors(const std::string& head);

} // namespace assay
