#include "channel_counts.hpp"

#include <algorithm>

namespace assay {

uint64_t kept_channels(const assay_workload& workload, const assay_policy& policy, size_t i) {
    const Layer& layer = workload.layers[i];
    const uint64_t keep = policy.layers[i].keep_channels;
    const bool mixes = (layer.op == Op::conv || layer.op == Op::fc) && layer.groups == 1;
    return mixes && keep < channels_read(workload, i) ? keep : 0;
}

bool keeps_as_one(const assay_workload& workload, const assay_policy& policy,
                  const ChannelSpace& space) {
    if (!space.removable || space.readers.empty()) {
        return false;
    }
    const uint64_t keep = kept_channels(workload, policy, space.readers.front());
    return keep > 0 && std::all_of(space.readers.begin(), space.readers.end(), [&](size_t i) {
               return kept_channels(workload, policy, i) == keep;
           });
}

std::vector<Remaining> remaining(const assay_workload& workload, const assay_policy& policy,
                                 const ChannelSpaces& spaces) {
    std::vector<Remaining> left(workload.layers.size());
    for (size_t i = 0; i < left.size(); ++i) {
        const Layer& layer = workload.layers[i];
        if (layer.op != Op::conv && layer.op != Op::fc) {
            continue;
        }
        left[i] = {layer.params(), layer.out.c};
        const uint64_t keep = kept_channels(workload, policy, i);
        if (keep > 0) {
            left[i].weights = left[i].weights / channels_read(workload, i) * keep;
        }
        const ChannelSpace& written = spaces.spaces[spaces.written_by[i]];
        if (keeps_as_one(workload, policy, written)) {
            const uint64_t outputs = kept_channels(workload, policy, written.readers.front());
            left[i] = {left[i].weights / layer.out.c * outputs, outputs};
        }
    }
    return left;
}

} // namespace assay
