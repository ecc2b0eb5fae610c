// One EIE processing element of the clocked model: a clocked process per block, registers as
// signals between them. Every process runs at the edge that ends cycle c, reads what the signals
// held during c and writes what they hold during c + 1, so the order in which processes run does
// not matter.
#pragma once

#include <systemc>

#include <vector>

#include "eie_model.hpp"

namespace assay::eie::clocked {

// What the control unit tells all PEs about the running layer; written between layers and at step
// boundaries only, while the pipelines are empty.
struct Context {
    const Options* options = nullptr;
    const Job* job = nullptr;
    Counters* counters = nullptr;
    uint32_t block = 0;    // row block being accumulated
    uint32_t base_col = 0; // its pointer is address 0
    const EncodedBlock& encoded() const { return job->matrix->blocks[block]; }
};

// The broadcast as it arrives at the queues.
struct BroadcastBus {
    sc_core::sc_signal<bool> valid;
    sc_core::sc_signal<uint32_t> column;
    sc_core::sc_signal<int> act;

    explicit BroadcastBus(const std::string& name)
        : valid((name + "_valid").c_str()), column((name + "_column").c_str()),
          act((name + "_act").c_str()) {}
};

struct Activation {
    uint32_t column = 0;
    int act = 0;
};

// Activation queue: a ring whose write side is here and whose read pointer belongs to the pointer
// read block. An activation on the bus can be taken in the same cycle (fall-through).
class ActQueue : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    sc_core::sc_signal<uint64_t> written{"written"};

    SC_HAS_PROCESS(ActQueue);
    ActQueue(sc_core::sc_module_name name, Context& context, uint32_t pe, BroadcastBus& bus);
    // Seen by the pointer read block in this cycle.
    bool available(uint64_t taken) const { return waiting(taken) > 0; }
    Activation at(uint64_t taken) const;
    uint64_t waiting(uint64_t taken) const { return written.read() + bus_.valid.read() - taken; }

  private:
    void edge();
    Context& context_;
    uint32_t pe_;
    BroadcastBus& bus_;
    std::vector<Activation> ring_;
};

// Pointer read and entry addresses (the issue slot). A column is held until its last entry has been
// issued; an empty one takes its pointer-read cycle.
class PtrRead : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    sc_core::sc_signal<bool> busy{"busy"};           // a column is in the issue slot
    sc_core::sc_signal<bool> empty{"empty"};         // ... and it has no entry in this PE
    sc_core::sc_signal<uint64_t> taken{"taken"};     // read pointer of the queue
    sc_core::sc_signal<bool> issue{"issue"};         // to SpmatRead: an address
    sc_core::sc_signal<uint32_t> address{"address"}; // entry number in the PE's slice
    sc_core::sc_signal<uint32_t> count{"count"};     // entries from there on, of one word
    sc_core::sc_signal<uint32_t> pass{"pass"};       // they are issued once per pass
    sc_core::sc_signal<bool> first{"first"};         // first entries of their column
    sc_core::sc_signal<uint32_t> column{"column"};
    sc_core::sc_signal<int> act{"act"};

    SC_HAS_PROCESS(PtrRead);
    PtrRead(sc_core::sc_module_name name, Context& context, uint32_t pe, ActQueue& queue);

  private:
    void edge();
    void issue_group();
    void take();
    Context& context_;
    uint32_t pe_;
    ActQueue& queue_;
    Activation item_;
    uint32_t cursor_ = 0, end_ = 0, pass_ = 0;
    bool at_first_ = false;
};

// One entry of the word in the line register.
struct EntryBus {
    sc_core::sc_signal<uint32_t> code, gap;

    explicit EntryBus(const std::string& name)
        : code((name + "_code").c_str()), gap((name + "_gap").c_str()) {}
};

// Sparse-matrix SRAM: reads a word when the address leaves the line register, selects one entry
// for each of the PE's lanes (EIE has one).
class SpmatRead : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    sc_core::sc_signal<bool> valid{"valid"};
    std::vector<std::unique_ptr<EntryBus>> lane;
    sc_core::sc_signal<uint32_t> count{"count"}, pass{"pass"};
    sc_core::sc_signal<bool> first{"first"};
    sc_core::sc_signal<int> act{"act"};

    SC_HAS_PROCESS(SpmatRead);
    SpmatRead(sc_core::sc_module_name name, Context& context, uint32_t pe, PtrRead& ptr);
    void forget_line() { line_ = UINT64_MAX; }

  private:
    void edge();
    Context& context_;
    uint32_t pe_;
    PtrRead& ptr_;
    uint64_t line_ = UINT64_MAX;
    uint32_t line_column_ = 0;
    uint64_t position_ = 0;
};

// A write port of the destination registers.
struct WritePort {
    sc_core::sc_signal<bool> write;
    sc_core::sc_signal<uint32_t> row;
    sc_core::sc_signal<int> sum;

    explicit WritePort(const std::string& name)
        : write((name + "_write").c_str()), row((name + "_write_row").c_str()),
          sum((name + "_write_sum").c_str()) {}
};
using WritePorts = std::vector<std::unique_ptr<WritePort>>;

// Destination and source registers and the activation SRAM port of the PE.
class ActRW : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    const WritePorts* ports = nullptr; // the arithmetic unit's, one per lane

    SC_HAS_PROCESS(ActRW);
    ActRW(sc_core::sc_module_name name, Context& context, uint32_t pe);
    int read(uint32_t row) const { return registers_[row]; }
    void preset(uint32_t block);                       // zero, or the bias
    void store(uint32_t vector, uint32_t block) const; // to the layer's result

  private:
    void edge();
    Context& context_;
    uint32_t pe_;
    std::vector<int> registers_;
};

// Four stages (EIE §V): code book and address accumulation; register read and multiply; shift and
// add; register write. The adder's output is bypassed to the next sum of the same row. A fusion
// unit in the multiplier's place works on a group of entries in as many passes as their widths
// take: the partial products add up in its own registers, and the last pass reads and adds to the
// sums.
class ArithmUnit : public sc_core::sc_module {
  public:
    sc_core::sc_in_clk clock{"clock"};
    sc_core::sc_signal<bool> stage2{"stage2"}, stage3{"stage3"}, stage4{"stage4"};
    WritePorts port;

    SC_HAS_PROCESS(ArithmUnit);
    ArithmUnit(sc_core::sc_module_name name, Context& context, uint32_t pe, SpmatRead& spmat,
               ActRW& registers);

  private:
    struct Operand { // between stages 1 and 2
        bool real = false;
        uint32_t row = 0;
        int weight = 0, act = 0;
    };
    struct Product { // between stages 2 and 3
        bool real = false;
        uint32_t row = 0;
        int product = 0, sum = 0;
    };
    struct Sum { // leaves stage 3
        bool real = false;
        uint32_t row = 0;
        int sum = 0;
    };
    void edge();
    void add(bool last_pass);
    void multiply(bool valid);
    void decode();
    int read_destination(uint32_t row);
    Context& context_;
    uint32_t pe_;
    SpmatRead& spmat_;
    ActRW& registers_;
    uint32_t next_row_ = 0;
    uint32_t operand_pass_ = 0, product_pass_ = 0;
    std::vector<Operand> operand_; // [lanes]
    std::vector<Product> product_;
    std::vector<Sum> sum_;
};

struct Pe {
    ActQueue queue;
    PtrRead ptr;
    SpmatRead spmat;
    ActRW act;
    ArithmUnit arithm;

    Pe(const std::string& name, Context& context, uint32_t id, BroadcastBus& bus,
       sc_core::sc_clock& clock);
    // Nothing between the queue and the last stage; the last stage may be writing.
    bool empty_next() const;
    bool column_waiting() const { return ptr.busy.read() || queue.available(ptr.taken.read()); }
    void trace(sc_core::sc_trace_file* file, const std::string& prefix) const;
};

} // namespace assay::eie::clocked
