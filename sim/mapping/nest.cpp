#include "nest.hpp"

#include <algorithm>

#include "text.hpp"

namespace assay {
namespace {

// Loops that an operand's tile depends on.
constexpr bool depends[operand_count][loop_count] = {
    // batch, group, out_c, in_c, out_h, out_w
    {true, true, false, true, true, true},
    {false, true, true, true, false, false},
    {true, true, true, false, true, true},
};

uint64_t trips(uint64_t extent, uint64_t tile) {
    return (extent + tile - 1) / tile;
}

Range touched(uint64_t first, uint64_t count, uint64_t stride, uint64_t dilation, uint64_t kernel,
              uint64_t pad, uint64_t in) {
    const uint64_t low = first * stride; // in padded coordinates
    const uint64_t high = (first + count - 1) * stride + (kernel - 1) * dilation + 1;
    const uint64_t begin = std::min(std::max(low, pad) - pad, in);
    const uint64_t end = std::min(std::max(high, pad) - pad, in);
    return {begin, std::max(begin, end) - begin};
}

} // namespace

Nest nest_of(const Layer& layer, uint64_t batch, unsigned w_bits, unsigned a_bits) {
    Nest nest;
    nest.batch = batch;
    nest.w_bits = w_bits;
    nest.a_bits = a_bits;
    nest.w_signed = layer.w_signed;
    nest.a_signed = layer.a_signed;
    if (layer.op == Op::fc) {
        nest.in_c = layer.in.size();
        nest.out_c = layer.out.c;
        return nest;
    }
    nest.groups = layer.groups;
    if (layer.op == Op::matmul) {
        nest.groups = layer.groups * batch;
        nest.batch = 1;
    }
    nest.in_c = layer.in.c / layer.groups;
    nest.out_c = layer.out.c / layer.groups;
    nest.in_h = layer.in.h;
    nest.in_w = layer.in.w;
    nest.out_h = layer.out.h;
    nest.out_w = layer.out.w;
    nest.kernel_h = layer.kernel_h;
    nest.kernel_w = layer.kernel_w;
    nest.stride_h = layer.stride_h;
    nest.stride_w = layer.stride_w;
    nest.dilation_h = layer.dilation_h;
    nest.dilation_w = layer.dilation_w;
    nest.pad_top = layer.pad_top;
    nest.pad_left = layer.pad_left;
    return nest;
}

uint64_t extent(const Nest& nest, Loop loop) {
    const uint64_t sizes[loop_count] = {nest.batch, nest.groups, nest.out_c,
                                        nest.in_c,  nest.out_h,  nest.out_w};
    return sizes[loop];
}

uint64_t Tile::outputs() const {
    return range[loop_batch].count * range[loop_group].count * range[loop_out_c].count * pixels();
}

Range input_rows(const Nest& nest, const Tile& tile) {
    const Range& r = tile.range[loop_out_h];
    return touched(r.first, r.count, nest.stride_h, nest.dilation_h, nest.kernel_h, nest.pad_top,
                   nest.in_h);
}

Range input_cols(const Nest& nest, const Tile& tile) {
    const Range& r = tile.range[loop_out_w];
    return touched(r.first, r.count, nest.stride_w, nest.dilation_w, nest.kernel_w, nest.pad_left,
                   nest.in_w);
}

uint64_t Mapping::tiles(const Nest& nest) const {
    uint64_t count = 1;
    for (size_t i = 0; i < loop_count; ++i) {
        count *= trips(extent(nest, static_cast<Loop>(i)), tile[i]);
    }
    return count;
}

std::string mapping_text(const Nest& nest, const Mapping& mapping) {
    static const char* const names[loop_count] = {"batch", "group", "out_c",
                                                  "in_c",  "out_h", "out_w"};
    std::string sizes, order;
    for (Loop loop : mapping.order) {
        const uint64_t all = extent(nest, loop), tile = mapping.tile[loop];
        if (all > 1) {
            sizes +=
                text("%s%s %llu of %llu", sizes.empty() ? "" : ", ", names[loop],
                     static_cast<unsigned long long>(tile), static_cast<unsigned long long>(all));
        }
        if (tile < all) {
            order += (order.empty() ? "" : " > ") + std::string(names[loop]);
        }
    }
    return "tile " + (sizes.empty() ? "1" : sizes) + (order.empty() ? "" : "; loops " + order);
}

TileWalk::TileWalk(const Nest& nest, const Mapping& mapping) : nest_(nest), mapping_(mapping) {
    for (size_t i = 0; i < loop_count; ++i) {
        trips_[i] = trips(extent(nest, static_cast<Loop>(i)), mapping.tile[i]);
    }
}

// False after the last tile.
bool TileWalk::advance() {
    for (size_t i = loop_count; i-- > 0;) {
        const Loop loop = mapping_.order[i];
        if (++at_[loop] < trips_[loop]) {
            return true;
        }
        at_[loop] = 0;
    }
    return false;
}

void TileWalk::place(Visit& visit) const {
    for (size_t i = 0; i < loop_count; ++i) {
        const uint64_t first = at_[i] * mapping_.tile[i];
        visit.tile.range[i] = {
            first, std::min(mapping_.tile[i], extent(nest_, static_cast<Loop>(i)) - first)};
    }
    visit.tile.first_in_c = at_[loop_in_c] == 0;
    visit.tile.last_in_c = at_[loop_in_c] + 1 == trips_[loop_in_c];
    for (size_t operand = 0; operand < operand_count; ++operand) {
        uint64_t id = 0;
        for (size_t i = 0; i < loop_count; ++i) {
            id = depends[operand][i] ? id * trips_[i] + at_[i] : id;
        }
        visit.id[operand] = id;
    }
}

bool TileWalk::next(Visit& visit) {
    if (done_) {
        return false;
    }
    place(visit);
    for (size_t operand = 0; operand < operand_count; ++operand) {
        visit.fresh[operand] = !started_ || visit.id[operand] != previous_[operand];
    }
    visit.resumes = visit.fresh[operand_output] && !visit.tile.first_in_c;
    previous_ = visit.id;
    started_ = true;
    done_ = !advance();
    Visit after;
    if (!done_) {
        place(after);
    }
    visit.leaves = done_ || after.id[operand_output] != visit.id[operand_output];
    return true;
}

} // namespace assay
