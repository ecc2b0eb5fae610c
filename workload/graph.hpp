// Shapes from layer to layer, and the limits that keep a hostile file from asking for terabytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

constexpr uint64_t max_layers = 10000;
// Of a tensor, and of all of a network together. Weights of which only the shape is known take no
// memory and count in their own layer only.
constexpr uint64_t max_elements = uint64_t{1} << 28;
constexpr uint64_t max_window = 4096; // kernel, stride, padding, dilation
constexpr uint64_t max_dimension = 1 << 24;
constexpr uint64_t max_bits = 16; // of an operand
constexpr uint64_t max_batch = 4096;
// MACs of a whole batch through the network: exact in a double, and times 16 x 16 bits still far
// from the end of a 64-bit counter.
constexpr uint64_t max_macs = uint64_t{1} << 53;

// Completes layer.in, layer.out (fc, conv: out.c is given) and pooling geometry from the shapes of
// the inputs. False with messages that start with `where` if they do not fit.
bool infer_shapes(Layer& layer, const std::vector<Shape>& inputs, const std::string& where,
                  assay_report* report);

// Adds the layer's output and, where they have values, its dense weights to `total`; false with a
// message once it passes the limit.
bool add_to_total(uint64_t& total, const Layer& layer, const std::string& where,
                  assay_report* report, bool has_values = true);

// The layer with which `batch` images (>= 1) pass max_macs in all; null if they never do.
const Layer* layer_over_max_macs(const std::vector<Layer>& layers, uint64_t batch);

// True if a layer whose input is `in` can read an output of the shape `producer`: a linear layer
// of one row takes its values in CHW order, one of several rows an image whose channels are its
// features and whose pixels are its rows, all others take the shape itself.
bool fits(const Layer& layer, const Shape& in, const Shape& producer);

// Weight matrix of an fc, conv or matmul layer without a bias column; in range after infer_shapes.
uint32_t matrix_rows(const Layer& layer);
uint32_t matrix_cols(const Layer& layer);
// Weights that a file stores: rows * (cols / groups).
uint64_t stored_weight_count(const Layer& layer);

// Per layer: whether what it reads may be below zero, as far as the ops and ReLUs before it tell:
// any of its inputs, of a matmul the first.
std::vector<bool> signed_reads(const assay_workload& workload);
bool reads_signed(const assay_workload& workload, size_t layer);
// Whether the workload's own input may be below zero.
bool input_is_signed(const assay_workload& workload);

std::string shape_text(const Shape& shape); // "96x55x55"

} // namespace assay
