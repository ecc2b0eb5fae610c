#include "train.hpp"

#include <algorithm>
#include <cmath>

#include "batches.hpp"
#include "held.hpp"
#include "score.hpp"
#include "ste.hpp"
#include "train_settings.hpp"

namespace assay {
namespace {

using torch::Tensor;

constexpr double least_clip_share = 0.01; // a trained clip stays above this share of its first one

// One tensor that is trained.
struct Trainee {
    Tensor value, velocity;
    size_t layer = 0;
    bool decays = false; // weights of matrices; neither biases nor norms
    bool held = false;   // by the layer's masks and codes
};

// A trained clip of PACT.
struct TrainedClip {
    size_t layer = 0;
    int operand = 0;
    unsigned bits = 0;
    Tensor value, velocity; // [1]
    float least = 0;
};

// Everything of one training. Tensors of the net require gradients as long as it lives.
class Training {
  public:
    Training(Net& net, const TrainInput& input, const TrainSettings& settings);
    ~Training();

    assay_status run(assay_report* report);

  private:
    void collect();
    assay_status begin_epoch(assay_report* report);
    void add_clips();
    void add_clip(size_t layer, int operand, const Quantiser& quantiser);
    void resume_clips(const std::vector<float>& values);
    double step_once(uint64_t step);
    Tensor quantised_input(size_t layer, int operand, const Tensor& x);
    Tensor quantised_weight(size_t layer, const Tensor& weight);
    void descend(Tensor& value, Tensor& velocity, const Tensor& gradient, double decay,
                 double rate) const;
    void update(double rate);
    void update_clips(double rate);
    assay_status diverged(uint64_t step, assay_report* report) const;
    bool all_finite() const;
    TrainState state(uint64_t steps) const;
    void hand_over_clips() const;

    Net& net_;
    const TrainInput& input_;
    const TrainSettings& settings_;
    Net velocity_; // momentum as a net's tensors, so that it becomes Parameters as they do
    Batches batches_;
    Hooks hooks_;
    std::vector<Held> held_;
    std::vector<Trainee> trainees_;
    InputQuantisers quantisers_;
    std::vector<TrainedClip> clips_;
    std::vector<float> values_;
    std::vector<int64_t> labels_;
    const int64_t background_; // outputs before the one of class 0
};

Tensor zeros_of(const Tensor& tensor) {
    return tensor.defined() ? torch::zeros_like(tensor) : tensor;
}

void become_velocity(std::vector<LayerTensors>& tensors) {
    for (LayerTensors& t : tensors) {
        t.weight = zeros_of(t.weight);
        t.bias = zeros_of(t.bias);
        t.norm_scale = zeros_of(t.norm_scale);
        t.norm_shift = zeros_of(t.norm_shift);
        t.norm_mean = zeros_of(t.norm_mean);
        t.norm_variance = zeros_of(t.norm_variance);
    }
}

Training::Training(Net& net, const TrainInput& input, const TrainSettings& settings)
    : net_(net), input_(input), settings_(settings), velocity_(net),
      batches_(*input.data, net.model().workload->preprocess, settings),
      held_(find_held(net, {input.policy, input.masks, input.codes})),
      background_(static_cast<int64_t>(background_outputs(
          net.model().workload->layers.back().out.size(), input.data->classes))) {
    become_velocity(velocity_.tensors());
    if (settings.resume) {
        velocity_.set_parameters(settings.resume->momentum);
    }
    collect();
    if (input.policy) {
        hooks_.weight = [this](size_t layer, const Tensor& w) {
            return quantised_weight(layer, w);
        };
        hooks_.input = [this](size_t layer, int operand, const Tensor& x) {
            return quantised_input(layer, operand, x);
        };
    }
}

Training::~Training() {
    for (Trainee& t : trainees_) {
        t.value.mutable_grad().reset();
        t.value.requires_grad_(false);
    }
}

void Training::collect() {
    for (size_t i = 0; i < net_.size(); ++i) {
        LayerTensors &t = net_.tensors()[i], &v = velocity_.tensors()[i];
        const bool matrix = is_matrix(net_.model().layer(i).op);
        if (t.weight.defined()) {
            share(held_[i], t.weight);
            trainees_.push_back({t.weight, v.weight, i, matrix, held_[i].any()});
        }
        for (auto [value, velocity] :
             {std::pair(&t.bias, &v.bias), std::pair(&t.norm_scale, &v.norm_scale),
              std::pair(&t.norm_shift, &v.norm_shift)}) {
            if (value->defined()) {
                trainees_.push_back({*value, *velocity, i, false, false});
            }
        }
    }
    for (Trainee& t : trainees_) {
        t.value.requires_grad_(true);
    }
}

Tensor Training::quantised_weight(size_t layer, const Tensor& weight) {
    const Layer& l = net_.model().layer(layer);
    const unsigned bits = weight_bits(l, input_.policy->layers[layer]);
    if (bits == 0 || held_[layer].codes.defined()) {
        return weight;
    }
    const Tensor plain = weight.detach().contiguous();
    const std::vector<float> values(plain.data_ptr<float>(),
                                    plain.data_ptr<float>() + plain.numel());
    const QuantSettings& how = input_.quant;
    QuantisedWeights quantised =
        quantise_weights(values, l.out.c, bits, how.weight_clip, how.per_channel, how.asymmetric);
    Tensor real = torch::empty_like(plain, weight.suggest_memory_format());
    real.copy_(torch::from_blob(quantised.real.data(), weight.sizes()));
    if (held_[layer].gone.defined()) {
        real.masked_fill_(held_[layer].gone, 0); // one bit has no 0
    }
    return replace_through(weight, real);
}

Tensor Training::quantised_input(size_t layer, int operand, const Tensor& x) {
    for (const TrainedClip& clip : clips_) {
        if (clip.layer == layer && clip.operand == operand) {
            return pact_through(x, clip.value, clip.bits);
        }
    }
    if (layer >= quantisers_.size()) {
        return x;
    }
    const Quantiser& quantiser = quantisers_[layer][static_cast<size_t>(operand)];
    return quantises(quantiser) ? quantise_through(x, quantiser) : x;
}

assay_status Training::begin_epoch(assay_report* report) {
    if (!input_.calibrate || !input_.policy) {
        return ASSAY_OK;
    }
    const torch::NoGradGuard no_gradients;
    const assay_status status = input_.calibrate(quantisers_, report);
    if (status == ASSAY_OK && settings_.pact && clips_.empty()) {
        add_clips();
    }
    return status;
}

// Half-waves get a clip of their own to train: 0 .. 2^bits - 1 times the scale.
void Training::add_clips() {
    for (size_t i = 0; i < quantisers_.size(); ++i) {
        for (int operand = 0; operand < 2; ++operand) {
            const Quantiser& quantiser = quantisers_[i][static_cast<size_t>(operand)];
            if (quantises(quantiser) && quantiser.low == 0) {
                add_clip(i, operand, quantiser);
            }
        }
    }
    if (settings_.resume) {
        resume_clips(settings_.resume->clips);
    }
    for (TrainedClip& clip : clips_) {
        clip.value.requires_grad_(true);
    }
}

void Training::add_clip(size_t layer, int operand, const Quantiser& quantiser) {
    const float clip = quantiser.scale * static_cast<float>(quantiser.high);
    const auto bits = static_cast<unsigned>(std::lround(std::log2(quantiser.high + 1.0)));
    clips_.push_back({layer, operand, bits, torch::full({1}, clip), torch::zeros({1}),
                      static_cast<float>(clip * least_clip_share)});
}

// As state() wrote them.
void Training::resume_clips(const std::vector<float>& values) {
    TORCH_CHECK(values.size() == 3 * clips_.size(), "the saved training has ", values.size() / 3,
                " trained clips, this one ", clips_.size());
    for (size_t i = 0; i < clips_.size(); ++i) {
        clips_[i].value.fill_(values[3 * i]);
        clips_[i].velocity.fill_(values[3 * i + 1]);
        clips_[i].least = values[3 * i + 2];
    }
}

// Velocity v = momentum v + g + decay w, then w -= rate v (Nesterov: rate (g + decay w + momentum
// v)).
void Training::descend(Tensor& value, Tensor& velocity, const Tensor& gradient, double decay,
                       double rate) const {
    const Tensor slope = decay > 0 ? gradient.add(value, decay) : gradient;
    velocity.mul_(settings_.momentum).add_(slope);
    value.sub_(settings_.nesterov ? slope.add(velocity, settings_.momentum) : velocity, rate);
}

void Training::update(double rate) {
    const torch::NoGradGuard no_gradients;
    for (Trainee& t : trainees_) {
        if (!t.value.grad().defined()) {
            continue;
        }
        const Held& held = held_[t.layer];
        descend(t.value, t.velocity, t.held ? held_gradient(held, t.value.grad()) : t.value.grad(),
                t.decays ? settings_.weight_decay : 0, rate);
        if (t.held) {
            hold(held, t.value);
            hold(held, t.velocity);
        }
        t.value.mutable_grad().reset();
    }
    update_clips(rate);
}

void Training::update_clips(double rate) {
    for (TrainedClip& clip : clips_) {
        if (clip.value.grad().defined()) {
            descend(clip.value, clip.velocity, clip.value.grad(), settings_.weight_decay, rate);
            clip.value.clamp_min_(clip.least);
            clip.value.mutable_grad().reset();
        }
    }
}

double Training::step_once(uint64_t step) {
    batches_.load(step, values_, labels_);
    const Shape shape = net_.model().workload->input_shape;
    const auto n = static_cast<int64_t>(labels_.size());
    const Tensor x = torch::from_blob(values_.data(), {n, shape.c, shape.h, shape.w})
                         .contiguous(torch::MemoryFormat::ChannelsLast);
    const Tensor labels = torch::from_blob(labels_.data(), {n}, torch::kInt64) + background_;
    Tensor teacher;
    if (settings_.distill_alpha < 1) {
        const torch::NoGradGuard no_gradients;
        teacher = input_.teacher->forward(x, {});
    }
    const Tensor loss = training_loss(net_.forward(x, hooks_, true), labels, teacher, settings_);
    const double value = loss.item<double>();
    if (std::isfinite(value)) {
        loss.backward();
        update(rate_of_step(settings_, step, batches_.steps(), batches_.per_epoch()));
    }
    return value;
}

// Quantisers have no answer to a weight or a clip that is not; the loss may be finite still, where
// clipped activations hide how the weights grow.
bool Training::all_finite() const {
    const torch::NoGradGuard no_gradients;
    const auto is_finite = [](const auto& trained) {
        const Tensor& value = trained.value;
        return value.isfinite().all().item<bool>();
    };
    return std::all_of(trainees_.begin(), trainees_.end(), is_finite) &&
           std::all_of(clips_.begin(), clips_.end(), is_finite);
}

assay_status Training::diverged(uint64_t step, assay_report* report) const {
    assay_report_add(report,
                     "training: the loss is not finite any more at step %llu of %llu; the rate %g "
                     "is too high for this network, try %g",
                     static_cast<unsigned long long>(step + 1),
                     static_cast<unsigned long long>(batches_.steps()), settings_.rate,
                     settings_.rate / 10);
    return ASSAY_BAD_INPUT;
}

TrainState Training::state(uint64_t steps) const {
    TrainState state;
    state.steps = steps;
    state.momentum = velocity_.parameters();
    for (const TrainedClip& clip : clips_) {
        for (float value : {clip.value.item<float>(), clip.velocity.item<float>(), clip.least}) {
            state.clips.push_back(value);
        }
    }
    return state;
}

void Training::hand_over_clips() const {
    if (!input_.trained) {
        return;
    }
    *input_.trained = quantisers_;
    for (const TrainedClip& clip : clips_) {
        (*input_.trained)[clip.layer][static_cast<size_t>(clip.operand)] =
            half_wave_quantiser(clip.value.item<float>(), clip.bits);
    }
}

assay_status Training::run(assay_report* report) {
    const uint64_t steps = batches_.steps(), per_epoch = batches_.per_epoch();
    for (uint64_t step = settings_.resume ? settings_.resume->steps : 0; step < steps; ++step) {
        if (step % per_epoch == 0) {
            const assay_status status = begin_epoch(report);
            if (status != ASSAY_OK) {
                return status;
            }
        }
        const double loss = step_once(step);
        if (!std::isfinite(loss) || !all_finite()) {
            return diverged(step, report);
        }
        if (settings_.progress && !settings_.progress(step + 1, steps, loss)) {
            return ASSAY_INTERRUPTED;
        }
        if (settings_.checkpoint && (step + 1) % per_epoch == 0 && step + 1 < steps) {
            settings_.checkpoint(state(step + 1), net_.parameters());
        }
    }
    hand_over_clips();
    return ASSAY_OK;
}

Tensor cross_entropy(const Tensor& logits, const Tensor& targets) {
    return -(targets * logits.log_softmax(1)).sum(1).mean();
}

} // namespace

Tensor training_loss(const Tensor& logits, const Tensor& labels, const Tensor& teacher,
                     const TrainSettings& settings) {
    const Tensor hard = at::cross_entropy_loss(logits, labels, {}, at::Reduction::Mean, -100,
                                               settings.label_smoothing);
    if (!teacher.defined()) {
        return hard;
    }
    const double t = settings.distill_temperature, alpha = settings.distill_alpha;
    const Tensor soft = cross_entropy(logits / t, (teacher / t).softmax(1));
    return alpha * hard + (1 - alpha) * t * t * soft;
}

assay_status train_net(Net& net, const TrainInput& input, const TrainSettings& settings,
                       assay_report* report) {
    const assay_status checked =
        check_train_settings(settings, *input.data, input.teacher != nullptr, report);
    if (checked != ASSAY_OK) {
        return checked;
    }
    const std::vector<Parameters> before = net.parameters();
    assay_status status = ASSAY_OK;
    try {
        status = Training(net, input, settings).run(report);
    } catch (...) {
        net.set_parameters(before);
        throw;
    }
    if (status != ASSAY_OK) {
        net.set_parameters(before);
    }
    return status;
}

} // namespace assay
