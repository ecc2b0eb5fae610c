// Files that may be packed by gzip.
#include <zlib.h>

#include <algorithm>

#include "data_files.hpp"
#include "input_file.hpp"

namespace assay {

namespace {

// A stream of zlib's that is closed whatever happens. 15 + 16: the largest window, gzip's header.
class Unpacker {
  public:
    Unpacker() { sound_ = inflateInit2(&stream_, 15 + 16) == Z_OK; }
    ~Unpacker() { inflateEnd(&stream_); }
    Unpacker(const Unpacker&) = delete;
    Unpacker& operator=(const Unpacker&) = delete;

    bool sound() const { return sound_; }
    // zlib counts what it is given in 32 bits: input goes in by parts.
    void feed(const std::vector<uint8_t>& packed) {
        constexpr size_t most = 1 << 30;
        if (stream_.avail_in == 0 && fed_ < packed.size()) {
            const size_t part = std::min(packed.size() - fed_, most);
            stream_.next_in = const_cast<Bytef*>(&packed[fed_]);
            stream_.avail_in = static_cast<uInt>(part);
            fed_ += part;
        }
    }
    // The next unpacked bytes, at most `size`; sets their count.
    int unpack(uint8_t* out, size_t size, size_t& count) {
        stream_.next_out = out;
        stream_.avail_out = static_cast<uInt>(size);
        const int result = inflate(&stream_, Z_NO_FLUSH);
        count = size - stream_.avail_out;
        return result;
    }
    // Packed bytes behind the end of the stream.
    size_t left(size_t packed) const { return packed - fed_ + stream_.avail_in; }
    const char* message() const { return stream_.msg ? stream_.msg : "it ends too early"; }

  private:
    z_stream stream_{};
    size_t fed_ = 0;
    bool sound_;
};

assay_status fail(const std::string& path, const char* what, assay_report* report) {
    assay_report_add(report, "%s: cannot be unpacked: %s", path.c_str(), what);
    return ASSAY_BAD_INPUT;
}

// The output grows with what really comes out, not with what a header promises.
assay_status unpack(const std::string& path, const std::vector<uint8_t>& packed, uint64_t limit,
                    std::vector<uint8_t>& out, assay_report* report) {
    Unpacker unpacker;
    if (!unpacker.sound()) {
        assay_report_add(report, "%s: no memory to unpack it", path.c_str());
        return ASSAY_NO_MEMORY;
    }
    std::vector<uint8_t> part(1 << 18);
    int result = Z_OK;
    while (result != Z_STREAM_END) {
        size_t count = 0;
        unpacker.feed(packed);
        result = unpacker.unpack(part.data(), part.size(), count);
        if (result != Z_OK && result != Z_STREAM_END) {
            return fail(path, unpacker.message(), report);
        }
        if (out.size() + count > limit) {
            assay_report_add(report, "%s: unpacks to more than the limit of %ju bytes",
                             path.c_str(), static_cast<uintmax_t>(limit));
            return ASSAY_BAD_INPUT;
        }
        out.insert(out.end(), part.begin(), part.begin() + static_cast<ptrdiff_t>(count));
    }
    const size_t left = unpacker.left(packed.size());
    return left == 0 ? ASSAY_OK : fail(path, "something follows the packed data", report);
}

} // namespace

assay_status read_maybe_gzip(const std::string& path, uint64_t limit, std::vector<uint8_t>& out,
                             assay_report* report) {
    const std::string ending = ".gz";
    if (path.size() < ending.size() ||
        path.compare(path.size() - ending.size(), ending.size(), ending) != 0) {
        return read_whole_file(path.c_str(), limit, out, report);
    }
    std::vector<uint8_t> packed;
    const assay_status status = read_whole_file(path.c_str(), limit, packed, report);
    return status == ASSAY_OK ? unpack(path, packed, limit, out, report) : status;
}

} // namespace assay
