// Which layouts a layer may take.
#include <algorithm>

#include "fold_search.hpp"

namespace assay::systolic {
namespace {

std::vector<Layout> stackings(const Options& options, const Nest& nest) {
    const bool packed = nest.groups > 1 && options.depthwise_mapping != depthwise_single;
    std::vector<Loop> loops = {loop_out_c, loop_in_c, loop_batch};
    if (packed) {
        loops.push_back(loop_group);
    }
    std::vector<Layout> out;
    for (Loop down : loops) {
        for (Loop right : loops) {
            const bool grouped = down == loop_group || right == loop_group;
            const bool wanted = !packed || grouped || options.depthwise_mapping == depthwise_auto;
            if (down != right && wanted) {
                out.push_back({1, down, right, false});
            }
        }
    }
    return out;
}

} // namespace

std::vector<Layout> layouts_for(const Options& options, const Nest& nest, const Array& array) {
    if (array.dataflow == dataflow_rs) {
        return stackings(options, nest);
    }
    const uint64_t deep = nest.depth(), wide = nest.out_c;
    const uint64_t by_rows = array.dataflow == dataflow_os ? nest.groups : array.rows / deep;
    const uint64_t by_cols = array.dataflow == dataflow_is ? nest.groups : array.cols / wide;
    const uint64_t most = std::min({nest.groups, by_rows, by_cols});
    std::vector<Layout> out;
    if (most > 1 && options.depthwise_mapping != depthwise_single) {
        out.push_back({most, loop_out_c, loop_in_c, false});
    }
    if (out.empty() || options.depthwise_mapping != depthwise_packed) {
        out.emplace_back();
    }
    return out;
}

} // namespace assay::systolic
