// Frozen counters: a file per accelerator lists runs and what every counter of theirs must be. A
// change of the machine shows up as a diff of that file, which is reviewed like code
// (scripts/golden --update).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay_test {

// One layer of one run. Rows that follow each other and differ in the layer only are one run.
struct GoldenRow {
    std::string hw;       // file in hw_configs, without ".json"
    std::string workload; // path below the project, or "$ASSAY_DATA/..." for data kept outside
    std::string input;    // image file, same rule; empty: the workload's own input
    std::string set;      // "key=value key=value", on top of the hardware's file
    std::string bits;     // "4x8": of all weights and activations; empty: the workload's
    std::string model;    // "event" or "clocked"
    std::string layer;
    std::vector<std::string> numbers; // one per counter column; empty: not measured yet
    size_t line = 0;

    bool needs_data() const;
    bool same_run(const GoldenRow& other) const;
};

struct GoldenTable {
    std::string path;
    // "cycles", "io_cycles", counter names of the accelerator, "stall_" and a stall cause. Output
    // values are computed only for a file with the column "saturations", which depends on them.
    std::vector<std::string> columns;
    std::vector<GoldenRow> rows;
};

extern const std::vector<std::string> golden_files; // below the project

using Measured = std::vector<std::vector<uint64_t>>; // per row of the run, per column

// Throws std::runtime_error naming file and line.
GoldenTable read_golden(const std::string& path);
void write_golden(const GoldenTable& table);

// One past the last row of the run that begins at `first`.
size_t end_of_run(const GoldenTable& table, size_t first);

bool has_column(const GoldenTable& table, const std::string& name);

// Simulates rows [first, end_of_run). Throws std::runtime_error with every message of the report.
Measured measure(const GoldenTable& table, size_t first);

// One line per number that differs, naming file, line, run, layer and column.
std::vector<std::string> differences(const GoldenTable& table, size_t first,
                                     const Measured& measured);

// The project's folder, which tests get as ASSAY_SOURCE_ROOT.
std::string project_path(const std::string& name);
bool have_data(); // ASSAY_DATA is set

} // namespace assay_test
