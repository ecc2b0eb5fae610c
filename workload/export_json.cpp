#include "export_json.hpp"

#include <algorithm>
#include <new>

#include "export_json_keys.hpp"
#include "file_weights.hpp"
#include "given_integers.hpp"
#include "graph.hpp"
#include "json.h"
#include "kmeans.hpp"
#include "quote.h"
#include "sparse.hpp"
#include "statistical.hpp"
#include "text.hpp"

namespace assay {
namespace {

constexpr uint64_t most_values = 65536;

class Writer {
  public:
    Writer() : writer_(assay_json_writer_new(1)) {
        if (!writer_) {
            throw std::bad_alloc();
        }
    }
    ~Writer() { assay_json_writer_free(&writer_); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    assay_json_writer* get() const { return writer_; }

  private:
    assay_json_writer* writer_;
};

// The values of a layer's weight matrix, row by row over the columns of the row's own group.
std::vector<std::vector<float>> dense_rows(const Layer& layer, const SparseCodes& m) {
    const uint32_t width = m.cols / layer.groups, group_rows = m.rows / layer.groups;
    std::vector<std::vector<float>> rows(m.rows, std::vector<float>(width, 0.0f));
    for (uint32_t j = 0; j < m.cols; ++j) {
        for (uint32_t e = m.col_start[j]; e < m.col_start[j + 1]; ++e) {
            rows[m.row[e]][j - m.row[e] / group_rows * width] = m.codebook[m.code[e]];
        }
    }
    return rows;
}

// Reading values back clusters them anew: the codebook must be what that gives.
bool reads_back(const std::vector<std::vector<float>>& rows, const SparseCodes& m) {
    std::vector<float> values;
    for (const std::vector<float>& row : rows) {
        values.insert(values.end(), row.begin(), row.end());
    }
    std::vector<uint8_t> codes;
    return share_weights(values.data(), values.size(), 8, &codes) == m.codebook;
}

class Exporter {
  public:
    Exporter(const assay_workload& workload, std::vector<std::string>& notes)
        : workload_(workload), notes_(notes) {}

    std::string run() {
        assay_json_begin_object(w(), nullptr);
        assay_json_write_uint(w(), "schema", 1);
        text_field("name", workload_.name);
        write_optional("batch", workload_.batch, 1);
        write_network_keys(w(), workload_);
        if (!workload_.weights_path.empty()) {
            notes_.push_back(
                text("the weights stay in %s", assay_quote(workload_.weights_path.c_str()).text));
        }
        write_input();
        assay_json_begin_array(w(), "layers");
        for (size_t i = 0; i < workload_.layers.size(); ++i) {
            write_layer(i);
        }
        assay_json_end_array(w());
        assay_json_end_object(w());
        size_t size = 0;
        const char* text = assay_json_writer_text(w(), &size);
        if (!text) {
            throw std::bad_alloc();
        }
        return std::string(text, size) + "\n";
    }

  private:
    assay_json_writer* w() const { return writer_.get(); }

    void text_field(const char* key, const std::string& value) const {
        assay_json_write_string(w(), key, value.c_str());
    }

    void write_optional(const char* key, uint64_t value, uint64_t absent) const {
        if (value != absent) {
            assay_json_write_uint(w(), key, value);
        }
    }

    void write_flag(const char* key, bool value, bool absent = false) const {
        if (value != absent) {
            assay_json_write_bool(w(), key, value);
        }
    }

    void write_list(const char* key, const std::vector<uint32_t>& values) const {
        assay_json_begin_array(w(), key);
        for (uint32_t v : values) {
            assay_json_write_uint(w(), nullptr, v);
        }
        assay_json_end_array(w());
    }

    void write_floats(const char* key, const std::vector<float>& values) const {
        assay_json_begin_array(w(), key);
        for (float v : values) {
            assay_json_write_real(w(), nullptr, static_cast<double>(v));
        }
        assay_json_end_array(w());
    }

    void write_draw(const InputDraw& draw) const {
        assay_json_write_real(w(), "density", draw.density);
        assay_json_write_uint(w(), "seed", draw.seed);
        write_flag("signed", draw.is_signed);
    }

    void write_input() {
        if (workload_.input.empty()) {
            return;
        }
        assay_json_begin_object(w(), "input");
        const Shape& s = workload_.input_shape;
        write_list("shape", {s.c, s.h, s.w});
        if (workload_.input_draw) {
            write_draw(*workload_.input_draw);
        } else if (!workload_.preprocess.stated() ||
                   workload_.input_label != "procedural image, seed 1") {
            notes_.push_back(
                "the input was " + workload_.input_label + ": it is exported as " +
                (workload_.preprocess.stated() ? "a procedural image" : "drawn values"));
        }
        assay_json_end_object(w());
    }

    void note(const Layer& layer, const char* message) {
        notes_.push_back(text("layer %s: %s", assay_quote(layer.name.c_str()).text, message));
    }

    void write_layer(size_t i) {
        const Layer& layer = workload_.layers[i];
        assay_json_begin_object(w(), nullptr);
        text_field("name", layer.name);
        write_op(layer);
        write_inputs(layer, i);
        write_geometry(layer);
        write_flag("relu", layer.relu);
        write_parameter_keys(w(), layer);
        write_bits(layer);
        if (layer.op == Op::fc || layer.op == Op::conv) {
            write_weights(layer);
        }
        if (layer.given_input) {
            write_given(layer, "activations", *layer.given_input);
        } else if (layer.own_input) {
            write_activations(layer);
        }
        if (layer.expected) {
            write_given(layer, "expected", *layer.expected);
        }
        assay_json_end_object(w());
    }

    void write_op(const Layer& layer) const {
        const bool pool =
            layer.op == Op::maxpool || layer.op == Op::avgpool || layer.op == Op::global_avgpool;
        text_field("op", pool ? "pool" : layer_op_name(layer));
        if (pool) {
            text_field("kind", layer.op == Op::maxpool   ? "max"
                               : layer.op == Op::avgpool ? "avg"
                                                         : "global_avg");
        }
    }

    // Left out where it is the layer before, or nothing: that is the default.
    void write_inputs(const Layer& layer, size_t i) const {
        const std::vector<int> before{static_cast<int>(i) - 1};
        if (layer.own_input || (!layer.detached && layer.inputs == before)) {
            return;
        }
        assay_json_begin_array(w(), "inputs");
        for (int id : layer.inputs) {
            text_field(nullptr, id < 0 ? "input" : workload_.layers[static_cast<size_t>(id)].name);
        }
        assay_json_end_array(w());
    }

    void write_geometry(const Layer& layer) const {
        if (layer.op == Op::fc || layer.linear_rows) {
            assay_json_write_uint(w(), "in_features",
                                  layer.op == Op::fc ? layer.in.size() : layer.in.c);
            assay_json_write_uint(w(), "out_features", layer.out.c);
            write_optional("rows", layer.linear_rows ? layer.in.h : 1, 1);
        } else if (layer.op == Op::matmul) {
            assay_json_write_uint(w(), "heads", layer.groups);
            assay_json_write_uint(w(), "rows", layer.in.h);
            assay_json_write_uint(w(), "inner", layer.in.c / layer.groups);
            assay_json_write_uint(w(), "columns", layer.out.c / layer.groups);
        } else {
            write_image(layer);
        }
    }

    void write_image(const Layer& layer) const {
        assay_json_write_uint(w(), "in_channels", layer.in.c);
        assay_json_write_uint(w(), "in_height", layer.in.h);
        assay_json_write_uint(w(), "in_width", layer.in.w);
        if (layer.op == Op::conv) {
            assay_json_write_uint(w(), "out_channels", layer.out.c);
        }
        if (layer.op == Op::conv || layer.op == Op::maxpool || layer.op == Op::avgpool) {
            write_list("kernel", {layer.kernel_h, layer.kernel_w});
            write_list("stride", {layer.stride_h, layer.stride_w});
            write_list("padding",
                       {layer.pad_top, layer.pad_left, layer.pad_bottom, layer.pad_right});
        }
        if (layer.op == Op::conv) {
            write_list("dilation", {layer.dilation_h, layer.dilation_w});
        }
        write_part_keys(w(), layer);
        write_optional("groups", layer.groups, 1);
        write_flag("ceil_mode", layer.ceil_mode);
    }

    void write_bits(const Layer& layer) const {
        write_optional("w_bits", layer.w_bits, 0);
        write_optional("a_bits", layer.a_bits, 0);
        write_flag("a_signed", layer.a_signed);
        if (is_matrix(layer.op)) {
            write_flag("w_signed", layer.w_signed, true);
        }
    }

    void write_weights(const Layer& layer) {
        if (is_of_weights_file(layer.weights)) {
            return;
        }
        write_flag("bias_column", layer.weights.bias_column);
        if (!layer.weights.bias.empty()) {
            write_floats("bias", layer.weights.bias);
        }
        if (layer.given_weights) {
            write_given(layer, "weights", *layer.given_weights);
        } else if (const StatisticalMatrix* spec = statistical_spec(layer.weights)) {
            write_statistical(*spec);
        } else if (layer.weights.drawn()) {
            write_seed(layer.weights.draw_seed);
        } else if (!write_values(layer)) {
            note(layer, "its weights are not exported, only their shape");
        }
    }

    // By reference: integers are not what this format's lists of real numbers hold.
    void write_given(const Layer& layer, const char* key, const GivenIntegers& given) {
        assay_json_begin_object(w(), key);
        if (&given != layer.expected.get()) {
            text_field("kind", "integers");
        }
        text_field("path", given.path);
        text_field("tensor", given.tensor);
        assay_json_end_object(w());
        note(layer, text("its tensor of %s stays in %s, which belongs beside the exported file",
                         key, assay_quote(given.path.c_str()).text)
                        .c_str());
    }

    void write_seed(uint64_t seed) const {
        if (seed == 1) {
            return;
        }
        assay_json_begin_object(w(), "weights");
        text_field("kind", "drawn");
        assay_json_write_uint(w(), "seed", seed);
        assay_json_end_object(w());
    }

    void write_statistical(const StatisticalMatrix& spec) const {
        assay_json_begin_object(w(), "weights");
        text_field("kind", "statistical");
        assay_json_write_real(w(), "density", spec.density);
        assay_json_write_uint(w(), "seed", spec.seed);
        assay_json_write_uint(w(), "codebook_bits", spec.codebook_bits);
        assay_json_write_real(w(), "row_spread", spec.row_spread);
        assay_json_write_real(w(), "column_spread", spec.column_spread);
        assay_json_end_object(w());
    }

    bool write_values(const Layer& layer) const {
        if (!layer.weights.codes || layer.params() > most_values) {
            return false;
        }
        const SparseCodes& m = *layer.weights.codes;
        const auto rows = dense_rows(layer, m);
        if (!reads_back(rows, m)) {
            return false;
        }
        assay_json_begin_object(w(), "weights");
        text_field("kind", "dense");
        assay_json_write_uint(w(), "codebook_bits", 8);
        assay_json_begin_array(w(), "values");
        for (const std::vector<float>& row : rows) {
            write_floats(nullptr, row);
        }
        assay_json_end_array(w());
        assay_json_end_object(w());
        return true;
    }

    void write_activations(const Layer& layer) {
        const bool small = layer.own_input->size() <= most_values;
        if (!layer.own_input_draw && !small) {
            note(layer, "its activations are exported as drawn values");
        }
        assay_json_begin_object(w(), "activations");
        if (layer.own_input_draw || !small) {
            text_field("kind", "statistical");
            write_draw(layer.own_input_draw ? *layer.own_input_draw : InputDraw());
        } else {
            text_field("kind", "dense");
            write_floats("values", *layer.own_input);
        }
        assay_json_end_object(w());
    }

    const assay_workload& workload_;
    std::vector<std::string>& notes_;
    Writer writer_;
};

} // namespace

std::string workload_json(const assay_workload& workload, std::vector<std::string>& notes) {
    return Exporter(workload, notes).run();
}

} // namespace assay
