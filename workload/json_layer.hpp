// One member of "layers" in a workload file.
#pragma once

#include <string>

#include "json_fields.hpp"

namespace assay {

// What the layers before this one left behind.
struct JsonNet {
    assay_workload& workload;
    std::map<std::string, int> ids{}; // by name
    std::vector<bool> sound{};        // per layer: its output shape is known
    bool input_present = false;       // the file has an "input"
    bool input_sound = false;         // the workload's input has a shape
    bool input_signed = false;        // where no "input" says so
    bool input_drawn = false;         // "input" says how it is drawn
    bool input_read = false;          // a layer reads it
    uint64_t elements = 0;
    std::shared_ptr<const Safetensors> tensors{}; // of the whole network; null: none
};

// Appends the layer to the workload, if only so that later layers can name it; mistakes become
// messages.
void read_layer(JsonFile& file, const assay_json* object, const std::string& place, JsonNet& net);

} // namespace assay
