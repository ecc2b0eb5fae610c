#include "onnx_wire.hpp"

namespace assay {
namespace {

// Wire types of the protobuf encoding.
enum : uint64_t {
    wire_varint = 0,
    wire_fixed64 = 1,
    wire_bytes = 2,
    wire_fixed32 = 5
};

class Walker {
  public:
    Walker(const uint8_t* bytes, WireFault& fault) : bytes_(bytes), fault_(fault) {}

    bool message(const ProtobufCMessageDescriptor& type, size_t end, int depth) {
        if (depth < 0) {
            return fail("messages are nested too deep");
        }
        while (at_ < end) {
            uint64_t key = 0;
            if (!varint(end, key) || !field(type, key, end, depth)) {
                return false;
            }
        }
        return true;
    }

  private:
    bool fail(const char* what) {
        fault_.at = at_;
        fault_.what = what;
        return false;
    }

    bool varint(size_t end, uint64_t& out) {
        out = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at_ >= end) {
                return fail("ends inside a number");
            }
            uint8_t byte = bytes_[at_++];
            out |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) {
                return true;
            }
        }
        return fail("a number of more than 10 bytes");
    }

    bool skip(uint64_t count, size_t end) {
        if (count > end - at_) {
            return fail("ends inside a field");
        }
        at_ += static_cast<size_t>(count);
        return true;
    }

    bool field(const ProtobufCMessageDescriptor& type, uint64_t key, size_t end, int depth) {
        uint64_t length = 0;
        switch (key & 7) {
        case wire_varint:
            return varint(end, length);
        case wire_fixed64:
            return skip(8, end);
        case wire_fixed32:
            return skip(4, end);
        case wire_bytes:
            return varint(end, length) && bytes(type, key >> 3, length, end, depth);
        default:
            return fail("an unknown kind of field");
        }
    }

    bool bytes(const ProtobufCMessageDescriptor& type, uint64_t id, uint64_t length, size_t end,
               int depth) {
        const ProtobufCFieldDescriptor* known =
            id > UINT32_MAX
                ? nullptr
                : protobuf_c_message_descriptor_get_field(&type, static_cast<unsigned>(id));
        if (!known || known->type != PROTOBUF_C_TYPE_MESSAGE) {
            return skip(length, end);
        }
        if (length > end - at_) {
            return in(*known, fail("ends inside a field"));
        }
        auto inner = static_cast<const ProtobufCMessageDescriptor*>(known->descriptor);
        return in(*known, message(*inner, at_ + static_cast<size_t>(length), depth - 1));
    }

    bool in(const ProtobufCFieldDescriptor& field, bool good) {
        if (!good) {
            fault_.path = field.name + (fault_.path.empty() ? "" : "." + fault_.path);
        }
        return good;
    }

    const uint8_t* bytes_;
    size_t at_ = 0;
    WireFault& fault_;
};

} // namespace

bool check_wire(const ProtobufCMessageDescriptor& message, const uint8_t* bytes, size_t size,
                int depth, WireFault& fault) {
    return Walker(bytes, fault).message(message, size, depth);
}

} // namespace assay
