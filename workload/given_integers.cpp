#include "given_integers.hpp"

#include "content_hash.hpp"
#include "quote.h"
#include "share_matrix.hpp"
#include "text.hpp"

namespace assay {
namespace {

struct Matrix {
    std::shared_ptr<const GivenIntegers> given;
    Layer shape;
};

std::shared_ptr<const SparseCodes> clustered(const void* spec) {
    const auto& matrix = *static_cast<const Matrix*>(spec);
    const std::vector<float> values(matrix.given->values.begin(), matrix.given->values.end());
    return std::make_shared<const SparseCodes>(share_matrix(values, 8, matrix.shape));
}

void add(ContentHash& hash, const char* field, const std::shared_ptr<const GivenIntegers>& given) {
    if (given) {
        hash.values(field, given->values);
    }
}

} // namespace

IntegerRange integer_range(unsigned bits, bool is_signed) {
    const int32_t half = int32_t{1} << (bits - 1);
    return is_signed ? IntegerRange{-half, half - 1} : IntegerRange{0, half + (half - 1)};
}

std::string tensor_place(const std::vector<uint64_t>& shape, uint64_t i) {
    std::string place;
    for (size_t d = shape.size(); d-- > 0;) {
        place = std::to_string(i % shape[d]) + (place.empty() ? "" : ", ") + place;
        i /= shape[d];
    }
    return "[" + place + "]";
}

std::string integer_misfit(const GivenIntegers& given, unsigned bits, bool is_signed) {
    const IntegerRange range = integer_range(bits, is_signed);
    for (size_t i = 0; i < given.values.size(); ++i) {
        if (given.values[i] < range.low || given.values[i] > range.high) {
            return text("%s holds %d at %s, but %u %s bit%s hold %d .. %d",
                        assay_quote(given.tensor.c_str()).text, given.values[i],
                        tensor_place(given.shape, i).c_str(), bits,
                        is_signed ? "signed" : "unsigned", bits == 1 ? "" : "s", range.low,
                        range.high);
        }
    }
    return "";
}

void give_weights(Layer& layer, std::shared_ptr<const GivenIntegers> given) {
    ContentHash hash;
    add(hash, "integers", given);
    Weights weights;
    weights.hash = hash.text();
    weights.label = given->path + ": " + given->tensor;
    weights.generate = clustered;
    weights.spec = std::make_shared<const Matrix>(Matrix{given, layer});
    layer.weights = std::move(weights);
    layer.given_weights = std::move(given);
}

std::string given_hash(const Layer& layer) {
    if (!layer.given_weights && !layer.given_input) {
        return "";
    }
    ContentHash hash;
    add(hash, "weights", layer.given_weights);
    add(hash, "input", layer.given_input);
    add(hash, "expected", layer.expected);
    return hash.text();
}

} // namespace assay
