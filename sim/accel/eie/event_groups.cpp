#include "event_groups.hpp"

#include <algorithm>

#include "eie_model.hpp"

namespace assay::eie::event_model {
namespace {

uint32_t size_of_group(const WordOf& word, uint32_t from, uint32_t end) {
    return group_size(from, end, 1u << word.group_shift, word.entries);
}

// The last group of entries [from, end): what is left of the last word after whole groups.
uint32_t size_of_last_group(const WordOf& word, uint32_t from, uint32_t end) {
    const uint32_t in_word = end - std::max(from, (end - 1) / word.entries * word.entries);
    return ((in_word - 1) & ((1u << word.group_shift) - 1)) + 1;
}

uint64_t padding_groups(const GroupedColumn& column, uint64_t position, uint32_t from,
                        uint32_t end) {
    uint64_t groups = 0;
    while (from < end) {
        const uint32_t size = size_of_group(column.word, from, end);
        const auto first = column.block.code.begin() + static_cast<std::ptrdiff_t>(position);
        groups += std::all_of(first, first + size, [](uint8_t code) { return code == 0; });
        from += size;
        position += size;
    }
    return groups;
}

// Calls visit(pe, position, from, end) for every PE with entries in the column.
template <class Visit>
void for_all_pes(const GroupedColumn& column, Visit visit) {
    const uint32_t* begin = &column.block.ptr[size_t{column.column} * column.pes];
    uint64_t position = column.block.column_start[column.column];
    for (uint32_t k = 0; k < column.pes; ++k) {
        const uint32_t from = begin[k] - column.base[k];
        const uint32_t end = begin[column.pes + k] - column.base[k];
        if (from != end) {
            visit(k, position, from, end);
        }
        position += end - from;
    }
}

// Rows ascend within both.
template <class Index>
uint32_t common_rows(const std::vector<Index>& target, const std::vector<uint8_t>& code, uint64_t a,
                     uint64_t a_end, uint64_t b, uint64_t b_end) {
    uint32_t common = 0;
    while (a < a_end && b < b_end) {
        const Index left = target[a], right = target[b];
        common += left == right && code[a] != 0 && code[b] != 0;
        a += left <= right;
        b += right <= left;
    }
    return common;
}

} // namespace

void add_padding_cycles(const GroupedColumn& column, const uint16_t* padding,
                        std::vector<uint64_t>& cycles) {
    for_all_pes(column, [&](uint32_t k, uint64_t position, uint32_t from, uint32_t end) {
        if (padding[k] != 0) {
            cycles[k] += padding_groups(column, position, from, end) * column.word.passes;
        }
    });
}

void GroupBypasses::add(const GroupedColumn& column, const BlockTargets& targets,
                        const uint32_t* adjacent, std::vector<uint32_t>& counts) {
    if (column.word.passes > 1) {
        return;
    }
    const std::vector<uint8_t>& code = column.block.code;
    for_all_pes(column, [&](uint32_t k, uint64_t position, uint32_t from, uint32_t end) {
        Range& last = last_[k];
        if (adjacent[k] != 0) {
            const uint64_t first_end = position + size_of_group(column.word, from, end);
            counts[k] +=
                targets.wide.empty()
                    ? common_rows(targets.narrow, code, last.begin, last.end, position, first_end)
                    : common_rows(targets.wide, code, last.begin, last.end, position, first_end);
        }
        last.end = position + (end - from);
        last.begin = last.end - size_of_last_group(column.word, from, end);
    });
}

} // namespace assay::eie::event_model
