#include "table.hpp"

#include <algorithm>
#include <cmath>

#include "option_rows.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay::table {
namespace {

const assay_option options[] = {ASSAY_TABLE_REALS(ASSAY_ROW_REAL)
                                    ASSAY_TABLE_UINTS(ASSAY_ROW_UINT)};
const assay_option_table option_table = {"table", options, std::size(options), sizeof(Options)};
const assay_counter_table no_counters = {nullptr, 0};

// Entries are sorted, and those of a .npy table form a box: the last one has the largest widths.
unsigned widest(const TableFile& file) {
    return std::max(file.entries.back().w_bits, file.entries.back().a_bits);
}

void check(const void* values, const char* where, assay_report* report) {
    const Options& o = *static_cast<const Options*>(values);
    if (o.file == nullptr) {
        assay_report_add(report,
                         "%s: a table machine is given by its table: name the .npy, .csv or .json "
                         "file as the hardware",
                         where);
    } else if (o.file->offset_bits && widest(*o.file) + o.low_bits - 1 > max_bits) {
        assay_report_add(report, "%s: low_bits: %llu, the table then has more than %u bits", where,
                         static_cast<unsigned long long>(o.low_bits), max_bits);
    }
}

std::unique_ptr<Machine> open(const void* values, assay_model, const char*) {
    return std::make_unique<TableMachine>(*static_cast<const Options*>(values));
}

} // namespace

void adopt(Options& options, const TableFile& file) {
    options.file = &file;
    options.batch = file.batch;
    if (file.clock_hz > 0) {
        options.clock_mhz = file.clock_hz * 1e-6;
    }
}

FixedTensor TableMachine::quantise(const std::vector<float>& values, const Layer& consumer) const {
    return fixed_from_float(values, consumer.in, 16, false);
}

bool TableMachine::find_row(const LayerTask& task, uint32_t& row, assay_report* report) const {
    if (file_.match == Match::position) {
        row = static_cast<uint32_t>(task.matrix_index);
        if (task.matrix_layers == file_.row_count) {
            return true;
        }
        assay_report_add(report,
                         "%s: the table has %zu layers, the workload has %zu of conv2d, linear and "
                         "matmul: they are matched by position, so the numbers must agree",
                         file_.path.c_str(), file_.row_count, task.matrix_layers);
        return false;
    }
    const bool by_name = file_.match == Match::name;
    const std::string key = by_name ? task.layer.name : shape_key(task.layer);
    const auto found = file_.rows.find(key);
    if (found == file_.rows.end()) {
        assay_report_add(report, "layer %s: %s has no entry for %s%s (it has %zu)",
                         assay_quote(task.layer.name.c_str()).text, file_.path.c_str(),
                         by_name ? "this name" : "its shape ", by_name ? "" : key.c_str(),
                         file_.row_count);
        return false;
    }
    row = found->second;
    return check_row(task, row, report);
}

// A layer of the right name may still be another one.
bool TableMachine::check_row(const LayerTask& task, uint32_t row, assay_report* report) const {
    if (row >= file_.checks.size()) {
        return true;
    }
    const RowCheck& c = file_.checks[row];
    if ((c.macs == 0 || c.macs == task.layer.macs()) &&
        (c.params == 0 || c.params == task.layer.params())) {
        return true;
    }
    assay_report_add(
        report, "layer %s: has %llu MACs and %llu weights, that of %s has %llu and %llu",
        assay_quote(task.layer.name.c_str()).text,
        static_cast<unsigned long long>(task.layer.macs()),
        static_cast<unsigned long long>(task.layer.params()), file_.path.c_str(),
        static_cast<unsigned long long>(c.macs), static_cast<unsigned long long>(c.params));
    return false;
}

namespace {

// "w2..8 a2..8" where every pair is there, else "w4 a4, w4 a6, ... (9)".
std::string widths_of(const Entry* first, const Entry* last, unsigned shift) {
    constexpr ptrdiff_t shown = 12;
    const Entry &low = first[0], &high = last[-1];
    if (high.w_bits >= low.w_bits && high.a_bits >= low.a_bits &&
        last - first == (high.w_bits - low.w_bits + 1) * (high.a_bits - low.a_bits + 1)) {
        return text("w%u..%u a%u..%u", low.w_bits + shift, high.w_bits + shift, low.a_bits + shift,
                    high.a_bits + shift);
    }
    std::string all;
    for (const Entry* e = first; e != last && e - first < shown; ++e) {
        all += text("%sw%u a%u", e == first ? "" : ", ", e->w_bits + shift, e->a_bits + shift);
    }
    return all + (last - first > shown ? text(", ... (%td)", last - first) : "");
}

} // namespace

// A width of 0 is "not stated": fine where there is only one.
const Entry* TableMachine::find_entry(const LayerTask& task, uint32_t row,
                                      assay_report* report) const {
    const auto in_row =
        std::equal_range(file_.entries.begin(), file_.entries.end(), Entry{row, 0, 0},
                         [](const Entry& a, const Entry& b) { return a.row < b.row; });
    const Entry* first = file_.entries.data() + (in_row.first - file_.entries.begin());
    const Entry* last = first + (in_row.second - in_row.first);
    const Entry* found = nullptr;
    size_t fitting = 0;
    for (const Entry* e = first; e != last; ++e) {
        const bool fits = (task.w_bits == 0 || e->w_bits + shift() == task.w_bits) &&
                          (task.a_bits == 0 || e->a_bits + shift() == task.a_bits);
        found = fits ? e : found;
        fitting += fits;
    }
    if (fitting == 1) {
        return found;
    }
    const bool unstated = task.w_bits == 0 || task.a_bits == 0;
    assay_report_add(report, "layer %s: %s has %s for w%u a%u%s, it has %s",
                     assay_quote(task.layer.name.c_str()).text, file_.path.c_str(),
                     fitting == 0 ? "no entry" : "several entries", task.w_bits, task.a_bits,
                     unstated ? " (0: not stated; a policy states widths)" : "",
                     widths_of(first, last, shift()).c_str());
    return nullptr;
}

assay_status TableMachine::run(const LayerTask& task, LayerOutcome& out, assay_report* report) {
    if (task.check) {
        assay_report_add(report, "%s: a table has no outputs to check", file_.path.c_str());
        return ASSAY_BAD_INPUT;
    }
    if (options_.batch > 0 && task.batch != options_.batch) {
        assay_report_add(report, "%s: the table is for a batch of %llu, not %llu",
                         file_.path.c_str(), static_cast<unsigned long long>(options_.batch),
                         static_cast<unsigned long long>(task.batch));
        return ASSAY_BAD_INPUT;
    }
    uint32_t row = 0;
    const Entry* entry = find_row(task, row, report) ? find_entry(task, row, report) : nullptr;
    if (entry == nullptr) {
        return ASSAY_BAD_INPUT;
    }
    out.cycles = entry->in_seconds
                     ? static_cast<uint64_t>(std::llround(entry->seconds * clock_hz()))
                     : entry->cycles;
    out.dram_bits = entry->dram_bytes * 8;
    out.w_bits = entry->w_bits + shift();
    out.a_bits = entry->a_bits + shift();
    out.bound = "unknown";
    if (options_.batch == 0) {
        out.note = text("the table states no batch: its entry is taken to be for %llu images "
                        "(--set batch=N says otherwise)",
                        static_cast<unsigned long long>(task.batch));
    }
    out.energy = {{"table", entry->energy_j}};
    return ASSAY_OK;
}

assay_status TableMachine::run_other(const LayerTask&, const std::vector<Place>&, LayerOutcome& out,
                                     assay_report*) {
    out.charged = false;
    out.note = "not in the table: no cycles charged";
    return ASSAY_OK;
}

} // namespace assay::table

namespace assay {

extern const Accelerator table_accelerator;
const Accelerator table_accelerator = {
    {"table", "a table of measurements: layers are looked up, nothing is simulated",
     &table::option_table, &table::no_counters, &table::no_counters, &table::no_counters, false},
    table::check,
    table::open,
    true,
};

} // namespace assay
