// HAQ's published cloud table (Wang et al., CVPR 2019): cycles of MobileNet-V2's 53 layers at batch
// 16 and 1..8 x 1..8 bits, against the machine of hw_configs/bismo_cloud.json.
#pragma once

#include <map>

#include "statistics.hpp"

#include <string>
#include <vector>

namespace validation {

struct HaqEntry {
    unsigned layer, w_bits, a_bits;
    std::string kind; // conv, depthwise, pointwise, linear
    double published, ours;
};

// 3392 entries, [layer][w_bits - 1][a_bits - 1].
std::vector<HaqEntry> measure_haq();

std::map<std::string, Errors> errors_by_kind(const std::vector<HaqEntry>& entries);

// All layers at the same width of both operands.
struct Sum {
    double published = 0, ours = 0;
};
Sum uniform_sum(const std::vector<HaqEntry>& entries, unsigned bits);

// Over random policies of low..high bits for each operand of each layer.
double policy_rank_correlation(const std::vector<HaqEntry>& entries, unsigned low, unsigned high,
                               size_t policies, uint64_t seed);

} // namespace validation
