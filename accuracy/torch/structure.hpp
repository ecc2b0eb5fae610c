// Who reads whom in a network, and where it can be cut in two.
#pragma once

#include <cstddef>
#include <vector>

#include "model.hpp"

namespace assay {

struct Structure {
    struct Output { // of a layer
        size_t readers = 0;
        size_t reader = 0; // the last one
        int operand = 0;   // of the last one that it is
    };

    explicit Structure(const Model& model);

    std::vector<Output> outputs;
    // Layers whose output is all that later ones read of them and of those before; the last layer
    // is one. Ascending.
    std::vector<size_t> cuts;
};

} // namespace assay
