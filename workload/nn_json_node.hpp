// The nodes of an nn-json network, one by one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "json_fields.hpp"

namespace assay {

class NnNodes {
  public:
    // `tensors` may be null: then parameters are not looked for.
    NnNodes(JsonFile& file, std::shared_ptr<const Safetensors> tensors, assay_workload& out)
        : file_(file), tensors_(std::move(tensors)), out_(out) {}

    // Appends its layers; mistakes become messages, and what reads the node is then not judged.
    void read(const assay_json* node, const std::string& place);

  private:
    bool read_type(const assay_json* node, const std::string& place, Layer& layer);
    void read_name(const assay_json* node, const std::string& place, std::string& name);
    void read_window(const assay_json* node, const std::string& place, Layer& layer);
    void read_weights(const assay_json* node, const std::string& place, Layer& layer);
    void read_output(const assay_json* node, const std::string& place, Layer& layer);
    bool read_inputs(const assay_json* node, const std::string& place, Layer& layer,
                     std::vector<Shape>& shapes);
    bool append(Layer layer, const std::vector<Shape>& shapes, const std::string& place);
    bool append_shortcut(const assay_json* node, Layer layer, std::vector<Shape> shapes,
                         const std::string& place);
    bool check_weight_shape(const std::string& place, const Layer& layer, const Shape& in);
    void check_shape(const assay_json* node, const char* key, const std::string& place,
                     const Shape& found);

    JsonFile& file_;
    std::shared_ptr<const Safetensors> tensors_;
    assay_workload& out_;
    std::vector<int> last_layer_; // of each node; -2: not sound
    std::map<std::string, size_t> names_;
    std::vector<uint32_t> weight_shape_; // of the node that is being read
    uint64_t elements_ = 0;
};

} // namespace assay
