// The Bit Fusion accelerator as the rest of the program sees it.
#include "bit_fusion.hpp"

#include "accelerator.hpp"
#include "bit_fusion_design.hpp"
#include "option_rows.hpp"
#include "text.hpp"

namespace assay::bit_fusion {
namespace {

const char* const depthwise_choices[] = {"auto", "published", "dense_blocks", "channels",
                                         "taps", "patches",   nullptr};
const char* const image_choices[] = {"auto", "channels", "im2col", nullptr};

const assay_option options[] = {
    ASSAY_BIT_FUSION_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL, ASSAY_ROW_CHOICE)};

// A share of a bank must hold a word: of 16 operands of 2 bits, or 4 of 8 and so on: at most 32
// bits.
void require_words(uint64_t bytes, uint64_t banks, uint64_t halves, const char* name,
                   const char* where, assay_report* report) {
    if (bytes * 8 / banks / halves < 32) {
        assay_report_add(report,
                         "%s: %s: %llu, must hold a word of 32 bits in each of %llu banks, %llu "
                         "times: at least %llu",
                         where, name, static_cast<unsigned long long>(bytes),
                         static_cast<unsigned long long>(banks),
                         static_cast<unsigned long long>(halves),
                         static_cast<unsigned long long>(banks * halves * 4));
    }
}

void check(const void* values, const char* where, assay_report* report) {
    const Options& o = *static_cast<const Options*>(values);
    require_words(o.wbuf_bytes, o.rows * o.cols, o.buffer_halves, "wbuf_bytes", where, report);
    require_words(o.ibuf_bytes, o.rows, o.buffer_halves, "ibuf_bytes", where, report);
    require_words(o.obuf_bytes, o.cols, o.buffer_halves, "obuf_bytes", where, report);
    check_dram(dram_options(o), where, report);
}

std::unique_ptr<Machine> open(const void* values, assay_model model, const char* vcd_path) {
    return tiled::make_machine(make_design(*static_cast<const Options*>(values)), model, vcd_path);
}

} // namespace

const assay_option_table option_table = {"bit_fusion", options, std::size(options),
                                         sizeof(Options)};

} // namespace assay::bit_fusion

namespace assay {

extern const Accelerator bit_fusion_accelerator;
const Accelerator bit_fusion_accelerator = {
    {"bit_fusion",
     "Bit Fusion (Sharma et al., ISCA 2018): a systolic array of multipliers that fuse 2-bit "
     "bricks",
     &bit_fusion::option_table, &tiled::layer_table, &tiled::pe_table, &tiled::stall_table, false},
    bit_fusion::check,
    bit_fusion::open,
};

} // namespace assay
