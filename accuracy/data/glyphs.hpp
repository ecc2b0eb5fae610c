// The built-in image task: 16 hand-drawn signs on cluttered backgrounds, for machines without data.
//
// Its difficulty is meant for quantisers: the contrast between sign and background spans three
// octaves around a background of any brightness, and noise and clutter grow with it, so that a
// network needs the upper bits of its activations for some images and the lower ones for others.
// What it costs two small networks: docs/data.md.
#pragma once

#include "dataset.hpp"

namespace assay {

constexpr uint32_t glyph_side = 24;
constexpr size_t glyph_train_images = 12000, glyph_test_images = 2000;

// Image `index` of "train" or "test": a function of the arguments only, on every machine.
// `planes`: [3][glyph_side][glyph_side]. Returns its class.
uint16_t draw_glyph(uint64_t seed, const char* set, size_t index, uint8_t* planes);

// The first `count` images.
Images draw_glyphs(uint64_t seed, const char* set, size_t count);

} // namespace assay
