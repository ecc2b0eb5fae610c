#include "input_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace assay {

InputFile::~InputFile() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

assay_status InputFile::open(const char* path, assay_report* report, uint64_t limit) {
    path_ = path;
    descriptor_ = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat info;
    if (descriptor_ < 0 || fstat(descriptor_, &info) != 0) {
        assay_report_add(report, "%s: cannot open: %s", path, strerror(errno));
        return ASSAY_BAD_INPUT;
    }
    if (!S_ISREG(info.st_mode)) {
        assay_report_add(report, "%s: not a regular file", path);
        return ASSAY_BAD_INPUT;
    }
    size_ = static_cast<uint64_t>(info.st_size);
    if (size_ > limit) {
        assay_report_add(report, "%s: %llu bytes, the limit is %llu", path,
                         static_cast<unsigned long long>(size_),
                         static_cast<unsigned long long>(limit));
        return ASSAY_BAD_INPUT;
    }
    return ASSAY_OK;
}

assay_status InputFile::read(uint64_t offset, size_t count, uint8_t* out,
                             assay_report* report) const {
    size_t done = 0;
    while (done < count) {
        ssize_t n = pread(descriptor_, out + done, count - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            assay_report_add(report, "%s: reading failed at byte %llu: %s", path_.c_str(),
                             static_cast<unsigned long long>(offset + done),
                             n < 0 ? strerror(errno) : "the file became shorter");
            return ASSAY_IO;
        }
        done += static_cast<size_t>(n);
    }
    return ASSAY_OK;
}

assay_status read_whole_file(const char* path, uint64_t limit, std::vector<uint8_t>& out,
                             assay_report* report) {
    InputFile file;
    assay_status status = file.open(path, report, limit);
    if (status != ASSAY_OK) {
        return status;
    }
    out.resize(file.size());
    return file.read(0, out.size(), out.data(), report);
}

} // namespace assay
