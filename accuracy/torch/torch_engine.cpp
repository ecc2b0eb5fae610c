#include "torch_engine.hpp"

#include <algorithm>

#include "channels.hpp"
#include "curvature.hpp"
#include "integers.hpp"
#include "policy_size.hpp"
#include "quote.h"
#include "runner.hpp"
#include "score.hpp"
#include "torch_guard.hpp"
#include "train.hpp"

namespace assay {
namespace {

using torch::Tensor;

bool same(const assay_hash& a, const assay_hash& b) {
    return a.low == b.low && a.high == b.high;
}

assay_hash network_hash(const Net& net) {
    std::vector<assay_hash> all;
    for (const LayerTensors& t : net.tensors()) {
        for (const Tensor* tensor :
             {&t.weight, &t.bias, &t.norm_scale, &t.norm_shift, &t.norm_mean, &t.norm_variance}) {
            all.push_back(hash_of(*tensor));
        }
    }
    return assay_hash_bytes(all.data(), all.size() * sizeof all[0]);
}

std::shared_ptr<Net> copy_of(const Net& net) {
    auto copy = std::make_shared<Net>(net.shared_model());
    copy->set_parameters(net.parameters());
    return copy;
}

std::vector<uint64_t> all_kept(const assay_policy& policy) {
    std::vector<uint64_t> out;
    for (const assay_layer_policy& p : policy.layers) {
        out.push_back(p.keep_channels);
    }
    return out;
}

// Channels of its input that a layer multiplies by anything but 0.
uint64_t channels_in_use(const Net& net, size_t i) {
    const Tensor& weight = net.tensors()[i].weight;
    const auto channels = static_cast<int64_t>(channels_read(*net.model().workload, i));
    const Tensor by_channel = weight.contiguous().reshape({weight.size(0), channels, -1});
    return static_cast<uint64_t>((by_channel != 0).any(2).any(0).sum().item<int64_t>());
}

bool needs_pruning(const Net& net, const assay_policy* policy) {
    for (size_t i = 0; policy && i < net.size(); ++i) {
        const uint64_t keep = kept_channels(*net.model().workload, *policy, i);
        if (keep > 0 && keep < channels_in_use(net, i)) {
            return true;
        }
    }
    return false;
}

Tensor logits_of(const Tensor& output) {
    return output.reshape({output.size(0), -1}).contiguous();
}

// Whether any operand of any layer is quantised.
bool quantises_inputs(const Model& model, const assay_policy* policy) {
    for (size_t i = 0; policy && i < model.size(); ++i) {
        const Layer& l = model.layer(i);
        const unsigned second = l.op == Op::matmul ? weight_bits(l, policy->layers[i]) : 0;
        if (is_matrix(l.op) && (input_bits(l, policy->layers[i]) > 0 || second > 0)) {
            return true;
        }
    }
    return false;
}

std::vector<bool> none_whole(size_t layers) {
    return std::vector<bool>(layers, false);
}

} // namespace

TorchEngine::TorchEngine(const EngineInput& input, const EngineLimits& limits)
    : input_(input), net_(std::make_shared<Net>(input.model)), structure_(*input.model),
      prepared_(input.quant), checkpoints_(*input.model, structure_, limits.checkpoint_bytes) {}

assay_status TorchEngine::make_native(assay_report* report) {
    NativeNet native;
    const assay_status status =
        NativeNet::make(input_.model, input_.data->test.element, native, report);
    if (status == ASSAY_OK) {
        native_ = std::move(native);
    }
    return status;
}

const Inputs& TorchEngine::inputs_of(Split split, size_t limit) {
    if (!loaded_ || loaded_->split != split || loaded_->limit != limit) {
        checkpoints_.forget();
        const Dataset& data = *input_.data;
        loaded_ = Loaded{split,
                         limit,
                         load_inputs(split == Split::train ? data.train : data.test,
                                     split_indices(data, split, limit), *input_.model->workload),
                         {}};
    }
    return loaded_->inputs;
}

const Inputs& TorchEngine::calibration_inputs() {
    if (!calibration_inputs_) {
        calibration_inputs_ = load_calibration_inputs(*input_.data, input_.quant.calibration_images,
                                                      *input_.model->workload);
    }
    return *calibration_inputs_;
}

std::shared_ptr<Net> TorchEngine::pruned_net(const assay_policy* policy) {
    if (!needs_pruning(*net_, policy)) {
        return net_;
    }
    const assay_hash hash = network_hash(*net_);
    const std::vector<uint64_t> keep = all_kept(*policy);
    if (!pruned_.net || !same(pruned_.network, hash) || pruned_.keep_channels != keep) {
        std::shared_ptr<Net> net = copy_of(*net_);
        const Tensor samples =
            at::cat(calibration_inputs().batches)
                .narrow(0, 0, static_cast<int64_t>(calibration_inputs().count()));
        ChannelSettings settings;
        settings.seed = input_.seed;
        prune_channels(*net, *policy, samples, settings);
        pruned_ = {hash, keep, std::move(net)};
    }
    return pruned_.net;
}

void TorchEngine::put_trained(const assay_policy& policy, InputQuantisers& out) const {
    for (size_t i = 0; trained_ && i < out.size(); ++i) {
        const Layer& l = input_.model->layer(i);
        const assay_layer_policy &now = policy.layers[i], &then = trained_->policy.layers[i];
        if (quantises(trained_->quantisers[i][0]) && input_bits(l, now) == input_bits(l, then)) {
            out[i][0] = trained_->quantisers[i][0];
        }
        if (quantises(trained_->quantisers[i][1]) && weight_bits(l, now) == weight_bits(l, then)) {
            out[i][1] = trained_->quantisers[i][1]; // of a matmul
        }
    }
}

assay_status TorchEngine::quantisers_for(Net& net, const assay_policy* policy, InputQuantisers& out,
                                         assay_report* report) {
    constexpr size_t most_calibrated = 2; // the network and one that is made of it
    out.clear();
    if (!quantises_inputs(*input_.model, policy)) {
        return ASSAY_OK;
    }
    const assay_hash hash = network_hash(net);
    auto found = std::find_if(calibrated_.begin(), calibrated_.end(),
                              [&](const Calibrated& c) { return same(c.network, hash); });
    if (found == calibrated_.end()) {
        const torch::NoGradGuard no_gradients;
        if (calibrated_.size() == most_calibrated) {
            calibrated_.erase(calibrated_.begin());
        }
        calibrated_.push_back({hash, std::make_shared<Observations>(net, calibration_inputs())});
        found = calibrated_.end() - 1;
    }
    return found->observations->quantisers(*policy, input_.quant, out, report);
}

assay_status TorchEngine::candidate_for(const assay_policy* policy, Candidate& out,
                                        assay_report* report) {
    std::shared_ptr<Net> net = pruned_net(policy);
    InputQuantisers quantisers;
    const assay_status status = quantisers_for(*net, policy, quantisers, report);
    if (status == ASSAY_OK) {
        if (policy) {
            put_trained(*policy, quantisers);
        }
        out = make_candidate(std::move(net), policy, quantisers, prepared_);
    }
    return status;
}

std::vector<Tensor> TorchEngine::run(const Candidate& candidate, const Inputs& inputs,
                                     Evaluation& out) {
    const size_t size = candidate.layers.size();
    const size_t first = checkpoints_.begin(candidate, inputs.batches.size());
    std::vector<Tensor> logits;
    for (size_t b = 0; b < inputs.batches.size(); ++b) {
        Observer observer;
        observer.whole = [&](size_t layer, const Tensor& y) { checkpoints_.keep(layer, b, y); };
        Pass pass(candidate, structure_, checkpoints_.wanted(), inputs.batches[b]);
        if (first > 0) {
            pass.give(first - 1, checkpoints_.output(first - 1, b));
        }
        logits.push_back(logits_of(first == size ? checkpoints_.output(size - 1, b)
                                                 : pass.run(first, size, observer)));
    }
    checkpoints_.commit(candidate);
    out.reused_layers = first;
    return logits;
}

std::vector<Tensor> TorchEngine::run_native(const Inputs& inputs) const {
    std::vector<Tensor> logits;
    for (const Tensor& batch : inputs.batches) {
        logits.push_back(native_->run(batch));
    }
    return logits;
}

assay_status TorchEngine::not_finite(const Candidate* candidate, const Tensor& batch,
                                     assay_report* report) const {
    size_t first = input_.model->size();
    Observer observer;
    observer.output = [&](size_t layer, const Tensor& y) {
        if (first == input_.model->size() && !y.isfinite().all().item<bool>()) {
            first = layer;
        }
    };
    if (candidate) {
        const std::vector<bool> whole = none_whole(input_.model->size());
        Pass(*candidate, structure_, whole, batch).run(0, input_.model->size(), observer);
    }
    const std::string& name = input_.model->layer(std::min(first, input_.model->size() - 1)).name;
    assay_report_add(report, "%s: layer %s computes values that are not finite",
                     assay_quote(input_.model->workload->name.c_str()).text,
                     assay_quote(name.c_str()).text);
    return ASSAY_BAD_INPUT;
}

// Adds the answers for the images of a batch to `out`; false if they are not finite.
bool TorchEngine::add_scores(const Tensor& logits, const uint16_t* labels, size_t count,
                             Evaluation& out) const {
    const auto classes = static_cast<size_t>(logits.size(1));
    const size_t background = background_outputs(classes, input_.data->classes);
    for (size_t i = 0; i < count; ++i) {
        const float* row = logits.data_ptr<float>() + i * classes;
        const Score s = score(row, classes, labels[i] + background);
        if (!s.finite) {
            return false;
        }
        out.correct += s.correct;
        out.loss += s.loss;
    }
    out.images += count;
    return true;
}

assay_status TorchEngine::add_all_scores(const std::vector<Tensor>& logits, const Inputs& inputs,
                                         const Candidate* candidate, Evaluation& out,
                                         assay_report* report) {
    for (size_t b = 0, at = 0; b < logits.size(); ++b) {
        const size_t count = std::min(inputs.count() - at, static_cast<size_t>(logits[b].size(0)));
        if (!add_scores(logits[b], &inputs.labels[at], count, out)) {
            checkpoints_.forget();
            return not_finite(candidate, inputs.batches[b], report);
        }
        at += count;
    }
    out.loss /= static_cast<double>(std::max<uint64_t>(out.images, 1));
    return ASSAY_OK;
}

void TorchEngine::compare(const std::vector<Tensor>& logits, bool of_float, Evaluation& out) {
    Answers answers;
    for (const Tensor& batch : logits) {
        const auto rows = static_cast<size_t>(batch.size(0));
        const size_t at = answers.classes ? answers.log_probability.size() / answers.classes : 0;
        answers.add(batch.data_ptr<float>(), std::min<size_t>(rows, out.images - at),
                    static_cast<size_t>(batch.size(1)));
    }
    if (of_float) {
        loaded_->wanted = std::move(answers);
        out.divergence = 0;
    } else if (!loaded_->wanted.log_probability.empty()) {
        out.divergence = divergence(loaded_->wanted, answers);
    }
}

assay_status TorchEngine::evaluate(const assay_policy* policy, Split split, size_t limit,
                                   Evaluation& out, assay_report* report) {
    return guarded_torch(report, [&] {
        const c10::InferenceMode inference;
        out = {};
        out.size_bits = storage_bits(*input_.model->workload, net_->parameters(), policy);
        const Inputs& inputs = inputs_of(split, limit);
        const bool native = runs_native(policy);
        Candidate candidate;
        assay_status status = native ? ASSAY_OK : candidate_for(policy, candidate, report);
        if (status != ASSAY_OK) {
            return status;
        }
        const std::vector<Tensor> logits =
            native ? run_native(inputs) : run(candidate, inputs, out);
        status = add_all_scores(logits, inputs, native ? nullptr : &candidate, out, report);
        if (status == ASSAY_OK) {
            compare(logits, policy == nullptr, out);
        }
        return status;
    });
}

assay_status TorchEngine::outputs(const assay_policy* policy, const std::vector<uint32_t>& images,
                                  std::vector<float>& out, assay_report* report) {
    return guarded_torch(report, [&] {
        const c10::InferenceMode inference;
        out.clear();
        Candidate candidate;
        const bool native = runs_native(policy);
        const assay_status status = native ? ASSAY_OK : candidate_for(policy, candidate, report);
        if (status != ASSAY_OK) {
            return status;
        }
        const Inputs inputs = load_inputs(input_.data->test, images, *input_.model->workload);
        const std::vector<bool> whole = none_whole(input_.model->size());
        size_t left = images.size();
        for (const Tensor& batch : inputs.batches) {
            Pass pass(candidate, structure_, whole, batch);
            const Tensor logits =
                logits_of(native ? native_->run(batch) : pass.run(0, input_.model->size(), {}));
            const size_t count = std::min(left, static_cast<size_t>(logits.size(0)));
            const auto* values = logits.data_ptr<float>();
            out.insert(out.end(), values, values + count * static_cast<size_t>(logits.size(1)));
            left -= count;
        }
        return ASSAY_OK;
    });
}

assay_status TorchEngine::train(const assay_policy* policy, const TrainSettings& settings,
                                assay_report* report) {
    return guarded_torch(report, [&] {
        std::shared_ptr<Net> net = copy_of(*pruned_net(policy));
        std::unique_ptr<Net> teacher;
        if (settings.distill_alpha < 1) {
            teacher = std::make_unique<Net>(settings.teacher ? settings.teacher : input_.model);
        }
        Trained trained;
        TrainInput input;
        input.data = input_.data.get();
        input.policy = policy;
        input.quant = input_.quant;
        input.calibrate = [&](InputQuantisers& out, assay_report* r) {
            return quantisers_for(*net, policy, out, r);
        };
        input.masks = &masks_;
        input.codes = &codes_;
        input.teacher = teacher.get();
        input.trained = settings.pact ? &trained.quantisers : nullptr;
        const assay_status status = train_net(*net, input, settings, report);
        if (status == ASSAY_OK) {
            net_ = std::move(net);
            untouched_ = false;
            trained_.reset();
            if (settings.pact && policy && !trained.quantisers.empty()) {
                trained.policy = *policy;
                trained_ = std::move(trained);
            }
        }
        return status;
    });
}

void TorchEngine::restore() {
    if (!untouched_) {
        set_parameters(input_.model->parameters);
    }
    untouched_ = true;
}

void TorchEngine::set_parameters(const std::vector<Parameters>& parameters) {
    net_->set_parameters(parameters);
    trained_.reset();
    untouched_ = false;
}

assay_status TorchEngine::sensitivity(Sensitivity method, const CurvatureSettings& settings,
                                      std::vector<LayerSensitivity>& out, assay_report* report) {
    return guarded_torch(report, [&] {
        return measure_sensitivity(*net_, *input_.data, input_.quant, method, settings, out,
                                   report);
    });
}

assay_status TorchEngine::integers(const assay_policy* policy, uint32_t test_image,
                                   std::vector<LayerIntegers>& out, assay_report* report) {
    return guarded_torch(report, [&] {
        const c10::InferenceMode inference;
        const assay_policy widths = with_all_widths(*input_.model, policy);
        Candidate candidate;
        const assay_status status = candidate_for(&widths, candidate, report);
        if (status == ASSAY_OK) {
            const Inputs inputs =
                load_inputs(input_.data->test, {test_image}, *input_.model->workload);
            out = find_integers(candidate, widths, input_.quant, inputs.batches[0]);
        }
        return status;
    });
}

void TorchEngine::constrain(const std::vector<std::vector<uint8_t>>& masks,
                            const std::vector<std::vector<uint16_t>>& codes) {
    masks_ = masks;
    codes_ = codes;
}

} // namespace assay
