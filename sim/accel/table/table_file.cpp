// What all formats of tables have in common.
#include "table_file.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "content_hash.hpp"
#include "input_file.hpp"
#include "text.hpp"

namespace assay::table {
namespace {

constexpr uint64_t max_file_bytes = uint64_t{64} << 20;
constexpr char npy_magic[] = "\x93NUMPY";

auto place_of(const Entry& e) {
    return std::make_tuple(e.row, e.w_bits, e.a_bits);
}

void sort_entries(TableFile& table, assay_report* report) {
    auto& entries = table.entries;
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return place_of(a) < place_of(b); });
    for (size_t i = 1; i < entries.size(); ++i) {
        if (place_of(entries[i]) == place_of(entries[i - 1])) {
            assay_report_add(report, "%s: row %u has two entries for w_bits %u, a_bits %u",
                             table.path.c_str(), entries[i].row, entries[i].w_bits,
                             entries[i].a_bits);
        }
    }
    if (entries.empty()) {
        assay_report_add(report, "%s: the table has no entries", table.path.c_str());
    }
}

// Cycles and seconds of one machine: the longest entry tells the clock best. A clock of whole Hz is
// taken for what was meant, so that a table of a table has the same seconds to the last bit.
void find_clock(TableFile& table, assay_report* report) {
    const Entry* longest = nullptr;
    for (const Entry& e : table.entries) {
        if (!e.in_seconds && e.seconds > 0 && (!longest || e.cycles > longest->cycles)) {
            longest = &e;
        }
    }
    if (!longest || longest->cycles == 0) {
        return;
    }
    const double clock = static_cast<double>(longest->cycles) / longest->seconds;
    const bool whole = std::abs(clock - std::round(clock)) < 1e-9 * clock;
    table.clock_hz = whole ? std::round(clock) : clock;
    for (const Entry& e : table.entries) {
        const double expected = static_cast<double>(e.cycles) / table.clock_hz;
        if (!e.in_seconds && std::abs(e.seconds - expected) > 1e-6 * expected) {
            assay_report_add(report,
                             "%s: row %u, w_bits %u, a_bits %u: %g seconds for %llu cycles, other "
                             "entries have a clock of %g MHz",
                             table.path.c_str(), e.row, e.w_bits, e.a_bits, e.seconds,
                             static_cast<unsigned long long>(e.cycles), table.clock_hz * 1e-6);
            return;
        }
    }
}

void hash_table(TableFile& table) {
    ContentHash hash;
    hash.uint("match", static_cast<uint64_t>(table.match));
    hash.uint("row_count", table.row_count);
    for (const auto& [name, row] : table.rows) {
        hash.string("row", name);
        hash.uint("at", row);
    }
    for (const RowCheck& c : table.checks) {
        hash.uint("macs", c.macs);
        hash.uint("params", c.params);
    }
    for (const Entry& e : table.entries) {
        hash.uint("row", e.row);
        hash.uint("w_bits", e.w_bits);
        hash.uint("a_bits", e.a_bits);
        hash.uint("cycles", e.cycles);
        hash.uint("dram_bytes", e.dram_bytes);
        hash.real("seconds", e.in_seconds ? e.seconds : 0);
        hash.real("energy_j", e.energy_j);
    }
    table.hash = hash.text();
}

assay_status finish(TableFile& table, size_t messages_before, assay_report* report) {
    if (assay_report_count(report) == messages_before) {
        sort_entries(table, report);
        find_clock(table, report);
    }
    if (assay_report_count(report) > messages_before) {
        return ASSAY_BAD_INPUT;
    }
    hash_table(table);
    return ASSAY_OK;
}

bool starts_with(const std::string& text, const char* start) {
    return text.compare(0, std::string(start).size(), start) == 0;
}

} // namespace

std::string shape_key(const Layer& layer) {
    const bool square = layer.in.h == layer.in.w && layer.kernel_h == layer.kernel_w &&
                        layer.stride_h == layer.stride_w && layer.pad_top == layer.pad_left &&
                        layer.pad_top == layer.pad_bottom && layer.pad_left == layer.pad_right &&
                        layer.dilation_h == 1 && layer.dilation_w == 1;
    return square ? text("(%u, %u, %u, %u, %u, %u, %u)", layer.in.c, layer.out.c, layer.in.h,
                         layer.kernel_h, layer.stride_h, layer.pad_top, layer.groups)
                  : "";
}

uint32_t row_of(TableFile& table, const std::string& name) {
    const auto [at, added] = table.rows.emplace(name, static_cast<uint32_t>(table.row_count));
    table.row_count += added;
    return at->second;
}

bool is_table_start(const std::string& head) {
    return starts_with(head, npy_magic) || starts_with(head, own_csv_header) ||
           starts_with(head, apq_csv_header);
}

assay_status load_table(const char* path, TableFile& out, assay_report* report) {
    std::vector<uint8_t> bytes;
    const assay_status status = read_whole_file(path, max_file_bytes, bytes, report);
    if (status != ASSAY_OK) {
        return status;
    }
    out.path = path;
    const size_t before = assay_report_count(report);
    const std::string text(bytes.begin(), bytes.end());
    starts_with(text, npy_magic) ? read_npy(out, report) : read_csv(text, out, report);
    return finish(out, before, report);
}

assay_status load_table_json(const char* path, const assay_json* root, TableFile& out,
                             assay_report* report) {
    out.path = path;
    const size_t before = assay_report_count(report);
    read_json(root, out, report);
    return finish(out, before, report);
}

} // namespace assay::table
