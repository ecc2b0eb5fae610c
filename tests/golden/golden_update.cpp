// golden_update FILE: measures every row of a golden file again and rewrites it (scripts/golden).
#include <cstdio>
#include <exception>

#include "golden.hpp"

namespace {

bool can_measure_all(const assay_test::GoldenTable& table) {
    for (const assay_test::GoldenRow& row : table.rows) {
        if (row.needs_data() && !assay_test::have_data()) {
            std::fprintf(stderr, "%s:%zu: %s: ASSAY_DATA is not set\n", table.path.c_str(),
                         row.line, row.workload.c_str());
            return false;
        }
    }
    return true;
}

void update(assay_test::GoldenTable& table) {
    for (size_t first = 0; first < table.rows.size();) {
        const assay_test::Measured measured = assay_test::measure(table, first);
        for (size_t i = 0; i < measured.size(); ++i) {
            for (size_t c = 0; c < table.columns.size(); ++c) {
                table.rows[first + i].numbers[c] = std::to_string(measured[i][c]);
            }
        }
        first += measured.size();
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: golden_update FILE\n");
        return 2;
    }
    try {
        assay_test::GoldenTable table = assay_test::read_golden(argv[1]);
        if (!can_measure_all(table)) {
            return 2;
        }
        update(table);
        assay_test::write_golden(table);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "golden_update: %s\n", error.what());
        return 1;
    }
    return 0;
}

// libsystemc's own main wants it; ours wins and never calls it.
extern "C" int sc_main(int, char**);
extern "C" __attribute__((weak)) int sc_main(int, char**) {
    return 1;
}
