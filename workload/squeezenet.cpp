// So that the released .net file runs on its own. Two points differ from the paper's table: the
// first convolution has no padding and conv_final pads its 1x1 kernels by 1, both as the network
// was trained and released.
#include "caffe_net.hpp"
#include "graph.hpp"

namespace assay {
namespace {

struct Fire {
    const char* name;
    uint32_t squeeze, expand; // channels of the 1x1, and of each half of the expansion
    bool pool_after;
};
constexpr Fire fires[] = {
    {"fire2", 16, 64, false},  {"fire3", 16, 64, false},  {"fire4", 32, 128, true},
    {"fire5", 32, 128, false}, {"fire6", 48, 192, false}, {"fire7", 48, 192, false},
    {"fire8", 64, 256, true},  {"fire9", 64, 256, false},
};

class Builder {
  public:
    explicit Builder(Topology& out) : out_(out) {}

    int conv(const std::string& name, int input, uint32_t channels, uint32_t kernel,
             uint32_t stride, uint32_t pad) {
        Layer layer = window(name, Op::conv, input, kernel, stride);
        layer.out.c = channels;
        layer.relu = true;
        layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = pad;
        return append(layer);
    }

    int max_pool(const std::string& name, int input) {
        Layer layer = window(name, Op::maxpool, input, 3, 2);
        layer.ceil_mode = true;
        return append(layer);
    }

    int fire(const Fire& f, int input) {
        std::string name = f.name;
        int squeeze = conv(name + "/conv1x1_1", input, f.squeeze, 1, 1, 0);
        int narrow = conv(name + "/conv1x1_2", squeeze, f.expand, 1, 1, 0);
        int wide = conv(name + "/conv3x3_2", squeeze, f.expand, 3, 1, 1);
        Layer concat = window(name + "/concat", Op::concat, narrow, 1, 1);
        concat.inputs.push_back(wide);
        return append(concat);
    }

    void global_average(const std::string& name, int input) {
        Layer layer = window(name, Op::global_avgpool, input, 1, 1);
        const Shape& in = out_.layers[static_cast<size_t>(input)].out;
        layer.kernel_h = in.h;
        layer.kernel_w = in.w;
        layer.ceil_mode = true;
        append(layer);
    }

  private:
    static Layer window(const std::string& name, Op op, int input, uint32_t kernel,
                        uint32_t stride) {
        Layer layer;
        layer.name = name;
        layer.op = op;
        layer.inputs = {input};
        layer.kernel_h = layer.kernel_w = kernel;
        layer.stride_h = layer.stride_w = stride;
        return layer;
    }

    int append(Layer& layer) {
        std::vector<Shape> shapes;
        for (int id : layer.inputs) {
            shapes.push_back(id < 0 ? out_.input : out_.layers[static_cast<size_t>(id)].out);
        }
        infer_shapes(layer, shapes, layer.name, nullptr); // constants: cannot fail
        out_.layers.push_back(layer);
        return static_cast<int>(out_.layers.size()) - 1;
    }

    Topology& out_;
};

} // namespace

Topology squeezenet_topology() {
    Topology out{"SqueezeNet v1.0", {3, 227, 227}, {}};
    Builder builder(out);
    int last = builder.conv("conv1", -1, 96, 7, 2, 0);
    last = builder.max_pool("pool1", last);
    for (const Fire& f : fires) {
        last = builder.fire(f, last);
        if (f.pool_after) {
            last = builder.max_pool(std::string("pool") + f.name[4], last);
        }
    }
    last = builder.conv("conv_final", last, 1000, 1, 1, 1);
    builder.global_average("pool_final", last);
    return out;
}

} // namespace assay
