// ONNX models made on the spot, packed by the same generated code that the importer unpacks with.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "onnx.pb-c.h"

namespace onnx_test {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;
using Names = std::vector<std::string>;

struct Attribute {
    std::string name;
    enum Kind {
        number,
        real,
        string,
        numbers
    } kind;
    int64_t i = 0;
    float f = 0;
    std::string s;
    Ints ints;
};
inline Attribute number(const std::string& name, int64_t value) {
    return {name, Attribute::number, value, 0, "", {}};
}
inline Attribute real(const std::string& name, float value) {
    return {name, Attribute::real, 0, value, "", {}};
}
inline Attribute string(const std::string& name, const std::string& value) {
    return {name, Attribute::string, 0, 0, value, {}};
}
inline Attribute numbers(const std::string& name, const Ints& value) {
    return {name, Attribute::numbers, 0, 0, "", value};
}

// -1 in an input's dimensions: open, named "N".
class Model {
  public:
    Model() {
        onnx__model_proto__init(&model_);
        onnx__graph_proto__init(&graph_);
        onnx__operator_set_id_proto__init(&opset_);
        model_.has_ir_version = 1;
        model_.ir_version = 8;
        model_.producer_name = keep("test");
        model_.graph = &graph_;
        graph_.name = keep("net");
        opset_.has_version = 1;
        opset_.version = 17;
    }
    Model(const Model&) = delete;
    Model& operator=(const Model&) = delete;

    void input(const std::string& name, const Ints& dims,
               int32_t type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT) {
        inputs_.push_back(info(name, dims, type));
    }
    void output(const std::string& name) {
        outputs_.push_back(info(name, {}, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT));
    }

    // Floats in raw_data; none given: 1/8, 2/8 ... 16/8, again and again.
    Onnx__TensorProto& weight(const std::string& name, const Ints& dims, Floats values = {}) {
        int64_t count = 1;
        for (int64_t d : dims) {
            count *= d;
        }
        for (int64_t i = static_cast<int64_t>(values.size()); i < count; ++i) {
            values.push_back(static_cast<float>(i % 16 + 1) / 8);
        }
        floats_.push_back(std::move(values));
        return raw(name, dims, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, floats_.back().data(),
                   floats_.back().size() * sizeof(float));
    }
    Onnx__TensorProto& ints(const std::string& name, const Ints& values) {
        ints_.push_back(values);
        return raw(name, {static_cast<int64_t>(values.size())},
                   ONNX__TENSOR_PROTO__DATA_TYPE__INT64, ints_.back().data(),
                   values.size() * sizeof(int64_t));
    }
    // A tensor of any type; `bytes` stay with the caller's model.
    Onnx__TensorProto& raw(const std::string& name, const Ints& dims, int32_t type,
                           const void* bytes, size_t size) {
        tensors_.emplace_back();
        Onnx__TensorProto& t = tensors_.back();
        onnx__tensor_proto__init(&t);
        t.name = keep(name);
        ints_.push_back(dims);
        t.n_dims = dims.size();
        t.dims = ints_.back().data();
        t.has_data_type = 1;
        t.data_type = type;
        t.has_raw_data = 1;
        t.raw_data.data = static_cast<uint8_t*>(const_cast<void*>(bytes));
        t.raw_data.len = size;
        initializers_.push_back(&t);
        return t;
    }

    Onnx__NodeProto& node(const std::string& op, const Names& inputs, const Names& outputs,
                          const std::vector<Attribute>& attributes = {},
                          const std::string& name = "") {
        nodes_.emplace_back();
        Onnx__NodeProto& n = nodes_.back();
        onnx__node_proto__init(&n);
        n.op_type = keep(op);
        n.name = name.empty() ? nullptr : keep(name);
        n.input = names(inputs);
        n.n_input = inputs.size();
        n.output = names(outputs);
        n.n_output = outputs.size();
        attribute_lists_.emplace_back();
        for (const Attribute& a : attributes) {
            attribute_lists_.back().push_back(attribute(a));
        }
        n.attribute = attribute_lists_.back().data();
        n.n_attribute = attribute_lists_.back().size();
        node_list_.push_back(&n);
        return n;
    }

    Onnx__ModelProto& proto() { return model_; }

    std::string bytes() {
        fill(graph_.n_node, graph_.node, node_list_);
        fill(graph_.n_initializer, graph_.initializer, initializers_);
        fill(graph_.n_input, graph_.input, inputs_);
        fill(graph_.n_output, graph_.output, outputs_);
        opsets_ = {&opset_};
        fill(model_.n_opset_import, model_.opset_import, opsets_);
        std::string out(onnx__model_proto__get_packed_size(&model_), '\0');
        onnx__model_proto__pack(&model_, reinterpret_cast<uint8_t*>(out.data()));
        return out;
    }

  private:
    template <typename T>
    static void fill(size_t& count, T**& to, std::vector<T*>& from) {
        count = from.size();
        to = from.data();
    }

    char* keep(const std::string& text) {
        strings_.push_back(text);
        return strings_.back().data();
    }

    char** names(const Names& list) {
        name_lists_.emplace_back();
        for (const std::string& name : list) {
            name_lists_.back().push_back(keep(name));
        }
        return name_lists_.back().data();
    }

    Onnx__AttributeProto* attribute(const Attribute& from) {
        attributes_.emplace_back();
        Onnx__AttributeProto& a = attributes_.back();
        onnx__attribute_proto__init(&a);
        a.name = keep(from.name);
        a.has_i = from.kind == Attribute::number;
        a.i = from.i;
        a.has_f = from.kind == Attribute::real;
        a.f = from.f;
        a.has_s = from.kind == Attribute::string;
        a.s.data = reinterpret_cast<uint8_t*>(keep(from.s));
        a.s.len = from.s.size();
        ints_.push_back(from.ints);
        a.ints = ints_.back().data();
        a.n_ints = from.ints.size();
        return &a;
    }

    Onnx__ValueInfoProto* info(const std::string& name, const Ints& dims, int32_t elements) {
        infos_.emplace_back();
        Info& info = infos_.back();
        onnx__value_info_proto__init(&info.value);
        onnx__type_proto__init(&info.type);
        onnx__type_proto__tensor__init(&info.tensor);
        onnx__tensor_shape_proto__init(&info.shape);
        info.dims.resize(dims.size());
        for (size_t i = 0; i < dims.size(); ++i) {
            dimension(info.dims[i], dims[i]);
            info.list.push_back(&info.dims[i]);
        }
        fill(info.shape.n_dim, info.shape.dim, info.list);
        info.tensor.has_elem_type = 1;
        info.tensor.elem_type = elements;
        info.tensor.shape = &info.shape;
        info.type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
        info.type.tensor_type = &info.tensor;
        info.value.name = keep(name);
        info.value.type = &info.type;
        return &info.value;
    }

    void dimension(Onnx__TensorShapeProto__Dimension& d, int64_t size) {
        onnx__tensor_shape_proto__dimension__init(&d);
        if (size == -1) {
            d.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
            d.dim_param = keep("N");
        } else {
            d.value_case = ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE;
            d.dim_value = size;
        }
    }

    struct Info {
        Onnx__ValueInfoProto value;
        Onnx__TypeProto type;
        Onnx__TypeProto__Tensor tensor;
        Onnx__TensorShapeProto shape;
        std::vector<Onnx__TensorShapeProto__Dimension> dims;
        std::vector<Onnx__TensorShapeProto__Dimension*> list;
    };

    Onnx__ModelProto model_;
    Onnx__GraphProto graph_;
    Onnx__OperatorSetIdProto opset_;
    // Deques: what they hold stays where it is.
    std::deque<std::string> strings_;
    std::deque<Floats> floats_;
    std::deque<Ints> ints_;
    std::deque<Onnx__TensorProto> tensors_;
    std::deque<Onnx__NodeProto> nodes_;
    std::deque<Onnx__AttributeProto> attributes_;
    std::deque<Info> infos_;
    std::deque<std::vector<char*>> name_lists_;
    std::deque<std::vector<Onnx__AttributeProto*>> attribute_lists_;
    std::vector<Onnx__NodeProto*> node_list_;
    std::vector<Onnx__TensorProto*> initializers_;
    std::vector<Onnx__ValueInfoProto*> inputs_, outputs_;
    std::vector<Onnx__OperatorSetIdProto*> opsets_;
};

// conv + batch norm + relu, maxpool, flatten, gemm: what the malformed files are made from.
inline void small_net(Model& m) {
    m.input("image", {-1, 2, 6, 6});
    m.weight("conv.w", {4, 2, 3, 3});
    m.weight("conv.b", {4}, {1, 2, 3, 4});
    m.weight("bn.scale", {4}, {1, 2, 1, 2});
    m.weight("bn.offset", {4}, {0, 0, 1, 1});
    m.weight("bn.mean", {4}, {0, 1, 0, 1});
    m.weight("bn.variance", {4}, {1, 1, 4, 4});
    m.weight("fc.w", {5, 36});
    m.weight("fc.b", {5});
    m.node("Conv", {"image", "conv.w", "conv.b"}, {"c"},
           {numbers("kernel_shape", {3, 3}), numbers("pads", {1, 1, 1, 1}),
            numbers("strides", {1, 1})},
           "conv");
    m.node("BatchNormalization", {"c", "bn.scale", "bn.offset", "bn.mean", "bn.variance"}, {"b"},
           {real("epsilon", 0)}, "bn");
    m.node("Relu", {"b"}, {"r"}, {}, "relu");
    m.node("MaxPool", {"r"}, {"p"}, {numbers("kernel_shape", {2, 2}), numbers("strides", {2, 2})},
           "pool");
    m.node("Flatten", {"p"}, {"f"}, {}, "flatten");
    m.node("Gemm", {"f", "fc.w", "fc.b"}, {"y"}, {number("transB", 1)}, "fc");
    m.output("y");
}

} // namespace onnx_test
