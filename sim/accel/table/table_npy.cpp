// HAQ's latency tables and our own: cycles as (layers, weight widths, activation widths).
#include <algorithm>

#include "graph.hpp"
#include "npy.h"
#include "table_file.hpp"

namespace assay::table {
namespace {

struct Npy { // frees itself
    assay_npy array{};
    ~Npy() { assay_npy_free(&array); }
};

bool check_shape(const assay_npy& array, const std::string& path, assay_report* report) {
    if (array.type != ASSAY_NPY_I4 && array.type != ASSAY_NPY_I8) {
        assay_report_add(report, "%s: elements of type %s, a table has cycles: <i4 or <i8",
                         path.c_str(), assay_npy_type_name(array.type));
        return false;
    }
    if (array.dims != 3 || array.shape[0] > max_layers || array.shape[1] > max_bits ||
        array.shape[2] > max_bits) {
        assay_report_add(report,
                         "%s: the shape of a table is (layers, weight widths, activation widths), "
                         "at most (%llu, %u, %u)",
                         path.c_str(), static_cast<unsigned long long>(max_layers), max_bits,
                         max_bits);
        return false;
    }
    return true;
}

} // namespace

void read_npy(TableFile& out, assay_report* report) {
    Npy file;
    if (assay_npy_load(out.path.c_str(), &file.array, report) != ASSAY_OK ||
        !check_shape(file.array, out.path, report)) {
        return;
    }
    const size_t widths_w = file.array.shape[1], widths_a = file.array.shape[2];
    out.match = Match::position;
    out.row_count = file.array.shape[0];
    out.offset_bits = true;
    for (size_t i = 0; i < file.array.count; ++i) {
        const int64_t cycles = assay_npy_int(&file.array, i);
        const size_t row = i / (widths_w * widths_a);
        const size_t w = i / widths_a % widths_w, a = i % widths_a;
        if (cycles < 0 || static_cast<uint64_t>(cycles) > max_count) {
            assay_report_add(report, "%s: [%zu][%zu][%zu]: %lld is not in 0 .. 2^47 cycles",
                             out.path.c_str(), row, w, a, static_cast<long long>(cycles));
            continue;
        }
        Entry e{static_cast<uint32_t>(row), static_cast<uint8_t>(w + 1),
                static_cast<uint8_t>(a + 1)};
        e.cycles = static_cast<uint64_t>(cycles);
        out.entries.push_back(e);
    }
}

} // namespace assay::table
