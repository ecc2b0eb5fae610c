// base/hash.h as an object, and the identity of a whole workload.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hash.h"
#include "workload.hpp"

namespace assay {

class ContentHash {
  public:
    ContentHash();
    ~ContentHash();
    ContentHash(const ContentHash&) = delete;
    ContentHash& operator=(const ContentHash&) = delete;

    void uint(const char* field, uint64_t value) { assay_hasher_uint(hasher_, field, value); }
    void real(const char* field, double value) { assay_hasher_real(hasher_, field, value); }
    void string(const char* field, const std::string& value);
    template <typename T>
    void values(const char* field, const std::vector<T>& values) {
        assay_hasher_bytes(hasher_, field, values.data(), values.size() * sizeof(T));
    }
    std::string text() const;

  private:
    assay_hasher* hasher_;
};

// What determines a layer's cost and values on its own: op, shapes, number of inputs, bits, weights
// and the activations of its own, if any. Neither its name nor which layers it reads, so that equal
// layers of one network or of two are equal; a machine whose cycles depend on activations that come
// from other layers must hash those as well.
std::string layer_hash(const Layer& layer);

// Batch, layer structure, identity of the weights, and every input value. The name and the importer
// of the workload are not part of it.
std::string workload_hash(const assay_workload& workload);

} // namespace assay
