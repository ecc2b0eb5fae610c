// A tile as the array sees it: a product of two bit matrices. Rows are outputs (of several groups,
// one below the other), columns are pixels (of several images, side by side), the depth is cut into
// words. With several groups the left matrix is block-diagonal: a row has zeros where the words
// hold another group's activations.
#pragma once

#include <cstdint>

#include "bit_serial.hpp"

namespace assay::bit_serial {

struct Product {
    uint64_t m = 1, n = 1, depth = 1; // rows, columns, bits of a plane that a row holds
    uint64_t words = 1;               // of the depth
    uint64_t row_slots = 1,
             col_slots = 1; // sets of rows or columns that the array works on at once
    uint64_t passes = 1;    // pairs of a weight and an activation plane

    // Cycles of one slot pair: a word of one pair of planes in each.
    uint64_t slot_cycles() const { return passes * words; }
    uint64_t cycles() const { return row_slots * col_slots * slot_cycles(); }
};

Product product_of(const Options& options, const Nest& nest, const Tile& tile);

// What a row and a column of the product are in the layer.
struct RowPlace {
    uint64_t group; // of the tile
    uint64_t channel;
};
struct ColPlace {
    uint64_t image, y, x;
};
RowPlace row_place(const Tile& tile, uint64_t row);
ColPlace col_place(const Tile& tile, uint64_t col);

} // namespace assay::bit_serial
