// Shapes from layer to layer, and the limits that keep a hostile file from asking for terabytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

constexpr uint64_t max_layers = 10000;
constexpr uint64_t max_elements = uint64_t{1}
                                  << 28; // of a tensor, and of all of a network together
constexpr uint64_t max_window = 4096;    // kernel, stride, padding
constexpr uint64_t max_dimension = 1 << 24;

// Completes layer.in, layer.out (fc, conv: out.c is given) and pooling geometry from the shapes of
// the inputs. False with messages that start with `where` if they do not fit.
bool infer_shapes(Layer& layer, const std::vector<Shape>& inputs, const std::string& where,
                  assay_report* report);

// Adds the layer's output and dense weights to `total`; false with a message once it passes the
// limit.
bool add_to_total(uint64_t& total, const Layer& layer, const std::string& where,
                  assay_report* report);

// Weight matrix of an fc or conv layer without a bias column; in range after infer_shapes.
uint32_t matrix_rows(const Layer& layer);
uint32_t matrix_cols(const Layer& layer);
// Weights that a file stores: rows * (cols / groups).
uint64_t stored_weight_count(const Layer& layer);

std::string shape_text(const Shape& shape); // "96x55x55"

} // namespace assay
