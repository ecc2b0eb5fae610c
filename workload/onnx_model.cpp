#include "onnx_model.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

#include "input_file.hpp"
#include "onnx_wire.hpp"
#include "text.hpp"

namespace assay {
namespace {

constexpr uint64_t max_onnx_bytes = (uint64_t{1} << 31) - 1; // protobuf's own limit
constexpr size_t spare_memory = size_t{64} << 20;            // of a model without weights

// Before every block: its size, in the room that keeps the block aligned.
constexpr size_t block_head = alignof(std::max_align_t);

} // namespace

void* OnnxMemory::take(void* self, size_t size) {
    auto memory = static_cast<OnnxMemory*>(self);
    bool fits = size <= memory->left_ && memory->left_ - size >= block_head;
    auto block = static_cast<char*>(fits ? malloc(size + block_head) : nullptr);
    if (!block) {
        memory->exhausted_ = true;
        return nullptr;
    }
    memory->left_ -= size + block_head;
    memcpy(block, &size, sizeof size);
    return block + block_head;
}

void OnnxMemory::give(void* self, void* block) {
    if (block) {
        char* start = static_cast<char*>(block) - block_head;
        size_t size = 0;
        memcpy(&size, start, sizeof size);
        static_cast<OnnxMemory*>(self)->left_ += size + block_head;
        free(start);
    }
}

OnnxModel::~OnnxModel() {
    if (proto_) {
        onnx__model_proto__free_unpacked(proto_, memory_.allocator());
    }
}

bool OnnxModel::unpack(const std::vector<uint8_t>& bytes, assay_report* report) {
    auto fail = [&](const std::string& message) {
        assay_report_add(report, "%s: %s", name_.c_str(), message.c_str());
        return false;
    };
    WireFault fault;
    if (!check_wire(onnx__model_proto__descriptor, bytes.data(), bytes.size(), max_onnx_depth,
                    fault)) {
        return fail(text("not a whole ONNX model: byte %zu%s%s: %s", fault.at,
                         fault.path.empty() ? "" : ", ", fault.path.c_str(), fault.what.c_str()));
    }
    proto_ = onnx__model_proto__unpack(memory_.allocator(), bytes.size(), bytes.data());
    if (!proto_) {
        return fail(memory_.exhausted() ? "takes far more memory than its size accounts for"
                                        : "not an ONNX model: a field has the wrong type");
    }
    if (!proto_->graph) {
        return fail("the model has no graph");
    }
    return proto_->n_opset_import > 0 ||
           fail("the model imports no operator set; the file may be cut short");
}

std::shared_ptr<const OnnxModel> OnnxModel::load(const char* path, assay_report* report) {
    std::vector<uint8_t> bytes;
    if (read_whole_file(path, max_onnx_bytes, bytes, report) != ASSAY_OK) {
        return nullptr;
    }
    auto model = std::make_shared<OnnxModel>(path, spare_memory + 4 * bytes.size());
    return model->unpack(bytes, report) ? model : nullptr;
}

int looks_like_onnx(const std::string& head) {
    // ir_version (field 1, a small number) is written first, and is followed by a field of text or
    // by the graph.
    bool versioned = head.size() >= 3 && head[0] == 0x08 && head[1] > 0 && head[1] < 100;
    if (!versioned) {
        return 0;
    }
    constexpr char producer_name = 0x12, producer_version = 0x1a, domain = 0x22,
                   model_version = 0x28, doc_string = 0x32, graph = 0x3a, opset_import = 0x42;
    const char next[] = {producer_name, producer_version, domain, model_version, doc_string,
                         graph,         opset_import};
    return memchr(next, head[2], sizeof next) ? 2 : 1;
}

} // namespace assay
