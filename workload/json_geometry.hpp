// Op, shape and sliding window of a layer in a workload file, in both spellings of each key.
#pragma once

#include <string>

#include "json_fields.hpp"

namespace assay {

// What a layer says about its own input; 0 where it says nothing.
struct StatedInput {
    uint32_t channels = 0, height = 0, width = 0;
    bool any() const { return channels || height || width; }
    bool whole() const { return channels && height && width; }
    Shape shape() const { return {channels, height, width}; }
};

// Sets layer.op and checks the layer's keys against those of the op. False if the op is not known:
// then no other key has a meaning.
bool read_op(const JsonFile& file, const assay_json* object, const std::string& place,
             Layer& layer);

// Everything but names and values: output channels, window, groups, bits, and the stated input.
StatedInput read_geometry(const JsonFile& file, const assay_json* object, const std::string& place,
                          Layer& layer);

} // namespace assay
