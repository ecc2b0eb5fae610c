// Where a tensor is between two layers.
#pragma once

namespace assay {

enum class Place {
    given,     // the workload's own input: put before the layer wherever the machine wants it
    registers, // in the registers that the next layer reads
    sram,      // in on-chip memory
    dram,      // outside: too large, or the host has it
};

} // namespace assay
