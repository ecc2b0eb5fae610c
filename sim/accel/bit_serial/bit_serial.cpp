// The bit-serial accelerator as the rest of the program sees it.
#include "bit_serial.hpp"

#include "accelerator.hpp"
#include "bit_serial_design.hpp"
#include "option_rows.hpp"

namespace assay::bit_serial {
namespace {

const char* const depthwise_choices[] = {"auto", "packed", "single", nullptr};

const assay_option options[] = {
    ASSAY_BIT_SERIAL_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL, ASSAY_ROW_CHOICE)};

// A tile needs a word in the buffer of every row or column.
void require_words(const Options& o, uint64_t bytes, uint64_t lines, const char* name,
                   const char* lines_name, const char* where, assay_report* report) {
    if (tile_words(o, bytes) < lines) {
        assay_report_add(report,
                         "%s: %s: %llu, must hold a word of dpu_bits = %llu bits for each of %s = "
                         "%llu, in each of buffer_halves = %llu",
                         where, name, static_cast<unsigned long long>(bytes),
                         static_cast<unsigned long long>(o.dpu_bits), lines_name,
                         static_cast<unsigned long long>(lines),
                         static_cast<unsigned long long>(o.buffer_halves));
    }
}

void check(const void* values, const char* where, assay_report* report) {
    const Options& o = *static_cast<const Options*>(values);
    require_words(o, o.wbuf_bytes, o.rows, "wbuf_bytes", "rows", where, report);
    require_words(o, o.ibuf_bytes, o.cols, "ibuf_bytes", "cols", where, report);
    check_dram(make_design(o)->pipeline().channels.front(), where, report);
}

std::unique_ptr<Machine> open(const void* values, assay_model model, const char* vcd_path) {
    return tiled::make_machine(make_design(*static_cast<const Options*>(values)), model, vcd_path);
}

} // namespace

const assay_option_table option_table = {"bit_serial", options, std::size(options),
                                         sizeof(Options)};

} // namespace assay::bit_serial

namespace assay {

extern const Accelerator bit_serial_accelerator;
const Accelerator bit_serial_accelerator = {
    {"bit_serial",
     "BISMO (Umuroglu et al., FPL 2018), as HAQ uses it: binary dot products over bit planes",
     &bit_serial::option_table, &tiled::layer_table, &tiled::pe_table, &tiled::stall_table, false},
    bit_serial::check,
    bit_serial::open,
};

} // namespace assay
