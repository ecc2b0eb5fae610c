// MNIST (LeCun, Cortes, Burges; http://yann.lecun.com/exdb/mnist/): idx files, plain or packed by
// gzip. An idx file: 0, 0, type (8: bytes), number of dimensions, then each as a big-endian word,
// then the elements.
#include "data_files.hpp"
#include "text.hpp"

namespace assay {

namespace {

constexpr uint32_t side = 28, max_images = 1 << 20;
constexpr uint32_t image_magic = 0x803, label_magic = 0x801;

uint32_t big_endian(const uint8_t* bytes) {
    return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

struct IdxFile {
    std::string path;
    std::vector<uint8_t> bytes; // with the header
    size_t count = 0, header = 0;
};

// A word of the header that is not in low .. high gets a message.
bool check_word(const IdxFile& file, size_t offset, const char* what, uint32_t low, uint32_t high,
                assay_report* report) {
    const uint32_t word = big_endian(&file.bytes[offset]);
    if (word >= low && word <= high) {
        return true;
    }
    const std::string range = low == high ? text("%u", low) : text("%u .. %u", low, high);
    assay_report_add(report, "%s: byte %zu: %s %u, expected %s", file.path.c_str(), offset, what,
                     word, range.c_str());
    return false;
}

// Of one image, or of one label: `element` bytes.
assay_status read_idx(IdxFile& file, uint32_t magic, size_t element, assay_report* report) {
    const bool images = magic == image_magic;
    file.header = images ? 16 : 8;
    const uint64_t limit = file.header + uint64_t{max_images} * element;
    const assay_status status = read_maybe_gzip(file.path, limit, file.bytes, report);
    if (status != ASSAY_OK) {
        return status;
    }
    if (file.bytes.size() < file.header) {
        assay_report_add(report, "%s: %zu bytes, fewer than the %zu of an idx header",
                         file.path.c_str(), file.bytes.size(), file.header);
        return ASSAY_BAD_INPUT;
    }
    bool good = check_word(file, 0, "magic number", magic, magic, report);
    good &= check_word(file, 4, "count", 1, max_images, report);
    if (images) {
        good &= check_word(file, 8, "rows", side, side, report);
        good &= check_word(file, 12, "columns", side, side, report);
    }
    if (!good) {
        return ASSAY_BAD_INPUT;
    }
    file.count = big_endian(&file.bytes[4]);
    return check_size(
        file.path, file.bytes.size(), file.header + file.count * element,
        text("%zu bytes of header, %zu %s", file.header, file.count, images ? "images" : "labels"),
        report);
}

bool read_labels(const IdxFile& file, Images& out, assay_report* report) {
    out.labels.assign(file.bytes.begin() + 8, file.bytes.end());
    return check_labels(file.path, out.labels, 0, 10, report);
}

assay_status read_pair(IdxFile& images, IdxFile& labels, Images& out, assay_report* report) {
    const assay_status imaged = read_idx(images, image_magic, size_t{side} * side, report);
    const assay_status labelled = read_idx(labels, label_magic, 1, report);
    // Labels are judged on their own, whatever the images are.
    const bool sound = labelled == ASSAY_OK && read_labels(labels, out, report);
    if (imaged != ASSAY_OK || labelled != ASSAY_OK) {
        return imaged != ASSAY_OK ? imaged : labelled;
    }
    if (images.count != labels.count) {
        assay_report_add(report, "%s: %zu labels for the %zu images of %s", labels.path.c_str(),
                         labels.count, images.count, images.path.c_str());
        return ASSAY_BAD_INPUT;
    }
    out.channels = 1;
    out.height = out.width = side;
    out.count = images.count;
    out.bytes.assign(images.bytes.begin() + 16, images.bytes.end());
    return sound ? ASSAY_OK : ASSAY_BAD_INPUT;
}

// Images and labels whose file names start with one of `sets`. Nothing read where there is none and
// they are optional.
assay_status read_set(const std::string& dir, const std::vector<std::string>& sets, bool optional,
                      Images& out, assay_report* report) {
    std::vector<std::string> images, labels;
    for (const std::string& set : sets) {
        for (const char* packed : {"", ".gz"}) {
            images.push_back(set + "-images-idx3-ubyte" + packed);
            labels.push_back(set + "-labels-idx1-ubyte" + packed);
        }
    }
    IdxFile image{find_file(dir, images), {}}, label{find_file(dir, labels), {}};
    if (optional && image.path.empty() && label.path.empty()) {
        return ASSAY_OK;
    }
    for (const auto& [file, names] : {std::pair{&image, &images}, std::pair{&label, &labels}}) {
        if (file->path.empty()) {
            assay_report_add(report, "%s: holds no %s, plain or .gz", dir.c_str(),
                             (*names)[0].c_str());
        }
    }
    if (image.path.empty() || label.path.empty()) {
        return ASSAY_BAD_INPUT;
    }
    return read_pair(image, label, out, report);
}

assay_status load(const char* dir, uint64_t, Dataset& out, assay_report* report) {
    out.classes = 10;
    const assay_status trained = read_set(dir, {"train", "train10k"}, true, out.train, report);
    const assay_status tested = read_set(dir, {"t10k"}, false, out.test, report);
    out.label = text("MNIST, %zu + %zu images of %s", out.train.count, out.test.count, dir);
    return trained != ASSAY_OK ? trained : tested;
}

} // namespace

extern const Reader reader_mnist;
const Reader reader_mnist = {
    "mnist", "MNIST: train- and t10k-images-idx3-ubyte and -labels-idx1-ubyte, plain or .gz",
    1,       side,
    side,    "mnist",
    load};

} // namespace assay
