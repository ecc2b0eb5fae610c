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
        issue_group();
    }
    if (!busy.read() || cursor_ >= end_) {
        take();
    }
}

// One pass of the entries that the word's place and the lanes let go together.
void PtrRead::issue_group() {
    const Job& job = *context_.job;
    const size_t pes = job.matrix->pes;
    const uint32_t base = context_.encoded().ptr[context_.base_col * pes + pe_];
    const uint32_t entries =
        group_size(cursor_ - base, end_ - base, job.lanes,
                   static_cast<uint32_t>(context_.options->entries_per_word()));
    address.write(cursor_);
    count.write(entries);
    pass.write(pass_);
    first.write(at_first_);
    column.write(item_.column);
    act.write(item_.act);
    PeCounters& counters = context_.counters->pe[pe_];
    counters.entries += pass_ == 0 ? entries : 0;
    counters.groups += pass_ == 0;
    ++counters.issue_cycles;
    if (++pass_ == job.passes) {
        pass_ = 0;
        cursor_ += entries;
        at_first_ = false;
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
    for (uint64_t i = 0; i < context.options->issue_lanes(); ++i) {
        lane.push_back(std::make_unique<EntryBus>("lane" + std::to_string(i)));
    }
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
    // Where this PE's run of the column begins in our storage order.
    if (ptr_.first.read() && ptr_.pass.read() == 0) {
        const uint32_t* begin = &block.ptr[ptr_.column.read() * pes];
        position_ = block.column_start[ptr_.column.read()];
        for (uint32_t k = 0; k < pe_; ++k) {
            position_ += begin[pes + k] - begin[k];
        }
    }
    for (uint32_t i = 0; i < ptr_.count.read(); ++i) {
        lane[i]->code.write(block.code[position_ + i]);
        lane[i]->gap.write(block.gap[position_ + i]);
    }
    count.write(ptr_.count.read());
    pass.write(ptr_.pass.read());
    first.write(ptr_.first.read());
    act.write(ptr_.act.read());
    position_ += ptr_.pass.read() + 1 == context_.job->passes ? ptr_.count.read() : 0;
}

ActRW::ActRW(sc_core::sc_module_name name, Context& context, uint32_t pe)
    : sc_module(name), context_(context), pe_(pe), registers_(context.options->act_registers) {
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void ActRW::edge() {
    for (const auto& port : *ports) {
        if (port->write.read()) {
            registers_[port->row.read()] = port->sum.read();
            ++context_.counters->pe[pe_].act_dst_writes;
        }
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
            (*context_.job->result)[size_t{vector} * m.rows + row] = registers_[i];
        }
    }
}

ArithmUnit::ArithmUnit(sc_core::sc_module_name name, Context& context, uint32_t pe,
                       SpmatRead& spmat, ActRW& registers)
    : sc_module(name), context_(context), pe_(pe), spmat_(spmat), registers_(registers),
      operand_(spmat.lane.size()), product_(spmat.lane.size()), sum_(spmat.lane.size()) {
    for (size_t i = 0; i < spmat.lane.size(); ++i) {
        port.push_back(std::make_unique<WritePort>("port" + std::to_string(i)));
    }
    SC_METHOD(edge);
    sensitive << clock.pos();
    dont_initialize();
}

void ArithmUnit::edge() {
    add(stage3.read() &&
        product_pass_ + 1 == context_.job->passes); // first: stage 2 may need its result
    multiply(stage2.read());
    product_pass_ = operand_pass_;
    if (spmat_.valid.read()) {
        decode();
    }
    stage2.write(spmat_.valid.read());
    stage3.write(stage2.read());
    stage4.write(stage3.read());
}

// (3) shift and add
void ArithmUnit::add(bool last_pass) {
    for (size_t i = 0; i < sum_.size(); ++i) {
        const Product& p = product_[i];
        sum_[i] = {last_pass && p.real, p.row, 0};
        if (sum_[i].real) {
            const Format& format = context_.job->format;
            sum_[i].sum = format.fusion.used ? wrapping_sum(p.sum, p.product)
                                             : accumulate(format, p.sum, p.product,
                                                          context_.counters->pe[pe_].saturations);
        }
        port[i]->write.write(sum_[i].real);
        port[i]->row.write(sum_[i].row);
        port[i]->sum.write(sum_[i].sum);
    }
}

// (2) multiply, and in the last pass destination read
void ArithmUnit::multiply(bool valid) {
    for (size_t i = 0; i < product_.size(); ++i) {
        const Operand& operand = operand_[i];
        Product& p = product_[i];
        p.real = valid && operand.real;
        p.row = operand.row;
        if (!p.real) {
            continue;
        }
        const Format& format = context_.job->format;
        if (format.fusion.used) {
            const int partial =
                fused_pass(format.fusion, operand.weight, operand.act, operand_pass_);
            p.product = wrapping_sum(operand_pass_ == 0 ? 0 : p.product, partial);
        } else {
            p.product = scaled_product(format, operand.weight, operand.act);
        }
        if (operand_pass_ + 1 == context_.job->passes) {
            p.sum = read_destination(operand.row);
        }
    }
}

int ArithmUnit::read_destination(uint32_t row) {
    PeCounters& counters = context_.counters->pe[pe_];
    ++counters.act_dst_reads;
    for (const Sum& s : sum_) {
        if (s.real && s.row == row) {
            ++counters.bypasses;
            return s.sum;
        }
    }
    for (const auto& p : port) {
        if (p->write.read() && p->row.read() == row) {
            return p->sum.read(); // the register file writes before it reads
        }
    }
    return registers_.read(row);
}

// (1) code book look-up and address accumulation; later passes keep their operands
void ArithmUnit::decode() {
    operand_pass_ = spmat_.pass.read();
    const uint32_t count = spmat_.count.read();
    uint32_t padding = 0;
    uint32_t row = spmat_.first.read() ? 0 : next_row_;
    for (uint32_t i = 0; i < operand_.size(); ++i) {
        const uint32_t code = i < count ? spmat_.lane[i]->code.read() : 0;
        padding += i < count && code == 0;
        if (operand_pass_ == 0) {
            row += i < count ? spmat_.lane[i]->gap.read() : 0;
            operand_[i] = {code != 0, row, context_.job->format.codebook[code], spmat_.act.read()};
            row += i < count;
        }
    }
    if (operand_pass_ == 0) {
        next_row_ = row;
        context_.counters->pe[pe_].padding_entries += padding;
    }
    context_.counters->stall[pe_].padding += padding == count;
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
    act.ports = &arithm.port;
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
    sc_trace(file, arithm.stage2, prefix + ".arithm.multiply");
    sc_trace(file, arithm.stage3, prefix + ".arithm.add");
    sc_trace(file, arithm.stage4, prefix + ".arithm.write_back");
    for (size_t i = 0; i < arithm.port.size(); ++i) {
        const std::string lane = i == 0 ? "" : std::to_string(i);
        sc_trace(file, spmat.lane[i]->code, prefix + ".spmat_read.code" + lane);
        sc_trace(file, spmat.lane[i]->gap, prefix + ".spmat_read.gap" + lane);
        sc_trace(file, arithm.port[i]->write, prefix + ".act_rw.write" + lane);
        sc_trace(file, arithm.port[i]->row, prefix + ".act_rw.row" + lane);
        sc_trace(file, arithm.port[i]->sum, prefix + ".act_rw.sum" + lane);
    }
}

} // namespace assay::eie::clocked
