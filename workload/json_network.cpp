#include "json_network.hpp"

#include "json_weights.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

constexpr size_t most_channels = 1 << 16;

void read_channels(const JsonFile& file, const assay_json* object, const char* key,
                   std::vector<float>& out) {
    const assay_json* array = assay_json_get(object, key);
    const std::string place = std::string("preprocess.") + key;
    if (!array) {
        return;
    }
    const size_t count = assay_json_size(array);
    if (assay_json_kind_of(array) != ASSAY_JSON_ARRAY || count < 1 || count > most_channels) {
        file.fail(place, "expected an array of one number a channel");
        return;
    }
    read_floats(file, array, place, count, out);
}

void read_preprocess(const JsonFile& file, const assay_json* object, Preprocess& out) {
    static const char* const keys[] = {"subtract", "scale", "order", "layout", nullptr};
    static const char* const orders[] = {"rgb", "bgr", nullptr};
    static const char* const layouts[] = {"image", "rows", nullptr};
    if (!is_object(file, object, "preprocess")) {
        return;
    }
    const std::string where = file.where("preprocess");
    size_t order = 0, layout = 0;
    assay_json_check_keys(object, keys, where.c_str(), file.report);
    assay_json_read_choice(object, "order", where.c_str(), orders, false, &order, file.report);
    assay_json_read_choice(object, "layout", where.c_str(), layouts, false, &layout, file.report);
    read_channels(file, object, "subtract", out.subtract);
    read_channels(file, object, "scale", out.scale);
    out.bgr = order == 1;
    out.rows = layout == 1;
}

void check_count(const JsonFile& file, const char* key, size_t found, size_t channels) {
    if (found > 0 && found != channels) {
        file.fail(std::string("preprocess.") + key,
                  text("%zu numbers, the data have %zu channels", found, channels));
    }
}

} // namespace

void read_network(JsonFile& file, const assay_json* root, JsonNet& net) {
    const char *weights = nullptr, *data = nullptr;
    const char* where = file.path.c_str();
    if (assay_json_read_string(root, "weights", where, false, &weights, file.report)) {
        net.tensors = shared_tensors(file, weights);
        net.workload.weights_path = beside(file.path, weights);
        if (!net.tensors) {
            file.fail("weights", text("cannot use %s", assay_quote(weights).text));
        }
    }
    if (assay_json_read_string(root, "data", where, false, &data, file.report)) {
        net.workload.data = data;
    }
    if (const assay_json* preprocess = assay_json_get(root, "preprocess")) {
        read_preprocess(file, preprocess, net.workload.preprocess);
    }
}

void check_preprocess(const JsonFile& file, const JsonNet& net) {
    const Preprocess& how = net.workload.preprocess;
    const Shape& shape = net.workload.input_shape;
    if (!how.stated()) {
        return;
    }
    if (!net.input_read) {
        file.fail("preprocess", "no layer reads the input");
        return;
    }
    if (how.rows && shape.w != 1) {
        file.fail("preprocess.layout",
                  text("a sequence of rows is {features, rows, 1}, the input is %ux%ux%u", shape.c,
                       shape.h, shape.w));
    }
    check_count(file, "subtract", how.subtract.size(), how.rows ? 1 : shape.c);
    check_count(file, "scale", how.scale.size(), how.rows ? 1 : shape.c);
}

} // namespace assay
