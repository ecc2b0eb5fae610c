// From the elements of files to what networks read.
#include <cstring>

#include "contract.h"
#include "data_files.hpp"

namespace assay {

namespace {

// The value of every byte, so that no element costs more than a look-up.
struct ByteValues {
    float value[256];
};

// Settings of channel c of the result.
struct Scaling {
    float subtract, scale;
};

Scaling scaling(const Preprocess& how, size_t c) {
    const auto pick = [c](const std::vector<float>& list, float absent) {
        return list.empty() ? absent : list[list.size() == 1 ? 0 : c];
    };
    return {pick(how.subtract, 0), pick(how.scale, 1)};
}

ByteValues byte_values(Images::Element element, Scaling s) {
    ByteValues table;
    for (int i = 0; i < 256; ++i) {
        const int number = element == Images::Element::i8 && i > 127 ? i - 256 : i;
        table.value[i] = (static_cast<float>(number) - s.subtract) * s.scale;
    }
    return table;
}

// A run of elements of one channel, `from` in steps of `stride` elements.
struct Run {
    const uint8_t* from;
    size_t count, stride;
};

void convert_bytes(Run run, const ByteValues& table, float* out) {
    for (size_t i = 0; i < run.count; ++i) {
        out[i] = table.value[run.from[i * run.stride]];
    }
}

void convert_floats(Run run, Scaling s, float* out) {
    for (size_t i = 0; i < run.count; ++i) {
        float element;
        std::memcpy(&element, run.from + i * run.stride * sizeof element, sizeof element);
        out[i] = (element - s.subtract) * s.scale;
    }
}

// Where channel c of the result comes from, as elements within an image.
struct Source {
    size_t first, count, stride;
};

Source source(const Images& images, const Preprocess& how, size_t c) {
    if (how.rows) {
        return {c, images.height, images.width};
    }
    const size_t area = size_t{images.height} * images.width;
    return {(how.bgr ? images.channels - 1 - c : c) * area, area, 1};
}

bool fits(const std::vector<float>& list, size_t channels) {
    return list.size() <= 1 || list.size() == channels;
}

} // namespace

void load_values(const Images& images, const uint32_t* indices, size_t count, const Preprocess& how,
                 float* out) {
    const size_t channels = how.rows ? images.width : images.channels;
    ASSAY_REQUIRE(!how.rows || images.channels == 1);
    ASSAY_REQUIRE(fits(how.subtract, channels) && fits(how.scale, channels));
    const size_t size = element_size(images.element), image = images.values();
    for (size_t c = 0; c < channels; ++c) {
        const Source from = source(images, how, c);
        const Scaling s = scaling(how, c);
        const ByteValues table = byte_values(images.element, s);
        for (size_t n = 0; n < count; ++n) {
            ASSAY_REQUIRE(indices[n] < images.count);
            const uint8_t* first = &images.bytes[(indices[n] * image + from.first) * size];
            float* to = out + n * image + c * from.count;
            const Run run{first, from.count, from.stride};
            if (images.element == Images::Element::f32) {
                convert_floats(run, s, to);
            } else {
                convert_bytes(run, table, to);
            }
        }
    }
}

} // namespace assay
