#include "channels.hpp"

#include <algorithm>
#include <numeric>

#include "rng.h"

namespace assay {
namespace {

using torch::Tensor;
using Masks = std::vector<std::vector<uint8_t>>;

// [out][channels][taps of a channel]; a linear layer on a flattened image has H * W taps.
Tensor by_channel(const Tensor& weight, int64_t channels) {
    return weight.contiguous().reshape({weight.size(0), channels, -1});
}

const assay_workload& workload_of(const Net& net) {
    return *net.model().workload;
}

int64_t channels_of(const Net& net, size_t i) {
    return static_cast<int64_t>(channels_read(workload_of(net), i));
}

Tensor importance(const Net& net, size_t i) {
    return by_channel(net.tensors()[i].weight.detach(), channels_of(net, i))
        .abs()
        .sum(at::IntArrayRef({0, 2}));
}

std::vector<uint8_t> keep_greatest(const Tensor& importance, uint64_t keep) {
    const Tensor plain = importance.contiguous();
    const float* value = plain.data_ptr<float>();
    std::vector<size_t> order(static_cast<size_t>(plain.numel()));
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [value](size_t a, size_t b) { return value[a] > value[b]; });
    std::vector<uint8_t> mask(order.size(), 0);
    for (size_t k = 0; k < std::min<size_t>(order.size(), keep); ++k) {
        mask[order[k]] = 1;
    }
    return mask;
}

Tensor to_tensor(const std::vector<uint8_t>& mask) {
    return torch::from_blob(const_cast<uint8_t*>(mask.data()), {static_cast<int64_t>(mask.size())},
                            torch::kUInt8)
        .to(torch::kFloat32);
}

// In the tensor's layout in memory.
void put(Tensor& weight, const Tensor& values) {
    const Tensor out = torch::empty_like(weight);
    out.copy_(values.reshape(weight.sizes()));
    weight = out;
}

void zero_outputs(Net& net, size_t i, const Tensor& mask) {
    LayerTensors& t = net.tensors()[i];
    std::vector<int64_t> shape(static_cast<size_t>(t.weight.dim()), 1);
    shape[0] = -1;
    t.weight = t.weight * mask.view(shape);
    for (Tensor* each : {&t.bias, &t.norm_scale, &t.norm_shift}) {
        *each = each->defined() ? *each * mask : *each;
    }
}

void zero_inputs(Net& net, size_t i, const Tensor& mask) {
    Tensor& weight = net.tensors()[i].weight;
    put(weight, by_channel(weight, channels_of(net, i)) * mask.view({1, -1, 1}));
}

// What layer i reads in this network.
Tensor input_of(Net& net, const Tensor& x, size_t i) {
    Tensor seen;
    Hooks hooks;
    hooks.input = [&](size_t layer, int, const Tensor& value) {
        if (layer == i) {
            seen = value;
        }
        return value;
    };
    net.run(x, {}, 0, i + 1, hooks);
    return seen;
}

// [channels * taps][positions] of one image: the columns that the layer's matrix multiplies.
Tensor columns(const Layer& l, const Tensor& x) {
    if (l.op == Op::fc) {
        return x.reshape({-1, 1});
    }
    if (l.linear_rows) {
        return x.reshape({l.in.c, -1});
    }
    const Tensor padded =
        at::constant_pad_nd(x.contiguous(), {l.pad_left, l.pad_right, l.pad_top, l.pad_bottom}, 0);
    return at::im2col(padded, {l.kernel_h, l.kernel_w}, {l.dilation_h, l.dilation_w}, {0, 0},
                      {l.stride_h, l.stride_w})[0];
}

int64_t positions_of(const Layer& l) {
    return l.op == Op::fc ? 1 : int64_t{l.out.h} * l.out.w;
}

// [samples][channels * taps]; image by image, for all columns of all images are many.
Tensor sample(const Layer& l, const Tensor& x, const std::vector<int64_t>& positions) {
    const int64_t images = x.size(0);
    const auto per_image = static_cast<int64_t>(positions.size()) / images;
    std::vector<Tensor> rows;
    for (int64_t n = 0; n < images; ++n) {
        const Tensor at = torch::from_blob(const_cast<int64_t*>(positions.data()) + n * per_image,
                                           {per_image}, torch::kInt64);
        rows.push_back(columns(l, x.narrow(0, n, 1)).index_select(1, at).t());
    }
    return at::cat(rows).to(torch::kFloat64);
}

std::vector<int64_t> draw_positions(const Layer& l, int64_t images,
                                    const ChannelSettings& settings) {
    const int64_t all = positions_of(l);
    const int64_t per_image = std::min<int64_t>(settings.positions, all);
    assay_rng rng = assay_rng_seed(settings.seed, l.name.c_str());
    std::vector<int64_t> positions(static_cast<size_t>(images * per_image));
    for (int64_t& p : positions) {
        p = static_cast<int64_t>(assay_rng_below(&rng, static_cast<uint64_t>(all)));
    }
    return positions;
}

// min |X D - Y|^2 by the normal equations, a little ridge where channels depend on each other.
Tensor least_squares(const Tensor& x, const Tensor& y, double ridge) {
    const Tensor gram = x.t().matmul(x);
    const Tensor bent =
        gram + torch::eye(gram.size(0), torch::kFloat64) * (ridge * gram.diagonal().mean() + 1e-12);
    return at::cholesky_solve(x.t().matmul(y), at::linalg_cholesky(bent));
}

// [channels * taps][out]
Tensor as_matrix(const Tensor& weight) {
    return weight.contiguous().reshape({weight.size(0), -1}).t().to(torch::kFloat64);
}

// Solves for what is added to the weights that stay, so that the ridge draws them to where they
// were, not to 0: samples may be fewer than weights.
void reconstruct(Net& net, Net& original, size_t i, const std::vector<uint8_t>& mask,
                 const Tensor& samples, const ChannelSettings& settings) {
    const Layer& l = net.model().layer(i);
    const auto positions = draw_positions(l, samples.size(0), settings);
    const Tensor wanted = as_matrix(original.tensors()[i].weight);
    const Tensor y = sample(l, input_of(original, samples, i), positions).matmul(wanted);
    const int64_t taps = wanted.size(0) / static_cast<int64_t>(mask.size());
    const Tensor stays = to_tensor(mask).repeat_interleave(taps).nonzero().squeeze(1);
    const Tensor x = sample(l, input_of(net, samples, i), positions).index_select(1, stays);
    const Tensor own = wanted.index_select(0, stays);
    Tensor solved = torch::zeros_like(wanted);
    solved.index_copy_(0, stays, own + least_squares(x, y - x.matmul(own), settings.ridge));
    put(net.tensors()[i].weight, solved.t());
}

} // namespace

Masks select_channels(const Net& net, const assay_policy& policy, const ChannelSpaces& spaces) {
    Masks masks(net.size());
    for (size_t i = 0; i < net.size(); ++i) {
        const uint64_t keep = kept_channels(workload_of(net), policy, i);
        if (keep == 0) {
            continue;
        }
        const ChannelSpace& space = spaces.spaces[spaces.read_by[i]];
        Tensor sum = importance(net, i);
        if (keeps_as_one(workload_of(net), policy, space)) {
            sum = torch::zeros_like(sum);
            for (size_t reader : space.readers) {
                sum = sum + importance(net, reader);
            }
        }
        masks[i] = keep_greatest(sum, keep);
    }
    return masks;
}

void prune_channels(Net& net, const assay_policy& policy, const Tensor& samples,
                    const ChannelSettings& settings) {
    const torch::NoGradGuard no_gradients;
    const ChannelSpaces spaces = find_channel_spaces(workload_of(net));
    const Masks masks = select_channels(net, policy, spaces);
    Net original = net;
    for (const ChannelSpace& space : spaces.spaces) {
        if (!keeps_as_one(workload_of(net), policy, space)) {
            continue;
        }
        const Tensor mask = to_tensor(masks[space.readers.front()]);
        for (const std::vector<size_t>* layers : {&space.producers, &space.carriers}) {
            for (size_t i : *layers) {
                zero_outputs(net, i, mask);
            }
        }
    }
    for (size_t i = 0; i < net.size(); ++i) {
        if (masks[i].empty()) {
            continue;
        }
        zero_inputs(net, i, to_tensor(masks[i]));
        if (settings.reconstruct) {
            reconstruct(net, original, i, masks[i], samples, settings);
        }
    }
    // A reconstructed layer gets outputs again that nobody reads.
    for (const ChannelSpace& space : spaces.spaces) {
        for (size_t i : space.producers) {
            if (!masks[i].empty() && keeps_as_one(workload_of(net), policy, space)) {
                zero_outputs(net, i, to_tensor(masks[space.readers.front()]));
            }
        }
    }
}

} // namespace assay
