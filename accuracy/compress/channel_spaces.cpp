#include "channel_spaces.hpp"

#include <numeric>

namespace assay {
namespace {

// Tensors are numbered 0 (the workload's input) and layer + 1; sets of them are merged.
class Sets {
  public:
    explicit Sets(size_t count) : parent_(count) {
        std::iota(parent_.begin(), parent_.end(), size_t{0});
    }
    size_t find(size_t i) {
        while (parent_[i] != i) {
            i = parent_[i] = parent_[parent_[i]];
        }
        return i;
    }
    void merge(size_t a, size_t b) { parent_[find(a)] = find(b); }

  private:
    std::vector<size_t> parent_;
};

size_t tensor_of(int input) {
    return static_cast<size_t>(input + 1);
}

bool is_depthwise(const Layer& layer) {
    return layer.op == Op::conv && layer.groups > 1 && layer.groups == layer.in.c &&
           layer.groups == layer.out.c;
}

// One channel of the output is the same channel of every input.
bool keeps_channels(const Layer& layer) {
    switch (layer.op) {
    case Op::maxpool:
    case Op::avgpool:
    case Op::global_avgpool:
    case Op::relu:
    case Op::add:
    case Op::mul:
    case Op::batch_norm:
    case Op::gelu:
    case Op::sigmoid:
    case Op::tanh:
        return true;
    default:
        return is_depthwise(layer);
    }
}

bool mixes_all(const Layer& layer) {
    return (layer.op == Op::conv || layer.op == Op::fc) && layer.groups == 1;
}

void merge_all(const assay_workload& workload, Sets& sets) {
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        if (!keeps_channels(workload.layers[i])) {
            continue;
        }
        for (int input : workload.layers[i].inputs) {
            sets.merge(tensor_of(input), i + 1);
        }
    }
}

struct Builder {
    const assay_workload& workload;
    Sets& sets;
    ChannelSpaces out;
    std::vector<size_t> index; // of a set's root in out.spaces

    ChannelSpace& of(size_t tensor) { return out.spaces[index[sets.find(tensor)]]; }

    void number() {
        const size_t tensors = workload.layers.size() + 1;
        index.assign(tensors, SIZE_MAX);
        for (size_t t = 0; t < tensors; ++t) {
            size_t& at = index[sets.find(t)];
            if (at == SIZE_MAX) {
                at = out.spaces.size();
                out.spaces.emplace_back();
                out.spaces.back().channels =
                    t == 0 ? workload.input_shape.c : workload.layers[t - 1].out.c;
            }
        }
        of(0).removable = false;
        of(tensors - 1).removable = false;
    }

    void visit(size_t i) {
        const Layer& layer = workload.layers[i];
        if (mixes_all(layer)) {
            of(i + 1).producers.push_back(i);
        } else if (is_depthwise(layer)) {
            of(i + 1).carriers.push_back(i);
        } else if (!keeps_channels(layer)) {
            of(i + 1).removable = false;
        }
        for (int input : layer.inputs) {
            if (mixes_all(layer)) {
                of(tensor_of(input)).readers.push_back(i);
            } else if (!keeps_channels(layer)) {
                of(tensor_of(input)).removable = false;
            }
        }
    }
};

} // namespace

ChannelSpaces find_channel_spaces(const assay_workload& workload) {
    Sets sets(workload.layers.size() + 1);
    merge_all(workload, sets);
    Builder builder{workload, sets, {}, {}};
    builder.number();
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        builder.visit(i);
        const auto& inputs = workload.layers[i].inputs;
        const size_t read = inputs.empty() ? i + 1 : tensor_of(inputs[0]);
        builder.out.read_by.push_back(builder.index[sets.find(read)]);
        builder.out.written_by.push_back(builder.index[sets.find(i + 1)]);
    }
    return builder.out;
}

} // namespace assay
