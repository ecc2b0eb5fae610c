// One node of an ONNX graph: its attributes, and the constant tensors that it reads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "onnx.pb-c.h"

namespace assay {

using Dims = std::vector<int64_t>;

class OnnxNode {
  public:
    OnnxNode(const Onnx__NodeProto& proto, size_t index) : proto_(proto), index_(index) {}

    size_t index() const { return index_; }
    std::string op() const { return proto_.op_type ? proto_.op_type : ""; }
    std::string name() const { return proto_.name ? proto_.name : ""; }
    bool standard_domain() const;
    size_t inputs() const { return proto_.n_input; }
    size_t outputs() const { return proto_.n_output; }
    std::string input(size_t i) const; // "": left out
    std::string output(size_t i) const;
    std::string title() const; // node 3 "conv1" (Conv)

    bool has(const char* attribute) const { return find(attribute) != nullptr; }
    int64_t number(const char* attribute, int64_t absent) const;
    double real(const char* attribute, double absent) const;
    std::string string(const char* attribute, const char* absent) const;
    Dims numbers(const char* attribute) const;
    const Onnx__TensorProto* tensor(const char* attribute) const;

  private:
    const Onnx__AttributeProto* find(const char* attribute) const;

    const Onnx__NodeProto& proto_;
    size_t index_;
};

// ---- Tensors ----

constexpr size_t max_onnx_rank = 8;
// Shapes, axes and paddings are computed in the graph; longer constants are weights.
constexpr uint64_t max_onnx_ints = 64;

Dims tensor_dims(const Onnx__TensorProto& tensor);
// Elements; false for a negative dimension or more than 2^28 of them.
bool count_of(const Dims& dims, uint64_t& out);
std::string dims_text(const Dims& dims); // [1, 3, 224, 224]

// "": as many values as the dimensions say, or none because they are in another file. Else what is
// wrong.
std::string tensor_fault(const Onnx__TensorProto& tensor);
// The values of a sound tensor of 32-bit floats; false: another type, or in another file.
bool has_floats(const Onnx__TensorProto& tensor);
std::vector<float> tensor_floats(const Onnx__TensorProto& tensor);
// The same of at most max_onnx_ints integers.
bool tensor_ints(const Onnx__TensorProto& tensor, Dims& out);

} // namespace assay
