// What a list of published and measured numbers comes down to.
#pragma once

#include <cstddef>
#include <vector>

namespace validation {

// Relative errors, ours / published - 1.
class Errors {
  public:
    void add(double ours, double published) { errors_.push_back(ours / published - 1); }
    size_t size() const { return errors_.size(); }
    double quantile(double share) const; // of the absolute errors; nearest rank
    double median() const;               // of the absolute errors
    double largest() const { return quantile(1); }
    double mean() const; // with its sign

  private:
    std::vector<double> errors_;
};

double median(std::vector<double> values);
double geometric_mean(const std::vector<double>& values);

// Spearman's; equal values share the mean of their ranks.
double rank_correlation(const std::vector<double>& x, const std::vector<double>& y);

} // namespace validation
