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

} // namespace assay
