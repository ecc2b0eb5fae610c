// Drawn matrices and activations: a density, a spread and a seed in place of a trained network.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

struct StatisticalMatrix {
    std::string stream;                       // layer name: layers with one seed differ
    uint32_t rows = 0, cols = 0;              // cols without the bias column
    uint32_t groups = 1;                      // block-diagonal; divides rows and cols
    bool bias_column = false;                 // one more column, kept with probability bias_density
    double density = 1;                       // 0 < density <= 1, inside the blocks
    double row_spread = 0, column_spread = 0; // coefficients of variation, 0 .. 2
    unsigned codebook_bits = 4;               // 1 .. 8
    uint64_t seed = 1;
};

// Share of the bias column of AlexNet FC8 that survived pruning: 959 of 1000 (its matrix: 25.7 %).
constexpr double bias_density = 0.959;

SparseCodes draw_matrix(const StatisticalMatrix& spec);

// The same as Weights whose matrix is drawn on first use; their hash is that of the specification.
Weights statistical_weights(const StatisticalMatrix& spec);

// The specification of weights that statistical_weights made, else null.
const StatisticalMatrix* statistical_spec(const Weights& weights);

// Weights of which only the shape is known, for a layer whose geometry is complete (a bias column
// and biases stay). Equal shapes and seeds give equal weights, whatever the layers' names: dense,
// with a codebook of 4 bits where a machine asks for codes.
void draw_weights(Layer& layer, uint64_t seed);

// Exactly round(density * n) non-zeros at random places: |normal| (after a ReLU) or, if
// `is_signed`, normal. None is nearer to 0 than 1/64, so that rounding to fixed point leaves their
// number alone.
std::vector<float> draw_activations(uint64_t n, double density, bool is_signed, uint64_t seed,
                                    const std::string& stream);

// Coefficient of variation of per-line counts beyond what independent draws would show. A line of
// `trials` places of which each is kept with probability p * r, r random with mean 1 and variance
// s^2, has mean m = p * trials and variance m - m * p * (1 + s^2) + m^2 * s^2, thus
// s^2 = (variance / m^2 - (1 - p) / m) / (1 - p / m); 0 if that is negative.
double excess_spread(const std::vector<uint64_t>& counts, uint64_t trials);

} // namespace assay
