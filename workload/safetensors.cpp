#include "safetensors.hpp"

#include <algorithm>
#include <cstring>

#include "handles.hpp"
#include "input_file.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

constexpr uint64_t max_file_bytes = uint64_t{2} << 30;
constexpr uint64_t max_header_bytes = 16 << 20;
constexpr double max_offset = 9007199254740992.0; // 2^53: exact in a JSON number

struct Type {
    const char* name;
    uint64_t bytes;
};
constexpr Type types[] = {{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
                          {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
                          {"U32", 4},  {"F32", 4}, {"F64", 8}, {"I64", 8},     {"U64", 8}};

uint64_t bytes_of_type(const std::string& dtype) {
    for (const Type& type : types) {
        if (dtype == type.name) {
            return type.bytes;
        }
    }
    return 0;
}

uint64_t little_endian(const uint8_t* bytes, size_t count) {
    uint64_t value = 0;
    for (size_t i = count; i-- > 0;) {
        value = value << 8 | bytes[i];
    }
    return value;
}

// Reads an array of whole numbers; false (without a message) if it is anything else.
bool read_offsets(const assay_json* array, std::vector<uint64_t>& out) {
    if (!array || assay_json_kind_of(array) != ASSAY_JSON_ARRAY) {
        return false;
    }
    for (const assay_json* m = assay_json_first(array); m; m = assay_json_next(m)) {
        double value = assay_json_number(m);
        if (assay_json_kind_of(m) != ASSAY_JSON_NUMBER || !(value >= 0 && value <= max_offset) ||
            value != static_cast<double>(static_cast<uint64_t>(value))) {
            return false;
        }
        out.push_back(static_cast<uint64_t>(value));
    }
    return true;
}

class HeaderReader {
  public:
    HeaderReader(const std::string& file, uint64_t data_bytes, assay_report* report)
        : file_(file), data_bytes_(data_bytes), report_(report) {}

    void read_tensor(const assay_json* member, std::map<std::string, Tensor>& out) {
        static const char* const keys[] = {"dtype", "shape", "data_offsets", nullptr};
        std::string name = assay_json_key(member), where = file_ + ": " + quoted(name);
        if (assay_json_kind_of(member) != ASSAY_JSON_OBJECT) {
            return fail(name, text("must be an object, not %s", assay_json_describe(member)));
        }
        assay_json_check_keys(member, keys, where.c_str(), report_);
        Tensor tensor;
        if (read_type(member, name, where, tensor) && read_place(member, name, tensor)) {
            out.emplace(name, tensor);
        }
    }

    void read_metadata(const assay_json* object, std::map<std::string, std::string>& out) {
        bool strings = assay_json_kind_of(object) == ASSAY_JSON_OBJECT;
        for (const assay_json* m = assay_json_first(object); strings && m; m = assay_json_next(m)) {
            strings = assay_json_kind_of(m) == ASSAY_JSON_STRING;
            out.emplace(assay_json_key(m), assay_json_string(m));
        }
        if (!strings) {
            assay_report_add(report_, "%s: __metadata__: must be an object of strings",
                             file_.c_str());
        }
    }

    // No overlap and no hole: what no tensor owns could hide anything.
    void check_tiling(const std::map<std::string, Tensor>& tensors) {
        std::vector<std::pair<uint64_t, const std::string*>> order;
        for (const auto& [name, tensor] : tensors) {
            order.emplace_back(tensor.begin, &name);
        }
        std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
            return std::make_pair(a.first, tensors.at(*a.second).end) <
                   std::make_pair(b.first, tensors.at(*b.second).end);
        });
        uint64_t covered = 0;
        for (const auto& [begin, name] : order) {
            if (begin != covered) {
                fail(*name, text("starts at byte %llu of the data, %s byte %llu",
                                 static_cast<unsigned long long>(begin),
                                 begin < covered ? "which overlaps the tensor that ends at"
                                                 : "leaving a hole after",
                                 static_cast<unsigned long long>(covered)));
            }
            covered = std::max(covered, tensors.at(*name).end);
        }
        if (covered != data_bytes_) {
            assay_report_add(report_, "%s: %llu bytes of data, but the tensors end at %llu",
                             file_.c_str(), static_cast<unsigned long long>(data_bytes_),
                             static_cast<unsigned long long>(covered));
        }
    }

  private:
    static std::string quoted(const std::string& name) { return assay_quote(name.c_str()).text; }

    void fail(const std::string& name, const std::string& message) {
        assay_report_add(report_, "%s: tensor %s: %s", file_.c_str(), quoted(name).c_str(),
                         message.c_str());
    }

    bool read_type(const assay_json* member, const std::string& name, const std::string& where,
                   Tensor& tensor) {
        const char* dtype = nullptr;
        if (!assay_json_read_string(member, "dtype", where.c_str(), true, &dtype, report_)) {
            return false;
        }
        tensor.dtype = dtype;
        if (bytes_of_type(tensor.dtype) == 0) {
            fail(name, text("unknown dtype %s", assay_quote(dtype).text));
            return false;
        }
        return true;
    }

    bool read_place(const assay_json* member, const std::string& name, Tensor& tensor) {
        std::vector<uint64_t> offsets;
        if (!read_offsets(assay_json_get(member, "shape"), tensor.shape) ||
            !read_offsets(assay_json_get(member, "data_offsets"), offsets) || offsets.size() != 2) {
            fail(name, "\"shape\" must be an array of whole numbers, \"data_offsets\" of two");
            return false;
        }
        tensor.begin = offsets[0];
        tensor.end = offsets[1];
        if (tensor.begin > tensor.end || tensor.end > data_bytes_) {
            fail(name, text("data_offsets [%llu, %llu] are not inside the %llu bytes of data",
                            static_cast<unsigned long long>(tensor.begin),
                            static_cast<unsigned long long>(tensor.end),
                            static_cast<unsigned long long>(data_bytes_)));
            return false;
        }
        if (!tensor.is_sound()) {
            fail(name, text("%s of that shape does not take the %llu bytes of its data_offsets",
                            tensor.dtype.c_str(),
                            static_cast<unsigned long long>(tensor.end - tensor.begin)));
            return false;
        }
        return true;
    }

    const std::string& file_;
    uint64_t data_bytes_;
    assay_report* report_;
};

} // namespace

uint64_t Tensor::count() const {
    return (end - begin) / bytes_of_type(dtype);
}

bool Tensor::is_sound() const {
    uint64_t bytes = bytes_of_type(dtype);
    for (uint64_t d : shape) {
        if (__builtin_mul_overflow(bytes, d, &bytes)) {
            return false;
        }
    }
    return bytes_of_type(dtype) > 0 && begin <= end && bytes == end - begin;
}

// The header is judged before the data are read: a file may claim, or be, two gigabytes of nothing.
assay_status Safetensors::load(const char* path, assay_report* report) {
    InputFile file;
    assay_status status = file.open(path, report, max_file_bytes);
    if (status != ASSAY_OK) {
        return status;
    }
    bytes_.resize(std::min<uint64_t>(file.size(), 8));
    status = file.read(0, bytes_.size(), bytes_.data(), report);
    if (status != ASSAY_OK || !locate_data(path, file.size(), report)) {
        return status != ASSAY_OK ? status : ASSAY_BAD_INPUT;
    }
    for (uint64_t end : {data_, file.size()}) {
        const size_t have = bytes_.size();
        bytes_.resize(end);
        status = file.read(have, end - have, bytes_.data() + have, report);
        if (status == ASSAY_OK && end == data_) {
            status = parse_header(file.size(), report);
        }
        if (status != ASSAY_OK) {
            return status;
        }
    }
    return ASSAY_OK;
}

assay_status Safetensors::parse(const char* name, std::vector<uint8_t> bytes,
                                assay_report* report) {
    bytes_ = std::move(bytes);
    return locate_data(name, bytes_.size(), report) ? parse_header(bytes_.size(), report)
                                                    : ASSAY_BAD_INPUT;
}

bool Safetensors::locate_data(const char* name, uint64_t file_bytes, assay_report* report) {
    name_ = name;
    uint64_t header = file_bytes < 8 ? 0 : little_endian(bytes_.data(), 8);
    if (file_bytes < 8 || header > file_bytes - 8 || header > max_header_bytes) {
        assay_report_add(report,
                         "%s: a safetensors file starts with the length of its header, but %llu "
                         "does not fit a file of %llu bytes",
                         name, static_cast<unsigned long long>(header),
                         static_cast<unsigned long long>(file_bytes));
        return false;
    }
    data_ = 8 + header;
    return true;
}

assay_status Safetensors::parse_header(uint64_t file_bytes, assay_report* report) {
    assay_json_doc* parsed = nullptr;
    assay_status status =
        assay_json_parse(name_.c_str(), reinterpret_cast<const char*>(bytes_.data() + 8), data_ - 8,
                         &parsed, report);
    JsonDoc doc(parsed);
    if (status != ASSAY_OK) {
        return status;
    }
    const assay_json* root = assay_json_root(doc.get());
    size_t mistakes = assay_report_count(report);
    HeaderReader reader(name_, file_bytes - data_, report);
    if (assay_json_kind_of(root) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: the header must be an object", name_.c_str());
    }
    for (const assay_json* m = assay_json_first(root); m; m = assay_json_next(m)) {
        if (strcmp(assay_json_key(m), "__metadata__") == 0) {
            reader.read_metadata(m, metadata_);
        } else {
            reader.read_tensor(m, tensors_);
        }
    }
    if (assay_report_count(report) == mistakes) {
        reader.check_tiling(tensors_);
    }
    return assay_report_count(report) == mistakes ? ASSAY_OK : ASSAY_BAD_INPUT;
}

std::string Safetensors::metadata(const std::string& key) const {
    auto found = metadata_.find(key);
    return found == metadata_.end() ? "" : found->second;
}

const Tensor* Safetensors::require(const char* tensor, const char* dtype, size_t dimensions,
                                   assay_report* report) const {
    auto found = tensors_.find(tensor);
    if (found == tensors_.end()) {
        assay_report_add(report, "%s: tensor %s is missing", name_.c_str(),
                         assay_quote(tensor).text);
        return nullptr;
    }
    const Tensor& t = found->second;
    if (t.dtype != dtype || t.shape.size() != dimensions) {
        assay_report_add(report, "%s: tensor %s: must be %s with %zu dimensions, not %s with %zu",
                         name_.c_str(), assay_quote(tensor).text, dtype, dimensions,
                         t.dtype.c_str(), t.shape.size());
        return nullptr;
    }
    return &t;
}

// The format is little-endian, and so is every machine that the packages support; the static check
// keeps a port from reading nonsense.
template <typename T>
std::vector<T> Safetensors::values(const Tensor& tensor) const {
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte swapping is not implemented");
    std::vector<T> out((tensor.end - tensor.begin) / sizeof(T));
    if (!out.empty()) {
        memcpy(out.data(), bytes(tensor), out.size() * sizeof(T));
    }
    return out;
}

template std::vector<float> Safetensors::values<float>(const Tensor&) const;
template std::vector<uint32_t> Safetensors::values<uint32_t>(const Tensor&) const;

bool looks_like_safetensors(const std::string& head) {
    if (head.size() < 9 || head[8] != '{') {
        return false;
    }
    return little_endian(reinterpret_cast<const uint8_t*>(head.data()), 8) <= max_header_bytes;
}

} // namespace assay
