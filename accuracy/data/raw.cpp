// Anybody's data: raw tensors described by a data.json; docs/data.md is its manual.
#include <cmath>
#include <cstring>

#include "data_files.hpp"
#include "handles.hpp"
#include "input_file.hpp"
#include "text.hpp"

namespace assay {

namespace {

const char* const root_keys[] = {"schema", "description", "classes", "mirror",
                                 "train",  "test",        nullptr};
const char* const set_keys[] = {"images", "labels", nullptr};
const char* const image_keys[] = {"path", "dtype", "layout", "shape", nullptr};
const char* const label_keys[] = {"path", "dtype", nullptr};
const char* const image_types[] = {"u8", "i8", "f32", nullptr};
const char* const label_types[] = {"u8", "u16", "i32", nullptr};
constexpr size_t label_sizes[] = {1, 2, 4};
const char* const layouts[] = {"nchw", "nhwc", nullptr};
constexpr uint64_t max_count = 1 << 26, max_side = 1 << 16;

struct RawFile {
    std::string path, dir; // of data.json
    uint32_t classes = 0;
    assay_report* report = nullptr;

    std::string where(const std::string& place) const { return path + ": " + place; }
    // Counting messages tells whether a step was clean.
    size_t mistakes() const { return assay_report_count(report); }
    // A file that data.json names, relative to it.
    std::string beside(const char* name) const { return *name == '/' ? name : dir + "/" + name; }
};

const assay_json* read_object(const RawFile& file, const assay_json* parent, const char* key,
                              const std::string& place, const char* const* keys) {
    const assay_json* object = assay_json_get(parent, key);
    if (!object || assay_json_kind_of(object) != ASSAY_JSON_OBJECT) {
        assay_report_add(file.report, "%s: expected an object%s%s", file.where(place).c_str(),
                         object ? ", not " : "", object ? assay_json_describe(object) : "");
        return nullptr;
    }
    assay_json_check_keys(object, keys, file.where(place).c_str(), file.report);
    return object;
}

// The i-th number of "shape".
uint32_t read_side(const RawFile& file, const assay_json* value, const std::string& place,
                   uint64_t high) {
    const double number = value ? assay_json_number(value) : 0;
    const bool good = value && assay_json_kind_of(value) == ASSAY_JSON_NUMBER && number >= 1 &&
                      number <= static_cast<double>(high) && number == std::floor(number);
    if (!good) {
        assay_report_add(file.report, "%s: expected a whole number 1 .. %ju, not %s",
                         file.where(place).c_str(), static_cast<uintmax_t>(high),
                         value ? assay_json_describe(value) : "nothing");
    }
    return good ? static_cast<uint32_t>(number) : 1;
}

// Sets count, channels, height and width. False (and a message) if they are wrong or too many.
bool read_shape(const RawFile& file, const assay_json* object, const std::string& place, bool nhwc,
                Images& out) {
    const assay_json* shape = assay_json_get(object, "shape");
    if (!shape || assay_json_kind_of(shape) != ASSAY_JSON_ARRAY || assay_json_size(shape) != 4) {
        assay_report_add(file.report, "%s: expected 4 whole numbers, in the order of \"layout\"",
                         file.where(place + ".shape").c_str());
        return false;
    }
    const size_t before = file.mistakes();
    uint32_t sides[4];
    const assay_json* member = assay_json_first(shape);
    for (size_t i = 0; i < 4; ++i, member = assay_json_next(member)) {
        sides[i] = read_side(file, member, text("%s.shape[%zu]", place.c_str(), i),
                             i == 0 ? max_count : max_side);
    }
    out.count = sides[0];
    out.channels = sides[nhwc ? 3 : 1];
    out.height = sides[nhwc ? 1 : 2];
    out.width = sides[nhwc ? 2 : 3];
    uint64_t bytes = out.count * element_size(out.element);
    for (size_t i = 1; i < 4; ++i) {
        bytes = bytes <= max_data_file ? bytes * sides[i] : bytes;
    }
    if (bytes > max_data_file) {
        assay_report_add(file.report, "%s: more than %ju bytes of images",
                         file.where(place + ".shape").c_str(),
                         static_cast<uintmax_t>(max_data_file));
    }
    return file.mistakes() == before;
}

void check_finite(const RawFile& file, const std::string& path, const Images& images) {
    for (size_t i = 0; i < images.bytes.size() / sizeof(float); ++i) {
        float value;
        std::memcpy(&value, &images.bytes[i * sizeof value], sizeof value);
        if (!std::isfinite(value)) {
            assay_report_add(file.report, "%s: image %zu: value %zu is %f, expected finite numbers",
                             path.c_str(), i / images.values(), i % images.values(),
                             static_cast<double>(value));
        }
    }
}

void read_elements(const RawFile& file, const std::string& path, bool nhwc, Images& out) {
    if (read_whole_file(path.c_str(), max_data_file, out.bytes, file.report) != ASSAY_OK) {
        return;
    }
    const std::string what = text("%zu images of %u x %u x %u elements of %zu bytes", out.count,
                                  out.channels, out.height, out.width, element_size(out.element));
    const uint64_t expected = out.count * out.values() * element_size(out.element);
    if (check_size(path, out.bytes.size(), expected, what, file.report) != ASSAY_OK) {
        return;
    }
    if (nhwc) {
        out.bytes = planes_of_pixels(out.bytes, out);
    }
    if (out.element == Images::Element::f32) {
        check_finite(file, path, out);
    }
}

// True if the number of images is known: labels can then be counted.
bool read_images(const RawFile& file, const assay_json* set, const std::string& place,
                 Images& out) {
    const assay_json* object = read_object(file, set, "images", place, image_keys);
    if (!object) {
        return false;
    }
    const std::string where = file.where(place);
    const char* path = nullptr;
    size_t type = 0, layout = 0;
    bool good = assay_json_read_string(object, "path", where.c_str(), true, &path, file.report);
    good &= assay_json_read_choice(object, "dtype", where.c_str(), image_types, true, &type,
                                   file.report);
    good &= assay_json_read_choice(object, "layout", where.c_str(), layouts, true, &layout,
                                   file.report);
    out.element = static_cast<Images::Element>(type);
    const bool shaped = read_shape(file, object, place, layout == 1, out);
    if (good && shaped) {
        read_elements(file, file.beside(path), layout == 1, out);
    }
    return shaped;
}

int64_t label_at(const uint8_t* bytes, size_t size) {
    uint32_t word = 0;
    for (size_t i = 0; i < size; ++i) {
        word |= uint32_t{bytes[i]} << 8 * i;
    }
    return size == 4 ? static_cast<int32_t>(word) : static_cast<int64_t>(word);
}

void read_label_file(const RawFile& file, const std::string& path, size_t size, Images& out) {
    std::vector<uint8_t> bytes;
    if (read_whole_file(path.c_str(), max_count * size, bytes, file.report) != ASSAY_OK ||
        check_size(path, bytes.size(), out.count * size,
                   text("%zu labels of %zu bytes", out.count, size), file.report) != ASSAY_OK) {
        return;
    }
    for (size_t i = 0; i < out.count; ++i) {
        const int64_t label = label_at(&bytes[i * size], size);
        out.labels.push_back(static_cast<uint16_t>(label));
        if (label < 0 || label >= file.classes) {
            assay_report_add(file.report, "%s: image %zu: label %jd, expected 0 .. %u",
                             path.c_str(), i, static_cast<intmax_t>(label), file.classes - 1);
        }
    }
}

void read_labels(const RawFile& file, const assay_json* set, const std::string& place, bool counted,
                 Images& out) {
    const assay_json* object = read_object(file, set, "labels", place, label_keys);
    if (!object) {
        return;
    }
    const std::string where = file.where(place);
    const char* path = nullptr;
    size_t type = 0;
    bool good = assay_json_read_string(object, "path", where.c_str(), true, &path, file.report);
    good &= assay_json_read_choice(object, "dtype", where.c_str(), label_types, true, &type,
                                   file.report);
    if (good && counted && file.classes > 0) {
        read_label_file(file, file.beside(path), label_sizes[type], out);
    }
}

void read_set(const RawFile& file, const assay_json* root, const char* name, Images& out) {
    const assay_json* set = read_object(file, root, name, name, set_keys);
    if (set) {
        const bool counted = read_images(file, set, std::string(name) + ".images", out);
        read_labels(file, set, std::string(name) + ".labels", counted, out);
    }
}

void check_alike(const RawFile& file, const Images& train, const Images& test) {
    if (train.channels != test.channels || train.height != test.height ||
        train.width != test.width || train.element != test.element) {
        assay_report_add(file.report,
                         "%s: train.images: expected the dtype and the image shape of "
                         "test.images, %u x %u x %u",
                         file.path.c_str(), test.channels, test.height, test.width);
    }
}

void read_root(RawFile& file, const assay_json* root, Dataset& out) {
    const char *where = file.path.c_str(), *description = nullptr;
    uint64_t schema = 0, classes = 0;
    assay_json_check_keys(root, root_keys, where, file.report);
    assay_json_read_uint(root, "schema", where, 1, 1, true, &schema, file.report);
    assay_json_read_uint(root, "classes", where, 2, 65536, true, &classes, file.report);
    assay_json_read_bool(root, "mirror", where, false, &out.mirror, file.report);
    assay_json_read_string(root, "description", where, false, &description, file.report);
    out.classes = file.classes = static_cast<uint32_t>(classes);
    out.label = description ? description : file.dir;
    const size_t before = file.mistakes();
    read_set(file, root, "test", out.test);
    if (assay_json_get(root, "train")) {
        read_set(file, root, "train", out.train);
        if (file.mistakes() == before) {
            check_alike(file, out.train, out.test);
        }
    }
}

assay_status load(const char* dir, uint64_t, Dataset& out, assay_report* report) {
    // Mistakes are counted, so there must be a report even where the caller wants none.
    const Report own(assay_report_new());
    if (!own) {
        return ASSAY_NO_MEMORY;
    }
    RawFile file{std::string(dir) + "/data.json", dir, 0, report ? report : own.get()};
    const size_t before = file.mistakes();
    assay_json_doc* doc = nullptr;
    const assay_status status = assay_json_load(file.path.c_str(), &doc, file.report);
    if (status != ASSAY_OK) {
        return status;
    }
    const JsonDoc owner(doc);
    const assay_json* root = assay_json_root(doc);
    if (assay_json_kind_of(root) != ASSAY_JSON_OBJECT) {
        assay_report_add(file.report, "%s: expected an object, not %s", file.path.c_str(),
                         assay_json_describe(root));
    } else {
        read_root(file, root, out);
    }
    return file.mistakes() == before ? ASSAY_OK : ASSAY_BAD_INPUT;
}

} // namespace

extern const Reader reader_raw;
const Reader reader_raw = {
    "raw", "a folder with a data.json that describes raw tensors (docs/data.md)", 0, 0, 0, "raw",
    load};

} // namespace assay
