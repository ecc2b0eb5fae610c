// Which layers read the same channels: what has to be pruned together. A channel that several
// layers read (across additions of a residual group, through depthwise layers and pools) is gone
// only when all of them drop it.
#pragma once

#include <cstddef>
#include <vector>

#include "workload.hpp"

namespace assay {

struct ChannelSpace {
    std::vector<size_t> producers; // layers whose output channels these are (conv2d, linear)
    std::vector<size_t> carriers;  // depthwise layers that pass them on, channel by channel
    std::vector<size_t> readers;   // matrix layers that mix them
    // False: the workload's input or output, or an operation that mixes or renumbers channels
    // (concat, layer_norm, softmax, grouped layers, ...) is among them; a reader may still ignore
    // some channels, but nobody can stop to produce them.
    bool removable = true;
    uint32_t channels = 0;
};

struct ChannelSpaces {
    std::vector<ChannelSpace> spaces;
    std::vector<size_t> read_by; // [layers] index of the space that layer i reads (its first input)
    std::vector<size_t> written_by; // [layers] index of the space of layer i's output
};

ChannelSpaces find_channel_spaces(const assay_workload& workload);

} // namespace assay
