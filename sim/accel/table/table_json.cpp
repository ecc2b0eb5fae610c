// Tables as JSON: what `assay table` writes, and the dictionary published with APQ.
#include <cstdio>

#include "graph.hpp"
#include "quote.h"
#include "table_file.hpp"
#include "text.hpp"

namespace assay::table {
namespace {

constexpr uint64_t exact = uint64_t{1} << 53; // integers that a JSON number holds
constexpr size_t probed_members = 8;          // APQ's "head" and "tail" may come first

// ---- Our own: per layer one matrix [w][a] for each quantity ----

const char* const legal_root[] = {"schema",   "kind", "assay",  "model", "hw",
                                  "workload", "bits", "layers", nullptr};
const char* const legal_layer[] = {"name",    "op",       "macs",       "params", "cycles",
                                   "seconds", "energy_j", "dram_bytes", nullptr};

struct Reader {
    TableFile& out;
    assay_report* report;
    unsigned low = 0, high = 0;

    size_t widths() const { return high - low + 1; }

    void fail(const std::string& where, const std::string& what) {
        assay_report_add(report, "%s: %s: %s", out.path.c_str(), where.c_str(), what.c_str());
    }

    bool bits(const assay_json* root) {
        const assay_json* pair = assay_json_get(root, "bits");
        const assay_json* first = pair != nullptr ? assay_json_first(pair) : nullptr;
        const assay_json* second = first != nullptr ? assay_json_next(first) : nullptr;
        const double l = first != nullptr ? assay_json_number(first) : 0;
        const double h = second != nullptr ? assay_json_number(second) : 0;
        if (assay_json_size(pair) != 2 || !(l >= 1 && l <= h && h <= max_bits) ||
            l != static_cast<unsigned>(l) || h != static_cast<unsigned>(h)) {
            fail("bits", "must be [low, high] with 1 <= low <= high <= 16");
            return false;
        }
        low = static_cast<unsigned>(l);
        high = static_cast<unsigned>(h);
        return true;
    }

    // One quantity of a layer into its entries, which start at `base`.
    void matrix(const assay_json* layer, const char* key, const std::string& where, size_t base,
                bool whole, void (*store)(Entry&, double)) {
        const assay_json* rows = assay_json_get(layer, key);
        if (rows == nullptr || assay_json_kind_of(rows) != ASSAY_JSON_ARRAY ||
            assay_json_size(rows) != widths()) {
            fail(where + "." + key, text("expected %zu arrays, one per weight width", widths()));
            return;
        }
        size_t w = 0;
        for (const assay_json* row = assay_json_first(rows); row; row = assay_json_next(row), ++w) {
            const std::string place = where + "." + key + text("[%zu]", w);
            if (assay_json_kind_of(row) != ASSAY_JSON_ARRAY || assay_json_size(row) != widths()) {
                fail(place, text("expected %zu numbers, one per activation width", widths()));
                continue;
            }
            numbers(row, place, base + w * widths(), whole, store);
        }
    }

    void numbers(const assay_json* row, const std::string& place, size_t at, bool whole,
                 void (*store)(Entry&, double)) {
        for (const assay_json* v = assay_json_first(row); v; v = assay_json_next(v), ++at) {
            const double value = assay_json_number(v);
            const bool good =
                assay_json_kind_of(v) == ASSAY_JSON_NUMBER && value >= 0 &&
                value <= static_cast<double>(max_count) &&
                (!whole || value == static_cast<double>(static_cast<uint64_t>(value)));
            if (!good) {
                fail(place, whole ? "has what is not an integer in 0 .. 2^47"
                                  : "has what is not a number in 0 .. 2^47");
                return;
            }
            store(out.entries[at], value);
        }
    }

    void layer(const assay_json* value, size_t index) {
        const std::string where = text("layers[%zu]", index);
        const std::string full = out.path + ": " + where;
        if (assay_json_kind_of(value) != ASSAY_JSON_OBJECT) {
            fail(where, text("expected an object, found %s", assay_json_describe(value)));
            return;
        }
        assay_json_check_keys(value, legal_layer, full.c_str(), report);
        const char *name = "", *op = nullptr;
        RowCheck check;
        assay_json_read_string(value, "name", full.c_str(), true, &name, report);
        assay_json_read_string(value, "op", full.c_str(), false, &op, report);
        assay_json_read_uint(value, "macs", full.c_str(), 0, exact, false, &check.macs, report);
        assay_json_read_uint(value, "params", full.c_str(), 0, exact, false, &check.params, report);
        const uint32_t row = row_of(out, name);
        if (row != index) {
            fail(where, text("name: %s is used before", assay_quote(name).text));
            return;
        }
        out.checks.push_back(check);
        const size_t base = out.entries.size();
        for (unsigned w = low; w <= high; ++w) {
            for (unsigned a = low; a <= high; ++a) {
                out.entries.push_back({row, static_cast<uint8_t>(w), static_cast<uint8_t>(a)});
            }
        }
        matrix(value, "cycles", where, base, true,
               [](Entry& e, double v) { e.cycles = static_cast<uint64_t>(v); });
        matrix(value, "seconds", where, base, false, [](Entry& e, double v) { e.seconds = v; });
        matrix(value, "energy_j", where, base, false, [](Entry& e, double v) { e.energy_j = v; });
        matrix(value, "dram_bytes", where, base, true,
               [](Entry& e, double v) { e.dram_bytes = static_cast<uint64_t>(v); });
    }

    void batch(const assay_json* root) {
        const assay_json* workload = assay_json_get(root, "workload");
        if (workload != nullptr && assay_json_kind_of(workload) == ASSAY_JSON_OBJECT) {
            assay_json_read_uint(workload, "batch", (out.path + ": workload").c_str(), 0, 4096,
                                 false, &out.batch, report);
        }
    }

    void own(const assay_json* root) {
        assay_json_check_keys(root, legal_root, out.path.c_str(), report);
        uint64_t schema = 0;
        assay_json_read_uint(root, "schema", out.path.c_str(), 1, 1, true, &schema, report);
        out.match = Match::name;
        batch(root);
        const assay_json* layers = assay_json_get(root, "layers");
        if (layers == nullptr || assay_json_kind_of(layers) != ASSAY_JSON_ARRAY) {
            fail("layers", "expected an array");
            return;
        }
        if (assay_json_size(layers) > max_layers) {
            fail("layers", text("%zu, at most %llu", assay_json_size(layers),
                                static_cast<unsigned long long>(max_layers)));
            return;
        }
        size_t index = 0;
        if (bits(root)) {
            for (const assay_json* m = assay_json_first(layers); m; m = assay_json_next(m)) {
                layer(m, index++);
            }
        }
    }

    // ---- APQ: "(cin, cout, size, k, stride, pad, groups)-W8A8": {"latency": ms, "energy": mJ}

    void apq_entry(const assay_json* member) {
        const std::string key = assay_json_key(member);
        unsigned w = 0, a = 0;
        int used = 0;
        const size_t end = key.find(")-W");
        if (key == "head" || key == "tail") {
            return; // first and last layers of one network, without their shapes
        }
        if (end == std::string::npos ||
            sscanf(key.c_str() + end, ")-W%2uA%2u%n", &w, &a, &used) != 2 ||
            end + static_cast<size_t>(used) != key.size() || w < 1 || w > max_bits || a < 1 ||
            a > max_bits) {
            fail(assay_quote(key.c_str()).text,
                 "expected \"(cin, cout, size, k, stride, pad, groups)-W<bits>A<bits>\"");
            return;
        }
        Entry e{row_of(out, key.substr(0, end + 1)), static_cast<uint8_t>(w),
                static_cast<uint8_t>(a)};
        double latency_ms = 0, energy_mj = 0;
        const std::string where = out.path + ": " + key;
        assay_json_read_real(member, "latency", where.c_str(), 0, max_latency_ms, true, &latency_ms,
                             report);
        assay_json_read_real(member, "energy", where.c_str(), 0, max_energy_j * 1e3, false,
                             &energy_mj, report);
        e.in_seconds = true;
        e.seconds = latency_ms * 1e-3;
        e.energy_j = energy_mj * 1e-3;
        out.entries.push_back(e);
    }

    void apq(const assay_json* root) {
        out.match = Match::shape;
        out.batch = 1; // as the name of the published file says
        for (const assay_json* m = assay_json_first(root); m; m = assay_json_next(m)) {
            if (assay_json_kind_of(m) == ASSAY_JSON_OBJECT) {
                apq_entry(m);
            } else {
                fail(assay_quote(assay_json_key(m)).text,
                     text("expected an object, found %s", assay_json_describe(m)));
            }
        }
    }
};

bool is_own(const assay_json* root) {
    const assay_json* kind = assay_json_get(root, "kind");
    return kind != nullptr && std::string(assay_json_string(kind)) == "table";
}

} // namespace

bool is_table_json(const assay_json* root) {
    if (assay_json_kind_of(root) != ASSAY_JSON_OBJECT) {
        return false;
    }
    const assay_json* m = assay_json_first(root);
    for (size_t i = 0; i < probed_members && m != nullptr; ++i, m = assay_json_next(m)) {
        if (assay_json_key(m)[0] == '(') {
            return true;
        }
    }
    return is_own(root);
}

void read_json(const assay_json* root, TableFile& out, assay_report* report) {
    Reader reader{out, report};
    is_own(root) ? reader.own(root) : reader.apq(root);
}

} // namespace assay::table
