#include "csv.hpp"

#include <cstdlib>
#include <stdexcept>

#include "process.hpp"

namespace validation {
namespace {

using Fields = std::vector<std::string>;

// Fields in quotes may hold commas (notes do); none holds a quote or a line feed.
Fields fields_of(const std::string& line) {
    Fields fields(1);
    bool quoted = false;
    for (char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            fields.emplace_back();
        } else if (c != '\r') {
            fields.back() += c;
        }
    }
    return fields;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines(1);
    for (char c : text) {
        if (c == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += c;
        }
    }
    if (lines.back().empty()) {
        lines.pop_back();
    }
    return lines;
}

} // namespace

Csv::Csv(const std::string& text) {
    const std::vector<std::string> lines = lines_of(text);
    if (lines.empty()) {
        throw std::runtime_error("an empty table");
    }
    const Fields head = fields_of(lines[0]);
    for (size_t i = 0; i < head.size(); ++i) {
        at_[head[i]] = i;
    }
    for (size_t i = 1; i < lines.size(); ++i) {
        rows_.push_back(fields_of(lines[i]));
        if (rows_.back().size() != head.size()) {
            throw std::runtime_error("a row with other fields than the head: " + lines[i]);
        }
    }
}

const std::string& Csv::text(size_t row, const std::string& column) const {
    const auto found = at_.find(column);
    if (found == at_.end()) {
        throw std::runtime_error("no column '" + column + "'");
    }
    return rows_.at(row)[found->second];
}

double Csv::real(size_t row, const std::string& column) const {
    const std::string& field = text(row, column);
    char* end = nullptr;
    const double value = std::strtod(field.c_str(), &end);
    if (field.empty() || *end != '\0') {
        throw std::runtime_error("column '" + column + "': '" + field + "' is not a number");
    }
    return value;
}

uint64_t Csv::count(size_t row, const std::string& column) const {
    return static_cast<uint64_t>(real(row, column)); // all counts here are far below 2^53
}

bool have_data() {
    const char* data = std::getenv("ASSAY_DATA");
    return data != nullptr && *data != '\0';
}

Csv published_table(const std::string& name) {
    if (!have_data()) {
        throw std::runtime_error("ASSAY_DATA is not set");
    }
    return Csv(cli_test::read_file(std::string(std::getenv("ASSAY_DATA")) + "/tables/" + name));
}

} // namespace validation
