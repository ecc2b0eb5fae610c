// Which entries of a column leave a PE together, where several do (event model). Machines that
// issue one entry at a time do not come here.
#pragma once

#include <cstdint>
#include <vector>

#include "eie_encode.hpp"
#include "eie_targets.hpp"
#include "lanes.hpp"

namespace assay::eie::event_model {

// One column as all PEs see it. Entries are numbered from the part's first one (`base`, per PE), so
// that words begin at multiples of their size.
struct GroupedColumn {
    const EncodedBlock& block;
    const uint32_t* base; // [pes]
    uint32_t column, pes;
    const WordOf& word;
};

// Adds to cycles[k] those in which the slot of PE k holds nothing but padding. `padding`: padding
// entries of the column in each PE.
void add_padding_cycles(const GroupedColumn& column, const uint16_t* padding,
                        std::vector<uint64_t>& cycles);

// Sums taken from the adders' outputs: rows that are in the last group of a column and in the first
// of the next, issued in the cycle after it. A group of several passes is never that close.
class GroupBypasses {
  public:
    void reset(size_t pes) { last_.assign(pes, {}); }
    // `adjacent`: this column's first group issues right after the group before it. Adds to
    // counts[k].
    void add(const GroupedColumn& column, const BlockTargets& targets, const uint32_t* adjacent,
             std::vector<uint32_t>& counts);

  private:
    struct Range { // of entries in storage order
        uint64_t begin = 0, end = 0;
    };
    std::vector<Range> last_; // [pes]
};

} // namespace assay::eie::event_model
