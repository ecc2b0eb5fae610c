// What the built program measures, as tables.
#pragma once

#include <string>
#include <vector>

#include "csv.hpp"

namespace validation {

using Words = std::vector<std::string>;

// One convolution by its shape and widths; groups = inputs = outputs: depthwise.
struct Shape {
    unsigned inputs, outputs, size, kernel, stride, padding, groups;

    bool operator<(const Shape& other) const;
};
struct Convolution {
    Shape shape;
    unsigned w_bits, a_bits;
};

// `assay run` and `assay table` as CSV; paths are below the project. Throw what the program says.
Csv run(const std::string& hw, const std::string& workload, const Words& more = {});
Csv table(const std::string& hw, const std::string& workload, const std::string& bits);
// One row per convolution, each measured alone.
Csv run(const std::string& hw, const std::vector<Convolution>& layers, const Words& more = {});

// Over all rows.
uint64_t total(const Csv& csv, const std::string& column);
double total_real(const Csv& csv, const std::string& column);

} // namespace validation
