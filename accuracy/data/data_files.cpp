#include "data_files.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "input_file.hpp"
#include "text.hpp"

namespace assay {

std::string find_file(const std::string& dir, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const std::filesystem::path path = std::filesystem::path(dir) / name;
        std::error_code ignored;
        if (std::filesystem::exists(path, ignored)) {
            return path;
        }
    }
    return "";
}

assay_status check_size(const std::string& path, uint64_t size, uint64_t expected,
                        const std::string& what, assay_report* report) {
    if (size == expected) {
        return ASSAY_OK;
    }
    assay_report_add(report, "%s: %ju bytes, expected %ju (%s)", path.c_str(),
                     static_cast<uintmax_t>(size), static_cast<uintmax_t>(expected), what.c_str());
    return ASSAY_BAD_INPUT;
}

bool check_labels(const std::string& path, const std::vector<uint16_t>& labels, size_t first,
                  uint32_t classes, assay_report* report) {
    bool good = true;
    for (size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] >= classes) {
            assay_report_add(report, "%s: image %zu: label %u, expected 0 .. %u", path.c_str(),
                             first + i, labels[i], classes - 1);
            good = false;
        }
    }
    return good;
}

assay_status read_records(const std::string& path, size_t count, uint32_t classes, Images& images,
                          assay_report* report) {
    const size_t image = images.values() * element_size(images.element);
    std::vector<uint8_t> file;
    assay_status status = read_whole_file(path.c_str(), max_data_file, file, report);
    if (status == ASSAY_OK) {
        status = check_size(path, file.size(), count * (1 + image),
                            text("%zu records of %zu", count, 1 + image), report);
    }
    if (status != ASSAY_OK) {
        return status;
    }
    std::vector<uint16_t> labels(count);
    images.bytes.reserve(images.bytes.size() + count * image);
    for (size_t i = 0; i < count; ++i) {
        const uint8_t* record = &file[i * (1 + image)];
        labels[i] = *record;
        images.bytes.insert(images.bytes.end(), record + 1, record + 1 + image);
    }
    images.labels.insert(images.labels.end(), labels.begin(), labels.end());
    images.count += count;
    return check_labels(path, labels, 0, classes, report) ? ASSAY_OK : ASSAY_BAD_INPUT;
}

std::vector<uint8_t> planes_of_pixels(const std::vector<uint8_t>& pixels, const Images& shape) {
    const size_t area = size_t{shape.height} * shape.width, channels = shape.channels;
    const size_t size = element_size(shape.element);
    std::vector<uint8_t> planes(pixels.size());
    const uint8_t* from = pixels.data();
    for (size_t n = 0; n < shape.count; ++n) {
        for (size_t i = 0; i < area; ++i) {
            for (size_t c = 0; c < channels; ++c, from += size) {
                std::memcpy(&planes[((n * channels + c) * area + i) * size], from, size);
            }
        }
    }
    return planes;
}

size_t element_size(Images::Element element) {
    return element == Images::Element::f32 ? sizeof(float) : 1;
}

} // namespace assay
