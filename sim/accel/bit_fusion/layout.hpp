// How a tile lies on the array. One rule for all ways: in an issue every lane (a row's share of a
// fusion unit) carries one input element and every column collects one output; a fusion unit holds
// the weight that links its lane's input with its column's output, or 0 if none does. The ways
// differ in which inputs and outputs meet.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "bit_fusion.hpp"

namespace assay::bit_fusion {

enum Kind : unsigned {
    kind_dense,  // lanes: input channels at one tap; columns: output channels of a pixel
    kind_im2col, // lanes: channels and taps together
    kind_blocks, // `groups` groups side by side, all at one tap: zeros off the diagonal
    kind_taps,   // `groups` groups side by side, with all their taps
    kind_patches // one channel: lanes: a patch of the image; columns: the outputs inside it
};

struct Layout {
    Kind kind = kind_dense;
    uint64_t groups = 1;               // of a block
    uint64_t patch_h = 1, patch_w = 1; // outputs of a patch
    // Published blocks: outputs along either side of the squares whose inputs are fetched by
    // themselves, so that rows and columns that squares share are fetched again; and blocks are
    // programs of their own. 0: neither.
    uint64_t window = 0;
    unsigned variant() const; // as a Mapping carries it
};
Layout layout_of(unsigned variant);
std::string layout_name(const Layout& layout, const Array& array);

constexpr uint64_t divide_up(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

// Lanes of an issue that a row takes: as many as it has products, or with packed words an even
// share, so that all rows have some.
constexpr uint64_t lanes_per_row(const Array& array, const Layout& layout, uint64_t lanes) {
    return array.packed && layout.kind == kind_dense ? divide_up(lanes, array.rows)
                                                     : array.products;
}

using Counts = std::array<uint64_t, loop_count>; // elements of a tile
Counts counts_of(const Tile& tile);

// Issues with so many lanes and columns.
struct Work {
    uint64_t lanes = 0, cols = 0, issues = 0;
};
using Works = std::array<Work, 4>;

// Sizes of a tile that follow from its layout alone.
class Cut {
  public:
    Cut(const Nest& nest, const Array& array, const Layout& layout);
    uint64_t depth(const Counts& n) const;  // issues of an output set, that follow one another
    uint64_t blocks(const Counts& n) const; // output sets of a pixel (or patch) after one another
    uint64_t pixels(const Counts& n) const; // pixels or patches, of all images
    uint64_t issues(const Counts& n) const { return blocks(n) * pixels(n) * depth(n); }
    Works works(const Counts& n) const;
    // Cycles from the last issue to the last result: rows and columns still to be passed.
    uint64_t drain(const Counts& n) const;
    uint64_t weights(const Counts& n) const; // moved for a tile, zeros that lie in it included
    // Words that the fullest bank of a buffer needs: products wide; in the output buffer 32 bit.
    uint64_t weight_words(const Counts& n) const;
    uint64_t input_words(const Counts& n) const;
    uint64_t output_words(const Counts& n) const;
    uint64_t patch_rows() const; // input rows of a patch that has more than one row of outputs
    uint64_t patch_cols() const;
    uint64_t patch_rows_per_issue() const; // rows of taps or of the image

  private:
    struct Block {
        uint64_t lanes, cols;
    };
    Block block_of(uint64_t groups) const;
    uint64_t cols_of_block(const Counts& n, bool last) const;
    void group_works(const Counts& n, Works& works) const;
    void patch_works(const Counts& n, Works& works) const;
    void dense_works(const Counts& n, Works& works) const;
    uint64_t window_words(const Counts& n) const;
    uint64_t channel_words(const Counts& n, uint64_t places) const;
    uint64_t flat_depth(const Counts& n) const; // elements that the lanes share
    Nest nest_;
    Array array_;
    Layout layout_;
};

// One issue of a tile, and what meets in it.
struct Issue {
    uint64_t block = 0, batch = 0, y = 0, x = 0, depth = 0; // y, x: first output
    uint64_t lanes = 0, cols = 0;
    bool first = false, last = false; // of its outputs, in this tile
};
struct Lane {
    uint64_t group = 0, in_c = 0, tap = 0; // tap: unless patches
    int64_t y = 0, x = 0;                  // of the image, may hang over it
};
struct Column {
    uint64_t group = 0, out_c = 0, y = 0, x = 0;
    bool used = true; // false: a patch hangs over the tile
};

// Walks a tile's issues in order and says what meets in them.
class Schedule {
  public:
    Schedule(const Nest& nest, const Array& array, const Layout& layout, const Tile& tile);
    bool next(Issue& issue);
    Lane lane(const Issue& issue, uint64_t index) const;
    Column column(const Issue& issue, uint64_t index) const;
    // Index of the weight that links them in [group * out_c][in_c][kernel_h][kernel_w], or -1.
    int64_t link(const Lane& lane, const Column& column) const;

  private:
    void place(Lane& lane, const Issue& issue) const;
    void patch_lane(const Issue& issue, uint64_t index, Lane& lane) const;
    int64_t patch_tap(const Lane& lane, const Column& column) const;
    void size(Issue& issue) const;
    Nest nest_;
    Array array_;
    Layout layout_;
    Tile tile_;
    Counts n_;
    Cut cut_;
    uint64_t blocks_, depth_, step_h_, step_w_;
    Issue at_;
    bool started_ = false;
};

} // namespace assay::bit_fusion
