#include "pipeline.hpp"

#include <cstring>
#include <initializer_list>

#include "codebook.hpp"
#include "contract.h"
#include "mask.hpp"

namespace assay {
namespace {

bool is_pruned(const LayerPlan& plan) {
    return plan.density < 1;
}

class Pipeline {
  public:
    Pipeline(Engine& engine, const assay_workload& workload, const PipelineSettings& settings,
             Compression& out, assay_report* report)
        : engine_(engine), workload_(workload), settings_(settings), out_(out), report_(report),
          parameters_(engine.parameters()), masks_(parameters_.size()), codes_(parameters_.size()),
          codebooks_(parameters_.size()) {
        for (const LayerPlan& plan : settings.plans) {
            out_.codings.push_back({0, is_pruned(plan) ? settings.gap_bits : 0});
            any_pruned_ |= is_pruned(plan);
            any_shared_ |= plan.codebook_bits > 0;
        }
    }
    ~Pipeline() {
        engine_.constrain({}, {});
        engine_.restore();
    }
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    assay_status run() {
        return first_failure(
            {&Pipeline::float_stage, &Pipeline::prune, &Pipeline::share, &Pipeline::code});
    }

  private:
    using Step = assay_status (Pipeline::*)();

    assay_status first_failure(std::initializer_list<Step> steps) {
        for (Step step : steps) {
            const assay_status status = (this->*step)();
            if (status != ASSAY_OK) {
                return status;
            }
        }
        return ASSAY_OK;
    }

    // ---- Stages ----

    assay_status add_stage(const char* name, uint64_t bits) {
        CompressionStage stage{name, {}, {}, bits};
        assay_status status =
            engine_.evaluate(nullptr, Split::search, settings_.images, stage.search, report_);
        if (status == ASSAY_OK) {
            status =
                engine_.evaluate(nullptr, Split::final, settings_.images, stage.final, report_);
        }
        out_.stages.push_back(stage);
        return status;
    }

    // Bits of the parameters as they are now, at one of the stages of accounting.
    uint64_t bits_of(StoredBits LayerStorage::*stage) const {
        return (compress_network(workload_, parameters_, out_.codings).total().*stage).total();
    }

    assay_status float_stage() { return add_stage("float", bits_of(&LayerStorage::original)); }

    assay_status prune() {
        if (!any_pruned_) {
            return ASSAY_OK;
        }
        for (unsigned step = 1; step <= settings_.prune_steps; ++step) {
            mask_layers(step);
            engine_.set_parameters(parameters_);
            const bool last = step == settings_.prune_steps;
            assay_status status =
                last ? add_stage("pruned", bits_of(&LayerStorage::pruned)) : ASSAY_OK;
            if (status == ASSAY_OK) {
                status = train("retrained", pruned_training());
            }
            if (status != ASSAY_OK) {
                return status;
            }
        }
        return settings_.prune_epochs > 0 ? add_stage("retrained", bits_of(&LayerStorage::pruned))
                                          : ASSAY_OK;
    }

    assay_status share() {
        if (!any_shared_) {
            return ASSAY_OK;
        }
        share_layers();
        engine_.set_parameters(parameters_);
        assay_status status = add_stage("shared", bits_of(&LayerStorage::shared));
        if (status != ASSAY_OK || settings_.share_epochs <= 0) {
            return status;
        }
        status = train("tuned", shared_training());
        return status == ASSAY_OK ? add_stage("tuned", bits_of(&LayerStorage::shared)) : status;
    }

    assay_status code() {
        drop_signs_of_zeros();
        out_.network = compress_network(workload_, parameters_, out_.codings);
        const assay_status status =
            decompress_network("the compressed network", out_.network.bytes, workload_, parameters_,
                               out_.parameters, report_);
        if (status != ASSAY_OK || !is_exact()) {
            assay_report_add(report_, "the compressed network does not decode to itself");
            return ASSAY_INTERNAL;
        }
        engine_.set_parameters(out_.parameters);
        return add_stage("coded", out_.network.file_bits());
    }

    // ---- Their parts ----

    void mask_layers(unsigned step) {
        for (size_t i = 0; i < parameters_.size(); ++i) {
            if (is_pruned(settings_.plans[i])) {
                const double density =
                    gradual_density(settings_.plans[i].density, step, settings_.prune_steps);
                masks_[i] = magnitude_mask(parameters_[i].weight, density);
                apply_mask(masks_[i], parameters_[i].weight);
            }
        }
    }

    void share_layers() {
        for (size_t i = 0; i < parameters_.size(); ++i) {
            const unsigned bits = settings_.plans[i].codebook_bits;
            if (bits > 0) {
                out_.codings[i].codebook_bits = bits;
                codebooks_[i] = share_by_kmeans(parameters_[i].weight, bits, true);
                parameters_[i].weight = expand(codebooks_[i]);
                codes_[i] = codebooks_[i].codes;
            }
        }
    }

    // What an engine's arithmetic may have left beside masks and codebooks is put back.
    void hold() {
        for (size_t i = 0; i < parameters_.size(); ++i) {
            std::vector<float>& weight = parameters_[i].weight;
            if (!masks_[i].empty()) {
                apply_mask(masks_[i], weight);
            }
            if (!codes_[i].empty()) {
                recentre(codebooks_[i], weight.data(), true);
                weight = expand(codebooks_[i]);
            }
        }
    }

    // Streams with an index or a codebook have one zero.
    void drop_signs_of_zeros() {
        for (size_t i = 0; i < parameters_.size(); ++i) {
            if (out_.codings[i].gap_bits > 0 || out_.codings[i].codebook_bits > 0) {
                for (float& w : parameters_[i].weight) {
                    w = w == 0 ? 0.0f : w;
                }
            }
        }
    }

    TrainSettings pruned_training() const {
        TrainSettings out = settings_.training;
        out.epochs = settings_.prune_epochs / settings_.prune_steps;
        return out;
    }

    TrainSettings shared_training() const {
        TrainSettings out = settings_.training;
        out.epochs = settings_.share_epochs;
        out.rate = settings_.share_rate;
        out.weight_decay = 0;
        return out;
    }

    assay_status train(const char* stage, TrainSettings training) {
        if (training.epochs <= 0) {
            return ASSAY_OK;
        }
        if (settings_.progress) {
            training.progress = [this, stage](uint64_t done, uint64_t total, double loss) {
                return settings_.progress(stage, done, total, loss);
            };
        }
        engine_.constrain(masks_, codes_);
        const assay_status status = engine_.train(nullptr, training, report_);
        if (status == ASSAY_OK) {
            parameters_ = engine_.parameters();
            hold();
            engine_.set_parameters(parameters_);
        }
        return status;
    }

    static bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
        return a.size() == b.size() &&
               (a.empty() || memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
    }

    bool is_exact() const {
        for (size_t i = 0; i < parameters_.size(); ++i) {
            if (!same_bits(parameters_[i].weight, out_.parameters[i].weight) ||
                !same_bits(parameters_[i].bias, out_.parameters[i].bias)) {
                return false;
            }
        }
        return true;
    }

    Engine& engine_;
    const assay_workload& workload_;
    const PipelineSettings& settings_;
    Compression& out_;
    assay_report* report_;
    std::vector<Parameters> parameters_;
    std::vector<Mask> masks_;
    std::vector<std::vector<uint16_t>> codes_;
    std::vector<Codebook> codebooks_;
    bool any_pruned_ = false, any_shared_ = false;
};

} // namespace

assay_status compress(Engine& engine, const assay_workload& workload,
                      const PipelineSettings& settings, Compression& out, assay_report* report) {
    ASSAY_REQUIRE(settings.plans.size() == workload.layers.size());
    ASSAY_REQUIRE(settings.prune_steps >= 1 && settings.gap_bits >= 1 && settings.gap_bits <= 8);
    out = {};
    return Pipeline(engine, workload, settings, out, report).run();
}

} // namespace assay
