// Inside of the C ABI: the opaque types and what builds results.
#pragma once

#include <systemc>

#include <memory>
#include <string>
#include <vector>

#include "accelerator.hpp"
#include "guarded.hpp"
#include "table_file.hpp"

struct assay_hw {
    std::string name, hash;
    const assay::Accelerator* accelerator = nullptr;
    std::vector<uint64_t> values;                         // the option values struct: 8-byte fields
    std::shared_ptr<const assay::table::TableFile> table; // of a table machine, which points to it
    const void* options() const { return values.data(); }
};

namespace assay {

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
