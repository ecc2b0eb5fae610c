#include "json_fields.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "text.hpp"

namespace assay {

void JsonFile::fail(const std::string& place, const std::string& message) const {
    assay_report_add(report, "%s: %s: %s", path.c_str(), place.c_str(), message.c_str());
}

static bool is_uint_in(const assay_json* value, uint64_t low, uint64_t high) {
    double v = assay_json_number(value);
    return assay_json_kind_of(value) == ASSAY_JSON_NUMBER && v >= static_cast<double>(low) &&
           v <= static_cast<double>(high) && v == std::floor(v);
}

bool read_uints(const JsonFile& file, const assay_json* object, const char* key,
                const std::string& place, size_t count, uint64_t low, uint64_t high, bool required,
                uint32_t* out) {
    const assay_json* array = assay_json_get(object, key);
    if (!array && !required) {
        return false;
    }
    bool good =
        array && assay_json_kind_of(array) == ASSAY_JSON_ARRAY && assay_json_size(array) == count;
    size_t i = 0;
    for (const assay_json* m = good ? assay_json_first(array) : nullptr; m && good;
         m = assay_json_next(m)) {
        good = is_uint_in(m, low, high);
        out[i++] = good ? static_cast<uint32_t>(assay_json_number(m)) : 0;
    }
    if (!good) {
        file.fail(place + "." + key,
                  text("%sexpected %zu whole numbers in %llu .. %llu", array ? "" : "missing, ",
                       count, static_cast<unsigned long long>(low),
                       static_cast<unsigned long long>(high)));
    }
    return good;
}

static bool take_uints(const assay_json* value, const std::vector<size_t>& counts, uint64_t low,
                       uint64_t high, std::vector<uint32_t>& out) {
    if (assay_json_kind_of(value) == ASSAY_JSON_NUMBER) {
        out.assign(
            1, static_cast<uint32_t>(is_uint_in(value, low, high) ? assay_json_number(value) : 0));
        return is_uint_in(value, low, high);
    }
    bool good = assay_json_kind_of(value) == ASSAY_JSON_ARRAY &&
                std::count(counts.begin(), counts.end(), assay_json_size(value)) > 0;
    for (const assay_json* m = good ? assay_json_first(value) : nullptr; m && good;
         m = assay_json_next(m)) {
        good = is_uint_in(m, low, high);
        out.push_back(good ? static_cast<uint32_t>(assay_json_number(m)) : 0);
    }
    return good;
}

bool read_one_or_list(const JsonFile& file, const assay_json* object, const char* key,
                      const std::string& place, const std::vector<size_t>& counts, uint64_t low,
                      uint64_t high, bool required, std::vector<uint32_t>& out) {
    const assay_json* value = assay_json_get(object, key);
    if (!value && !required) {
        return false;
    }
    if (value && take_uints(value, counts, low, high, out)) {
        return true;
    }
    std::string lengths = std::to_string(counts.front());
    for (size_t i = 1; i < counts.size(); ++i) {
        lengths += " or " + std::to_string(counts[i]);
    }
    file.fail(place + "." + key,
              text("%sexpected a whole number in %llu .. %llu or a list of %s of them",
                   value ? "" : "missing, ", static_cast<unsigned long long>(low),
                   static_cast<unsigned long long>(high), lengths.c_str()));
    return false;
}

bool read_floats(const JsonFile& file, const assay_json* array, const std::string& place,
                 size_t count, std::vector<float>& out) {
    if (!array || assay_json_kind_of(array) != ASSAY_JSON_ARRAY ||
        assay_json_size(array) != count) {
        std::string found = !array ? "nothing" : assay_json_describe(array);
        if (array && assay_json_kind_of(array) == ASSAY_JSON_ARRAY) {
            found = text("%zu", assay_json_size(array));
        }
        file.fail(place, text("expected an array of %zu numbers, not %s", count, found.c_str()));
        return false;
    }
    size_t i = 0;
    for (const assay_json* m = assay_json_first(array); m; m = assay_json_next(m), ++i) {
        double v = assay_json_number(m);
        if (assay_json_kind_of(m) != ASSAY_JSON_NUMBER ||
            std::abs(v) > static_cast<double>(std::numeric_limits<float>::max())) {
            file.fail(text("%s[%zu]", place.c_str(), i), "expected a number of 32-bit float range");
            return false;
        }
        out.push_back(static_cast<float>(v));
    }
    return true;
}

uint64_t read_seed(const JsonFile& file, const assay_json* object, const std::string& place) {
    uint64_t seed = 1;
    assay_json_read_uint(object, "seed", file.where(place).c_str(), 0, uint64_t{1} << 53, false,
                         &seed, file.report);
    return file.params.seed ? file.params.seed : seed;
}

double read_density(const JsonFile& file, const assay_json* object, const std::string& place,
                    bool required) {
    // The lowest legal value leaves one non-zero in the largest tensor.
    constexpr double least = 1.0 / (uint64_t{1} << 28);
    double density = 1;
    assay_json_read_real(object, "density", file.where(place).c_str(), least, 1, required, &density,
                         file.report);
    return density;
}

bool is_object(const JsonFile& file, const assay_json* value, const std::string& place) {
    if (assay_json_kind_of(value) == ASSAY_JSON_OBJECT) {
        return true;
    }
    file.fail(place, text("expected an object, not %s", assay_json_describe(value)));
    return false;
}

} // namespace assay
