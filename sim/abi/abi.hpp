// Inside of the C ABI: the opaque types and the guard that turns exceptions into statuses.
#pragma once

#include <systemc>

#include <memory>
#include <new>
#include <string>
#include <vector>

#include "accelerator.hpp"
#include "table_file.hpp"

struct assay_hw {
    std::string name, hash;
    const assay::Accelerator* accelerator = nullptr;
    std::vector<uint64_t> values;                         // the option values struct: 8-byte fields
    std::shared_ptr<const assay::table::TableFile> table; // of a table machine, which points to it
    const void* options() const { return values.data(); }
};

namespace assay {

// Runs `body` (returns a status); a thrown exception becomes a message and a status.
template <class Body>
assay_status guarded(assay_report* report, Body&& body) {
    try {
        return body();
    } catch (const std::bad_alloc&) {
        assay_report_add(report, "out of memory");
        return ASSAY_NO_MEMORY;
    } catch (const std::exception& e) {
        assay_report_add(report, "internal error: %s", e.what());
        return ASSAY_INTERNAL;
    } catch (...) {
        assay_report_add(report, "internal error: unknown exception");
        return ASSAY_INTERNAL;
    }
}

const Accelerator* find_accelerator(const std::string& name);

// Gathers layer outcomes and owns every string and array of the public result.
class ResultBuilder {
  public:
    ResultBuilder(const assay_hw& hw, const assay_workload& workload, assay_model model,
                  bool checked, uint64_t batch);
    void add(const Layer& layer, bool simulated, LayerOutcome outcome);
    assay_result* finish(const Machine& machine);

  private:
    struct Impl;
    std::unique_ptr<Impl, void (*)(Impl*)> impl_;
    friend struct ResultAccess;
};

} // namespace assay
