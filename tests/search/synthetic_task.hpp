// A search whose optimum is known: a network of made-up layers, each with weight and activation
// bits from 2 to 8, whose damages add up and whose latency is a table. Rewards are like an
// accuracy: 1 without any damage, 0 with all layers at 2 bits. The budget is kept as HAQ keeps it:
// blindly, bit by bit from the last layer to the first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "problem.h"
#include "rng.h"

namespace assay::test {

class SyntheticTask {
  public:
    static constexpr unsigned bits = 7; // choices: 2 .. 8
    static constexpr size_t features = 10;

    SyntheticTask(size_t layers, uint64_t seed, double ratio = 0.6)
        : layers_(layers), choices_(2 * layers, bits), names_(2 * layers, "bits"),
          group_(2 * layers), state_(2 * layers * features), start_(layers + 1),
          value_(layers * bits * bits), cost_(layers * bits * bits) {
        assay_rng rng = assay_rng_seed(seed, "synthetic");
        double whole = 0;
        for (size_t l = 0; l < layers; ++l) {
            make_layer(l, rng);
            whole += cost_[(l + 1) * bits * bits - 1];
        }
        budget_ = ratio * whole;
        scale_values();
        normalise_states();
        separable_ = {};
        separable_.items = layers;
        separable_.start = start_.data();
        separable_.value = value_.data();
        separable_.limits = 1;
        separable_.cost[0] = cost_.data();
        separable_.limit[0] = budget_;
        separable_.base = 1;
    }

    assay_problem problem() {
        assay_problem out = {};
        out.space.variables = 2 * layers_;
        out.space.choices = choices_.data();
        out.space.names = names_.data();
        out.space.group = group_.data();
        out.space.state = state_.data();
        out.space.features = features;
        out.space.previous_action = 8;
        out.space.flag = 9;
        out.separable = &separable_;
        out.repair = [](void* task, unsigned* x) {
            return static_cast<SyntheticTask*>(task)->decrement(x);
        };
        out.feasible = [](void* task, const unsigned* x) {
            return static_cast<SyntheticTask*>(task)->fits(x);
        };
        out.user = this;
        return out;
    }

    double reward(const unsigned* x) const { return 1 + sum(value_, x); }
    double cost(const unsigned* x) const { return sum(cost_, x); }
    bool fits(const unsigned* x) const { return cost(x) <= budget_; }
    const assay_separable& separable() const { return separable_; }

    // No policy is better: the Lagrangian dual, whose gap is below 1e-4 for 20 layers and more.
    double bound() const {
        double low = 0, high = 1;
        while (relaxed(high).second > budget_) {
            high *= 2;
        }
        double best = std::numeric_limits<double>::infinity();
        for (int i = 0; i < 200; ++i) {
            double middle = (low + high) / 2;
            auto [dual, used] = relaxed(middle);
            best = std::min(best, dual);
            (used > budget_ ? low : high) = middle;
        }
        return 1 + best;
    }

  private:
    double sum(const std::vector<double>& of, const unsigned* x) const {
        double total = 0;
        for (size_t l = 0; l < layers_; ++l) {
            total += of[(l * bits + x[2 * l]) * bits + x[2 * l + 1]];
        }
        return total;
    }

    // Dual at a price of the budget, and what its policy costs.
    std::pair<double, double> relaxed(double price) const {
        double dual = price * budget_, used = 0;
        for (size_t l = 0; l < layers_; ++l) {
            size_t best = start_[l];
            for (size_t i = start_[l]; i < start_[l + 1]; ++i) {
                best = value_[i] - price * cost_[i] > value_[best] - price * cost_[best] ? i : best;
            }
            dual += value_[best] - price * cost_[best];
            used += cost_[best];
        }
        return {dual, used};
    }

    // Shapes as a mobile network's: every third layer depthwise, maps shrink, channels grow. What a
    // layer suffers is drawn by itself: shapes do not tell it.
    void make_layer(size_t l, assay_rng& rng) {
        bool depthwise = l % 3 == 1;
        double depth = double(l) / double(layers_),
               channels = 32 * std::exp2(std::floor(4 * depth));
        double side = 112 / std::exp2(std::floor(4 * depth));
        double kernel = depthwise ? 3 : 1, out = channels * (1 + double(assay_rng_below(&rng, 6)));
        double weights = depthwise ? channels * 9 : channels * out;
        double shape[] = {double(depthwise),
                          channels,
                          out,
                          1 + double(assay_rng_below(&rng, 2)),
                          kernel,
                          weights,
                          side * side,
                          double(l),
                          1};
        group_[2 * l] = group_[2 * l + 1] = l;
        start_[l + 1] = (l + 1) * bits * bits;
        for (size_t step = 0; step < 2; ++step) {
            double* row = &state_[(2 * l + step) * features];
            std::copy(std::begin(shape), std::end(shape), row);
            row[9] = step == 0 ? 1 : 0;
        }
        fill_tables(l, std::exp(assay_rng_normal(&rng)), std::exp(assay_rng_normal(&rng)), weights,
                    side * side * channels);
    }

    // Each bit that is taken away doubles a layer's damage. Latency is compute or memory, whichever
    // is longer, on a machine that takes bits one at a time.
    void fill_tables(size_t l, double w_harm, double a_harm, double weights, double inputs) {
        double side = inputs * weights / 1e6;
        for (unsigned w = 0; w < bits; ++w) {
            for (unsigned a = 0; a < bits; ++a) {
                size_t i = (l * bits + w) * bits + a;
                value_[i] = -(w_harm * std::exp2(-double(w)) + a_harm * std::exp2(-double(a)));
                cost_[i] = std::max((w + 2) * (a + 2) * side / 64,
                                    ((w + 2) * weights + (a + 2) * inputs) / 256);
            }
        }
    }

    void scale_values() {
        double worst = 0;
        for (size_t l = 0; l < layers_; ++l) {
            worst -= value_[start_[l]];
        }
        for (double& value : value_) {
            value /= worst;
        }
    }

    void normalise_states() {
        for (size_t f = 0; f < 8; ++f) {
            double low = state_[f], high = state_[f];
            for (size_t v = 0; v < 2 * layers_; ++v) {
                low = std::min(low, state_[v * features + f]);
                high = std::max(high, state_[v * features + f]);
            }
            for (size_t v = 0; v < 2 * layers_ && high > low; ++v) {
                double& value = state_[v * features + f];
                value = (value - low) / (high - low);
            }
        }
    }

    bool decrement(unsigned* x) const {
        for (bool moved = true; moved && !fits(x);) {
            moved = false;
            for (size_t v = 2 * layers_; v-- > 0 && !fits(x);) {
                moved = moved || x[v] > 0;
                x[v] -= x[v] > 0;
            }
        }
        return fits(x);
    }

    size_t layers_;
    double budget_;
    std::vector<unsigned> choices_;
    std::vector<const char*> names_;
    std::vector<size_t> group_;
    std::vector<double> state_;
    std::vector<size_t> start_;
    std::vector<double> value_, cost_;
    assay_separable separable_;
};

} // namespace assay::test
