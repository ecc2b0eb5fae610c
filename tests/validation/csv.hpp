// Tables of comma-separated values: published ones, and what the program writes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace validation {

class Csv {
  public:
    explicit Csv(const std::string& text);
    size_t size() const { return rows_.size(); }
    // Throw std::runtime_error that names the column.
    const std::string& text(size_t row, const std::string& column) const;
    double real(size_t row, const std::string& column) const;
    uint64_t count(size_t row, const std::string& column) const;

  private:
    std::map<std::string, size_t> at_;
    std::vector<std::vector<std::string>> rows_;
};

bool have_data();                             // ASSAY_DATA is set
Csv published_table(const std::string& name); // $ASSAY_DATA/tables/NAME

} // namespace validation
