// An instance of an algorithm that frees itself, and the loop that its caller runs.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "algorithm.h"
#include "report.hpp"

namespace assay_test {

using Settings = std::vector<std::pair<const char*, const char*>>;
using Evaluate = std::function<assay_score(const unsigned*)>;

class Searcher {
  public:
    Searcher(const char* name, const assay_problem& problem, const Settings& settings,
             uint64_t seed)
        : algorithm_(assay_algorithm_find(name)), problem_(problem) {
        std::vector<uint64_t> values(algorithm_->options.values_size / 8 + 1);
        assay_options_defaults(&algorithm_->options, values.data());
        for (const auto& [option, text] : settings) {
            EXPECT_EQ(assay_option_set_text(&algorithm_->options, values.data(), option, text, "",
                                            report_),
                      ASSAY_OK)
                << report_.text();
        }
        status_ = algorithm_->create(&problem_, values.data(), seed, &self_, report_);
    }
    ~Searcher() {
        if (status_ == ASSAY_OK) {
            algorithm_->destroy(self_);
        }
    }
    Searcher(const Searcher&) = delete;
    Searcher& operator=(const Searcher&) = delete;

    assay_status status() const { return status_; }
    const Report& report() const { return report_; }
    // Candidates that were asked and what they were told to be worth, in their order.
    const std::vector<std::vector<unsigned>>& asked() const { return asked_; }
    const std::vector<assay_score>& told() const { return told_; }

    // Up to `evaluations` more, at most `max` at a time; false: the algorithm has ended.
    bool run(const Evaluate& evaluate, size_t evaluations, size_t max = ASSAY_ASK_MAX) {
        size_t variables = problem_.space.variables;
        std::vector<unsigned> x(max * variables);
        for (size_t done = 0, count; done < evaluations; done += count) {
            count = algorithm_->ask(self_, std::min(max, evaluations - done), x.data());
            for (size_t i = 0; i < count; ++i) {
                const unsigned* candidate = x.data() + i * variables;
                asked_.emplace_back(candidate, candidate + variables);
                told_.push_back(evaluate(candidate));
            }
            if (count == 0) {
                return false;
            }
            algorithm_->tell(self_, count, x.data(), told_.data() + told_.size() - count);
        }
        return true;
    }

    // The best reward of a candidate within the budget.
    double best() const {
        double best = -INFINITY;
        for (const assay_score& score : told_) {
            best = score.violation == 0 ? std::fmax(best, score.reward) : best;
        }
        return best;
    }

  private:
    const assay_algorithm* algorithm_;
    assay_problem problem_;
    Report report_;
    void* self_ = nullptr;
    assay_status status_;
    std::vector<std::vector<unsigned>> asked_;
    std::vector<assay_score> told_;
};

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// How probable it is to see at least so many of `pairs` won by chance alone (one-sided sign test).
inline double sign_test(size_t won, size_t pairs) {
    double probability = 0;
    for (size_t k = won; k <= pairs; ++k) {
        probability += std::exp(std::lgamma(pairs + 1.0) - std::lgamma(k + 1.0) -
                                std::lgamma(pairs - k + 1.0) - pairs * std::log(2.0));
    }
    return probability;
}

} // namespace assay_test
