// Multiple-choice knapsack problems that own their numbers, random ones, and their optima by trying
// everything.
#pragma once

#include <cmath>
#include <vector>

#include "mckp.h"
#include "rng.h"

namespace assay_test {

using Table = std::vector<std::vector<double>>; // [item][option]

class Knapsack {
  public:
    Knapsack(Table value, std::vector<Table> cost, std::vector<double> limit,
             std::vector<size_t> tie = {}, double base = 0)
        : tie_(std::move(tie)) {
        problem_.items = value.size();
        problem_.limits = limit.size();
        problem_.base = base;
        start_.push_back(0);
        for (const auto& item : value) {
            start_.push_back(start_.back() + item.size());
            value_.insert(value_.end(), item.begin(), item.end());
        }
        for (size_t k = 0; k < limit.size(); ++k) {
            for (const auto& item : cost[k]) {
                cost_[k].insert(cost_[k].end(), item.begin(), item.end());
            }
            problem_.cost[k] = cost_[k].data();
            problem_.limit[k] = limit[k];
        }
        problem_.start = start_.data();
        problem_.value = value_.data();
        problem_.tie = tie_.empty() ? nullptr : tie_.data();
    }
    Knapsack(const Knapsack&) = delete;
    Knapsack& operator=(const Knapsack&) = delete;

    const assay_separable* operator*() const { return &problem_; }
    double value(size_t item, size_t option) const { return value_[start_[item] + option]; }
    double cost(size_t k, size_t item, size_t option) const {
        return cost_[k][start_[item] + option];
    }

    bool allows(const std::vector<size_t>& choice) const {
        for (size_t k = 0; k < problem_.limits; ++k) {
            double sum = 0;
            for (size_t i = 0; i < problem_.items; ++i) {
                sum += cost(k, i, choice[i]);
            }
            if (sum > problem_.limit[k]) {
                return false;
            }
        }
        for (size_t i = 0; i < problem_.items && !tie_.empty(); ++i) {
            for (size_t j = 0; j < i; ++j) {
                if (tie_[i] == tie_[j] && choice[i] != choice[j]) {
                    return false;
                }
            }
        }
        return true;
    }
    double worth(const std::vector<size_t>& choice) const {
        double sum = problem_.base;
        for (size_t i = 0; i < problem_.items; ++i) {
            sum += value(i, choice[i]);
        }
        return sum;
    }
    // -INFINITY: nothing is feasible.
    double best_of_all() const {
        std::vector<size_t> choice(problem_.items, 0);
        double best = -INFINITY;
        do {
            best = allows(choice) ? std::fmax(best, worth(choice)) : best;
        } while (next(choice));
        return best;
    }

  private:
    bool next(std::vector<size_t>& choice) const {
        for (size_t i = 0; i < choice.size(); ++i) {
            if (++choice[i] < start_[i + 1] - start_[i]) {
                return true;
            }
            choice[i] = 0;
        }
        return false;
    }

    assay_separable problem_ = {};
    std::vector<size_t> start_, tie_;
    std::vector<double> value_, cost_[ASSAY_LIMITS_MAX];
};

struct Shape {
    size_t items, options, limits;
    bool integers, ties;
};

inline double draw_number(assay_rng& rng, bool integer) {
    return integer ? static_cast<double>(assay_rng_below(&rng, 7)) : assay_rng_unit(&rng);
}

// Up to `options` options of an item; one in 20 is forbidden, never the first; limits from tight to
// loose.
inline Knapsack random_knapsack(const Shape& shape, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "knapsack");
    std::vector<size_t> tie;
    std::vector<size_t> options;
    for (size_t i = 0; i < shape.items; ++i) {
        tie.push_back(shape.ties ? assay_rng_below(&rng, shape.items) : i);
        options.push_back(1 + assay_rng_below(&rng, shape.options));
    }
    Table value(shape.items);
    std::vector<Table> cost(shape.limits, value);
    std::vector<double> limit(shape.limits, 0);
    for (size_t i = 0; i < shape.items; ++i) {
        for (size_t o = 0; o < options[tie[i]]; ++o) {
            const bool forbidden = o > 0 && assay_rng_below(&rng, 20) == 0;
            value[i].push_back(forbidden ? -INFINITY : draw_number(rng, shape.integers));
            for (size_t k = 0; k < shape.limits; ++k) {
                cost[k][i].push_back(draw_number(rng, shape.integers));
            }
        }
        for (size_t k = 0; k < shape.limits; ++k) {
            limit[k] += cost[k][i][assay_rng_below(&rng, value[i].size())];
        }
    }
    return Knapsack(value, cost, limit, shape.ties ? tie : std::vector<size_t>{}, 0.5);
}

} // namespace assay_test
