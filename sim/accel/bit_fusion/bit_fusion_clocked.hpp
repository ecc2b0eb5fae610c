// The clocked array: a SystemC process per fusion unit. Operands move from unit to unit to the
// right, sums move down; a unit sees what its neighbours held at the last clock edge.
#pragma once

#include <systemc>

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "bit_fusion_design.hpp"
#include "bricks.hpp"

namespace assay::bit_fusion::clocked {

// A step that the array works on.
struct Work {
    Work(const Nest& nest, const Array& array, const Layout& layout, const tiled::Step& step)
        : tile(step.visit.tile), drain(step.drain_cycles),
          schedule(nest, array, layout, step.visit.tile) {}
    const Tile tile;
    const uint64_t drain; // as the control unit counts it
    Schedule schedule;
    uint64_t on_the_way = 0; // sums that have been issued to the end and are not below yet
    bool issued = false;     // to the end
    // The ports were taken since its first issue: a wider block's last column may come earlier
    // after the last issue than the control unit counts, which does not know of it.
    bool held = false;
    uint64_t end = 0; // if held, not finished before
};

// What enters a row in one cycle, and is handed on to the right.
struct Packet {
    Work* work = nullptr; // null: nothing
    Issue issue;
    unsigned pass = 0, count = 0; // operands
    std::array<Lane, bricks_per_unit> lane;
    std::array<int32_t, bricks_per_unit> value;
};

// What goes down a column.
struct Sum {
    Work* work = nullptr;
    Issue issue;
    unsigned pass = 0;
    uint32_t value = 0;
};

// What all units know of the layer, and the cycle's parity: registers are written on one side and
// read on the other.
struct Layer {
    const tiled::Operands* operands = nullptr;
    Nest nest;
    Array array;
    unsigned side = 0;
    bool values() const { return operands->sums != nullptr; }
};

class Unit : public sc_core::sc_module {
  public:
    SC_HAS_PROCESS(Unit);
    Unit(sc_core::sc_module_name name, const Layer& layer, const sc_core::sc_event& edge,
         uint64_t col);
    void connect(const Packet* entry, const Unit* left, const Unit* above);
    void clear();
    const Sum& sum() const { return sum_[layer_.side]; } // of the last edge
    uint64_t active_cycles = 0, weight_bits = 0;

  private:
    void edge();
    void work(const Packet& in, Sum& sum);
    const Layer& layer_;
    const uint64_t col_;
    const Packet* entry_ = nullptr; // of the first column
    const Unit *left_ = nullptr, *above_ = nullptr;
    std::array<Packet, 2> packet_;
    std::array<Sum, 2> sum_;
};

} // namespace assay::bit_fusion::clocked
