// How far the answers of a candidate are from those of the float network on the same images.
#pragma once

#include <cstddef>
#include <vector>

namespace assay {

// Answers of a network: the logarithm of the probability of each class, image after image.
struct Answers {
    size_t classes = 0;
    std::vector<double> log_probability; // [images * classes]
    // A batch: its first `count` rows of logits.
    void add(const float* logits, size_t count, size_t columns);
};

// Mean over images of the divergence KL(wanted || got), nats; NaN unless both are of as many images
// and classes, at least one. Damages of small independent disturbances add up in it, and it never
// falls: a loss may, since noise makes a network less sure of its errors, too.
double divergence(const Answers& wanted, const Answers& got);

} // namespace assay
