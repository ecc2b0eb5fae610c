// Text or bytes that were damaged on their way.
#pragma once

#include <string>

#include "rng.h"

namespace assay_test {

// Flips bits, drops and doubles bytes, cuts the end off; one to four times.
inline std::string damaged(std::string bytes, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "damage");
    for (uint64_t n = 1 + assay_rng_below(&rng, 4); n > 0 && !bytes.empty(); --n) {
        const size_t at = assay_rng_below(&rng, bytes.size());
        switch (assay_rng_below(&rng, 4)) {
        case 0:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << assay_rng_below(&rng, 8)));
            break;
        case 1:
            bytes.erase(at, 1 + assay_rng_below(&rng, 8));
            break;
        case 2:
            bytes.insert(at, bytes.substr(at, 1 + assay_rng_below(&rng, 8)));
            break;
        default:
            bytes.resize(at);
        }
    }
    return bytes;
}

// One bit is another.
inline std::string flipped(std::string bytes, size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    return bytes;
}

} // namespace assay_test
