// What stands around a network in the tests of the engine.
#pragma once

#include <gtest/gtest.h>

#include "report.hpp"
#include "torch_engine.hpp"
#include "torch_net.hpp"

namespace torch_test {

using namespace assay;
using assay_test::Report;

inline EngineInput input_of(std::shared_ptr<const Model> model) {
    EngineInput input;
    input.model = std::move(model);
    input.data = std::make_shared<Dataset>(tiny::dataset());
    input.quant.calibration_images = 64;
    return input;
}

inline std::unique_ptr<Engine> open(const EngineInput& input, uint64_t checkpoint_bytes) {
    Report report;
    std::unique_ptr<Engine> engine;
    EXPECT_EQ(open_torch_engine(input, {checkpoint_bytes}, engine, report), ASSAY_OK)
        << report.text();
    return engine;
}

// What make_candidate does for a policy, without an engine around it.
struct Workbench {
    explicit Workbench(std::shared_ptr<const Model> m)
        : model(std::move(m)), data(tiny::dataset()), net(std::make_shared<Net>(model)),
          inputs(load_calibration_inputs(data, 64, *model->workload)), prepared(settings) {}

    Candidate make(const assay_policy& policy) {
        Report report;
        Observations seen(*net, inputs);
        InputQuantisers quantisers;
        EXPECT_EQ(seen.quantisers(policy, settings, quantisers, report), ASSAY_OK);
        return make_candidate(net, &policy, quantisers, prepared);
    }

    QuantSettings settings;
    std::shared_ptr<const Model> model;
    Dataset data;
    std::shared_ptr<Net> net;
    Inputs inputs;
    PreparedWeights prepared;
};

} // namespace torch_test
