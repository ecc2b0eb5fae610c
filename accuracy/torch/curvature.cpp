#include "curvature.hpp"

#include <algorithm>
#include <cmath>

#include "calibration.hpp"
#include "quote.h"
#include "rng.h"
#include "score.hpp"

namespace assay {
namespace {

using torch::Tensor;

struct Batch {
    Tensor x, labels;
    int64_t count() const { return x.size(0); }
};

Batch load(const Dataset& data, const assay_workload& workload, size_t limit) {
    const bool has_train = data.train.count > 0;
    const std::vector<uint32_t> chosen =
        split_indices(data, has_train ? Split::train : Split::search, limit);
    const Images& images = has_train ? data.train : data.test;
    const auto n = static_cast<int64_t>(chosen.size());
    const Shape& shape = workload.input_shape;
    Batch batch;
    batch.x = torch::empty({n, shape.c, shape.h, shape.w});
    load_values(images, chosen.data(), chosen.size(), workload.preprocess,
                batch.x.data_ptr<float>());
    batch.x = batch.x.contiguous(torch::MemoryFormat::ChannelsLast);
    batch.labels = torch::empty({n}, torch::kInt64);
    const size_t background = background_outputs(workload.layers.back().out.size(), data.classes);
    for (int64_t i = 0; i < n; ++i) {
        batch.labels.data_ptr<int64_t>()[i] =
            static_cast<int64_t>(images.labels[chosen[static_cast<size_t>(i)]] + background);
    }
    return batch;
}

// Layers with weights of their own.
std::vector<size_t> weighted_layers(const Net& net) {
    std::vector<size_t> layers;
    for (size_t i = 0; i < net.size(); ++i) {
        if (is_matrix(net.model().layer(i).op) && net.tensors()[i].weight.defined()) {
            layers.push_back(i);
        }
    }
    return layers;
}

// Copies of the weights that gradients are taken of, put in the place of the network's own.
class Leaves {
  public:
    Leaves(const Net& net, const std::vector<size_t>& layers) : of_layer_(net.size()) {
        for (size_t layer : layers) {
            of_layer_[layer] = net.tensors()[layer].weight.detach().clone().requires_grad_(true);
            all_.push_back(of_layer_[layer]);
        }
    }
    Hooks hooks() const {
        Hooks hooks;
        hooks.weight = [this](size_t layer, const Tensor& own) {
            return of_layer_[layer].defined() ? of_layer_[layer] : own;
        };
        return hooks;
    }
    const std::vector<Tensor>& all() const { return all_; }

  private:
    std::vector<Tensor> of_layer_, all_;
};

Tensor mean_loss(Net& net, const Batch& batch, const Hooks& hooks) {
    return torch::nn::functional::cross_entropy(net.forward(batch.x, hooks), batch.labels);
}

double inner_product(const Tensor& a, const Tensor& b) {
    return (a.to(torch::kFloat64) * b.to(torch::kFloat64)).sum().item<double>();
}

Tensor rademacher_like(const Tensor& like, assay_rng& rng) {
    Tensor v = torch::empty(like.sizes());
    float* p = v.data_ptr<float>();
    for (int64_t i = 0; i < v.numel(); ++i) {
        p[i] = (assay_rng_next(&rng) >> 63) != 0 ? 1.0F : -1.0F;
    }
    return v;
}

Tensor normal_like(const Tensor& like, assay_rng& rng) {
    Tensor v = torch::empty(like.sizes());
    float* p = v.data_ptr<float>();
    for (int64_t i = 0; i < v.numel(); ++i) {
        p[i] = static_cast<float>(assay_rng_normal(&rng));
    }
    return v / v.norm();
}

// Running mean and variance (Welford).
struct Running {
    double mean = 0, squares = 0;
    unsigned count = 0;
    void add(double x) {
        ++count;
        const double step = x - mean;
        mean += step / count;
        squares += step * (x - mean);
    }
    double standard_error() const {
        return count < 2 ? INFINITY : std::sqrt(squares / (count - 1) / count);
    }
    bool is_settled(double tolerance) const {
        constexpr unsigned least = 8; // fewer samples do not tell their own spread
        return count >= least && standard_error() <= tolerance * std::abs(mean);
    }
};

struct Job {
    Net& net;
    const Dataset& data;
    const QuantSettings& quant;
    const CurvatureSettings& settings;
    Batch batch;
    std::vector<size_t> layers;
    std::vector<LayerSensitivity>& out;
    size_t total = 0;

    const char* name(size_t k) const { return net.model().layer(layers[k]).name.c_str(); }
    bool go_on(size_t done, const char* label) const {
        return !settings.progress || settings.progress(done, total, label);
    }
    void put(size_t k, const Estimate& e, double divisor) const {
        out[k].value = e.value / divisor;
        out[k].iterations = e.iterations;
        out[k].converged = e.converged;
    }
};

// As a function of any one layer's weights the outputs are then piecewise linear, and the Hessian
// is J^T (diag p - p p^T) J: nothing but the loss itself bends. True of ReLU networks; not where
// activations multiply each other or pass a curve.
bool is_piecewise_linear(const Net& net) {
    static const Op straight[] = {
        Op::fc,   Op::conv,       Op::maxpool, Op::avgpool, Op::global_avgpool, Op::concat,
        Op::relu, Op::batch_norm, Op::add,     Op::slice,   Op::pad_channels};
    for (size_t i = 0; i < net.size(); ++i) {
        const Op op = net.model().layer(i).op;
        if (std::find(std::begin(straight), std::end(straight), op) == std::end(straight)) {
            return false;
        }
    }
    return true;
}

// trace J^T (diag p - p p^T) J = sum over classes of p |d log p / dW|^2, of each image: no samples,
// and no cross terms between layers in their spread.
bool add_up_traces(Job& job) {
    const Leaves leaves(job.net, job.layers);
    const int64_t n = job.batch.count();
    job.total = static_cast<size_t>(n);
    for (int64_t i = 0; i < n; ++i) {
        if (!job.go_on(static_cast<size_t>(i), "images")) {
            return false;
        }
        const Tensor logs =
            job.net.forward(job.batch.x.narrow(0, i, 1), leaves.hooks()).log_softmax(1)[0];
        for (int64_t c = 0; c < logs.size(0); ++c) {
            const double share = std::exp(logs[c].item<double>()) / static_cast<double>(n);
            const auto gradients = torch::autograd::grad({logs[c]}, leaves.all(), {}, true);
            for (size_t k = 0; k < job.layers.size(); ++k) {
                job.out[k].value += share * inner_product(gradients[k], gradients[k]) /
                                    static_cast<double>(leaves.all()[k].numel());
            }
        }
    }
    for (LayerSensitivity& row : job.out) {
        row.iterations = static_cast<unsigned>(n);
        row.converged = true;
    }
    return true;
}

bool sample_traces(Job& job) {
    const Leaves leaves(job.net, job.layers);
    const Curvature curvature(mean_loss(job.net, job.batch, leaves.hooks()), leaves.all());
    job.total = job.settings.max_iterations;
    bool stopped = false;
    const auto estimates = traces(curvature, job.settings, [&](size_t done, size_t) {
        stopped = !job.go_on(done, "traces");
        return !stopped;
    });
    for (size_t k = 0; k < job.layers.size(); ++k) {
        job.put(k, estimates[k], static_cast<double>(leaves.all()[k].numel()));
    }
    return !stopped;
}

bool measure_eigenvalues(Job& job) {
    const Leaves leaves(job.net, job.layers);
    const Curvature curvature(mean_loss(job.net, job.batch, leaves.hooks()), leaves.all());
    job.total = job.layers.size();
    for (size_t k = 0; k < job.layers.size(); ++k) {
        bool stopped = false;
        const auto estimate = top_eigenvalue(curvature, k, job.settings, [&](size_t, size_t) {
            stopped = !job.go_on(k, job.name(k));
            return !stopped;
        });
        if (stopped) {
            return false;
        }
        job.put(k, estimate, 1);
    }
    return true;
}

bool measure_traces(Job& job) {
    constexpr uint32_t most_classes = 100; // a gradient each; then samples are cheaper
    const bool adds_up = !job.settings.sampled && is_piecewise_linear(job.net) &&
                         job.net.model().workload->layers.back().out.c <= most_classes;
    return adds_up ? add_up_traces(job) : sample_traces(job);
}

// The empirical Fisher information: squared gradients of single images, summed over a layer.
bool measure_fisher(Job& job) {
    const Leaves leaves(job.net, job.layers);
    const int64_t n = job.batch.count();
    job.total = static_cast<size_t>(n);
    for (int64_t i = 0; i < n; ++i) {
        if (!job.go_on(static_cast<size_t>(i), "images")) {
            return false;
        }
        const Batch one{job.batch.x.narrow(0, i, 1), job.batch.labels.narrow(0, i, 1)};
        const auto gradients =
            torch::autograd::grad({mean_loss(job.net, one, leaves.hooks())}, leaves.all());
        for (size_t k = 0; k < job.layers.size(); ++k) {
            job.out[k].value += inner_product(gradients[k], gradients[k]) / static_cast<double>(n);
            job.out[k].iterations = static_cast<unsigned>(n);
        }
    }
    return true;
}

Tensor quantised(const Net& net, size_t layer, const QuantSettings& quant, unsigned bits) {
    const Tensor weight = net.tensors()[layer].weight;
    const Tensor plain = weight.contiguous();
    const std::vector<float> values(plain.data_ptr<float>(),
                                    plain.data_ptr<float>() + plain.numel());
    const auto q = quantise_weights(values, static_cast<size_t>(weight.size(0)), bits,
                                    quant.weight_clip, quant.per_channel, quant.asymmetric);
    return torch::from_blob(const_cast<float*>(q.real.data()), plain.sizes()).clone();
}

// Mean over images of KL(float network's classes || those with one layer's weights quantised).
bool measure_divergence(Job& job) {
    constexpr unsigned widths = 16;
    const torch::NoGradGuard no_gradients;
    const Tensor wanted = job.net.forward(job.batch.x, {}).log_softmax(1);
    job.total = job.layers.size();
    for (size_t k = 0; k < job.layers.size(); ++k) {
        job.out[k].by_bits.assign(widths + 1, 0);
        for (unsigned bits = 1; bits <= widths; ++bits) {
            if (!job.go_on(k, job.name(k))) {
                return false;
            }
            const Tensor weight = quantised(job.net, job.layers[k], job.quant, bits);
            Hooks hooks;
            hooks.weight = [&](size_t layer, const Tensor& own) {
                return layer == job.layers[k] ? weight : own;
            };
            const Tensor got = job.net.forward(job.batch.x, hooks).log_softmax(1);
            const Tensor divergence = (wanted.exp() * (wanted - got)).sum(1).mean();
            job.out[k].by_bits[bits] = divergence.item<double>();
        }
        constexpr unsigned representative = 4; // bits of the one value that stands for the layer
        job.out[k].value = job.out[k].by_bits[representative];
        job.out[k].iterations = widths;
    }
    return true;
}

bool measure(Sensitivity method, Job& job) {
    switch (method) {
    case Sensitivity::trace:
        return measure_traces(job);
    case Sensitivity::eigenvalue:
        return measure_eigenvalues(job);
    case Sensitivity::fisher:
        return measure_fisher(job);
    case Sensitivity::kl:
        return measure_divergence(job);
    }
    return true;
}

assay_status check_finite(const Job& job, assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t k = 0; k < job.layers.size(); ++k) {
        if (!std::isfinite(job.out[k].value)) {
            assay_report_add(report, "layer %s: its sensitivity is not a finite number",
                             assay_quote(job.name(k)).text);
            status = ASSAY_BAD_INPUT;
        }
    }
    return status;
}

} // namespace

Curvature::Curvature(const Tensor& loss, std::vector<Tensor> weights)
    : weights_(std::move(weights)),
      gradients_(torch::autograd::grad({loss}, weights_, {}, true, true)) {}

std::vector<Tensor> Curvature::product(const std::vector<Tensor>& v) const {
    return torch::autograd::grad(gradients_, weights_, v, true, false, true);
}

Tensor Curvature::block_product(size_t i, const Tensor& v) const {
    return torch::autograd::grad({gradients_[i]}, {weights_[i]}, {v}, true, false, true)[0];
}

std::vector<Estimate> traces(const Curvature& curvature, const CurvatureSettings& settings,
                             const Continue& go_on) {
    assay_rng rng = assay_rng_seed(settings.seed, "hutchinson");
    std::vector<Running> seen(curvature.size());
    std::vector<Estimate> out(curvature.size());
    bool settled = false;
    for (unsigned s = 0; s < settings.max_iterations && !settled; ++s) {
        if (go_on && !go_on(s, settings.max_iterations)) {
            break;
        }
        std::vector<Tensor> v;
        for (const Tensor& weight : curvature.weights()) {
            v.push_back(rademacher_like(weight, rng));
        }
        const std::vector<Tensor> hv = curvature.product(v);
        settled = true;
        for (size_t k = 0; k < v.size(); ++k) {
            seen[k].add(hv[k].defined() ? inner_product(v[k], hv[k]) : 0);
            settled = settled && seen[k].is_settled(settings.tolerance);
        }
    }
    for (size_t k = 0; k < out.size(); ++k) {
        out[k] = {seen[k].mean, seen[k].count, seen[k].is_settled(settings.tolerance)};
    }
    return out;
}

Estimate top_eigenvalue(const Curvature& curvature, size_t i, const CurvatureSettings& settings,
                        const Continue& go_on) {
    assay_rng rng = assay_rng_seed(settings.seed, "power iteration");
    Tensor v = normal_like(curvature.weights()[i], rng);
    Estimate out;
    for (unsigned s = 0; s < settings.max_iterations && !out.converged && std::isfinite(out.value);
         ++s) {
        if (go_on && !go_on(s, settings.max_iterations)) {
            break;
        }
        const Tensor hv = curvature.block_product(i, v);
        const double norm = hv.defined() ? std::sqrt(inner_product(hv, hv)) : 0;
        const double value = hv.defined() ? inner_product(v, hv) : 0;
        out.converged = norm == 0 || (s > 0 && std::abs(value - out.value) <=
                                                   settings.tolerance * std::abs(value));
        out.value = value;
        out.iterations = s + 1;
        v = norm > 0 ? hv / norm : v;
    }
    return out;
}

assay_status measure_sensitivity(Net& net, const Dataset& data, const QuantSettings& quant,
                                 Sensitivity method, const CurvatureSettings& settings,
                                 std::vector<LayerSensitivity>& out, assay_report* report) {
    Job job{net, data, quant, settings, {}, weighted_layers(net), out};
    job.batch = load(data, *net.model().workload, settings.images);
    out.assign(job.layers.size(), {});
    for (size_t k = 0; k < job.layers.size(); ++k) {
        out[k].layer = job.layers[k];
    }
    if (!measure(method, job)) {
        assay_report_add(report, "stopped on request");
        return ASSAY_INTERRUPTED;
    }
    return check_finite(job, report);
}

} // namespace assay
