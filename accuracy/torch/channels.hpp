// Pruning input channels: which ones stay, and weights that make up for those that go.
#pragma once

#include "channel_counts.hpp"
#include "net.hpp"

namespace assay {

struct ChannelSettings {
    unsigned positions = 10; // of each image, at which outputs are to be reproduced
    double ridge = 1e-6;     // relative to the mean of the Gram matrix's diagonal
    bool reconstruct = true; // false: the channels go and nothing makes up for it
    uint64_t seed = 1;
};

// For each layer, a mask of its input channels ([in.c] of 0 or 1; empty where all stay): the
// policy's keep_channels with the greatest sums of |weight| stay (AMC). Layers that read the same
// removable channels and keep equally many keep the same ones, by their sums together.
std::vector<std::vector<uint8_t>> select_channels(const Net& net, const assay_policy& policy,
                                                  const ChannelSpaces& spaces);

// Zeroes the weights of masked channels and, layer by layer, solves for the others by least squares
// so that the outputs of the network as it was are reproduced on sampled positions of `samples`
// ([images][C][H][W]), with inputs of the network as it is by then (He et al., 2017). Where a whole
// space is dropped equally by all its readers, its producers' and carriers' weights are zeroed,
// too.
void prune_channels(Net& net, const assay_policy& policy, const torch::Tensor& samples,
                    const ChannelSettings& settings);

} // namespace assay
