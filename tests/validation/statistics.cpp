#include "statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace validation {
namespace {

std::vector<double> sorted(std::vector<double> values) {
    if (values.empty()) {
        throw std::runtime_error("statistics of nothing");
    }
    std::sort(values.begin(), values.end());
    return values;
}

std::vector<double> magnitudes(std::vector<double> values) {
    for (double& value : values) {
        value = std::fabs(value);
    }
    return values;
}

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / values.size();
}

std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<size_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](size_t a, size_t b) { return values[a] < values[b]; });
    std::vector<double> rank(values.size());
    for (size_t first = 0, end; first < order.size(); first = end) {
        for (end = first; end < order.size() && values[order[end]] == values[order[first]]; ++end) {
        }
        for (size_t i = first; i < end; ++i) {
            rank[order[i]] = (first + end - 1) / 2.0;
        }
    }
    return rank;
}

} // namespace

double median(std::vector<double> values) {
    values = sorted(std::move(values));
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double Errors::median() const {
    return validation::median(magnitudes(errors_));
}

double Errors::quantile(double share) const {
    const std::vector<double> values = sorted(magnitudes(errors_));
    const size_t rank = static_cast<size_t>(std::ceil(share * values.size()));
    return values[std::max<size_t>(rank, 1) - 1];
}

double Errors::mean() const {
    return mean_of(errors_);
}

double geometric_mean(const std::vector<double>& values) {
    double sum = 0;
    for (double value : values) {
        sum += std::log(value);
    }
    return std::exp(sum / values.size());
}

double rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
    const std::vector<double> a = ranks(x), b = ranks(y);
    const double mean = mean_of(a); // of b too
    double ab = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - mean) * (b[i] - mean);
        aa += (a[i] - mean) * (a[i] - mean);
        bb += (b[i] - mean) * (b[i] - mean);
    }
    return ab / std::sqrt(aa * bb);
}

} // namespace validation
