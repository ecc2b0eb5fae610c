// An ONNX file unpacked by protobuf-c, and the checks that make unpacking hostile bytes safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "assay/status.h"
#include "onnx.pb-c.h"

namespace assay {

// protobuf-c recurses without a limit; real models nest about ten messages deep.
constexpr int max_onnx_depth = 64;

// What protobuf-c may have allocated at once. An empty message takes two bytes of the file and
// some 300 of memory, so that the size of the file alone bounds nothing.
class OnnxMemory {
  public:
    explicit OnnxMemory(size_t limit) : left_(limit) {}
    OnnxMemory(const OnnxMemory&) = delete;
    OnnxMemory& operator=(const OnnxMemory&) = delete;
    ProtobufCAllocator* allocator() { return &allocator_; }
    bool exhausted() const { return exhausted_; }

  private:
    static void* take(void* self, size_t size);
    static void give(void* self, void* block);

    size_t left_;
    bool exhausted_ = false;
    ProtobufCAllocator allocator_{take, give, this};
};

class OnnxModel {
  public:
    OnnxModel(const std::string& name, size_t memory) : name_(name), memory_(memory) {}
    ~OnnxModel();
    OnnxModel(const OnnxModel&) = delete;
    OnnxModel& operator=(const OnnxModel&) = delete;

    const std::string& name() const { return name_; }
    const Onnx__GraphProto& graph() const { return *proto_->graph; }

    // NULL with a message: not a ModelProto, cut short, without a graph or operator set. Tensors
    // that name other files stay without values.
    static std::shared_ptr<const OnnxModel> load(const char* path, assay_report* report);

  private:
    bool unpack(const std::vector<uint8_t>& bytes, assay_report* report);

    std::string name_;
    OnnxMemory memory_;
    Onnx__ModelProto* proto_ = nullptr;
};

// Probing: how sure `head` is to be the start of a ModelProto, 0 .. 2.
int looks_like_onnx(const std::string& head);

} // namespace assay
