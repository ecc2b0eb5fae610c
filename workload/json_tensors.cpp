#include "json_tensors.hpp"

#include <limits>

#include "text.hpp"

namespace assay {
namespace {

constexpr size_t most_parts = 64; // tensors that are joined
// Of what a 32-bit float holds with all its digits.
constexpr double least_real = std::numeric_limits<float>::min();
constexpr double most_real = std::numeric_limits<float>::max();

void read_names(const JsonFile& file, const assay_json* object, const char* key,
                const std::string& place, std::vector<std::string>& out) {
    const assay_json* value = assay_json_get(object, key);
    if (!value) {
        return;
    }
    const bool list = assay_json_kind_of(value) == ASSAY_JSON_ARRAY;
    bool good = !list || (assay_json_size(value) > 0 && assay_json_size(value) <= most_parts);
    for (const assay_json* m = list ? assay_json_first(value) : value; m && good;
         m = list ? assay_json_next(m) : nullptr) {
        good = assay_json_string(m)[0] != '\0';
        out.push_back(assay_json_string(m));
    }
    if (!good) {
        file.fail(place + "." + key,
                  text("expected the name of a tensor or a list of 1 .. %zu names", most_parts));
        out.clear();
    }
}

void read_integer(const JsonFile& file, const assay_json* value, const std::string& place,
                  OutputInteger& out) {
    static const char* const keys[] = {"scale", "zero", "signed", nullptr};
    if (!is_object(file, value, place)) {
        return;
    }
    const std::string where = file.where(place);
    double scale = 0, zero = 0;
    assay_json_check_keys(value, keys, where.c_str(), file.report);
    assay_json_read_bool(value, "signed", where.c_str(), false, &out.is_signed, file.report);
    if (assay_json_read_real(value, "scale", where.c_str(), least_real, most_real, true, &scale,
                             file.report)) {
        out.scale = static_cast<float>(scale);
    }
    const double low = out.is_signed ? -128 : 0;
    if (assay_json_read_real(value, "zero", where.c_str(), low, low + 255, true, &zero,
                             file.report)) {
        out.zero = static_cast<int32_t>(zero);
        if (out.zero != zero) {
            file.fail(place + ".zero", "must be a whole number");
        }
    }
}

} // namespace

void read_output(const JsonFile& file, const assay_json* object, const std::string& place,
                 Layer& layer) {
    const std::string where = file.where(place);
    double limit = 0;
    assay_json_read_bool(object, "relu", where.c_str(), false, &layer.relu, file.report);
    if (assay_json_read_real(object, "relu_limit", where.c_str(), least_real, most_real, false,
                             &limit, file.report)) {
        layer.relu_limit = limit;
        layer.relu = layer.relu || layer.op == Op::relu;
        if (!layer.relu) {
            file.fail(place + ".relu_limit", "needs \"relu\": true");
        }
    }
    if (const assay_json* integer = assay_json_get(object, "integer")) {
        read_integer(file, integer, place + ".integer", layer.integer);
    }
}

void read_tensor_names(const JsonFile& file, const assay_json* object, const std::string& place,
                       Layer& layer) {
    static const char* const keys[] = {"weight", "bias", nullptr};
    const std::string where = file.where(place);
    const char* prefix = nullptr;
    if (assay_json_read_string(object, "batch_norm", where.c_str(), false, &prefix, file.report)) {
        layer.tensors.batch_norm = prefix;
    }
    assay_json_read_real(object, "epsilon", where.c_str(), 0, 1, false, &layer.tensors.epsilon,
                         file.report);
    const assay_json* tensors = assay_json_get(object, "tensors");
    const std::string inner = place + ".tensors";
    if (tensors && is_object(file, tensors, inner)) {
        assay_json_check_keys(tensors, keys, file.where(inner).c_str(), file.report);
        read_names(file, tensors, "weight", inner, layer.tensors.weight);
        read_names(file, tensors, "bias", inner, layer.tensors.bias);
    }
}

} // namespace assay
