// What a compressed layer takes, stage by stage of Deep Compression (Han et al., ICLR 2016), to the
// bit. Biases are stored at 32 bits in every stage.
#pragma once

#include "layer_stream.hpp"

namespace assay {

struct LayerStorage {
    StoredBits original; // 32 bits per weight
    StoredBits pruned;   // 32 bits per stored entry, and its gap
    StoredBits shared;   // codebook_bits per entry, its gap, the codebook
    StoredBits coded;    // the stream as it is written
};

LayerStorage account(const std::vector<float>& weights, const std::vector<float>& bias,
                     const Coding& coding, const LayerStream& stream);

} // namespace assay
