#include "eie_encode.hpp"

#include <algorithm>
#include <cassert>

namespace assay::eie {
namespace {

// Where each row lives: division once per row instead of once per entry.
struct RowHome {
    std::vector<uint32_t> pe, local;
    RowHome(uint32_t rows, uint32_t pes) : pe(rows), local(rows) {
        for (uint32_t row = 0; row < rows; ++row) {
            pe[row] = row % pes;
            local[row] = row / pes;
        }
    }
};

struct BlockRange {
    uint32_t first_row, end_row;     // of the matrix
    uint32_t first_local, end_local; // of a PE's slice
};

// Entry numbers of the block's first and last row inside each column.
struct ColumnCursor {
    std::vector<uint32_t> next; // [cols]: first entry not yet encoded
};

class BlockEncoder {
  public:
    BlockEncoder(const SparseCodes& matrix, const RowHome& home, uint32_t pes, uint32_t index_bits,
                 const BlockRange& range)
        : matrix_(matrix), home_(home), pes_(pes), span_(1u << index_bits), range_(range) {}

    EncodedBlock run(ColumnCursor& cursor) {
        EncodedBlock block;
        block.rows_per_pe = range_.end_local - range_.first_local;
        count(cursor, block);
        fill(cursor, block);
        return block;
    }

  private:
    uint32_t column_end(uint32_t column, uint32_t entry) const {
        uint32_t end = matrix_.col_start[column + 1];
        if (range_.end_row >= matrix_.rows) {
            return end;
        }
        while (entry < end && matrix_.row[entry] < range_.end_row) {
            ++entry;
        }
        return entry;
    }

    // Sizes first: the entry arrays are then allocated once.
    void count(const ColumnCursor& cursor, EncodedBlock& block) {
        const uint32_t cols = matrix_.cols;
        block.ptr.assign((size_t{cols} + 1) * pes_, 0);
        block.column_start.assign(size_t{cols} + 1, 0);
        std::vector<uint16_t> padding(size_t{cols} * pes_, 0);
        std::vector<uint32_t> next_local(pes_);
        uint64_t total = 0, total_padding = 0;
        column_end_.resize(cols);
        for (uint32_t c = 0; c < cols; ++c) {
            std::fill(next_local.begin(), next_local.end(), range_.first_local);
            const uint32_t* before = &block.ptr[size_t{c} * pes_];
            uint32_t* after = &block.ptr[(size_t{c} + 1) * pes_];
            std::copy(before, before + pes_, after);
            uint32_t end = column_end(c, cursor.next[c]);
            column_end_[c] = end;
            for (uint32_t e = cursor.next[c]; e < end; ++e) {
                uint32_t pe = home_.pe[matrix_.row[e]], local = home_.local[matrix_.row[e]];
                uint32_t gap = local - next_local[pe];
                next_local[pe] = local + 1;
                uint32_t pads = gap >= span_ ? gap / span_ : 0;
                after[pe] += 1 + pads;
                padding[size_t{c} * pes_ + pe] =
                    static_cast<uint16_t>(padding[size_t{c} * pes_ + pe] + pads);
                total += 1 + pads;
                total_padding += pads;
            }
            block.column_start[c + 1] = total;
        }
        if (total_padding > 0) {
            block.padding = std::move(padding);
        }
        block.gap.resize(total);
        block.code.resize(total);
    }

    void fill(ColumnCursor& cursor, EncodedBlock& block) const {
        std::vector<uint64_t> place(pes_);
        std::vector<uint32_t> next_local(pes_);
        for (uint32_t c = 0; c < matrix_.cols; ++c) {
            std::fill(next_local.begin(), next_local.end(), range_.first_local);
            const uint32_t* before = &block.ptr[size_t{c} * pes_];
            const uint32_t* after = &block.ptr[(size_t{c} + 1) * pes_];
            uint64_t start = block.column_start[c];
            for (uint32_t pe = 0; pe < pes_; ++pe) {
                place[pe] = start;
                start += after[pe] - before[pe];
            }
            for (uint32_t e = cursor.next[c]; e < column_end_[c]; ++e) {
                uint32_t pe = home_.pe[matrix_.row[e]], local = home_.local[matrix_.row[e]];
                uint32_t gap = local - next_local[pe];
                next_local[pe] = local + 1;
                while (gap >= span_) { // a padding entry skips span - 1 zeros and is one itself
                    block.gap[place[pe]] = static_cast<uint8_t>(span_ - 1);
                    block.code[place[pe]++] = 0;
                    gap -= span_;
                }
                block.gap[place[pe]] = static_cast<uint8_t>(gap);
                block.code[place[pe]++] = matrix_.code[e];
            }
            cursor.next[c] = column_end_[c];
        }
    }

    const SparseCodes& matrix_;
    const RowHome& home_;
    uint32_t pes_, span_;
    BlockRange range_;
    std::vector<uint32_t> column_end_;
};

void add_block_totals(const EncodedBlock& block, EncodedMatrix& out) {
    const uint32_t* last = &block.ptr[size_t{out.cols} * out.pes];
    for (uint32_t pe = 0; pe < out.pes; ++pe) {
        out.pe_entries[pe] += last[pe];
    }
    out.entries += block.code.size();
    for (uint16_t padding : block.padding) {
        out.padding_entries += padding;
    }
}

} // namespace

uint32_t EncodedMatrix::max_pe() const {
    return static_cast<uint32_t>(std::max_element(pe_entries.begin(), pe_entries.end()) -
                                 pe_entries.begin());
}

EncodedMatrix encode(const SparseCodes& matrix, uint32_t pes, uint32_t index_bits,
                     uint32_t registers) {
    assert(pes >= 1 && registers >= 1 && index_bits >= 1 && index_bits <= 8);
    EncodedMatrix out;
    out.rows = matrix.rows;
    out.cols = matrix.cols;
    out.pes = pes;
    out.index_bits = index_bits;
    out.registers = registers;
    out.codebook = matrix.codebook;
    out.pe_entries.assign(pes, 0);
    RowHome home(matrix.rows, pes);
    ColumnCursor cursor{
        std::vector<uint32_t>(matrix.col_start.begin(), matrix.col_start.begin() + matrix.cols)};
    const uint64_t slice = (uint64_t{matrix.rows} + pes - 1) / pes;
    for (uint64_t local = 0; local < slice; local += registers) {
        uint64_t end = std::min<uint64_t>(local + registers, slice);
        BlockRange range{static_cast<uint32_t>(local * pes),
                         static_cast<uint32_t>(std::min<uint64_t>(end * pes, matrix.rows)),
                         static_cast<uint32_t>(local), static_cast<uint32_t>(end)};
        out.blocks.push_back(BlockEncoder(matrix, home, pes, index_bits, range).run(cursor));
        add_block_totals(out.blocks.back(), out);
    }
    return out;
}

SparseCodes decode(const EncodedMatrix& encoded) {
    SparseCodes out;
    out.rows = encoded.rows;
    out.cols = encoded.cols;
    out.codebook = encoded.codebook;
    out.col_start.assign(size_t{encoded.cols} + 1, 0);
    std::vector<std::pair<uint32_t, uint8_t>> column;
    for (uint32_t c = 0; c < encoded.cols; ++c) {
        column.clear();
        for (size_t b = 0; b < encoded.blocks.size(); ++b) {
            const EncodedBlock& block = encoded.blocks[b];
            uint64_t e = block.column_start[c];
            for (uint32_t pe = 0; pe < encoded.pes; ++pe) {
                uint32_t n = block.ptr[(size_t{c} + 1) * encoded.pes + pe] -
                             block.ptr[size_t{c} * encoded.pes + pe];
                uint32_t local = static_cast<uint32_t>(b) * encoded.registers;
                for (uint32_t i = 0; i < n; ++i, ++e) {
                    local += block.gap[e];
                    if (block.code[e] != 0) {
                        column.emplace_back(local * encoded.pes + pe, block.code[e]);
                    }
                    ++local;
                }
            }
        }
        std::sort(column.begin(), column.end());
        for (const auto& [row, code] : column) {
            out.row.push_back(row);
            out.code.push_back(code);
        }
        out.col_start[c + 1] = static_cast<uint32_t>(out.row.size());
    }
    return out;
}

} // namespace assay::eie
