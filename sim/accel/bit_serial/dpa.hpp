// The dot-product array of the clocked model: a process per unit.
#pragma once

#include <memory>

#include "bit_serial.hpp"

namespace assay::bit_serial {

std::unique_ptr<tiled::ClockedArray> make_dot_product_array(const Options& options);

} // namespace assay::bit_serial
