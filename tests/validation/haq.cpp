#include "haq.hpp"

#include <stdexcept>

#include "csv.hpp"
#include "program.hpp"
#include "rng.h"

namespace validation {
namespace {

const unsigned widths = 8;

std::string kind_of(const std::string& type) {
    if (type == "dw") {
        return "depthwise";
    }
    if (type.rfind("pw_", 0) == 0) {
        return "pointwise";
    }
    return type == "fc" ? "linear" : type;
}

const HaqEntry& entry(const std::vector<HaqEntry>& entries, size_t layer, unsigned w, unsigned a) {
    return entries[(layer * widths + w - 1) * widths + a - 1];
}

unsigned draw(assay_rng& rng, unsigned low, unsigned high) {
    return low + static_cast<unsigned>(assay_rng_below(&rng, high - low + 1));
}

} // namespace

std::vector<HaqEntry> measure_haq() {
    const Csv published = published_table("haq/haq_mobilenetv2_cloud_b16_cycles.csv");
    const Csv ours = table("hw_configs/bismo_cloud.json", "traces/nets/mobilenet_v2.json", "1..8");
    if (published.size() != ours.size()) {
        throw std::runtime_error("tables of different sizes");
    }
    std::vector<HaqEntry> entries;
    for (size_t i = 0; i < ours.size(); ++i) {
        const unsigned w = static_cast<unsigned>(published.count(i, "w_bits"));
        const unsigned a = static_cast<unsigned>(published.count(i, "a_bits"));
        if (ours.count(i, "w_bits") != w || ours.count(i, "a_bits") != a) {
            throw std::runtime_error("tables of different orders");
        }
        entries.push_back({static_cast<unsigned>(published.count(i, "layer")), w, a,
                           kind_of(published.text(i, "type")), published.real(i, "cycles_batch16"),
                           ours.real(i, "cycles")});
    }
    return entries;
}

std::map<std::string, Errors> errors_by_kind(const std::vector<HaqEntry>& entries) {
    std::map<std::string, Errors> errors;
    for (const HaqEntry& entry : entries) {
        errors[entry.kind].add(entry.ours, entry.published);
    }
    return errors;
}

Sum uniform_sum(const std::vector<HaqEntry>& entries, unsigned bits) {
    Sum sum;
    for (const HaqEntry& entry : entries) {
        if (entry.w_bits == bits && entry.a_bits == bits) {
            sum.published += entry.published;
            sum.ours += entry.ours;
        }
    }
    return sum;
}

double policy_rank_correlation(const std::vector<HaqEntry>& entries, unsigned low, unsigned high,
                               size_t policies, uint64_t seed) {
    const size_t layers = entries.size() / (widths * widths);
    assay_rng rng = assay_rng_seed(seed, "policies");
    std::vector<double> published(policies), ours(policies);
    for (size_t p = 0; p < policies; ++p) {
        for (size_t layer = 0; layer < layers; ++layer) {
            const unsigned w = draw(rng, low, high), a = draw(rng, low, high);
            published[p] += entry(entries, layer, w, a).published;
            ours[p] += entry(entries, layer, w, a).ours;
        }
    }
    return rank_correlation(published, ours);
}

} // namespace validation
