#include "imagenet.hpp"

#include <algorithm>

#include "data_files.hpp"
#include "input_file.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {

namespace {

constexpr uint32_t classes = 1000;
constexpr uint64_t max_label_file = 1 << 20;

// The number that a line starts with, or `classes` if it starts with none in range.
uint32_t class_of(const std::string& line) {
    uint32_t number = 0;
    size_t digits = 0;
    while (digits < line.size() && line[digits] >= '0' && line[digits] <= '9' && number < classes) {
        number = number * 10 + static_cast<uint32_t>(line[digits++] - '0');
    }
    const bool ends = digits == line.size() || line[digits] == ' ' || line[digits] == '\r';
    return digits > 0 && ends && number < classes ? number : classes;
}

assay_status read_labels(const std::string& path, size_t count, std::vector<uint16_t>& labels,
                         assay_report* report) {
    std::vector<uint8_t> file;
    assay_status status = read_whole_file(path.c_str(), max_label_file, file, report);
    if (status != ASSAY_OK) {
        return status;
    }
    size_t lines = 0;
    for (auto start = file.begin(); start != file.end();) {
        const auto end = std::find(start, file.end(), '\n');
        const std::string line(start, end);
        labels.push_back(static_cast<uint16_t>(class_of(line)));
        ++lines;
        if (labels.back() == classes) {
            assay_report_add(report, "%s:%zu: expected \"CLASS NAME\" with a class 0 .. %u, not %s",
                             path.c_str(), lines, classes - 1, assay_quote(line.c_str()).text);
            status = ASSAY_BAD_INPUT;
        }
        start = end == file.end() ? end : end + 1;
    }
    if (lines != count) {
        assay_report_add(report, "%s: %zu lines, expected %zu", path.c_str(), lines, count);
        status = ASSAY_BAD_INPUT;
    }
    return status;
}

assay_status read_pixels(const std::string& path, const Images& shape, std::vector<uint8_t>& out,
                         assay_report* report) {
    const assay_status status = read_whole_file(path.c_str(), max_data_file, out, report);
    if (status != ASSAY_OK) {
        return status;
    }
    return check_size(path, out.size(), shape.count * shape.values(),
                      text("%zu images of %u x %u x 3", shape.count, shape.height, shape.width),
                      report);
}

} // namespace

assay_status load_excerpt(const Excerpt& excerpt, const char* dir, Dataset& out,
                          assay_report* report) {
    Images& test = out.test;
    out.classes = classes;
    out.mirror = true;
    out.label = text("ImageNet, %zu training images of %s", excerpt.count, dir);
    test.channels = 3;
    test.height = test.width = excerpt.side;
    test.count = excerpt.count;
    const std::string folder = std::string(dir) + "/";
    std::vector<uint8_t> pixels;
    const assay_status status = read_pixels(folder + excerpt.images, test, pixels, report);
    const assay_status labelled =
        read_labels(folder + excerpt.labels, excerpt.count, test.labels, report);
    if (status != ASSAY_OK || labelled != ASSAY_OK) {
        return status != ASSAY_OK ? status : labelled;
    }
    test.bytes = planes_of_pixels(pixels, test);
    return ASSAY_OK;
}

} // namespace assay
