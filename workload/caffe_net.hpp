// A network description in Caffe's terms, without weights.
#pragma once

#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

struct Topology {
    std::string name; // may be empty
    Shape input;
    std::vector<Layer> layers; // shapes inferred, fc and conv without weights
};

// Reads a deploy prototxt: Convolution, InnerProduct, Pooling, ReLU, Concat, Dropout (identity),
// Softmax. A ReLU in place on a blob nobody has read yet becomes its layer's `relu`. False with
// messages ("name:line: ...") for anything that is not understood completely.
bool read_caffe_net(const std::string& name, const std::string& text, Topology& out,
                    assay_report* report);

// SqueezeNet v1.0 as released with Deep Compression (Iandola et al., arXiv 1602.07360, table 1).
Topology squeezenet_topology();

} // namespace assay
