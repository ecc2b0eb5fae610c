#include "glyphs.hpp"

#include <algorithm>
#include <cmath>

#include "glyph_shapes.hpp"
#include "text.hpp"

namespace assay {

namespace {

constexpr size_t pixels = size_t{glyph_side} * glyph_side;

struct Colour {
    double c[3];
};

// Three planes of numbers around 0 .. 1.
struct Canvas {
    double c[3][pixels];
};

constexpr size_t at(uint32_t x, uint32_t y) {
    return size_t{y} * glyph_side + x;
}

// A colour that differs from `from` by up to `contrast` in one channel, by less in the others.
Colour contrasting(const Colour& from, double contrast, assay_rng& rng) {
    Colour out;
    const uint64_t strongest = assay_rng_below(&rng, 3);
    const bool brighter = assay_rng_below(&rng, 2) != 0;
    for (uint64_t k = 0; k < 3; ++k) {
        double step = contrast * (k == strongest ? 1 : between(rng, -0.3, 1));
        step = brighter ? step : -step;
        const bool leaves = from.c[k] + step < 0 || from.c[k] + step > 1;
        out.c[k] = from.c[k] + (leaves ? -step : step);
    }
    return out;
}

Colour background(assay_rng& rng) {
    const double brightness = between(rng, 0.2, 0.8);
    Colour out;
    for (double& c : out.c) {
        c = brightness + between(rng, -0.12, 0.12);
    }
    return out;
}

// Smooth clouds: random heights on a grid of 4 x 4 cells, interpolated between them.
void paint_background(Canvas& canvas, const Colour& colour, double depth, assay_rng& rng) {
    constexpr uint32_t cells = 4, cell = glyph_side / cells;
    for (int k = 0; k < 3; ++k) {
        double heights[cells + 1][cells + 1];
        for (auto& row : heights) {
            for (double& height : row) {
                height = between(rng, -depth, depth);
            }
        }
        for (uint32_t y = 0; y < glyph_side; ++y) {
            for (uint32_t x = 0; x < glyph_side; ++x) {
                const uint32_t i = y / cell, j = x / cell;
                const double v = (y % cell + 0.5) / cell, u = (x % cell + 0.5) / cell;
                const double upper = heights[i][j] * (1 - u) + heights[i][j + 1] * u;
                const double lower = heights[i + 1][j] * (1 - u) + heights[i + 1][j + 1] * u;
                canvas.c[k][at(x, y)] = colour.c[k] + upper * (1 - v) + lower * v;
            }
        }
    }
}

// Strokes with soft edges one pixel wide; `half` is half of their width.
void paint_strokes(Canvas& canvas, const std::vector<Segment>& strokes, double half,
                   const Colour& colour) {
    for (uint32_t y = 0; y < glyph_side; ++y) {
        for (uint32_t x = 0; x < glyph_side; ++x) {
            const double distance = stroke_distance(strokes, x + 0.5, y + 0.5);
            const double cover = std::clamp(half + 0.5 - distance, 0.0, 1.0);
            for (int k = 0; k < 3 && cover > 0; ++k) {
                double& value = canvas.c[k][at(x, y)];
                value += cover * (colour.c[k] - value);
            }
        }
    }
}

// Short lines that belong to no sign.
void paint_distractors(Canvas& canvas, const Colour& back, double contrast, assay_rng& rng) {
    const uint64_t count = assay_rng_below(&rng, 3);
    for (uint64_t i = 0; i < count; ++i) {
        const double x = between(rng, 0, glyph_side);
        const double y = between(rng, 0, glyph_side);
        const double dx = between(rng, -5, 5);
        const double dy = between(rng, -5, 5);
        const double half = between(rng, 0.3, 0.9);
        const double strength = contrast * between(rng, 0.4, 1);
        const Colour colour = contrasting(back, strength, rng);
        paint_strokes(canvas, {{x, y, x + dx, y + dy}}, half, colour);
    }
}

// Something in front of the sign, on every other image.
void paint_patch(Canvas& canvas, const Colour& back, double contrast, assay_rng& rng) {
    if (assay_rng_below(&rng, 2) == 0) {
        return;
    }
    const uint32_t width = 3 + static_cast<uint32_t>(assay_rng_below(&rng, 4));
    const uint32_t height = 3 + static_cast<uint32_t>(assay_rng_below(&rng, 4));
    const uint32_t left = static_cast<uint32_t>(assay_rng_below(&rng, glyph_side - width));
    const uint32_t top = static_cast<uint32_t>(assay_rng_below(&rng, glyph_side - height));
    const Colour colour = contrasting(back, contrast * 0.5, rng);
    for (uint32_t y = top; y < top + height; ++y) {
        for (uint32_t x = left; x < left + width; ++x) {
            for (int k = 0; k < 3; ++k) {
                canvas.c[k][at(x, y)] = colour.c[k];
            }
        }
    }
}

// Close to normal with deviation 1: the sum of the 4 quarters of a random word, of which each is
// uniform with variance 1 / 12.
double noise(assay_rng& rng) {
    const uint64_t word = assay_rng_next(&rng);
    const uint64_t sum =
        (word & 0xffff) + (word >> 16 & 0xffff) + (word >> 32 & 0xffff) + (word >> 48);
    return (static_cast<double>(sum) / 65536 - 2) * 1.7320508075688772;
}

void develop(const Canvas& canvas, double grain, assay_rng& rng, uint8_t* planes) {
    for (size_t k = 0; k < 3; ++k) {
        for (size_t i = 0; i < pixels; ++i) {
            const double value = std::clamp(canvas.c[k][i] + grain * noise(rng), 0.0, 1.0);
            planes[k * pixels + i] = static_cast<uint8_t>(value * 255 + 0.5);
        }
    }
}

assay_status load(const char*, uint64_t seed, Dataset& out, assay_report*) {
    out.label = text("%zu + %zu drawn signs in %u classes, seed %ju", glyph_train_images,
                     glyph_test_images, glyph_classes, static_cast<uintmax_t>(seed));
    out.classes = glyph_classes;
    out.train = draw_glyphs(seed, "train", glyph_train_images);
    out.test = draw_glyphs(seed, "test", glyph_test_images);
    return ASSAY_OK;
}

} // namespace

uint16_t draw_glyph(uint64_t seed, const char* set, size_t index, uint8_t* planes) {
    assay_rng rng = assay_rng_seed(seed, text("glyphs %s %zu", set, index).c_str());
    const uint32_t sign = static_cast<uint32_t>(assay_rng_below(&rng, glyph_classes));
    // 0.1 .. 0.8 of full scale, evenly over octaves. Networks that see less at 8 bits do not start
    // to learn in the first epochs.
    double contrast = between(rng, 0.1, 0.2);
    for (uint64_t octave = assay_rng_below(&rng, 3); octave > 0; --octave) {
        contrast *= 2;
    }
    const Colour back = background(rng);
    const Colour ink = contrasting(back, contrast, rng);
    Canvas canvas;
    paint_background(canvas, back, contrast * between(rng, 0.1, 0.4), rng);
    paint_distractors(canvas, back, contrast, rng);
    const std::vector<Segment> strokes = glyph_strokes(sign, glyph_side, rng);
    paint_strokes(canvas, strokes, between(rng, 0.5, 1.3), ink);
    paint_patch(canvas, back, contrast, rng);
    develop(canvas, contrast * between(rng, 0.05, 0.2), rng, planes);
    return static_cast<uint16_t>(sign);
}

Images draw_glyphs(uint64_t seed, const char* set, size_t count) {
    Images out;
    out.channels = 3;
    out.height = out.width = glyph_side;
    out.count = count;
    out.bytes.resize(count * out.values());
    out.labels.resize(count);
    for (size_t i = 0; i < count; ++i) {
        out.labels[i] = draw_glyph(seed, set, i, &out.bytes[i * out.values()]);
    }
    return out;
}

extern const Reader reader_glyphs;
const Reader reader_glyphs = {"glyphs",   "16 drawn signs, 3 x 24 x 24, made on the spot: no files",
                              3,          glyph_side,
                              glyph_side, "",
                              load};

} // namespace assay
