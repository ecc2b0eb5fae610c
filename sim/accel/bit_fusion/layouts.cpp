// Which layouts a layer may take, and a layout as one number.
#include "search.hpp"

#include <algorithm>

namespace assay::bit_fusion {
namespace {

constexpr unsigned kind_bits = 3, field_bits = 14;
constexpr unsigned field_mask = (1u << field_bits) - 1;

// Published: 8 channels per product of a unit, run as a dense convolution.
constexpr uint64_t published_block = 8;

class Chooser {
  public:
    Chooser(const Options& options, const Nest& nest, const Array& array)
        : wanted_(options.depthwise_mapping), nest_(nest), array_(array) {}

    std::vector<Layout> grouped() {
        if (wanted_ == depthwise_published) {
            side_by_side(kind_blocks, 1, published_block * array_.products);
            for (Layout& layout : layouts_) {
                layout.window = 1;
            }
        }
        if (wants(depthwise_dense_blocks)) {
            side_by_side(kind_blocks, 1, published_block * array_.products);
        }
        if (wants(depthwise_channels)) {
            side_by_side(kind_blocks, 1, nest_.groups);
        }
        if (wants(depthwise_taps)) {
            side_by_side(kind_taps, nest_.taps(), nest_.groups);
        }
        if (wants(depthwise_patches) && nest_.in_c == 1 && nest_.out_c == 1) {
            patches();
        }
        // Groups that are too large, or for which the wanted layout does not exist.
        if (layouts_.empty()) {
            side_by_side(kind_blocks, 1, nest_.groups);
        }
        if (layouts_.empty() || wanted_ == depthwise_auto) {
            layouts_.push_back(Layout());
        }
        return layouts_;
    }

  private:
    bool wants(uint64_t mapping) const { return wanted_ == depthwise_auto || wanted_ == mapping; }

    // As many groups as the array and `most` allow.
    void side_by_side(Kind kind, uint64_t taps, uint64_t most) {
        Layout layout;
        layout.kind = kind;
        layout.groups = std::min(
            {most, nest_.groups, array_.lanes() / (nest_.in_c * taps), array_.cols / nest_.out_c});
        if (layout.groups == 0 && kind == kind_taps && nest_.out_c <= array_.cols) {
            layout.groups = 1; // its taps take several issues
        }
        const bool known = std::any_of(layouts_.begin(), layouts_.end(), [&](const Layout& l) {
            return l.kind == kind && l.groups == layout.groups;
        });
        if (layout.groups > 0 && !known) {
            layouts_.push_back(layout);
        }
    }

    // Of every height, the widest patch that has its lanes and columns.
    void patches() {
        for (uint64_t height = 1; height <= std::min(nest_.out_h, array_.cols); ++height) {
            Layout layout;
            layout.kind = kind_patches;
            layout.patch_h = height;
            for (uint64_t width = 1; width <= std::min(nest_.out_w, array_.cols / height);
                 ++width) {
                layout.patch_w = width;
                const Cut cut(nest_, array_, layout);
                const uint64_t rows = height == 1 ? 1 : cut.patch_rows();
                if (rows * cut.patch_cols() > array_.lanes()) {
                    layout.patch_w = width - 1;
                    break;
                }
            }
            if (layout.patch_w > 0) {
                layouts_.push_back(layout);
            }
        }
    }

    const uint64_t wanted_;
    const Nest& nest_;
    const Array& array_;
    std::vector<Layout> layouts_;
};

} // namespace

unsigned Layout::variant() const {
    const uint64_t first = kind == kind_patches ? patch_h : groups;
    const uint64_t second = kind == kind_patches ? patch_w : window;
    return static_cast<unsigned>(kind | first << kind_bits | second << (kind_bits + field_bits));
}

Layout layout_of(unsigned variant) {
    Layout layout;
    layout.kind = static_cast<Kind>(variant & ((1u << kind_bits) - 1));
    const uint64_t first = variant >> kind_bits & field_mask;
    (layout.kind == kind_patches ? layout.patch_h : layout.groups) = first;
    const uint64_t second = variant >> (kind_bits + field_bits);
    (layout.kind == kind_patches ? layout.patch_w : layout.window) = second;
    return layout;
}

std::vector<Layout> layouts_for(const Options& options, const Nest& nest, const Array& array) {
    if (nest.groups > 1) {
        return Chooser(options, nest, array).grouped();
    }
    Layout im2col;
    im2col.kind = kind_im2col;
    const bool image = nest.taps() > 1 && nest.in_c <= options.image_max_channels;
    if (!image || options.image_mapping == image_channels) {
        return {Layout()};
    }
    return options.image_mapping == image_im2col ? std::vector<Layout>{im2col}
                                                 : std::vector<Layout>{Layout(), im2col};
}

} // namespace assay::bit_fusion
