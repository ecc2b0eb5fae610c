// The golden file as rows, and what differs from it.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "golden.hpp"

namespace assay_test {
namespace {

const size_t key_columns = 7;
const char header[] = "hw,workload,input,set,bits,model,layer";
const char data_prefix[] = "$ASSAY_DATA/";

[[noreturn]] void fail(const std::string& path, size_t line, const std::string& what) {
    throw std::runtime_error(path + ":" + std::to_string(line) + ": " + what);
}

// No field holds a comma or a quote, so none is quoted.
std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields(1);
    for (char c : line) {
        if (c == ',') {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

GoldenRow row_of(const std::vector<std::string>& fields, size_t line) {
    GoldenRow row{fields[0], fields[1], fields[2], fields[3], fields[4],
                  fields[5], fields[6], {},        line};
    row.numbers.assign(fields.begin() + key_columns, fields.end());
    return row;
}

bool starts_with(const std::string& text, const char* prefix) {
    return text.rfind(prefix, 0) == 0;
}

} // namespace

const std::vector<std::string> golden_files = {
    "tests/golden/bit_fusion.csv", "tests/golden/bit_serial.csv",    "tests/golden/eie.csv",
    "tests/golden/systolic.csv",   "tests/golden/sparse_fusion.csv",
};

bool GoldenRow::needs_data() const {
    return starts_with(workload, data_prefix) || starts_with(input, data_prefix);
}

bool GoldenRow::same_run(const GoldenRow& other) const {
    return hw == other.hw && workload == other.workload && input == other.input &&
           set == other.set && bits == other.bits && model == other.model;
}

GoldenTable read_golden(const std::string& path) {
    std::ifstream in(path);
    std::string line;
    if (!std::getline(in, line) || !starts_with(line, header)) {
        fail(path, 1, std::string("must begin with ") + header);
    }
    GoldenTable table;
    table.path = path;
    const std::vector<std::string> names = fields_of(line);
    table.columns.assign(names.begin() + key_columns, names.end());
    for (size_t number = 2; std::getline(in, line); ++number) {
        const std::vector<std::string> fields = fields_of(line);
        if (fields.size() < key_columns || fields.size() > names.size()) {
            fail(path, number, std::to_string(fields.size()) + " fields");
        }
        table.rows.push_back(row_of(fields, number));
        table.rows.back().numbers.resize(table.columns.size());
    }
    return table;
}

void write_golden(const GoldenTable& table) {
    std::ofstream out(table.path, std::ios::binary);
    out << header;
    for (const std::string& name : table.columns) {
        out << ',' << name;
    }
    out << '\n';
    for (const GoldenRow& row : table.rows) {
        out << row.hw << ',' << row.workload << ',' << row.input << ',' << row.set << ','
            << row.bits << ',' << row.model << ',' << row.layer;
        for (const std::string& number : row.numbers) {
            out << ',' << number;
        }
        out << '\n';
    }
    out.close();
    if (!out) {
        throw std::runtime_error("cannot write " + table.path);
    }
}

bool has_column(const GoldenTable& table, const std::string& name) {
    return std::find(table.columns.begin(), table.columns.end(), name) != table.columns.end();
}

size_t end_of_run(const GoldenTable& table, size_t first) {
    size_t end = first;
    while (end < table.rows.size() && table.rows[end].same_run(table.rows[first])) {
        ++end;
    }
    return end;
}

std::vector<std::string> differences(const GoldenTable& table, size_t first,
                                     const Measured& measured) {
    std::vector<std::string> all;
    for (size_t i = 0; i < measured.size(); ++i) {
        const GoldenRow& row = table.rows[first + i];
        for (size_t c = 0; c < table.columns.size(); ++c) {
            const std::string now = std::to_string(measured[i][c]);
            if (now == row.numbers[c]) {
                continue;
            }
            std::ostringstream text;
            text << table.path << ":" << row.line << ": " << row.hw << " " << row.workload << " ["
                 << row.set << "] " << row.bits << " " << row.model << " " << row.layer << ": "
                 << table.columns[c] << " is " << now << ", golden '" << row.numbers[c] << "'";
            all.push_back(text.str());
        }
    }
    return all;
}

std::string project_path(const std::string& name) {
    const char* root = std::getenv("ASSAY_SOURCE_ROOT");
    return std::string(root != nullptr ? root : ".") + "/" + name;
}

bool have_data() {
    const char* data = std::getenv("ASSAY_DATA");
    return data != nullptr && *data != '\0';
}

} // namespace assay_test
