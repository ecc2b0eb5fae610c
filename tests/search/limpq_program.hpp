// The integer program of LIMPQ (Tang et al., ECCV 2022) for ResNet-50, from its authors' numbers.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "../validation/csv.hpp"
#include "knapsack.hpp"

namespace assay_test {

struct LimpqConv {
    double params, positions, counted; // output positions: true, and as its repository counts them
};

// ResNet-50 without its first and last layers. Stride 2 makes 56 -> 28.5 positions a side there.
inline std::map<std::string, LimpqConv> limpq_resnet50() {
    std::map<std::string, LimpqConv> convs;
    const int blocks[] = {3, 4, 6, 3};
    double in = 64, side = 56;
    for (int stage = 0; stage < 4; ++stage) {
        const double width = 64 << stage;
        for (int b = 0; b < blocks[stage]; ++b) {
            const bool halves = b == 0 && stage > 0;
            const double out = halves ? side / 2 : side;
            const double counted =
                halves ? std::floor((side / 2 + 0.5) * (side / 2 + 0.5)) : out * out;
            const std::string name =
                "module.layer" + std::to_string(stage + 1) + "." + std::to_string(b) + ".";
            convs[name + "conv1"] = {in * width, side * side, side * side};
            convs[name + "conv2"] = {9 * width * width, out * out, counted};
            convs[name + "conv3"] = {4 * width * width, out * out, out * out};
            if (b == 0) {
                convs[name + "downsample.0"] = {4 * in * width, out * out, counted};
            }
            in = 4 * width;
            side = out;
        }
    }
    return convs;
}

// Indicators at 2 .. 6 bits; one that rises with the bits is an artefact, and its width is out.
inline std::vector<double> limpq_indicators(const validation::Csv& table, size_t row,
                                            const std::string& prefix) {
    std::vector<double> values;
    for (int bits = 2; bits <= 6; ++bits) {
        const double value = table.real(row, prefix + std::to_string(bits));
        const bool rises = bits > 2 && value > table.real(row, prefix + std::to_string(bits - 1));
        values.push_back(rises ? INFINITY : value);
    }
    return values;
}

// min sum(A + 2 W), operations of 3 x 4 bits, weights of 1 / 12.2 of 32 bits.
inline Knapsack limpq_program(bool as_counted) {
    const validation::Csv table =
        validation::published_table("limpq/limpq_resnet50_indicators.csv");
    const std::map<std::string, LimpqConv> convs = limpq_resnet50();
    const double ends = 2048000 + 9408; // the first and last layers, at 8 bits
    Table value, operations, size;
    double all_macs = 0, all_params = ends;
    for (size_t i = 0; i < table.size(); ++i) {
        const LimpqConv& conv = convs.at(table.text(i, "name"));
        const double macs = conv.params * (as_counted ? conv.counted : conv.positions);
        const std::vector<double> w = limpq_indicators(table, i, "w"),
                                  a = limpq_indicators(table, i, "a");
        value.emplace_back(), operations.emplace_back(), size.emplace_back();
        for (int wb = 2; wb <= 6; ++wb) {
            for (int ab = 2; ab <= 6; ++ab) {
                value.back().push_back(-(a[ab - 2] + 2 * w[wb - 2]));
                operations.back().push_back(macs * wb * ab);
                size.back().push_back(conv.params * wb);
            }
        }
        all_macs += macs;
        all_params += conv.params;
    }
    return Knapsack(value, {operations, size}, {12 * all_macs, 32 * all_params / 12.2 - 8 * ends});
}

} // namespace assay_test
