#include "clocked_pe.hpp"

#include "eie_walk.hpp"

namespace assay::eie::clocked {

ActQueue::ActQueue(sc_core::sc_module_name name, Context& context, uint32_t pe, BroadcastBus& bus)
    : sc_module(name), context_(context), pe_(pe), bus_(bus), ring_(context.options->queue_depth) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

Activation ActQueue::at(uint64_t taken) const {
    if (written.read() > taken) {
        return ring_[taken % ring_.size()];
    }
    return {bus_.column.read(), bus_.act.read()};
}

void ActQueue::edge() {
    if (bus_.valid.read()) {
        ring_[written.read() % ring_.size()] = {bus_.column.read(), bus_.act.read()};
        written.write(written.read() + 1);
        ++context_.counters->pe[pe_].queue_pushes;
    }
}

PtrRead::PtrRead(sc_core::sc_module_name name, Context& context, uint32_t pe, ActQueue& queue)
    : sc_module(name), context_(context), pe_(pe), queue_(queue) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void PtrRead::edge() {
    const bool entry = busy.read() && cursor_ < end_;
    issue.write(entry);
    if (entry) {
        address.write(cursor_);
        first.write(at_first_);
        column.write(item_.column);
        act.write(item_.act);
        ++context_.counters->pe[pe_].entries;
        ++cursor_;
        at_first_ = false;
    }
    if (!busy.read() || cursor_ >= end_) {
        take();
    }
}

// The next activation's pointers: both banks are read at once (EIE §IV, even and odd columns).
void PtrRead::take() {
    const bool available = queue_.available(taken.read());
    busy.write(available);
    if (!available) {
        empty.write(false);
        return;
    }
    item_ = queue_.at(taken.read());
    taken.write(taken.read() + 1);
    const std::vector<uint32_t>& ptr = context_.encoded().ptr;
    const size_t pes = context_.job->matrix->pes;
    cursor_ = ptr[item_.column * pes + pe_];
    end_ = ptr[(item_.column + size_t{1}) * pes + pe_];
    empty.write(cursor_ == end_);
    at_first_ = true;
    ++context_.counters->pe[pe_].ptr_reads;
}

SpmatRead::SpmatRead(sc_core::sc_module_name name, Context& context, uint32_t pe, PtrRead& ptr)
    : sc_module(name), context_(context), pe_(pe), ptr_(ptr) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void SpmatRead::edge() {
    valid.write(ptr_.issue.read());
    if (!ptr_.issue.read()) {
        return;
    }
    const EncodedBlock& block = context_.encoded();
    const size_t pes = context_.job->matrix->pes;
    const uint32_t base = block.ptr[context_.base_col * pes + pe_];
    const uint64_t line = (ptr_.address.read() - base) / context_.options->entries_per_word();
    if (line != line_) {
        line_ = line;
        ++context_.counters->pe[pe_].spmat_reads;
    }
    if (ptr_.first.read()) { // where this PE's run of the column begins in our storage order
        const uint32_t* begin = &block.ptr[ptr_.column.read() * pes];
        position_ = block.column_start[ptr_.column.read()];
        for (uint32_t k = 0; k < pe_; ++k) {
            position_ += begin[pes + k] - begin[k];
        }
    }
    code.write(block.code[position_]);
    gap.write(block.gap[position_]);
    first.write(ptr_.first.read());
    act.write(ptr_.act.read());
    ++position_;
}

ActRW::ActRW(sc_core::sc_module_name name, Context& context, uint32_t pe)
    : sc_module(name), context_(context), pe_(pe), registers_(context.options->act_registers) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void ActRW::edge() {
    if (write.read()) {
        registers_[write_row.read()] = write_sum.read();
        ++context_.counters->pe[pe_].act_dst_writes;
    }
}

void ActRW::preset(uint32_t block) {
    const EncodedMatrix& m = *context_.job->matrix;
    std::fill(registers_.begin(), registers_.end(), 0);
    if (context_.job->bias == nullptr) {
        return;
    }
    for (uint32_t i = 0; i < m.blocks[block].rows_per_pe; ++i) {
        const uint64_t row = (uint64_t{block} * m.registers + i) * m.pes + pe_;
        registers_[i] = row < m.rows ? (*context_.job->bias)[row] : 0;
    }
}

void ActRW::store(uint32_t vector, uint32_t block) const {
    const EncodedMatrix& m = *context_.job->matrix;
    for (uint32_t i = 0; i < m.blocks[block].rows_per_pe; ++i) {
        const uint64_t row = (uint64_t{block} * m.registers + i) * m.pes + pe_;
        if (row < m.rows) {
            (*context_.job->result)[size_t{vector} * m.rows + row] =
                static_cast<int16_t>(registers_[i]);
        }
    }
}

ArithmUnit::ArithmUnit(sc_core::sc_module_name name, Context& context, uint32_t pe,
                       SpmatRead& spmat, ActRW& registers)
    : sc_module(name), context_(context), pe_(pe), spmat_(spmat), registers_(registers) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void ArithmUnit::edge() {
    const Format& format = context_.job->format;
    PeCounters& counters = context_.counters->pe[pe_];
    // (3) shift and add; its result is also what stage 2 may need in this cycle
    int sum = 0;
    const bool add = stage3.read() && product_.real;
    if (add) {
        sum = accumulate(format, product_.sum, product_.product, counters.saturations);
    }
    const uint32_t sum_row = product_.row;
    // (2) destination read and multiply
    const bool multiply = stage2.read() && operand_.real;
    Product next{multiply, operand_.row, 0, 0};
    if (multiply) {
        ++counters.act_dst_reads;
        next.product = scaled_product(format, operand_.weight, operand_.act);
        if (add && sum_row == operand_.row) {
            ++counters.bypasses;
            next.sum = sum;
        } else if (write.read() && write_row.read() == operand_.row) {
            next.sum = write_sum.read(); // the register file writes before it reads
        } else {
            next.sum = registers_.read(operand_.row);
        }
    }
    // (1) code book look-up and address accumulation
    if (spmat_.valid.read()) {
        const uint32_t row = (spmat_.first.read() ? 0 : next_row_) + spmat_.gap.read();
        const bool padding = spmat_.code.read() == 0;
        operand_ = {!padding, row, format.codebook[spmat_.code.read()], spmat_.act.read()};
        next_row_ = row + 1;
        counters.padding_entries += padding;
        context_.counters->stall[pe_].padding += padding;
    }
    product_ = next;
    stage2.write(spmat_.valid.read());
    stage3.write(stage2.read());
    stage4.write(stage3.read());
    write.write(add);
    write_row.write(sum_row);
    write_sum.write(sum);
}

Pe::Pe(const std::string& name, Context& context, uint32_t id, BroadcastBus& bus,
       sc_core::sc_clock& clock)
    : queue((name + "_queue").c_str(), context, id, bus),
      ptr((name + "_ptr_read").c_str(), context, id, queue),
      spmat((name + "_spmat_read").c_str(), context, id, ptr),
      act((name + "_act_rw").c_str(), context, id),
      arithm((name + "_arithm").c_str(), context, id, spmat, act) {
    queue.clock(clock);
    ptr.clock(clock);
    spmat.clock(clock);
    act.clock(clock);
    arithm.clock(clock);
    act.write(arithm.write);
    act.write_row(arithm.write_row);
    act.write_sum(arithm.write_sum);
}

bool Pe::empty_next() const {
    return !column_waiting() && !ptr.issue.read() && !spmat.valid.read() && !arithm.stage2.read() &&
           !arithm.stage3.read();
}

void Pe::trace(sc_core::sc_trace_file* file, const std::string& prefix) const {
    sc_trace(file, queue.written, prefix + ".queue.written");
    sc_trace(file, ptr.taken, prefix + ".queue.taken");
    sc_trace(file, ptr.busy, prefix + ".ptr_read.busy");
    sc_trace(file, ptr.empty, prefix + ".ptr_read.empty_column");
    sc_trace(file, ptr.issue, prefix + ".ptr_read.issue");
    sc_trace(file, ptr.address, prefix + ".ptr_read.address");
    sc_trace(file, ptr.column, prefix + ".ptr_read.column");
    sc_trace(file, spmat.valid, prefix + ".spmat_read.valid");
    sc_trace(file, spmat.code, prefix + ".spmat_read.code");
    sc_trace(file, spmat.gap, prefix + ".spmat_read.gap");
    sc_trace(file, arithm.stage2, prefix + ".arithm.multiply");
    sc_trace(file, arithm.stage3, prefix + ".arithm.add");
    sc_trace(file, arithm.stage4, prefix + ".arithm.write_back");
    sc_trace(file, arithm.write, prefix + ".act_rw.write");
    sc_trace(file, arithm.write_row, prefix + ".act_rw.row");
    sc_trace(file, arithm.write_sum, prefix + ".act_rw.sum");
}

} // namespace assay::eie::clocked
