// The built-in task: the same bytes everywhere, and a task worth learning.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "glyph_shapes.hpp"
#include "glyphs.hpp"
#include "hash.h"

using namespace assay;

namespace {

using Planes = std::array<uint8_t, 3 * glyph_side * glyph_side>;

struct Drawn {
    Planes planes;
    uint16_t label;
};

Drawn draw(uint64_t seed, const char* set, size_t index) {
    Drawn out;
    out.label = draw_glyph(seed, set, index, out.planes.data());
    return out;
}

std::string hash_of(const Images& images) {
    assay_hasher* hasher = assay_hasher_new();
    assay_hasher_bytes(hasher, "images", images.bytes.data(), images.bytes.size());
    assay_hasher_bytes(hasher, "labels", images.labels.data(),
                       images.labels.size() * sizeof images.labels[0]);
    char text[ASSAY_HASH_TEXT];
    assay_hash_format(assay_hasher_done(hasher), text);
    assay_hasher_free(&hasher);
    return text;
}

// Greatest deviation of the three planes, each around its own mean.
double contrast(const Planes& planes) {
    const size_t plane = planes.size() / 3;
    double greatest = 0;
    for (size_t k = 0; k < 3; ++k) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < plane; ++i) {
            const double v = planes[k * plane + i];
            sum += v;
            squares += v * v;
        }
        const double mean = sum / static_cast<double>(plane);
        greatest = std::max(greatest, squares / static_cast<double>(plane) - mean * mean);
    }
    return std::sqrt(greatest);
}

std::vector<Segment> strokes(uint32_t sign, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "strokes");
    return glyph_strokes(sign, 24, rng);
}

} // namespace

TEST(Glyphs, PinnedBytes) {
    EXPECT_EQ(hash_of(draw_glyphs(1, "train", 100)), "342c97588b2c989cd34e429a32ae534f");
    EXPECT_EQ(hash_of(draw_glyphs(1, "test", 100)), "d4f8531bf47171e0252a370bb34a988f");
}

TEST(Glyphs, ImagesDependOnSeedSetAndIndexOnly) {
    const Images ten = draw_glyphs(7, "train", 10);
    const Drawn ninth = draw(7, "train", 9);
    EXPECT_EQ(ninth.label, ten.labels[9]);
    EXPECT_TRUE(std::equal(ninth.planes.begin(), ninth.planes.end(),
                           ten.bytes.begin() + 9 * static_cast<ptrdiff_t>(ten.values())));
    EXPECT_NE(draw(8, "train", 9).planes, ninth.planes);
    EXPECT_NE(draw(7, "test", 9).planes, ninth.planes);
    EXPECT_NE(draw(7, "train", 8).planes, ninth.planes);
}

TEST(Glyphs, WholeDataset) {
    Dataset data;
    ASSERT_EQ(load_dataset("glyphs", nullptr, 1, data, nullptr), ASSAY_OK);
    EXPECT_EQ(data.classes, 16u);
    EXPECT_FALSE(data.mirror) << "a mirrored b is a d";
    EXPECT_EQ(data.train.count, 12000u);
    EXPECT_EQ(data.test.count, 2000u);
    EXPECT_EQ(data.train.values(), 1728u);
    EXPECT_EQ(data.train.bytes.size(), 12000u * 1728);
    std::array<int, glyph_classes> images{};
    for (uint16_t label : data.train.labels) {
        ASSERT_LT(label, glyph_classes);
        ++images[label];
    }
    for (int count : images) { // 750 expected, deviation 26.5
        EXPECT_NEAR(count, 750, 6 * 26.5);
    }
}

TEST(Glyphs, ContrastSpansALargeRange) {
    // A third of the images in each octave of 0.1 .. 0.8; a sign covers about a quarter of its
    // image.
    size_t faint = 0, strong = 0;
    for (size_t i = 0; i < 500; ++i) {
        const double d = contrast(draw(1, "test", i).planes);
        faint += d < 15;
        strong += d > 45;
    }
    EXPECT_NEAR(faint, 167, 40);
    EXPECT_NEAR(strong, 120, 60);
}

TEST(GlyphStrokes, StayInThePictureAndHaveEveryStroke) {
    for (uint32_t sign = 0; sign < glyph_classes; ++sign) {
        for (uint64_t seed = 0; seed < 50; ++seed) {
            const std::vector<Segment> drawn = strokes(sign, seed);
            EXPECT_GE(drawn.size(), 6u);
            for (const Segment& s : drawn) {
                EXPECT_GT(s.x0, -6) << glyph_names[sign];
                EXPECT_LT(s.x0, 30) << glyph_names[sign];
                EXPECT_GT(s.y0, -6) << glyph_names[sign];
                EXPECT_LT(s.y0, 30) << glyph_names[sign];
            }
        }
    }
}

TEST(GlyphStrokes, CurvesAreClosedAndRound) {
    const uint32_t round = 11;
    ASSERT_EQ(glyph_names[round], 'O');
    const std::vector<Segment> o = strokes(round, 3);
    EXPECT_NEAR(o.front().x0, o.back().x1, 1e-9);
    EXPECT_NEAR(o.front().y0, o.back().y1, 1e-9);
    for (size_t i = 1; i < o.size(); ++i) {
        EXPECT_EQ(o[i].x0, o[i - 1].x1);
        // No corner turns by more than a right angle.
        const double turn = (o[i].x1 - o[i].x0) * (o[i - 1].x1 - o[i - 1].x0) +
                            (o[i].y1 - o[i].y0) * (o[i - 1].y1 - o[i - 1].y0);
        EXPECT_GT(turn, 0);
    }
}

TEST(GlyphStrokes, DistanceToTheNearest) {
    const std::vector<Segment> two = {{0, 0, 4, 0}, {10, 0, 10, 2}};
    EXPECT_EQ(stroke_distance(two, 2, 3), 3);
    EXPECT_EQ(stroke_distance(two, -3, 4), 5);
    EXPECT_EQ(stroke_distance(two, 9, 1), 1);
    EXPECT_EQ(stroke_distance(two, 10, 5), 3);
    EXPECT_GT(stroke_distance({}, 0, 0), 100);
}
