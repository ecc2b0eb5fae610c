// Reading members of the workload format beyond what base/json.h reads: lists of numbers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "json.h"
#include "safetensors.hpp"
#include "workload.hpp"

namespace assay {

// One file being read: where messages go and what its layers share.
struct JsonFile {
    std::string path;
    const assay_workload_params& params;
    assay_report* report;
    std::map<std::string, std::shared_ptr<Safetensors>> tensor_files{}; // NULL: could not be read

    // "path: place: message"
    void fail(const std::string& place, const std::string& message) const;
    // "file: place" as base/json.h wants it
    std::string where(const std::string& place) const { return path + ": " + place; }
};

// A list of exactly `count` whole numbers in low .. high. False if absent or wrong; messages as in
// base/json.h.
bool read_uints(const JsonFile& file, const assay_json* object, const char* key,
                const std::string& place, size_t count, uint64_t low, uint64_t high, bool required,
                uint32_t* out);

// The same for one whole number or a list whose length is one of `counts`; sets `out` to the one or
// the list.
bool read_one_or_list(const JsonFile& file, const assay_json* object, const char* key,
                      const std::string& place, const std::vector<size_t>& counts, uint64_t low,
                      uint64_t high, bool required, std::vector<uint32_t>& out);

// Appends exactly `count` numbers that fit a 32-bit float.
bool read_floats(const JsonFile& file, const assay_json* array, const std::string& place,
                 size_t count, std::vector<float>& out);

// "seed" (default 1), or the run's seed if there is one.
uint64_t read_seed(const JsonFile& file, const assay_json* object, const std::string& place);

// "density", required or default 1: greater than 0, at most 1.
double read_density(const JsonFile& file, const assay_json* object, const std::string& place,
                    bool required);

bool is_object(const JsonFile& file, const assay_json* value, const std::string& place);

} // namespace assay
