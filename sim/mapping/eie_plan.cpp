#include "eie_plan.hpp"

#include <algorithm>

#include "text.hpp"

namespace assay::eie {
namespace {

uint64_t div_up(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

// What a set of columns takes in the fullest PE.
struct Need {
    uint64_t entries = 0;
    uint32_t pe = 0;
};

Need need_of(const EncodedMatrix& m, uint32_t block, uint32_t first, uint32_t end) {
    const std::vector<uint32_t>& ptr = m.blocks[block].ptr;
    Need need;
    for (uint32_t pe = 0; pe < m.pes; ++pe) {
        uint64_t n = ptr[size_t{end} * m.pes + pe] - ptr[size_t{first} * m.pes + pe];
        if (n > need.entries) {
            need = {n, pe};
        }
    }
    return need;
}

struct Limits {
    uint64_t entries_per_batch; // what a pointer can address, and what a segment can hold
    uint64_t entries, pointers; // of one segment
};

class Planner {
  public:
    Planner(const EncodedMatrix& m, const LayerShape& shape, const Options& o, Plan& plan,
            std::string& why)
        : m_(m), shape_(shape), o_(o), plan_(plan), why_(why) {}

    bool run() {
        plan_ = Plan();
        plan_.vectors = shape_.vectors;
        const uint64_t pointer_range = (uint64_t{1} << o_.ptr_bits) - 1;
        Limits all{pointer_range, o_.spmat_capacity(), o_.ptr_capacity()};
        if (!make_batches(all)) {
            return false;
        }
        make_segments(all);
        bool done = plan_.segments.size() == 1 || io_mode_segments() || streamed_segments();
        return done && place_activations();
    }

  private:
    uint32_t inputs() const { return m_.cols - (shape_.bias_column ? 1 : 0); }

    // End of a run of whole rows of pe_count columns from `first`: what the registers hold, halved
    // until its entries fit. `first` itself when not even one row fits.
    uint32_t batch_end(uint32_t block, uint32_t first, uint64_t limit) const {
        uint64_t longest = std::min<uint64_t>(inputs(), first + o_.act_registers * m_.pes);
        uint32_t end = static_cast<uint32_t>(longest);
        while (need_of(m_, block, first, with_bias(end)).entries > limit) {
            uint32_t scan_rows = static_cast<uint32_t>(div_up(end - first, m_.pes));
            if (scan_rows <= 1) {
                return first;
            }
            end = first + scan_rows / 2 * m_.pes;
        }
        return end;
    }

    uint32_t with_bias(uint32_t end) const { return end == inputs() ? m_.cols : end; }

    // Columns in whole rows of pe_count for which, and for the end of the last, there are pointers;
    // one more is left for a bias column.
    uint32_t whole_rows(uint64_t pointers) const {
        return pointers < 2 ? 0 : static_cast<uint32_t>((pointers - 2) / m_.pes * m_.pes);
    }

    bool make_batches(const Limits& limits) {
        plan_.batches.assign(m_.blocks.size(), {});
        const uint64_t limit = std::min(limits.entries_per_batch, limits.entries);
        for (uint32_t b = 0; b < m_.blocks.size(); ++b) {
            uint32_t first = 0;
            do {
                uint32_t end = batch_end(b, first, limit);
                uint32_t width = with_bias(end) - first;
                if (width + 1 > limits.pointers) {
                    end = first + whole_rows(limits.pointers);
                }
                if (end == first) {
                    return refuse_batch(b, first, limits);
                }
                add_batch(b, first, end);
                first = end;
            } while (first < inputs());
        }
        return true;
    }

    void add_batch(uint32_t block, uint32_t first, uint32_t end) {
        bool bias = shape_.bias_column && end == inputs();
        uint32_t count = end - first;
        plan_.batches[block].push_back(
            {first, with_bias(end), count,
             static_cast<uint32_t>(div_up(count, m_.pes)) + (bias ? 1 : 0), bias});
    }

    bool refuse_batch(uint32_t block, uint32_t first, const Limits& limits) {
        uint32_t end = std::min(inputs(), first + m_.pes);
        Need need = need_of(m_, block, first, with_bias(end));
        why_ = text(
            "the %u columns from %u need %llu entries in PE %u and %u pointers, there is room "
            "for %llu entries (SRAM and %llu-bit pointers) and %llu pointers",
            end - first, first, static_cast<unsigned long long>(need.entries), need.pe,
            with_bias(end) - first + 1,
            static_cast<unsigned long long>(std::min(limits.entries_per_batch, limits.entries)),
            static_cast<unsigned long long>(o_.ptr_bits),
            static_cast<unsigned long long>(limits.pointers));
        return false;
    }

    // Entries of PE `pe` in [first, end), rounded up to whole SRAM words.
    uint64_t words_of(uint32_t block, uint32_t first, uint32_t end, uint32_t pe) const {
        const std::vector<uint32_t>& ptr = m_.blocks[block].ptr;
        uint64_t n = ptr[size_t{end} * m_.pes + pe] - ptr[size_t{first} * m_.pes + pe];
        return div_up(n, o_.entries_per_word()) * o_.entries_per_word();
    }

    // Greedy: a segment takes batches, in order, while pointers and every PE's entries fit.
    void make_segments(const Limits& limits) {
        plan_.parts.clear();
        plan_.segments.clear();
        std::vector<uint64_t> used(m_.pes, 0), trial(m_.pes);
        uint64_t pointers = 0;
        for (uint32_t b = 0; b < m_.blocks.size(); ++b) {
            const std::vector<Batch>& batches = plan_.batches[b];
            for (uint32_t i = 0; i < batches.size(); ++i) {
                const uint64_t more = batches[i].end_col - batches[i].first_col + 1;
                bool fits = !plan_.segments.empty() && pointers + more <= limits.pointers;
                for (uint32_t pe = 0; pe < m_.pes; ++pe) {
                    trial[pe] =
                        used[pe] + words_of(b, batches[i].first_col, batches[i].end_col, pe);
                    fits = fits && trial[pe] <= limits.entries;
                }
                if (!fits) {
                    open_segment();
                    pointers = 0;
                    for (uint32_t pe = 0; pe < m_.pes; ++pe) {
                        trial[pe] = words_of(b, batches[i].first_col, batches[i].end_col, pe);
                    }
                }
                used = trial;
                pointers += more;
                add_to_segment(b, i);
            }
        }
        mark_block_ends();
    }

    void open_segment() {
        uint32_t part = static_cast<uint32_t>(plan_.parts.size());
        plan_.segments.push_back({part, part, 0});
    }

    void add_to_segment(uint32_t block, uint32_t batch) {
        Segment& segment = plan_.segments.back();
        uint32_t id = static_cast<uint32_t>(plan_.segments.size()) - 1;
        if (segment.end_part == segment.first_part || plan_.parts.back().block != block) {
            plan_.parts.push_back({block, id, batch, batch, false, false});
            segment.end_part = static_cast<uint32_t>(plan_.parts.size());
        }
        plan_.parts.back().end_batch = batch + 1;
        const Batch& b = plan_.batches[block][batch];
        const std::vector<uint64_t>& start = m_.blocks[block].column_start;
        segment.load_bits += (start[b.end_col] - start[b.first_col]) * o_.entry_bits() +
                             (uint64_t{b.end_col} - b.first_col + 1) * m_.pes * o_.ptr_bits;
    }

    void mark_block_ends() {
        for (Part& part : plan_.parts) {
            part.first_of_block = part.first_batch == 0;
            part.last_of_block = part.end_batch == plan_.batches[part.block].size();
        }
    }

    uint64_t entries_max_pe() const {
        return *std::max_element(m_.pe_entries.begin(), m_.pe_entries.end());
    }

    bool io_mode_segments() {
        if (entries_max_pe() > o_.spmat_capacity()) {
            return false;
        }
        plan_.residency = Residency::io_mode;
        return o_.has_dram() || refuse_capacity();
    }

    bool streamed_segments() {
        if (!o_.has_dram()) {
            return refuse_capacity();
        }
        plan_.residency = Residency::streamed;
        const uint64_t pointer_range = (uint64_t{1} << o_.ptr_bits) - 1;
        Limits half{pointer_range, o_.spmat_capacity() / 2, o_.ptr_capacity() / 2};
        if (!make_batches(half)) {
            return false;
        }
        make_segments(half);
        plan_.segment_outer = plan_.vectors > 1 && segments_hold_whole_blocks();
        return true;
    }

    bool segments_hold_whole_blocks() const {
        return std::all_of(plan_.parts.begin(), plan_.parts.end(),
                           [](const Part& p) { return p.first_of_block && p.last_of_block; });
    }

    bool refuse_capacity() {
        uint64_t pointers = 0;
        for (const auto& block : plan_.batches) {
            for (const Batch& b : block) {
                pointers += b.end_col - b.first_col + 1;
            }
        }
        why_ = text("needs %.1f KB of entries in PE %u, has %.1f KB (spmat_bytes), and %.1f KB of "
                    "pointers per PE, has %.1f KB (ptr_bytes); there is no DRAM channel to load "
                    "from (dram_bits_per_cycle is 0)",
                    static_cast<double>(entries_max_pe() * o_.entry_bits()) / 8192.0, m_.max_pe(),
                    static_cast<double>(o_.spmat_bytes) / 1024.0,
                    static_cast<double>(pointers * o_.ptr_bits) / 8192.0,
                    static_cast<double>(o_.ptr_bytes) / 1024.0);
        return false;
    }

    bool place_activations() {
        const uint64_t per_vector = div_up(inputs(), m_.pes);
        const uint64_t input = div_up(shape_.input_acts, m_.pes);
        const uint64_t output = div_up(shape_.output_acts, m_.pes);
        const bool one_pass = plan_.vectors == 1 && m_.blocks.size() == 1;
        const uint64_t room = o_.act_sram_capacity();
        plan_.write_back = !one_pass;
        if (plan_.vectors == 1 && per_vector <= o_.act_registers) {
            plan_.source = ActSource::registers;
            plan_.outputs_to_dram = plan_.write_back && output > room;
            return !plan_.outputs_to_dram || o_.has_dram() || refuse_activations(0, output);
        }
        if (input + (plan_.write_back ? output : 0) <= room) {
            plan_.source = ActSource::sram;
            return true;
        }
        return activations_from_dram(input, output);
    }

    size_t largest_block_batches() const {
        size_t most = 0;
        for (const auto& block : plan_.batches) {
            most = std::max(most, block.size());
        }
        return most;
    }

    bool activations_from_dram(uint64_t input, uint64_t output) {
        uint64_t largest = 1;
        for (const auto& block : plan_.batches) {
            for (const Batch& b : block) {
                largest = std::max<uint64_t>(largest, div_up(b.inputs, m_.pes));
            }
        }
        if (!o_.has_dram() || largest > o_.act_sram_capacity()) {
            return refuse_activations(o_.has_dram() ? largest : input, output);
        }
        plan_.source = ActSource::dram;
        plan_.outputs_to_dram = plan_.write_back;
        plan_.act_slots =
            static_cast<uint32_t>(std::min<uint64_t>(o_.act_sram_capacity() / largest, 64));
        plan_.windows_slide = shape_.slides && largest_block_batches() == 1 &&
                              plan_.act_slots >= 2 && m_.blocks.size() == 1;
        return true;
    }

    bool refuse_activations(uint64_t input, uint64_t output) {
        why_ =
            text("needs room for %llu input and %llu output activations per PE, activation SRAM "
                 "holds %llu (act_sram_bytes)%s",
                 static_cast<unsigned long long>(input), static_cast<unsigned long long>(output),
                 static_cast<unsigned long long>(o_.act_sram_capacity()),
                 o_.has_dram() ? "" : " and there is no DRAM channel (dram_bits_per_cycle is 0)");
        return false;
    }

    const EncodedMatrix& m_;
    const LayerShape& shape_;
    const Options& o_;
    Plan& plan_;
    std::string& why_;
};

} // namespace

Step step_at(const Plan& plan, uint64_t step) {
    const uint64_t parts = plan.parts.size();
    if (!plan.segment_outer) {
        return {static_cast<uint32_t>(step / parts), static_cast<uint32_t>(step % parts)};
    }
    uint64_t left = step;
    for (const Segment& s : plan.segments) {
        const uint64_t in_segment = s.end_part - s.first_part;
        if (left < in_segment * plan.vectors) {
            return {static_cast<uint32_t>(left / in_segment),
                    s.first_part + static_cast<uint32_t>(left % in_segment)};
        }
        left -= in_segment * plan.vectors;
    }
    return {0, 0}; // past the end: never asked for
}

bool make_plan(const EncodedMatrix& matrix, const LayerShape& shape, const Options& options,
               Plan& plan, std::string& why) {
    return Planner(matrix, shape, options, plan, why).run();
}

} // namespace assay::eie
