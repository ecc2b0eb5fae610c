// Images (or other labelled inputs) with their classes, read from files or drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "assay/status.h"
#include "workload.hpp"

namespace assay {

// Labelled tensors of one shape.
struct Images {
    enum class Element {
        u8,
        i8,
        f32
    };
    uint32_t channels = 0, height = 0, width = 0;
    size_t count = 0;
    Element element = Element::u8;
    std::vector<uint8_t> bytes;   // [count][channels][height][width] elements, little-endian
    std::vector<uint16_t> labels; // [count], each < classes of the dataset

    size_t values() const { return size_t{channels} * height * width; } // of one image
};

struct Dataset {
    std::string name;  // "cifar10", "glyphs", ...
    std::string label; // for people: what it is and where it was read
    uint32_t classes = 0;
    bool mirror = false; // a mirrored image is of the same class: training may mirror
    Images train;        // for calibration and training; count 0 where there is none
    Images test;         // split into a part that searches see and one for the final figure
};

enum class Split {
    search, // test images 0, 2, 4, ...: what searches and their rewards see
    final,  // test images 1, 3, 5, ...: for the figure that is published
    all,    // both
    train
};
// Indices into Dataset::test (or ::train) of the first `limit` images of a split; limit 0: all.
std::vector<uint32_t> split_indices(const Dataset& data, Split split, size_t limit);

// One kind of dataset: one file in accuracy/data/ that ends in one `const Reader`, and its name in
// that folder's meson.build.
struct Reader {
    const char* name;    // what a workload's "data" says
    const char* summary; // one line: files that are read
    // Of an image, so that networks that do not name their data can be matched by shape; 0: any.
    uint32_t channels, height, width;
    // "": needs no files; else the folder of $ASSAY_DATA that holds them.
    const char* folder;
    // Fills everything but the name; what it leaves behind on failure is dropped.
    assay_status (*load)(const char* dir, uint64_t seed, Dataset& out, assay_report* report);
};
extern const Reader* const readers[];
extern const size_t reader_count;
const Reader* find_reader(const std::string& name); // null: none

// `name`: of a reader. `dir`: where the files are; NULL: the reader's folder of $ASSAY_DATA, or,
// where that is not set, of $XDG_DATA_HOME/assay or ~/.local/share/assay.
// Everything is checked: sizes, truncation, labels out of range, NaN. ASSAY_BAD_INPUT with a
// message per mistake; `out` is then empty.
assay_status load_dataset(const std::string& name, const char* dir, uint64_t seed, Dataset& out,
                          assay_report* report);

// Values of the chosen images, each index < images.count, NCHW after `how`;
// out[count * images.values()]. With how.rows, an image [1][H][W] becomes [W][H][1].
// how.subtract and how.scale: empty, one value for all, or one per channel of the result.
void load_values(const Images& images, const uint32_t* indices, size_t count, const Preprocess& how,
                 float* out);

} // namespace assay
