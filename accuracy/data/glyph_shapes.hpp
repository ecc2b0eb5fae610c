// The sixteen signs of the built-in image task, as strokes.
//
// Only + - * / and square roots of doubles are used, so that every machine draws the same bytes:
// sines and cosines of the C library differ between machines in their last bit.
#pragma once

#include <cstdint>
#include <vector>

#include "rng.h"

namespace assay {

constexpr uint32_t glyph_classes = 16;

// Signs in groups that are easily taken for each other: E F L, b d p q, 3 8 S 2, O Q G, H N.
constexpr char glyph_names[glyph_classes + 1] = "EFLbdpq38S2OQGHN";

struct Segment {
    double x0, y0, x1, y1; // pixels
};

// Uniform in low .. high.
inline double between(assay_rng& rng, double low, double high) {
    return low + (high - low) * assay_rng_unit(&rng);
}

// The sign of a class in a hand of its own: turned, slanted, stretched, shifted and wobbly, around
// the middle of a square of `side` pixels.
std::vector<Segment> glyph_strokes(uint32_t sign, double side, assay_rng& rng);

// Distance from a point to the nearest segment; none: far away.
double stroke_distance(const std::vector<Segment>& strokes, double x, double y);

} // namespace assay
