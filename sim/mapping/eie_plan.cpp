#include "eie_plan.hpp"

#include <algorithm>

#include "text.hpp"

namespace assay::eie {
namespace {

// Batches of activations fetched ahead. On SqueezeNet 4 to 16 take the same time, 2 are slower, and
// with 64 the first outputs wait behind inputs that are not needed for long.
constexpr uint64_t most_slots = 16;

uint64_t div_up(uint64_t a, uint64_t b) {
    return (a + b - 1) / b;
}

uint64_t entries_of(const EncodedMatrix& m, uint32_t block, uint32_t first, uint32_t end,
                    uint32_t pe) {
    const std::vector<uint32_t>& ptr = m.blocks[block].ptr;
    return ptr[size_t{end} * m.pes + pe] - ptr[size_t{first} * m.pes + pe];
}

// What a set of columns takes in the fullest PE.
struct Need {
    uint64_t entries = 0;
    uint32_t pe = 0;
};

Need need_of(const EncodedMatrix& m, uint32_t block, uint32_t first, uint32_t end) {
    Need need;
    for (uint32_t pe = 0; pe < m.pes; ++pe) {
        const uint64_t n = entries_of(m, block, first, end, pe);
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

    // Greedy: a segment takes batches, in order, while pointers and, unless they stay on chip
    // anyway, every PE's entries fit. A part of a block starts at a word.
    void make_segments(const Limits& limits) {
        plan_.parts.clear();
        plan_.segments.clear();
        std::vector<uint64_t> closed(m_.pes, 0); // words of the segment's finished parts
        uint64_t pointers = 0;
        for (uint32_t b = 0; b < m_.blocks.size(); ++b) {
            for (uint32_t i = 0; i < plan_.batches[b].size(); ++i) {
                const Batch& batch = plan_.batches[b][i];
                const uint64_t more = batch.end_col - batch.first_col + 1;
                if (i == 0) {
                    close_part(closed);
                }
                if (plan_.segments.empty() || pointers + more > limits.pointers ||
                    !entries_fit(closed, b, i, limits)) {
                    open_segment();
                    std::fill(closed.begin(), closed.end(), 0);
                    pointers = 0;
                }
                pointers += more;
                add_to_segment(b, i);
            }
        }
        finish_parts();
    }

    void close_part(std::vector<uint64_t>& closed) const {
        if (plan_.parts.empty()) {
            return;
        }
        const Part& part = plan_.parts.back();
        const std::vector<Batch>& batches = plan_.batches[part.block];
        for (uint32_t pe = 0; pe < m_.pes; ++pe) {
            closed[pe] +=
                o_.whole_words(entries_of(m_, part.block, batches[part.first_batch].first_col,
                                          batches[part.end_batch - 1].end_col, pe));
        }
    }

    bool entries_fit(const std::vector<uint64_t>& closed, uint32_t block, uint32_t batch,
                     const Limits& limits) const {
        const std::vector<Batch>& batches = plan_.batches[block];
        const bool goes_on = batch > 0 && plan_.parts.back().block == block;
        const uint32_t first = goes_on ? plan_.parts.back().first_batch : batch;
        for (uint32_t pe = 0; pe < m_.pes; ++pe) {
            const uint64_t open =
                entries_of(m_, block, batches[first].first_col, batches[batch].end_col, pe);
            if (closed[pe] + o_.whole_words(open) > limits.entries) {
                return false;
            }
        }
        return true;
    }

    void open_segment() {
        uint32_t part = static_cast<uint32_t>(plan_.parts.size());
        plan_.segments.push_back({part, part, 0});
    }

    void add_to_segment(uint32_t block, uint32_t batch) {
        Segment& segment = plan_.segments.back();
        uint32_t id = static_cast<uint32_t>(plan_.segments.size()) - 1;
        if (segment.end_part == segment.first_part || plan_.parts.back().block != block) {
            plan_.parts.push_back({block, id, batch, batch, false, false, 0});
            segment.end_part = static_cast<uint32_t>(plan_.parts.size());
        }
        plan_.parts.back().end_batch = batch + 1;
    }

    // What a part is part of, where its addresses start and what loading it takes, once all are
    // known.
    void finish_parts() {
        const bool entries_stay = plan_.residency != Residency::streamed;
        for (Part& part : plan_.parts) {
            const std::vector<Batch>& batches = plan_.batches[part.block];
            const uint32_t first = batches[part.first_batch].first_col;
            const uint32_t end = batches[part.end_batch - 1].end_col;
            part.first_of_block = part.first_batch == 0;
            part.last_of_block = part.end_batch == batches.size();
            part.base_col = entries_stay ? 0 : first;
            const std::vector<uint64_t>& start = m_.blocks[part.block].column_start;
            const uint64_t pointers = uint64_t{end} - first + part.end_batch - part.first_batch;
            Segment& segment = plan_.segments[part.segment];
            segment.load_bits += pointers * m_.pes * o_.ptr_bits;
            segment.load_bits += entries_stay ? 0 : (start[end] - start[first]) * o_.entry_bits();
        }
    }

    uint64_t entries_max_pe() const {
        return *std::max_element(m_.pe_entries.begin(), m_.pe_entries.end());
    }

    // Words that all blocks take together in the fullest PE.
    uint64_t words_max_pe() const {
        uint64_t most = 0;
        for (uint32_t pe = 0; pe < m_.pes; ++pe) {
            uint64_t words = 0;
            for (uint32_t b = 0; b < m_.blocks.size(); ++b) {
                words += o_.whole_words(entries_of(m_, b, 0, m_.cols, pe));
            }
            most = std::max(most, words);
        }
        return most;
    }

    // All entries stay on chip; segments by pointers only.
    bool io_mode_segments() {
        if (words_max_pe() > o_.spmat_capacity()) {
            return false;
        }
        plan_.residency = Residency::io_mode;
        make_segments({0, UINT64_MAX, o_.ptr_capacity()});
        plan_.segment_outer = plan_.vectors > 1 && segments_hold_whole_blocks();
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
        why_ = text("needs %.1f KB of entries in PE %u, has %.1f KB (spmat_bytes), and %.1f KB of "
                    "pointers per PE, has %.1f KB (ptr_bytes); there is no DRAM channel to load "
                    "from (dram_bits_per_cycle is 0)",
                    static_cast<double>(entries_max_pe() * o_.entry_bits()) / 8192.0, m_.max_pe(),
                    static_cast<double>(o_.spmat_bytes) / 1024.0,
                    static_cast<double>(plan_.pointers() * o_.ptr_bits) / 8192.0,
                    static_cast<double>(o_.ptr_bytes) / 1024.0);
        return false;
    }

    bool place_activations() {
        const bool one_pass = plan_.vectors == 1 && m_.blocks.size() == 1;
        const bool in_registers =
            plan_.vectors == 1 && div_up(inputs(), m_.pes) <= o_.act_registers;
        const Place output = one_pass && shape_.output_in_registers ? Place::registers
                             : shape_.output_to_dram                ? Place::dram
                                                                    : Place::sram;
        const Place source = shape_.input != Place::given ? shape_.input
                             : in_registers               ? Place::registers
                                                          : Place::sram;
        // What does not fit activation SRAM goes to DRAM: the output first, then an input that is
        // not anywhere yet, then both.
        const Place moved_output = output == Place::sram ? Place::dram : output;
        const Place moved_source =
            shape_.input == Place::given && source == Place::sram ? Place::dram : source;
        return share_sram(source, output) || share_sram(source, moved_output) ||
               share_sram(moved_source, output) || share_sram(moved_source, moved_output) ||
               refuse_activations();
    }

    // Room that the biases of one PE take, in activations.
    uint64_t bias_acts() const {
        const uint64_t bits = shape_.bias_bits == 0 ? o_.act_bits : shape_.bias_bits;
        return shape_.bias ? div_up(div_up(m_.rows, m_.pes) * bits, o_.act_bits) : 0;
    }

    // Divides activation SRAM among biases, what stays in it and what passes through.
    bool share_sram(Place source, Place output) {
        plan_.source = source;
        plan_.output = output;
        const bool streams = plan_.source == Place::dram || plan_.output == Place::dram;
        uint64_t used = bias_acts();
        used += plan_.source == Place::sram ? div_up(shape_.input_acts, m_.pes) : 0;
        used += plan_.output == Place::sram ? div_up(shape_.output_acts, m_.pes) : 0;
        const uint64_t room = o_.act_sram_capacity();
        if (used > room || (streams && !o_.has_dram())) {
            return false;
        }
        return share_slots(room - used);
    }

    bool share_slots(uint64_t room) {
        const uint64_t in = plan_.source == Place::dram ? largest_batch() : 0;
        const uint64_t out = plan_.output == Place::dram ? largest_block() : 0;
        plan_.output_slots = in + 2 * out <= room ? 2 : 1;
        if (in + plan_.output_slots * out > room) {
            return false;
        }
        room -= plan_.output_slots * out;
        plan_.act_slots =
            in > 0 ? static_cast<uint32_t>(std::min<uint64_t>(room / in, most_slots)) : 1;
        plan_.windows_slide = in > 0 && shape_.slides && largest_block_batches() == 1 &&
                              plan_.act_slots >= 2 && m_.blocks.size() == 1;
        return true;
    }

    size_t largest_block_batches() const {
        size_t most = 0;
        for (const auto& block : plan_.batches) {
            most = std::max(most, block.size());
        }
        return most;
    }

    uint64_t largest_batch() const { // activations per PE
        uint64_t largest = 1;
        for (const auto& block : plan_.batches) {
            for (const Batch& b : block) {
                largest = std::max<uint64_t>(largest, div_up(b.inputs, m_.pes));
            }
        }
        return largest;
    }

    uint64_t largest_block() const { // outputs per PE
        uint64_t largest = 1;
        for (const EncodedBlock& block : m_.blocks) {
            largest = std::max<uint64_t>(largest, block.rows_per_pe);
        }
        return largest;
    }

    bool refuse_activations() {
        why_ = text(
            "needs room for %llu input, %llu output and %llu bias values per PE, or for a "
            "batch of %llu and a block of %llu on their way from and to DRAM; activation SRAM "
            "holds %llu (act_sram_bytes)%s%s",
            static_cast<unsigned long long>(div_up(shape_.input_acts, m_.pes)),
            static_cast<unsigned long long>(div_up(shape_.output_acts, m_.pes)),
            static_cast<unsigned long long>(bias_acts()),
            static_cast<unsigned long long>(largest_batch()),
            static_cast<unsigned long long>(largest_block()),
            static_cast<unsigned long long>(o_.act_sram_capacity()),
            shape_.output_to_dram ? "; its output must leave the chip for the host or a later layer"
                                  : "",
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

uint64_t Plan::pointers() const {
    uint64_t sum = 0;
    for (const auto& block : batches) {
        for (const Batch& b : block) {
            sum += b.end_col - b.first_col + 1;
        }
    }
    return sum;
}

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
