#include "storage.hpp"

namespace assay {
namespace {
constexpr uint64_t f32_bits = 32;
}

LayerStorage account(const std::vector<float>& weights, const std::vector<float>& bias,
                     const Coding& coding, const LayerStream& stream) {
    LayerStorage out;
    out.original.values = f32_bits * weights.size();
    out.original.bias = f32_bits * bias.size();
    out.pruned = out.original;
    out.pruned.values = f32_bits * stream.entries;
    out.pruned.index = coding.gap_bits * stream.entries;
    out.shared = out.pruned;
    if (coding.codebook_bits > 0) {
        out.shared.values = coding.codebook_bits * stream.entries;
        out.shared.codebook = f32_bits * stream.codebook_values;
    }
    out.coded = stream.bits;
    return out;
}

} // namespace assay
