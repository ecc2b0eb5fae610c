#include "loader.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "engine.hpp"
#include "module_place.h"
#include "quote.h"

namespace assay {
namespace {

// Relative to the program: beside it, in a build tree from the program and from its tests, and in
// an installation.
const char* const module_places[] = {"/libassay_torch.so", "/accuracy/torch/libassay_torch.so",
                                     "/../accuracy/torch/libassay_torch.so",
                                     "/../" ASSAY_LIBDIR "/assay/libassay_torch.so"};

// Of the same build as this program, or of one that does not differ in what matters.
bool is_ours(void* module) {
    const auto abi = reinterpret_cast<EngineAbi>(dlsym(module, engine_abi_symbol));
    return abi != nullptr && abi() == engine_abi;
}

OpenEngine load_symbol(const std::string& path, assay_report* report) {
    // Never closed: libtorch does not survive being unloaded.
    void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    void* symbol = module != nullptr ? dlsym(module, open_engine_symbol) : nullptr;
    if (symbol == nullptr) {
        assay_report_add(report, "%s: cannot be loaded as accuracy engine: %s",
                         assay_quote(path.c_str()).text, dlerror());
    } else if (!is_ours(module)) {
        assay_report_add(report,
                         "%s: is the accuracy engine of another build of this program: build and "
                         "install both together",
                         assay_quote(path.c_str()).text);
        symbol = nullptr;
    }
    return reinterpret_cast<OpenEngine>(symbol);
}

} // namespace

std::string program_folder() {
    char path[PATH_MAX];
    const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
    if (size <= 0 || static_cast<size_t>(size) == sizeof path) {
        return "";
    }
    const std::string text(path, static_cast<size_t>(size));
    return text.substr(0, text.rfind('/'));
}

std::string find_engine_module() {
    if (const char* named = std::getenv("ASSAY_TORCH_ENGINE")) {
        return named;
    }
    const std::string folder = program_folder();
    for (const char* place : module_places) {
        const std::string path = folder + place;
        if (!folder.empty() && access(path.c_str(), R_OK) == 0) {
            return path;
        }
    }
    return "";
}

assay_status require_engine_module(assay_report* report) {
    if (!find_engine_module().empty()) {
        return ASSAY_OK;
    }
    assay_report_add(report, "this build has no accuracy engine: it was built without libtorch "
                             "(libassay_torch.so is not beside the program and $ASSAY_TORCH_ENGINE "
                             "does not name it); install libtorch-dev (scripts/setup does) and "
                             "build in a new folder, or name an external evaluator, which needs "
                             "none (assay accuracy --external)");
    return ASSAY_BAD_INPUT;
}

assay_status open_engine(const EngineInput& input, std::unique_ptr<Engine>& out,
                         assay_report* report) {
    const assay_status status = require_engine_module(report);
    const OpenEngine open =
        status == ASSAY_OK ? load_symbol(find_engine_module(), report) : nullptr;
    if (open == nullptr) {
        return ASSAY_BAD_INPUT;
    }
    out.reset(open(input, report));
    return out ? ASSAY_OK : ASSAY_BAD_INPUT;
}

} // namespace assay
