// Tables as comma-separated text: what `assay table` writes, and APQ's dictionary as a list.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "quote.h"
#include "table_file.hpp"
#include "text.hpp"

namespace assay::table {

const char* const own_csv_header = "layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes";
const char* const apq_csv_header =
    "cin,cout,in_hw,k,stride,pad,groups,w_bits,a_bits,latency_ms,energy_mj";

namespace {

// One line, and the mistakes in it.
class Line {
  public:
    Line(const TableFile& table, size_t number, assay_report* report)
        : table_(table), number_(number), report_(report) {}

    // Fields as in RFC 4180; false if quotes do not match.
    bool split(const std::string& line) {
        size_t at = 0;
        do {
            fields_.emplace_back();
            if (!field(line, at)) {
                return fail("a quoted field does not end, or text follows it", line);
            }
        } while (at++ < line.size());
        return true;
    }

    bool expect(size_t count) {
        return fields_.size() == count ||
               fail(text("%zu fields, the header has %zu", fields_.size(), count));
    }

    const std::string& operator[](size_t i) const { return fields_[i]; }

    double number(size_t i, const char* name, double low, double high, bool whole) {
        const std::string& field = fields_[i];
        char* end = nullptr;
        // strtod also takes spaces, "inf", "nan" and hexadecimal numbers.
        const bool plain = field.find_first_not_of("0123456789.eE+-") == std::string::npos;
        const double value = strtod(field.c_str(), &end);
        if (field.empty() || !plain || *end != '\0' || !(value >= low && value <= high) ||
            (whole && value != std::floor(value))) {
            fail(text("%s: %s is not %s in %.15g .. %.15g", name,
                      assay_quote_bytes(field.data(), field.size()).text,
                      whole ? "an integer" : "a number", low, high));
            return low;
        }
        return value;
    }

    uint64_t count(size_t i, const char* name) {
        return static_cast<uint64_t>(number(i, name, 0, static_cast<double>(max_count), true));
    }
    uint8_t bits(size_t i, const char* name) {
        return static_cast<uint8_t>(number(i, name, 1, max_bits, true));
    }
    double amount(size_t i, const char* name, double most) {
        return number(i, name, 0, most, false);
    }

  private:
    bool field(const std::string& line, size_t& at) {
        std::string& out = fields_.back();
        if (at == line.size() || line[at] != '"') {
            const size_t end = std::min(line.find(',', at), line.size());
            out = line.substr(at, end - at);
            at = end;
            return true;
        }
        for (++at; at < line.size(); ++at) {
            if (line[at] != '"') {
                out += line[at];
            } else if (at + 1 < line.size() && line[at + 1] == '"') {
                out += line[at++];
            } else {
                ++at;
                return at == line.size() || line[at] == ',';
            }
        }
        return false;
    }

    bool fail(const std::string& what, const std::string& found = "") {
        assay_report_add(report_, "%s:%zu: %s%s%s", table_.path.c_str(), number_, what.c_str(),
                         found.empty() ? "" : ": ",
                         found.empty() ? "" : assay_quote(found.c_str()).text);
        return false;
    }

    const TableFile& table_;
    const size_t number_;
    assay_report* report_;
    std::vector<std::string> fields_;
};

void read_own(Line& line, TableFile& out) {
    Entry e{row_of(out, line[0]), line.bits(1, "w_bits"), line.bits(2, "a_bits")};
    e.cycles = line.count(3, "cycles");
    e.seconds = line.amount(4, "seconds", max_latency_ms * 1e-3);
    e.energy_j = line.amount(5, "energy_j", max_energy_j);
    e.dram_bytes = line.count(6, "dram_bytes");
    out.entries.push_back(e);
}

void read_apq(Line& line, TableFile& out) {
    const char* const names[] = {"cin", "cout", "in_hw", "k", "stride", "pad", "groups"};
    std::string key;
    for (size_t i = 0; i < 7; ++i) {
        key += text("%s%llu", i == 0 ? "(" : ", ",
                    static_cast<unsigned long long>(line.count(i, names[i])));
    }
    Entry e{row_of(out, key + ")"), line.bits(7, "w_bits"), line.bits(8, "a_bits")};
    e.in_seconds = true;
    e.seconds = line.amount(9, "latency_ms", max_latency_ms) * 1e-3;
    e.energy_j = line.amount(10, "energy_mj", max_energy_j * 1e3) * 1e-3;
    out.entries.push_back(e);
}

} // namespace

void read_csv(const std::string& text, TableFile& out, assay_report* report) {
    const bool own = text.compare(0, std::string(own_csv_header).size(), own_csv_header) == 0;
    out.match = own ? Match::name : Match::shape;
    out.batch = own ? 0 : 1; // APQ's dictionary is for batch 1, as its file name says
    size_t number = 0;
    for (size_t at = 0; at < text.size(); ++number) {
        const size_t end = std::min(text.find('\n', at), text.size());
        std::string row = text.substr(at, end - at);
        at = end + 1;
        if (!row.empty() && row.back() == '\r') {
            row.pop_back();
        }
        Line line(out, number + 1, report);
        if (number == 0) {
            if (row != (own ? own_csv_header : apq_csv_header)) {
                assay_report_add(report, "%s:1: the header must be exactly %s", out.path.c_str(),
                                 own ? own_csv_header : apq_csv_header);
                return;
            }
        } else if (line.split(row) && line.expect(own ? 7 : 11)) {
            own ? read_own(line, out) : read_apq(line, out);
        }
    }
}

} // namespace assay::table
