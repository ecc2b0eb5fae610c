// The systolic accelerator as the rest of the program sees it: options, rules between them, opening
// a machine.
#include "systolic.hpp"

#include "accelerator.hpp"
#include "option_rows.hpp"
#include "systolic_design.hpp"

namespace assay::systolic {
namespace {

const char* const dataflow_choices[] = {"ws", "os", "is", "rs", nullptr};
const char* const mac_choices[] = {"8", "16", nullptr};
const char* const goal_choices[] = {"cycles", "energy", nullptr};
const char* const depthwise_choices[] = {"auto", "single", "packed", nullptr};

constexpr double last_choice(const char* const* choices) {
    size_t count = 0;
    while (choices[count] != nullptr) {
        ++count;
    }
    return static_cast<double>(count - 1);
}

const assay_option options[] = {
    ASSAY_SYSTOLIC_OPTIONS(ASSAY_ROW_UINT, ASSAY_ROW_REAL, ASSAY_ROW_BOOL, ASSAY_ROW_CHOICE)};

void check(const void* values, const char* where, assay_report* report) {
    check_dram(dram_options(*static_cast<const Options*>(values)), where, report);
}

std::unique_ptr<Machine> open(const void* values, assay_model model, const char* vcd_path) {
    return tiled::make_machine(make_design(*static_cast<const Options*>(values)), model, vcd_path);
}

} // namespace

const assay_option_table option_table = {"systolic", options, std::size(options), sizeof(Options)};

} // namespace assay::systolic

namespace assay {

extern const Accelerator systolic_accelerator;
const Accelerator systolic_accelerator = {
    {"systolic",
     "dense array of multipliers: weight, output or input stationary (TPU v1), or row stationary "
     "(Eyeriss)",
     &systolic::option_table, &tiled::layer_table, &tiled::pe_table, &tiled::stall_table, false},
    systolic::check,
    systolic::open,
};

} // namespace assay
