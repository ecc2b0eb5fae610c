// Dataset files made on the spot, and loading them.
#pragma once

#include <string>
#include <vector>

#include "../support/report.hpp"
#include "../support/temp_dir.hpp"
#include "data_bytes.hpp"
#include "dataset.hpp"

namespace data_test {

using assay::Dataset;

struct Loaded {
    assay_status status;
    Dataset data;
    std::string messages;
    size_t count; // of messages

    bool mentions(const std::string& part) const {
        return messages.find(part) != std::string::npos;
    }
};

inline Loaded load(const std::string& name, const std::string& dir) {
    assay_test::Report report;
    Loaded out;
    out.status = assay::load_dataset(name, dir.c_str(), 1, out.data, report);
    out.messages = report.text();
    out.count = report.count();
    return out;
}

template <typename T>
std::string raw_bytes(const std::vector<T>& values) {
    return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

// `text` with its first `from` replaced; a test whose text has none is itself wrong.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const size_t at = text.find(from);
    if (at == std::string::npos) {
        throw std::runtime_error("no " + from);
    }
    return text.replace(at, from.size(), to);
}

} // namespace data_test
