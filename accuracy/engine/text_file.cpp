#include "text_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "quote.h"

namespace assay {

assay_status write_text_file(const char* path, const std::string& text, assay_report* report) {
    const std::string temporary = std::string(path) + ".part" + std::to_string(getpid());
    FILE* file = std::fopen(temporary.c_str(), "wbe");
    bool good = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    good = file != nullptr && std::fclose(file) == 0 && good;
    if (good && std::rename(temporary.c_str(), path) == 0) {
        return ASSAY_OK;
    }
    assay_report_add(report, "%s: cannot write: %s", assay_quote(path).text, strerror(errno));
    std::remove(temporary.c_str());
    return ASSAY_IO;
}

assay_status make_folder(const char* folder, assay_report* report) {
    const bool made = mkdir(folder, 0777) == 0;
    int why = errno; // stat has reasons of its own
    struct stat found;
    const bool there = made || (stat(folder, &found) == 0 && S_ISDIR(found.st_mode));
    if (there && access(folder, W_OK | X_OK) == 0) {
        return ASSAY_OK;
    }
    why = there ? errno : why;
    assay_report_add(report, "%s: cannot make %s: %s", assay_quote(folder).text,
                     there ? "files in the folder" : "the folder", strerror(why));
    return ASSAY_IO;
}

} // namespace assay
