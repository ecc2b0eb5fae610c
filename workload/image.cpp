#include "image.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "graph.hpp"
#include "input_file.hpp"
#include "quote.h"
#include "rng.h"
#include "statistical.hpp"
#include "text.hpp"

namespace assay {
namespace {

constexpr uint64_t max_image_side = 65536;

using ImageSize = std::array<uint64_t, 3>; // height, width, channels

// Reads "HxWxC" at `at`; digits beyond 9 per number cannot be a legal size.
bool size_at(const std::string& name, size_t at, ImageSize& out) {
    for (size_t k = 0; k < 3; ++k) {
        size_t begin = at;
        out[k] = 0;
        while (at < name.size() && isdigit(static_cast<unsigned char>(name[at])) &&
               at - begin < 9) {
            out[k] = out[k] * 10 + static_cast<uint64_t>(name[at++] - '0');
        }
        if (at == begin || (k < 2 && (at >= name.size() || name[at++] != 'x'))) {
            return false;
        }
    }
    return true;
}

bool size_from_name(const std::string& path, ImageSize& out) {
    size_t slash = path.rfind('/');
    std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    bool found = false;
    for (size_t i = 0; i < name.size(); ++i) {
        bool starts = i == 0 || !isdigit(static_cast<unsigned char>(name[i - 1]));
        ImageSize size;
        if (starts && size_at(name, i, size)) {
            out = size;
            found = true;
        }
    }
    return found;
}

assay_status image_size(const assay_workload_params& params, ImageSize& out, assay_report* report) {
    out = {params.input_height, params.input_width, params.input_channels};
    bool none = out == ImageSize{0, 0, 0};
    if (none && !size_from_name(params.input_path, out)) {
        assay_report_add(report,
                         "%s: the image size is not known: give height, width and channels, or put "
                         "HxWxC into the file's name",
                         params.input_path);
        return ASSAY_BAD_INPUT;
    }
    for (uint64_t side : out) {
        if (side == 0 || side > max_image_side) {
            assay_report_add(report, "%s: image size %llux%llux%llu: each must be in 1 .. %llu",
                             params.input_path, static_cast<unsigned long long>(out[0]),
                             static_cast<unsigned long long>(out[1]),
                             static_cast<unsigned long long>(out[2]),
                             static_cast<unsigned long long>(max_image_side));
            return ASSAY_BAD_INPUT;
        }
    }
    return ASSAY_OK;
}

assay_status check_image_index(const assay_workload_params& params, uint64_t file_bytes,
                               uint64_t image_bytes, assay_report* report) {
    if (image_bytes > max_elements || file_bytes == 0 || file_bytes % image_bytes != 0) {
        assay_report_add(report,
                         "%s: %llu bytes are not a whole number of images of %llu bytes each",
                         params.input_path, static_cast<unsigned long long>(file_bytes),
                         static_cast<unsigned long long>(image_bytes));
        return ASSAY_BAD_INPUT;
    }
    if (params.input_index >= file_bytes / image_bytes) {
        assay_report_add(report, "%s: image index %llu: the file holds images 0 .. %llu",
                         params.input_path, static_cast<unsigned long long>(params.input_index),
                         static_cast<unsigned long long>(file_bytes / image_bytes - 1));
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

// Position between two source pixels.
struct Tap {
    uint32_t low, high;
    float fraction;
};

std::vector<Tap> make_taps(uint32_t from, uint32_t to) {
    std::vector<Tap> taps;
    for (uint32_t i = 0; i < to; ++i) {
        double centre = (i + 0.5) * from / to - 0.5;
        centre = std::clamp(centre, 0.0, static_cast<double>(from - 1));
        auto low = static_cast<uint32_t>(centre);
        taps.push_back({low, std::min(low + 1, from - 1), static_cast<float>(centre - low)});
    }
    return taps;
}

float mix(float a, float b, float fraction) {
    return a + (b - a) * fraction;
}

struct Blob {
    double y, x, inverse_radius, strength;
};

std::vector<Blob> draw_blobs(assay_rng& rng) {
    std::vector<Blob> blobs(12);
    for (Blob& b : blobs) {
        b.y = assay_rng_unit(&rng);
        b.x = assay_rng_unit(&rng);
        b.inverse_radius = 1 / (0.05 + 0.25 * assay_rng_unit(&rng));
        b.strength = 240 * assay_rng_unit(&rng) - 120;
    }
    return blobs;
}

// Rational instead of Gaussian bumps: no library function, so the same pixels everywhere.
double blob_sum(const std::vector<Blob>& blobs, double y, double x) {
    double sum = 0;
    for (const Blob& b : blobs) {
        double dy = (y - b.y) * b.inverse_radius, dx = (x - b.x) * b.inverse_radius;
        double fall = 1 + dy * dy + dx * dx;
        sum += b.strength / (fall * fall);
    }
    return sum;
}

} // namespace

assay_status read_image(const assay_workload_params& params, Image& out, assay_report* report) {
    ImageSize size;
    InputFile file;
    assay_status status = image_size(params, size, report);
    if (status == ASSAY_OK) {
        status = file.open(params.input_path, report);
    }
    if (status != ASSAY_OK) {
        return status;
    }
    uint64_t bytes = size[0] * size[1] * size[2]; // at most 2^48
    status = check_image_index(params, file.size(), bytes, report);
    if (status != ASSAY_OK) {
        return status;
    }
    out.height = static_cast<uint32_t>(size[0]);
    out.width = static_cast<uint32_t>(size[1]);
    out.channels = static_cast<uint32_t>(size[2]);
    out.pixels.resize(bytes);
    return file.read(params.input_index * bytes, bytes, out.pixels.data(), report);
}

Image procedural_image(const Shape& shape, uint64_t seed) {
    Image out{shape.h, shape.w, shape.c, std::vector<uint8_t>(shape.size())};
    for (uint32_t c = 0; c < shape.c; ++c) {
        assay_rng rng = assay_rng_seed(seed, ("image/" + std::to_string(c)).c_str());
        std::vector<Blob> blobs = draw_blobs(rng);
        for (uint32_t y = 0; y < shape.h; ++y) {
            for (uint32_t x = 0; x < shape.w; ++x) {
                double texture = 32 * assay_rng_unit(&rng) - 16;
                double value =
                    118 + texture + blob_sum(blobs, (y + 0.5) / shape.h, (x + 0.5) / shape.w);
                out.pixels[(size_t{y} * shape.w + x) * shape.c + c] =
                    static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
            }
        }
    }
    return out;
}

static std::vector<float> resize_planes(const Image& image, const Shape& shape,
                                        const Preprocess& how) {
    std::vector<Tap> rows = make_taps(image.height, shape.h),
                     cols = make_taps(image.width, shape.w);
    std::vector<float> out;
    out.reserve(shape.size());
    for (uint32_t c = 0; c < shape.c; ++c) {
        uint32_t channel = how.bgr ? shape.c - 1 - c : c;
        float subtract = c < how.subtract.size() ? how.subtract[c] : 0;
        float scale = c < how.scale.size() ? how.scale[c] : 1;
        auto pixel = [&](uint32_t y, uint32_t x) {
            return static_cast<float>(
                image.pixels[(size_t{y} * image.width + x) * image.channels + channel]);
        };
        for (const Tap& r : rows) {
            for (const Tap& t : cols) {
                float top = mix(pixel(r.low, t.low), pixel(r.low, t.high), t.fraction);
                float bottom = mix(pixel(r.high, t.low), pixel(r.high, t.high), t.fraction);
                out.push_back((mix(top, bottom, r.fraction) - subtract) * scale);
            }
        }
    }
    return out;
}

std::vector<float> resize_to_chw(const Image& image, const Shape& shape, const Preprocess& how) {
    if (!how.rows) {
        return resize_planes(image, shape, how);
    }
    std::vector<float> rows = resize_planes(image, {1, shape.h, shape.c}, how), out;
    out.reserve(rows.size());
    for (size_t x = 0; x < shape.c; ++x) {
        for (size_t y = 0; y < shape.h; ++y) {
            out.push_back(rows[y * shape.c + x]);
        }
    }
    return out;
}

assay_status make_image_input(const assay_workload_params& params, const Preprocess& how,
                              assay_workload& workload, assay_report* report) {
    Image image;
    const Shape& in = workload.input_shape;
    const Shape shape = how.rows ? Shape{1, in.h, in.c} : in;
    if (params.input_path) {
        assay_status status = read_image(params, image, report);
        if (status != ASSAY_OK) {
            return status;
        }
        if (image.channels != shape.c) {
            assay_report_add(report, "%s: %u channels, the network's input %s has %u",
                             params.input_path, image.channels, shape_text(shape).c_str(), shape.c);
            return ASSAY_BAD_INPUT;
        }
        workload.input_label =
            text("image %llu of %s", static_cast<unsigned long long>(params.input_index),
                 assay_quote(params.input_path).text);
    } else {
        uint64_t seed = params.seed ? params.seed : 1;
        image = procedural_image(shape, seed);
        workload.input_label = "procedural image, seed " + std::to_string(seed);
    }
    workload.input = resize_to_chw(image, workload.input_shape, how);
    return ASSAY_OK;
}

assay_status make_plain_input(const assay_workload_params& params, const InputDraw& draw,
                              assay_workload& workload, assay_report* report) {
    if (params.input_path) {
        Preprocess unit;
        unit.scale.assign(workload.input_shape.c, 1.0f / 255);
        return make_image_input(params, unit, workload, report);
    }
    workload.input = draw_activations(workload.input_shape.size(), draw.density, draw.is_signed,
                                      draw.seed, "input");
    workload.input_draw = std::make_shared<const InputDraw>(draw);
    workload.input_label = text("drawn, density %g, seed %llu", draw.density,
                                static_cast<unsigned long long>(draw.seed));
    return ASSAY_OK;
}

} // namespace assay
