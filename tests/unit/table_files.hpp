// A small network, and tables that fit it.
#pragma once

#include <string>

namespace assay_test {

// Layers "a" and "b" are equal; "pool" is no matrix layer.
inline const char* const small_net = R"({
  "schema": 1, "name": "small", "input": {"shape": [8, 6, 6]},
  "layers": [
    {"name": "a", "op": "conv2d", "out_channels": 8, "kernel": [3, 3], "pad": [1, 1, 1, 1]},
    {"name": "b", "op": "conv2d", "out_channels": 8, "kernel": [3, 3], "pad": [1, 1, 1, 1]},
    {"name": "pool", "op": "global_avgpool"},
    {"name": "c", "op": "linear", "in_features": 8, "out_features": 4}
  ]
})";

// Widths 4 and 6; cycles = 1000 * layer + 10 * w + a, at 250 MHz.
inline std::string small_csv() {
    std::string text = "layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes\n";
    const char* const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; ++i) {
        for (int w : {4, 6}) {
            for (int a : {4, 6}) {
                const int cycles = 1000 * (i + 1) + 10 * w + a;
                char line[128];
                snprintf(line, sizeof line, "%s,%d,%d,%d,%.17g,%g,%d\n", names[i], w, a, cycles,
                         cycles / 250e6, 1e-6 * cycles, 100 + i);
                text += line;
            }
        }
    }
    return text;
}

} // namespace assay_test
