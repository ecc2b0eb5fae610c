#include "divergence.hpp"

#include <algorithm>
#include <cmath>

namespace assay {

void Answers::add(const float* logits, size_t count, size_t columns) {
    classes = columns;
    for (size_t i = 0; i < count; ++i) {
        const float* row = logits + i * columns;
        const double most = *std::max_element(row, row + columns);
        double sum = 0;
        for (size_t c = 0; c < columns; ++c) {
            sum += std::exp(row[c] - most);
        }
        for (size_t c = 0; c < columns; ++c) {
            log_probability.push_back(row[c] - most - std::log(sum));
        }
    }
}

double divergence(const Answers& wanted, const Answers& got) {
    const std::vector<double>&p = wanted.log_probability, &q = got.log_probability;
    if (p.empty() || p.size() != q.size() || wanted.classes != got.classes) {
        return NAN;
    }
    double sum = 0;
    for (size_t i = 0; i < p.size(); ++i) {
        sum += std::exp(p[i]) * (p[i] - q[i]);
    }
    return sum * static_cast<double>(wanted.classes) / static_cast<double>(p.size());
}

} // namespace assay
