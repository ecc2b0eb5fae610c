#include "eie_targets.hpp"

namespace assay::eie {
namespace {

template <class Index>
void decode_block(const EncodedMatrix& m, const EncodedBlock& block, std::vector<Index>& target,
                  BlockTargets& out) {
    target.resize(block.code.size());
    out.first_row.assign(size_t{m.cols} * m.pes, BlockTargets::none);
    out.last_row.assign(size_t{m.cols} * m.pes, BlockTargets::none);
    uint64_t e = 0;
    for (size_t i = 0; i < size_t{m.cols} * m.pes; ++i) {
        const uint32_t n = block.ptr[i + m.pes] - block.ptr[i];
        const uint32_t base = static_cast<uint32_t>(i % m.pes) * block.rows_per_pe;
        uint32_t next = 0;
        for (uint32_t j = 0; j < n; ++j, ++e) {
            const uint32_t row = next + block.gap[e];
            target[e] = static_cast<Index>(base + row);
            next = row + 1;
        }
        if (n > 0) {
            const uint16_t first = block.gap[e - n], last = static_cast<uint16_t>(next - 1);
            out.first_row[i] = block.code[e - n] != 0 ? first : BlockTargets::none;
            out.last_row[i] = block.code[e - 1] != 0 ? last : BlockTargets::none;
        }
    }
}

} // namespace

std::vector<BlockTargets> decode_targets(const EncodedMatrix& matrix) {
    std::vector<BlockTargets> all(matrix.blocks.size());
    for (size_t b = 0; b < all.size(); ++b) {
        const EncodedBlock& block = matrix.blocks[b];
        if (uint64_t{block.rows_per_pe} * matrix.pes <= 0x10000) {
            decode_block(matrix, block, all[b].narrow, all[b]);
        } else {
            decode_block(matrix, block, all[b].wide, all[b]);
        }
    }
    return all;
}

} // namespace assay::eie
