// Opening the engine: which networks and data fit each other.
#include <algorithm>
#include <mutex>

#include <dlfcn.h>

#include <ATen/Parallel.h>

#include "quote.h"
#include "torch_engine.hpp"
#include "torch_guard.hpp"

namespace assay {
namespace {

// libtorch does not pass its number of threads on to OpenBLAS, whose own threads make results
// depend on what the process computed before: 24 of 10,000 answers of the MNIST LSTM, after another
// network.
void use_one_blas_thread() {
    void* blas = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_NOLOAD); // null: another BLAS
    using SetThreads = void (*)(int);
    const auto set_threads =
        blas ? reinterpret_cast<SetThreads>(dlsym(blas, "openblas_set_num_threads")) : nullptr;
    if (set_threads) {
        set_threads(1);
    }
}

// Of the whole process, and only once: libtorch refuses to be told twice.
void use_one_thread() {
    static std::once_flag done;
    std::call_once(done, [] {
        use_one_blas_thread();
        at::set_num_threads(1);
        at::set_num_interop_threads(1);
    });
}

bool has_shape(const Images& images, const assay_workload& workload) {
    const Shape& in = workload.input_shape;
    return workload.preprocess.rows
               ? images.channels == 1 && images.width == in.c && images.height == in.h && in.w == 1
               : images.channels == in.c && images.height == in.h && images.width == in.w;
}

void check_shape(const EngineInput& input, const char* set, const Images& images,
                 assay_report* report) {
    const Shape& in = input.model->workload->input_shape;
    if (images.count > 0 && !has_shape(images, *input.model->workload)) {
        assay_report_add(report, "%s: %s images are %ux%ux%u, network %s reads %ux%ux%u%s",
                         input.data->label.c_str(), set, images.channels, images.height,
                         images.width, assay_quote(input.model->workload->name.c_str()).text, in.c,
                         in.h, in.w, input.model->workload->preprocess.rows ? " (rows)" : "");
    }
}

void check_classes(const EngineInput& input, assay_report* report) {
    const Layer& last = input.model->workload->layers.back();
    if (last.out.size() < input.data->classes) {
        assay_report_add(report, "%s has %u classes, layer %s of the network has %llu outputs",
                         input.data->label.c_str(), input.data->classes,
                         assay_quote(last.name.c_str()).text,
                         static_cast<unsigned long long>(last.out.size()));
    }
}

void check_layers(const Model& model, assay_report* report) {
    for (const Layer& l : model.workload->layers) {
        if (l.detached || l.own_input) {
            assay_report_add(report,
                             "layer %s stands alone: only networks whose layers read the input "
                             "or each other can be evaluated",
                             assay_quote(l.name.c_str()).text);
        }
    }
}

bool is_good(const EngineInput& input, assay_report* report) {
    const size_t before = assay_report_count(report);
    check_layers(*input.model, report);
    check_shape(input, "test", input.data->test, report);
    check_shape(input, "training", input.data->train, report);
    check_classes(input, report);
    return assay_report_count(report) == before;
}

} // namespace

assay_status open_torch_engine(const EngineInput& input, const EngineLimits& limits,
                               std::unique_ptr<Engine>& out, assay_report* report) {
    return guarded_torch(report, [&] {
        if (!is_good(input, report)) {
            return ASSAY_BAD_INPUT;
        }
        use_one_thread();
        auto engine = std::make_unique<TorchEngine>(input, limits);
        const assay_status status =
            is_native(*input.model) ? engine->make_native(report) : ASSAY_OK;
        if (status == ASSAY_OK) {
            out = std::move(engine);
        }
        return status;
    });
}

} // namespace assay
