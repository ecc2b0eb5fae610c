// What readers of image files share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataset.hpp"

namespace assay {

constexpr uint64_t max_data_file = uint64_t{4} << 30; // bytes

// The first of `names` that exists below `dir`, as a path; "": none does.
std::string find_file(const std::string& dir, const std::vector<std::string>& names);

// A message and ASSAY_BAD_INPUT where `size` is not what the file's kind says. `what`: of the
// expectation, "1000 records of 3073".
assay_status check_size(const std::string& path, uint64_t size, uint64_t expected,
                        const std::string& what, assay_report* report);

// A message per label beyond the classes; false if there was one. `first`: images of the file
// before labels[0].
bool check_labels(const std::string& path, const std::vector<uint16_t>& labels, size_t first,
                  uint32_t classes, assay_report* report);

// Appends `count` records of one label byte and the element bytes of one image of the shape that
// `images` has.
assay_status read_records(const std::string& path, size_t count, uint32_t classes, Images& images,
                          assay_report* report);

// Reads a whole file; one whose name ends in ".gz" is unpacked to at most `limit` bytes.
assay_status read_maybe_gzip(const std::string& path, uint64_t limit, std::vector<uint8_t>& out,
                             assay_report* report);

// [count][height][width][channels] becomes [count][channels][height][width].
std::vector<uint8_t> planes_of_pixels(const std::vector<uint8_t>& pixels, const Images& shape);

size_t element_size(Images::Element element);

} // namespace assay
