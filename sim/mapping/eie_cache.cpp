// Encoded matrices kept by content. A file holds its key (a renamed file must not pass for
// another), sizes, arrays and an XXH3 of all of it; anything that does not read back exactly is
// treated as absent and written again, never trusted.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "eie_layer.hpp"
#include "file.h"
#include "hash.h"

namespace assay::eie {
namespace {

constexpr size_t recent_matrices = 4;
constexpr size_t largest_file = size_t{1} << 30;
constexpr char magic[8] = {'a', 's', 's', 'a', 'y', 'E', 'I', 'E'};

class Writer {
  public:
    void number(uint64_t value) { bytes(&value, sizeof value); }
    template <class T>
    void array(const std::vector<T>& values) {
        number(values.size());
        bytes(values.data(), values.size() * sizeof(T));
    }
    void bytes(const void* data, size_t size) {
        data_.append(static_cast<const char*>(data), size);
    }
    const std::string& data() const { return data_; }

  private:
    std::string data_;
};

class Reader {
  public:
    Reader(const char* data, size_t size) : data_(data), left_(size) {}
    bool number(uint64_t& value) { return bytes(&value, sizeof value); }
    bool number(uint32_t& value) {
        uint64_t wide = 0;
        bool good = number(wide) && wide <= UINT32_MAX;
        value = static_cast<uint32_t>(wide);
        return good;
    }
    template <class T>
    bool array(std::vector<T>& values) {
        uint64_t count = 0;
        if (!number(count) || count > left_ / sizeof(T)) {
            return false;
        }
        values.resize(count);
        return bytes(values.data(), count * sizeof(T));
    }
    bool array(std::vector<uint8_t>& values) { // the long ones: one pass instead of two
        uint64_t count = 0;
        if (!number(count) || count > left_) {
            return false;
        }
        const auto* begin = reinterpret_cast<const uint8_t*>(data_);
        values.assign(begin, begin + count);
        data_ += count;
        left_ -= count;
        return true;
    }
    bool done() const { return left_ == 0; }

  private:
    bool bytes(void* out, size_t size) {
        if (size > left_) {
            return false;
        }
        if (size > 0) {
            memcpy(out, data_, size);
        }
        data_ += size;
        left_ -= size;
        return true;
    }
    const char* data_;
    size_t left_;
};

std::string serialise(const std::string& key, const EncodedMatrix& m) {
    Writer w;
    w.array(std::vector<char>(key.begin(), key.end()));
    for (uint64_t value : {m.rows, m.cols, m.pes, m.index_bits, m.registers}) {
        w.number(value);
    }
    w.array(m.codebook);
    w.number(m.clustered_from);
    w.array(std::vector<double>{m.clustering_error});
    w.number(m.entries);
    w.number(m.padding_entries);
    w.array(m.pe_entries);
    w.number(m.blocks.size());
    for (const EncodedBlock& b : m.blocks) {
        w.number(b.rows_per_pe);
        w.array(b.ptr);
        w.array(b.padding);
        w.array(b.column_start);
        w.array(b.gap);
        w.array(b.code);
    }
    return w.data();
}

bool parse(const std::string& key, const char* data, size_t size, EncodedMatrix& m) {
    Reader r(data, size);
    uint64_t blocks = 0;
    std::vector<char> stored;
    std::vector<double> error;
    bool good = r.array(stored) && std::string(stored.begin(), stored.end()) == key &&
                r.number(m.rows) && r.number(m.cols) && r.number(m.pes) && r.number(m.index_bits) &&
                r.number(m.registers) && r.array(m.codebook) && r.number(m.clustered_from) &&
                r.array(error) && error.size() == 1 && r.number(m.entries) &&
                r.number(m.padding_entries) && r.array(m.pe_entries) && r.number(blocks);
    m.clustering_error = good ? error[0] : 0;
    for (uint64_t i = 0; good && i < blocks; ++i) {
        EncodedBlock b;
        good = r.number(b.rows_per_pe) && r.array(b.ptr) && r.array(b.padding) &&
               r.array(b.column_start) && r.array(b.gap) && r.array(b.code);
        m.blocks.push_back(std::move(b));
    }
    return good && r.done();
}

// File: magic, hash of the payload, payload.
constexpr size_t head_size = sizeof magic + sizeof(assay_hash);

bool load(const std::string& path, const std::string& key, EncodedMatrix& m) {
    char* data = nullptr;
    size_t size = 0;
    if (assay_file_read(path.c_str(), largest_file, &data, &size, nullptr) != ASSAY_OK) {
        return false;
    }
    const std::unique_ptr<char, decltype(&free)> owner(data, free);
    if (size < head_size || memcmp(data, magic, sizeof magic) != 0) {
        return false;
    }
    assay_hash stored;
    memcpy(&stored, data + sizeof magic, sizeof stored);
    const assay_hash actual = assay_hash_bytes(data + head_size, size - head_size);
    return stored.low == actual.low && stored.high == actual.high &&
           parse(key, data + head_size, size - head_size, m);
}

// Best effort: a cache that cannot be written costs time, nothing else.
void store(const std::string& directory, const std::string& path, const std::string& key,
           const EncodedMatrix& m) {
    std::error_code ignored; // the file below cannot be opened then
    std::filesystem::create_directories(directory, ignored);
    const std::string payload = serialise(key, m);
    if (payload.size() > largest_file - head_size) {
        return;
    }
    const assay_hash hash = assay_hash_bytes(payload.data(), payload.size());
    const std::string temporary = path + "." + std::to_string(getpid());
    FILE* file = fopen(temporary.c_str(), "wb");
    if (file == nullptr) {
        return;
    }
    bool good = fwrite(magic, sizeof magic, 1, file) == 1 &&
                fwrite(&hash, sizeof hash, 1, file) == 1 &&
                fwrite(payload.data(), 1, payload.size(), file) == payload.size();
    good = fclose(file) == 0 && good;
    if (!good || rename(temporary.c_str(), path.c_str()) != 0) {
        remove(temporary.c_str());
    }
}

} // namespace

CachedMatrix& EncodedCache::get(const std::string& key, const char* directory,
                                const std::function<EncodedMatrix()>& make) {
    for (auto i = recent_.begin(); i != recent_.end(); ++i) {
        if (i->first == key) {
            recent_.splice(recent_.begin(), recent_, i);
            return recent_.front().second;
        }
    }
    auto matrix = std::make_shared<EncodedMatrix>();
    const std::string path =
        directory != nullptr ? std::string(directory) + "/" + key + ".eie" : std::string();
    if (directory == nullptr || !load(path, key, *matrix)) {
        *matrix = make();
        if (directory != nullptr) {
            store(directory, path, key, *matrix);
        }
    }
    recent_.emplace_front(key, CachedMatrix{matrix, nullptr});
    if (recent_.size() > recent_matrices) {
        recent_.pop_back();
    }
    return recent_.front().second;
}

} // namespace assay::eie
