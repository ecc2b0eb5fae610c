#include "apq.hpp"

#include <stdexcept>

namespace validation {
namespace {

const char hw[] = "hw_configs/bit_fusion_16x32.json";

Convolution layer_of(const Csv& csv, size_t row) {
    const auto at = [&](const char* column) {
        return static_cast<unsigned>(csv.count(row, column));
    };
    return {{at("cin"), at("cout"), at("in_hw"), at("k"), at("stride"), at("pad"), at("groups")},
            at("w_bits"),
            at("a_bits")};
}

void append_block(std::vector<Convolution>& layers, const ApqNet& net, unsigned inputs,
                  unsigned outputs, unsigned size, unsigned stride) {
    const unsigned middle = net.expansion * inputs, small = size / stride;
    const auto add = [&](const Shape& shape) { layers.push_back({shape, net.bits, net.bits}); };
    add({inputs, middle, size, 1, 1, 0, 1});
    add({middle, middle, size, net.kernel, stride, net.kernel / 2, middle});
    add({middle, outputs, small, 1, 1, 0, 1});
}

} // namespace

std::string ApqEntry::kind() const {
    const std::string kernel = std::to_string(layer.shape.kernel);
    return layer.shape.groups == 1 ? "pointwise" : "depthwise " + kernel + "x" + kernel;
}

void CostErrors::add(const Cost& ours, const Cost& published) {
    latency.add(ours.seconds, published.seconds);
    energy.add(ours.joules, published.joules);
}

std::vector<ApqEntry> measure_apq() {
    const Csv published = published_table("apq/bitfusion_b1_third.csv");
    std::vector<Convolution> layers;
    for (size_t i = 0; i < published.size(); ++i) {
        layers.push_back(layer_of(published, i));
    }
    const Csv ours = run(hw, layers);
    std::vector<ApqEntry> entries;
    for (size_t i = 0; i < layers.size(); ++i) {
        const Cost theirs = {published.real(i, "latency_ms") * 1e-3,
                             published.real(i, "energy_mj") * 1e-3};
        entries.push_back({layers[i],
                           theirs,
                           {ours.real(i, "seconds"), ours.real(i, "energy_j")},
                           ours.real(i, "dram_read_bits") + ours.real(i, "dram_write_bits")});
    }
    return entries;
}

std::map<std::string, std::map<unsigned, CostErrors>>
errors_by_kind(const std::vector<ApqEntry>& entries) {
    std::map<std::string, std::map<unsigned, CostErrors>> errors;
    for (const ApqEntry& entry : entries) {
        auto& kind = errors[entry.kind()];
        kind[0].add(entry.ours, entry.published);
        kind[entry.layer.w_bits * 10 + entry.layer.a_bits].add(entry.ours, entry.published);
    }
    return errors;
}

std::map<std::string, SixBits> six_over_eight(const std::vector<ApqEntry>& entries) {
    std::map<Shape, const ApqEntry*> eights;
    for (const ApqEntry& entry : entries) {
        if (entry.layer.w_bits == 8 && entry.layer.a_bits == 8) {
            eights[entry.layer.shape] = &entry;
        }
    }
    std::map<std::string, SixBits> all;
    for (const ApqEntry& six : entries) {
        const auto found = eights.find(six.layer.shape);
        if (six.layer.w_bits != 6 || six.layer.a_bits != 6 || found == eights.end()) {
            continue;
        }
        const ApqEntry& eight = *found->second;
        SixBits& of = all[six.kind()];
        of.published_latency.push_back(six.published.seconds / eight.published.seconds);
        of.latency.push_back(six.ours.seconds / eight.ours.seconds);
        of.published_energy.push_back(six.published.joules / eight.published.joules);
        of.energy.push_back(six.ours.joules / eight.ours.joules);
        of.dram_bits.push_back(six.dram_bits / eight.dram_bits);
    }
    return all;
}

// Sums of the whole table over these networks, ms and mJ to three places.
const std::vector<ApqNet> apq_nets = {
    {2, 3, 4, 8, {4.665e-3, 6.644e-3}},   {2, 3, 4, 6, {4.599e-3, 6.373e-3}},
    {2, 3, 4, 4, {2.959e-3, 5.107e-3}},   {4, 3, 6, 8, {12.861e-3, 17.582e-3}},
    {4, 3, 6, 6, {12.656e-3, 16.665e-3}}, {4, 3, 6, 4, {7.379e-3, 12.853e-3}},
    {4, 5, 6, 8, {26.471e-3, 29.586e-3}}, {4, 5, 6, 6, {26.216e-3, 27.193e-3}},
    {4, 5, 6, 4, {10.590e-3, 16.802e-3}}, {4, 7, 6, 8, {46.792e-3, 40.685e-3}},
    {4, 7, 6, 6, {46.487e-3, 37.532e-3}},
};

const std::vector<ApqEnd> apq_ends = {
    {"head: 3x3, 3 -> 32, stride 2",
     {{3, 32, 224, 3, 2, 1, 1}, 8, 8},
     {.295904e-3, .5061844841862639e-3}},
    {"tail: 1x1, 320 -> 1280 at 7x7",
     {{320, 1280, 7, 1, 1, 0, 1}, 8, 8},
     {.081608e-3, .15180756309769594e-3}},
};

std::string ApqNet::name() const {
    const std::string k = std::to_string(kernel), b = std::to_string(bits);
    return "depth " + std::to_string(depth) + ", " + k + "x" + k + ", expansion " +
           std::to_string(expansion) + ", " + b + " x " + b + " bits";
}

std::vector<Convolution> layers_of(const ApqNet& net) {
    const struct {
        unsigned inputs, outputs, size, stride;
    } stages[] = {{16, 24, 112, 2}, {24, 40, 56, 2},  {40, 80, 28, 2},
                  {80, 96, 14, 1},  {96, 192, 14, 2}, {192, 320, 7, 1}};
    std::vector<Convolution> layers;
    for (const ApqEnd& end : apq_ends) {
        layers.push_back(end.layer);
    }
    for (const auto& stage : stages) {
        append_block(layers, net, stage.inputs, stage.outputs, stage.size, stage.stride);
        const unsigned depth = stage.outputs == 320 ? 1 : net.depth;
        for (unsigned block = 1; block < depth; ++block) {
            append_block(layers, net, stage.outputs, stage.outputs, stage.size / stage.stride, 1);
        }
    }
    return layers;
}

Cost measure(const std::vector<Convolution>& layers) {
    const Csv csv = run(hw, layers);
    return {total_real(csv, "seconds"), total_real(csv, "energy_j")};
}

bool fits(const Convolution& layer) {
    try {
        run(hw, {layer});
    } catch (const std::runtime_error& error) {
        if (std::string(error.what()).find("smallest tile") == std::string::npos) {
            throw;
        }
        return false;
    }
    return true;
}

} // namespace validation
