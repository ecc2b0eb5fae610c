// The order in which a layer's transfers happen: shared by both models so that neither can disagree
// about *what* is moved, only about when.
#pragma once

#include <algorithm>
#include <cstdint>

#include "eie_model.hpp"

namespace assay::eie {

// What the source registers hold; asked before a batch is scanned.
class HeldBatch {
  public:
    // True when the batch must be loaded; remembers it.
    bool needs_load(const Plan& plan, uint32_t vector, const Batch& batch) {
        if (plan.source == Place::registers) {
            return false;
        }
        bool held = vector == vector_ && batch.first_col == first_ && batch.end_col == end_;
        vector_ = vector;
        first_ = batch.first_col;
        end_ = batch.end_col;
        return !held;
    }

  private:
    uint64_t vector_ = UINT64_MAX;
    uint32_t first_ = 0, end_ = 0;
};

// Walks over the fetches from DRAM of a layer whose activations come from there, in execution
// order: one per batch that the source registers do not hold yet.
class ActFetches {
  public:
    ActFetches(const Job& job, const Options& options) : job_(&job), options_(&options) {}

    // False after the last one; else the bits to fetch.
    bool next(uint64_t& bits) {
        const Plan& plan = *job_->plan;
        while (step_ < plan.steps()) {
            const Step step = step_at(plan, step_);
            const Part& part = plan.parts[step.part];
            batch_ = std::max(batch_, part.first_batch);
            if (batch_ >= part.end_batch) {
                ++step_;
                batch_ = 0;
                continue;
            }
            const Batch& batch = plan.batches[part.block][batch_++];
            if (held_.needs_load(plan, step.vector, batch)) {
                const uint64_t acts =
                    plan.windows_slide ? job_->new_acts(step.vector) : batch.inputs;
                bits = acts * options_->act_bits;
                return true;
            }
        }
        return false;
    }

  private:
    const Job* job_;
    const Options* options_;
    uint64_t step_ = 0;
    uint32_t batch_ = 0;
    HeldBatch held_;
};

// Number of the load that brings a part's segment on chip, in execution order.
inline uint64_t segment_load_of(const Plan& plan, const Part& part, uint32_t vector) {
    return plan.segment_outer ? part.segment
                              : uint64_t{vector} * plan.segments.size() + part.segment;
}

// Segment loads in execution order when the weights are not resident.
inline uint64_t segment_loads(const Plan& plan) {
    const uint64_t per_pass = plan.segments.size();
    return plan.segment_outer ? per_pass : per_pass * plan.vectors;
}

// Activations of a batch that one PE holds: the fullest PE's.
inline uint64_t acts_per_pe(const Options& o, uint64_t values) {
    return (values + o.pe_count - 1) / o.pe_count;
}

// Rows of the output that block `b` produces, over all PEs.
inline uint64_t block_rows(const EncodedMatrix& m, uint32_t block) {
    const uint64_t first = uint64_t{block} * m.registers * m.pes;
    const uint64_t end = first + uint64_t{m.blocks[block].rows_per_pe} * m.pes;
    return (end < m.rows ? end : m.rows) - first;
}

} // namespace assay::eie
