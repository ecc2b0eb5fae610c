// The accumulators and the arithmetic of a row block, whole columns at a time (event model).
#pragma once

#include <algorithm>

#include "eie_model.hpp"
#include "eie_walk.hpp"
#include "event_groups.hpp"

namespace assay::eie::event_model {

// Products of a fusion unit. Of activations up to 8 bits there are few: each is made of its bricks
// once per layer, which otherwise takes longer than all the rest.
class FusedProducts {
  public:
    int32_t get(const Format& f, uint8_t code, int32_t act) {
        if (f.fusion.a_width > 8) {
            return fused_product(f.fusion, f.codebook[code], act);
        }
        if (known_.empty()) {
            known_.assign(size_t{256} * 256, false);
            product_.resize(known_.size());
        }
        const size_t at = size_t{code} * 256 + static_cast<uint8_t>(act);
        if (!known_[at]) {
            known_[at] = true;
            product_[at] = fused_product(f.fusion, f.codebook[code], act);
        }
        return product_[at];
    }

  private:
    std::vector<bool> known_;
    std::vector<int32_t> product_; // [code][activation]
};

class Accumulators {
  public:
    void preset(const Job& job, uint32_t block) {
        const EncodedMatrix& m = *job.matrix;
        rows_ = m.blocks[block].rows_per_pe;
        sum_.assign(size_t{m.pes} * rows_, 0);
        first_row_ = size_t{block} * m.registers * m.pes;
        if (job.bias != nullptr) {
            for (uint64_t i = 0; i < block_rows(m, block); ++i) {
                sum_[i % m.pes * rows_ + i / m.pes] = (*job.bias)[first_row_ + i];
            }
        }
    }

    // Pipelines are empty at the start of a step: nothing is in the adder.
    void start_step(const Options& options, const Job& job, const Part& part) {
        block_ = &job.matrix->blocks[part.block];
        targets_ = &(*job.targets)[part.block];
        word_ = WordOf(options.entries_per_word(), job.lanes, job.passes);
        base_ = &block_->ptr[size_t{part.base_col} * job.matrix->pes];
        group_bypasses_.reset(job.matrix->pes);
        last_row_.assign(job.matrix->pes, BlockTargets::none);
        bypasses_.assign(job.matrix->pes, 0);
    }

    void add_column(const Job& job, uint32_t column, int32_t act, const uint32_t* adjacent,
                    Counters& counters) {
        if (word_.one_by_one()) {
            count_bypasses(size_t{column} * job.matrix->pes, adjacent);
        } else {
            group_bypasses_.add({*block_, base_, column, job.matrix->pes, word_}, *targets_,
                                adjacent, bypasses_);
        }
        const uint64_t begin = block_->column_start[column], end = block_->column_start[column + 1];
        const Format& f = job.format;
        const uint32_t codes = static_cast<uint32_t>(job.matrix->codebook.size());
        const auto product = [&](uint8_t code) {
            return f.fusion.used ? fused_.get(f, code, act)
                                 : scaled_product(f, f.codebook[code], act);
        };
        // Few codes, many entries: the product of a code is needed once per column, not per entry.
        if (end - begin >= codes) {
            for (uint32_t i = 0; i < codes; ++i) {
                product_[i] = product(static_cast<uint8_t>(i));
            }
            add(f, begin, end, counters, [this](uint8_t code) { return product_[code]; });
        } else {
            add(f, begin, end, counters, product);
        }
    }

    void end_step(Counters& counters) const {
        for (size_t k = 0; k < bypasses_.size(); ++k) {
            counters.pe[k].bypasses += bypasses_[k];
        }
    }

    void store(const Job& job, uint32_t vector, uint32_t block) const {
        const EncodedMatrix& m = *job.matrix;
        int32_t* out = job.result->data() + size_t{vector} * m.rows + first_row_;
        for (uint64_t i = 0; i < block_rows(m, block); ++i) {
            out[i] = sum_[i % m.pes * rows_ + i / m.pes];
        }
    }

  private:
    // Two entries on adjacent cycles with the same row: the first of this column, the last of the
    // one before (rows ascend within a column).
    void count_bypasses(size_t column, const uint32_t* adjacent) {
        const size_t pes = last_row_.size();
        const uint16_t* first = &targets_->first_row[column];
        const uint16_t* last = &targets_->last_row[column];
        const uint32_t* begin = &block_->ptr[column];
        uint16_t* previous = last_row_.data();
        uint32_t* count = bypasses_.data();
        for (size_t k = 0; k < pes; ++k) {
            const bool empty = begin[pes + k] == begin[k];
            const bool same = first[k] == previous[k] && first[k] != BlockTargets::none;
            count[k] += same && adjacent[k] != 0 ? 1 : 0;
            previous[k] = empty ? previous[k] : last[k];
        }
    }

    template <class Product>
    void add(const Format& f, uint64_t begin, uint64_t end, Counters& counters, Product product) {
        if (targets_->wide.empty()) {
            add_run(f, targets_->narrow.data(), begin, end, counters, product);
        } else {
            add_run(f, targets_->wide.data(), begin, end, counters, product);
        }
    }

    template <class Index, class Product>
    void add_run(const Format& f, const Index* target, uint64_t begin, uint64_t end,
                 Counters& counters, Product product) {
        const uint8_t* code = block_->code.data();
        int32_t* sums = sum_.data();
        if (f.fusion.used) {
            for (uint64_t e = begin; e < end; ++e) {
                sums[target[e]] = wrapping_sum(sums[target[e]], product(code[e]));
            }
            return;
        }
        for (uint64_t e = begin; e < end; ++e) {
            uint64_t clipped = 0;
            const uint32_t row = target[e];
            sums[row] = accumulate(f, sums[row], product(code[e]), clipped);
            if (clipped != 0) {
                ++counters.pe[row / rows_].saturations;
            }
        }
    }

    uint32_t rows_ = 0;
    size_t first_row_ = 0;
    const EncodedBlock* block_ = nullptr;
    const BlockTargets* targets_ = nullptr;
    WordOf word_{1, 1, 1};
    const uint32_t* base_ = nullptr; // the part's first entry in every PE
    GroupBypasses group_bypasses_;
    FusedProducts fused_;
    std::vector<int32_t> sum_;
    std::vector<uint16_t> last_row_;
    std::vector<uint32_t> bypasses_;
    int32_t product_[256] = {};
};

} // namespace assay::eie::event_model
