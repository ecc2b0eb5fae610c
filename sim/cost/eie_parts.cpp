#include "eie_parts.hpp"

namespace assay::eie {
namespace {

uint64_t bits_to_number(uint64_t count) {
    uint64_t bits = 1;
    while (bits < 63 && (uint64_t{1} << bits) < count) {
        ++bits;
    }
    return bits;
}

} // namespace

uint64_t row_bits(const Options& options) {
    return bits_to_number(options.act_registers);
}

uint64_t column_bits(const Options& options) {
    return bits_to_number(options.act_registers * options.pe_count);
}

uint64_t queue_slot_bits(const Options& options) {
    return options.act_bits + column_bits(options);
}

uint64_t pipeline_bits(const Options& options) {
    const uint64_t weight = options.weight_bits, act = options.act_bits, row = row_bits(options);
    const uint64_t product = weight + act;
    return (weight + act + row) + (product + act + row) + (act + row);
}

RegisterBits register_bits(const Options& options) {
    const uint64_t codebook = (uint64_t{1} << options.codebook_bits) * options.weight_bits;
    RegisterBits bits;
    bits.spmat_read = options.spmat_width_bits;
    bits.ptr_read = 2 * options.ptr_bits;
    bits.act_queue = (options.queue_depth + 1) * queue_slot_bits(options);
    bits.arithmetic = codebook + pipeline_bits(options);
    bits.act_rw = 2 * options.act_registers * options.act_bits;
    return bits;
}

uint64_t lnzd_nodes(const Options& options) {
    uint64_t nodes = 0;
    for (uint64_t level = options.pe_count; level > 1;) {
        level = (level + options.lnzd_group - 1) / options.lnzd_group;
        nodes += level;
    }
    return nodes;
}

} // namespace assay::eie
