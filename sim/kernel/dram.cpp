#include "dram.hpp"

namespace assay {

// A refresh closes all rows; opening one must fit between two of them, or nothing ever moves.
void check_dram(const DramOptions& o, const char* where, assay_report* report) {
    const uint64_t needed = o.refresh_cycles + (o.banks > 0 ? o.row_miss_cycles : 0);
    if (o.refresh_interval_cycles > 0 && o.refresh_interval_cycles <= needed) {
        assay_report_add(report,
                         "%s: dram_refresh_interval_cycles: %llu, must exceed dram_refresh_cycles "
                         "and, with dram_banks, dram_row_miss_cycles: %llu",
                         where, static_cast<unsigned long long>(o.refresh_interval_cycles),
                         static_cast<unsigned long long>(needed));
    }
}

} // namespace assay
