// What logits are worth.
#pragma once

#include <cstddef>
#include <cstdint>

namespace assay {

struct Score {
    bool finite = true;
    bool correct = false; // the first of the greatest logits is the label's
    double loss = 0;      // cross entropy, nats
};
Score score(const float* logits, size_t classes, size_t label);

// Outputs before the one of class 0. ImageNet networks of TensorFlow have one more than there are
// classes: output 0 is "background", which no image shows.
inline size_t background_outputs(size_t outputs, size_t classes) {
    return outputs == classes + 1 ? 1 : 0;
}

} // namespace assay
