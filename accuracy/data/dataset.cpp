#include "dataset.hpp"

#include <cstdlib>
#include <filesystem>

#include "quote.h"
#include "suggest.h"
#include "text.hpp"

namespace assay {

namespace {

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

// Where scripts/fetch_data puts what it fetches.
std::string data_folder() {
    if (const std::string data = variable("ASSAY_DATA"); !data.empty()) {
        return data;
    }
    if (const std::string home = variable("XDG_DATA_HOME"); !home.empty()) {
        return home + "/assay";
    }
    return variable("HOME") + "/.local/share/assay";
}

assay_status fail_unknown(const std::string& name, assay_report* report) {
    std::vector<const char*> names;
    std::string known;
    for (size_t i = 0; i < reader_count; ++i) {
        names.push_back(readers[i]->name);
        known += (i ? ", " : "") + std::string(readers[i]->name);
    }
    names.push_back(nullptr);
    const char* near = assay_suggest(name.c_str(), names.data());
    const std::string hint = near ? text("; did you mean %s?", near) : "";
    assay_report_add(report, "unknown dataset %s%s (there are: %s)", assay_quote(name.c_str()).text,
                     hint.c_str(), known.c_str());
    return ASSAY_BAD_INPUT;
}

assay_status check_folder(const Reader& reader, const std::string& dir, assay_report* report) {
    std::error_code ignored;
    if (std::filesystem::is_directory(dir, ignored)) {
        return ASSAY_OK;
    }
    assay_report_add(report,
                     "dataset %s: there is no folder %s; name the folder with its files, or set "
                     "ASSAY_DATA to the folder above one called \"%s\"",
                     reader.name, dir.c_str(), reader.folder);
    return ASSAY_BAD_INPUT;
}

} // namespace

const Reader* find_reader(const std::string& name) {
    for (size_t i = 0; i < reader_count; ++i) {
        if (name == readers[i]->name) {
            return readers[i];
        }
    }
    return nullptr;
}

std::vector<uint32_t> split_indices(const Dataset& data, Split split, size_t limit) {
    const bool half = split == Split::search || split == Split::final;
    const size_t count = split == Split::train ? data.train.count : data.test.count;
    std::vector<uint32_t> indices;
    for (size_t i = split == Split::final ? 1 : 0; i < count; i += half ? 2 : 1) {
        if (limit > 0 && indices.size() == limit) {
            break;
        }
        indices.push_back(static_cast<uint32_t>(i));
    }
    return indices;
}

assay_status load_dataset(const std::string& name, const char* dir, uint64_t seed, Dataset& out,
                          assay_report* report) {
    out = Dataset{};
    const Reader* reader = find_reader(name);
    if (!reader) {
        return fail_unknown(name, report);
    }
    const bool needs_files = *reader->folder != '\0';
    std::string folder = dir ? dir : data_folder() + "/" + reader->folder;
    while (folder.size() > 1 && folder.back() == '/') {
        folder.pop_back();
    }
    assay_status status = needs_files ? check_folder(*reader, folder, report) : ASSAY_OK;
    if (status == ASSAY_OK) {
        status = reader->load(folder.c_str(), seed, out, report);
    }
    if (status != ASSAY_OK) {
        out = Dataset{};
        return status;
    }
    out.name = name;
    return ASSAY_OK;
}

} // namespace assay
