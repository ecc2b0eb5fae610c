// Small excerpts of ImageNet: RGB pixels of square images, and their classes in a text file.
#pragma once

#include "dataset.hpp"

namespace assay {

struct Excerpt {
    const char* images; // file of [count][side][side][3] bytes
    const char* labels; // file of "class anything" lines, one per image
    uint32_t side;
    size_t count;
};

assay_status load_excerpt(const Excerpt& excerpt, const char* dir, Dataset& out,
                          assay_report* report);

} // namespace assay
