#include "structure.hpp"

#include <algorithm>

namespace assay {

Structure::Structure(const Model& model) : outputs(model.size()) {
    for (size_t i = 0; i < model.size(); ++i) {
        const std::vector<int>& inputs = model.layer(i).inputs;
        for (size_t k = 0; k < inputs.size(); ++k) {
            if (inputs[k] >= 0) {
                Output& output = outputs[static_cast<size_t>(inputs[k])];
                output = {output.readers + 1, i, static_cast<int>(k)};
            }
        }
    }
    size_t live_until = 0; // the last reader of any layer before
    for (size_t i = 0; i < model.size(); ++i) {
        if (live_until <= i) {
            cuts.push_back(i);
        }
        live_until = std::max(live_until, outputs[i].reader);
    }
}

} // namespace assay
