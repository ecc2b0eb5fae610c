// A small network with drawn parameters, and an engine that only pretends to train it.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "engine.hpp"
#include "report.hpp"
#include "rng.h"
#include "temp_dir.hpp"

namespace compress_test {

using namespace assay;
using assay_test::Report;

inline const char* const small_net = R"({
 "schema": 1, "name": "small net/1", "input": {"shape": [2, 6, 6]}, "layers": [
  {"name": "conv", "op": "conv2d", "out_channels": 8, "kernel": 3, "padding": 1, "relu": true},
  {"name": "pool", "op": "pool", "kind": "max", "kernel": 2, "stride": 2},
  {"name": "fc1", "op": "linear", "out_features": 40, "relu": true},
  {"name": "fc2", "op": "linear", "out_features": 5}]})";

struct Net {
    assay_test::TempDir folder;
    assay_workload* workload = nullptr;
    std::vector<Parameters> parameters;

    explicit Net(const std::string& json = small_net) {
        Report report;
        const std::string path = folder.write("net.json", json);
        EXPECT_EQ(assay_workload_load(path.c_str(), nullptr, &workload, report), ASSAY_OK)
            << report.text();
        draw();
    }
    ~Net() { assay_workload_free(&workload); }
    Net(const Net&) = delete;
    Net& operator=(const Net&) = delete;

    void draw() {
        assay_rng rng = assay_rng_seed(1, "compress test");
        for (const Layer& layer : workload->layers) {
            Parameters p;
            const bool weighted = layer.op == Op::conv || layer.op == Op::fc;
            for (uint64_t i = 0; weighted && i < layer.params(); ++i) {
                p.weight.push_back(static_cast<float>(assay_rng_normal(&rng)));
            }
            for (uint32_t i = 0; weighted && i < layer.out.c; ++i) {
                p.bias.push_back(static_cast<float>(assay_rng_normal(&rng)));
            }
            parameters.push_back(std::move(p));
        }
    }
};

// Training moves every weight by a known amount, wherever masks and codebooks are.
class FakeEngine : public Engine {
  public:
    explicit FakeEngine(std::vector<Parameters> parameters)
        : first(parameters), now(std::move(parameters)) {}

    assay_status evaluate(const assay_policy*, Split split, size_t, Evaluation& out,
                          assay_report*) override {
        out.images = split == Split::search ? 1000 : 500;
        uint64_t kept = 0;
        for (const Parameters& p : now) {
            for (float w : p.weight) {
                kept += w != 0;
            }
        }
        out.correct = kept % out.images; // says what was evaluated
        out.loss = split == Split::search ? 0.25 : 0.5;
        return ASSAY_OK;
    }
    assay_status train(const assay_policy* policy, const TrainSettings& settings,
                       assay_report* report) override {
        EXPECT_EQ(policy, nullptr);
        trainings.push_back(settings.epochs);
        rates.push_back(settings.rate);
        decays.push_back(settings.weight_decay);
        if (settings.progress && !settings.progress(1, 2, 0.5)) {
            return ASSAY_INTERRUPTED;
        }
        if (fails) {
            assay_report_add(report, "training failed");
            return ASSAY_BAD_INPUT;
        }
        for (Parameters& p : now) {
            for (float& w : p.weight) {
                w = 1.25f * w + 0.01f;
            }
        }
        return ASSAY_OK;
    }
    void restore() override { now = first; }
    std::vector<Parameters> parameters() const override { return now; }
    void set_parameters(const std::vector<Parameters>& parameters) override { now = parameters; }
    void constrain(const std::vector<std::vector<uint8_t>>& masks,
                   const std::vector<std::vector<uint16_t>>& codes) override {
        constraints.push_back({masks, codes});
    }
    assay_status outputs(const assay_policy*, const std::vector<uint32_t>&, std::vector<float>&,
                         assay_report*) override {
        return ASSAY_INTERNAL;
    }
    assay_status sensitivity(Sensitivity, const CurvatureSettings&, std::vector<LayerSensitivity>&,
                             assay_report*) override {
        return ASSAY_INTERNAL;
    }
    assay_status integers(const assay_policy*, uint32_t, std::vector<LayerIntegers>&,
                          assay_report*) override {
        return ASSAY_INTERNAL;
    }

    struct Constraint {
        std::vector<std::vector<uint8_t>> masks;
        std::vector<std::vector<uint16_t>> codes;
    };
    std::vector<Parameters> first, now;
    std::vector<double> trainings, rates, decays; // epochs, ... of each
    std::vector<Constraint> constraints;
    bool fails = false;
};

inline bool same_values(const std::vector<Parameters>& a, const std::vector<Parameters>& b) {
    bool same = a.size() == b.size();
    for (size_t i = 0; same && i < a.size(); ++i) {
        same = a[i].weight == b[i].weight && a[i].bias == b[i].bias;
    }
    return same;
}

} // namespace compress_test
