#include "onnx_node.hpp"

#include <cstring>

#include "graph.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {

bool OnnxNode::standard_domain() const {
    return !proto_.domain || !*proto_.domain || strcmp(proto_.domain, "ai.onnx") == 0;
}

std::string OnnxNode::input(size_t i) const {
    return i < proto_.n_input ? proto_.input[i] : "";
}

std::string OnnxNode::output(size_t i) const {
    return i < proto_.n_output ? proto_.output[i] : "";
}

std::string OnnxNode::title() const {
    std::string shown = name().empty() ? output(0) : name();
    return text("node %zu %s (%s%s%s)", index_, assay_quote(shown.c_str()).text,
                standard_domain() ? "" : assay_quote(proto_.domain).text,
                standard_domain() ? "" : " ",
                op().empty() ? "no operator" : assay_quote(op().c_str()).text);
}

const Onnx__AttributeProto* OnnxNode::find(const char* attribute) const {
    for (size_t i = 0; i < proto_.n_attribute; ++i) {
        const Onnx__AttributeProto* a = proto_.attribute[i];
        if (a->name && strcmp(a->name, attribute) == 0) {
            return a;
        }
    }
    return nullptr;
}

int64_t OnnxNode::number(const char* attribute, int64_t absent) const {
    const Onnx__AttributeProto* a = find(attribute);
    return a && a->has_i ? a->i : absent;
}

double OnnxNode::real(const char* attribute, double absent) const {
    const Onnx__AttributeProto* a = find(attribute);
    return a && a->has_f ? static_cast<double>(a->f) : absent;
}

std::string OnnxNode::string(const char* attribute, const char* absent) const {
    const Onnx__AttributeProto* a = find(attribute);
    return a && a->has_s ? std::string(reinterpret_cast<const char*>(a->s.data), a->s.len) : absent;
}

Dims OnnxNode::numbers(const char* attribute) const {
    const Onnx__AttributeProto* a = find(attribute);
    return a ? Dims(a->ints, a->ints + a->n_ints) : Dims();
}

const Onnx__TensorProto* OnnxNode::tensor(const char* attribute) const {
    const Onnx__AttributeProto* a = find(attribute);
    return a ? a->t : nullptr;
}

namespace {

bool external(const Onnx__TensorProto& t) {
    return t.has_data_location && t.data_location == ONNX__TENSOR_PROTO__DATA_LOCATION__EXTERNAL;
}

// Bytes of an element in raw_data, 0 for types without a fixed size.
size_t element_bytes(int32_t type) {
    switch (type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT8:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT8:
    case ONNX__TENSOR_PROTO__DATA_TYPE__BOOL:
        return 1;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT16:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT16:
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16:
    case ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16:
        return 2;
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT32:
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT32:
        return 4;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT64:
        return 8;
    default:
        return 0;
    }
}

// Values in the field that the type uses when there is no raw_data.
uint64_t field_values(const Onnx__TensorProto& t) {
    switch (t.data_type) {
    case ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT:
        return t.n_float_data;
    case ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE:
        return t.n_double_data;
    case ONNX__TENSOR_PROTO__DATA_TYPE__INT64:
        return t.n_int64_data;
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT32:
    case ONNX__TENSOR_PROTO__DATA_TYPE__UINT64:
        return t.n_uint64_data;
    default:
        return t.n_int32_data;
    }
}

template <typename T>
std::vector<T> raw_values(const Onnx__TensorProto& t) {
    std::vector<T> out(t.raw_data.len / sizeof(T));
    if (!out.empty()) {
        memcpy(out.data(), t.raw_data.data, out.size() * sizeof(T));
    }
    return out;
}

} // namespace

Dims tensor_dims(const Onnx__TensorProto& tensor) {
    return Dims(tensor.dims, tensor.dims + tensor.n_dims);
}

bool count_of(const Dims& dims, uint64_t& out) {
    out = 1;
    for (int64_t d : dims) {
        if (d < 0 || static_cast<uint64_t>(d) > max_elements) {
            return false;
        }
        out *= static_cast<uint64_t>(d);
        if (out > max_elements) {
            return false;
        }
    }
    return true;
}

std::string dims_text(const Dims& dims) {
    std::string out = "[";
    for (size_t i = 0; i < dims.size() && i <= max_onnx_rank; ++i) {
        out += (i ? ", " : "") +
               (i == max_onnx_rank ? "..." : std::to_string(static_cast<long long>(dims[i])));
    }
    return out + "]";
}

std::string tensor_fault(const Onnx__TensorProto& tensor) {
    Dims dims = tensor_dims(tensor);
    uint64_t count = 0;
    if (dims.size() > max_onnx_rank || !count_of(dims, count)) {
        return text("the shape %s must have at most %zu dimensions, none negative, and 2^28 "
                    "elements",
                    dims_text(dims).c_str(), max_onnx_rank);
    }
    size_t bytes = element_bytes(tensor.data_type);
    if (external(tensor) || bytes == 0) {
        return "";
    }
    if (tensor.has_raw_data ? tensor.raw_data.len != count * bytes
                            : field_values(tensor) != count) {
        return text("the shape %s needs %llu values, the file holds %llu", dims_text(dims).c_str(),
                    static_cast<unsigned long long>(count),
                    static_cast<unsigned long long>(
                        tensor.has_raw_data ? tensor.raw_data.len / bytes : field_values(tensor)));
    }
    return "";
}

bool has_floats(const Onnx__TensorProto& tensor) {
    return tensor.data_type == ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT && !external(tensor);
}

std::vector<float> tensor_floats(const Onnx__TensorProto& tensor) {
    return tensor.has_raw_data
               ? raw_values<float>(tensor)
               : std::vector<float>(tensor.float_data, tensor.float_data + tensor.n_float_data);
}

bool tensor_ints(const Onnx__TensorProto& tensor, Dims& out) {
    bool wide = tensor.data_type == ONNX__TENSOR_PROTO__DATA_TYPE__INT64;
    uint64_t count = 0;
    if (external(tensor) || !count_of(tensor_dims(tensor), count) || count > max_onnx_ints ||
        (!wide && tensor.data_type != ONNX__TENSOR_PROTO__DATA_TYPE__INT32)) {
        return false;
    }
    if (wide) {
        out = tensor.has_raw_data
                  ? raw_values<int64_t>(tensor)
                  : Dims(tensor.int64_data, tensor.int64_data + tensor.n_int64_data);
    } else {
        auto narrow =
            tensor.has_raw_data
                ? raw_values<int32_t>(tensor)
                : std::vector<int32_t>(tensor.int32_data, tensor.int32_data + tensor.n_int32_data);
        out.assign(narrow.begin(), narrow.end());
    }
    return true;
}

} // namespace assay
