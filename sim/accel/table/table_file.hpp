// Tables of measurements: somebody's published ones or our own, read from a file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "assay/status.h"
#include "json.h"
#include "workload.hpp"

namespace assay::table {

struct Entry {
    uint32_t row;
    uint8_t w_bits, a_bits;
    bool in_seconds = false; // the table has times, cycles follow from the clock
    uint64_t cycles = 0, dram_bytes = 0;
    double seconds = 0, energy_j = 0; // energy 0: the table has none
};

// What tells that a row is about a layer; 0: the table does not say.
struct RowCheck {
    uint64_t macs = 0, params = 0;
};

enum class Match {
    position, // row i is the workload's i-th matrix layer
    name,     // of the layer
    shape,    // shape_key of the layer
};

struct TableFile {
    std::string path;
    Match match = Match::position;
    size_t row_count = 0;
    std::map<std::string, uint32_t> rows; // by name or shape
    std::vector<RowCheck> checks;         // [row_count], or none
    std::vector<Entry> entries;           // by row, w_bits, a_bits, each once
    bool offset_bits = false; // widths count from 1; add `low_bits` - 1 (.npy has no place for it)
    uint64_t batch = 0;       // that every entry is for; 0: not stated
    double clock_hz = 0;      // 0: not stated
    std::string hash;         // of the content
};

constexpr unsigned max_bits = 16;
// Of cycles and bytes of an entry: totals over max_layers layers stay in 64 bits.
constexpr uint64_t max_count = uint64_t{1} << 47;
constexpr double max_energy_j = 1e9;
constexpr double max_latency_ms = 1e9; // times the highest clock it is still a 64-bit number

// "(16, 64, 112, 1, 1, 0, 1)": input and output channels, input size, kernel, stride, padding,
// groups; "" for a layer that is not square, which no such table has.
std::string shape_key(const Layer& layer);

// Whether load_table reads a file that starts so (a .npy or .csv table), or this JSON.
bool is_table_start(const std::string& head);
bool is_table_json(const assay_json* root);

// Every mistake of the file adds a message.
assay_status load_table(const char* path, TableFile& out, assay_report* report);
assay_status load_table_json(const char* path, const assay_json* root, TableFile& out,
                             assay_report* report);

// Readers of single formats; the entries are in any order. Messages tell whether it worked.
void read_csv(const std::string& text, TableFile& out, assay_report* report);
void read_npy(TableFile& out, assay_report* report);
void read_json(const assay_json* root, TableFile& out, assay_report* report);

// The row of this name, a new one if there is none.
uint32_t row_of(TableFile& table, const std::string& name);

extern const char* const own_csv_header;
extern const char* const apq_csv_header;

} // namespace assay::table
