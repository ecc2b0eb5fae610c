#include "score.hpp"

#include <algorithm>
#include <cmath>

namespace assay {

Score score(const float* logits, size_t classes, size_t label) {
    Score out;
    out.finite = std::all_of(logits, logits + classes, [](float x) { return std::isfinite(x); });
    const float* greatest = std::max_element(logits, logits + classes);
    double sum = 0;
    for (size_t i = 0; i < classes; ++i) {
        sum += std::exp(static_cast<double>(logits[i]) - *greatest);
    }
    out.correct = static_cast<size_t>(greatest - logits) == label;
    out.loss = std::log(sum) - (static_cast<double>(logits[label]) - *greatest);
    return out;
}

} // namespace assay
