// The systolic accelerator as the rest of the program sees it: options, rules between them, opening
// a machine.
#include "systolic.hpp"

#include <cstddef>

#include "accelerator.hpp"
#include "systolic_design.hpp"

namespace assay::systolic {
namespace {

const char* const dataflow_choices[] = {"ws", "os", "is", "rs", nullptr};
const char* const mac_choices[] = {"8", "16", nullptr};
const char* const depthwise_choices[] = {"auto", "single", "packed", nullptr};

constexpr double last_choice(const char* const* choices) {
    size_t count = 0;
    while (choices[count] != nullptr) {
        ++count;
    }
    return static_cast<double>(count - 1);
}

const assay_option options[] = {
#define ASSAY_UINT(name, def, low, high, unit, help)                                               \
    {#name, ASSAY_OPTION_UINT, def, low, high, unit, help, nullptr, offsetof(Options, name)},
#define ASSAY_REAL(name, def, low, high, unit, help)                                               \
    {#name, ASSAY_OPTION_REAL, def, low, high, unit, help, nullptr, offsetof(Options, name)},
#define ASSAY_BOOL(name, def, help)                                                                \
    {#name, ASSAY_OPTION_BOOL, def, 0, 1, "", help, nullptr, offsetof(Options, name)},
#define ASSAY_CHOICE(name, def, choices, help)                                                     \
    {#name,   ASSAY_OPTION_CHOICE,    def, 0, last_choice(choices), "", help,                      \
     choices, offsetof(Options, name)},
    ASSAY_SYSTOLIC_OPTIONS(ASSAY_UINT, ASSAY_REAL, ASSAY_BOOL, ASSAY_CHOICE)
#undef ASSAY_UINT
#undef ASSAY_REAL
#undef ASSAY_BOOL
#undef ASSAY_CHOICE
};

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
     &systolic::option_table, &tiled::layer_table, &tiled::pe_table, &tiled::stall_table},
    systolic::check,
    systolic::open,
};

} // namespace assay
