// What can be gained over HAQ's published policy on HAQ's table, no layer losing a bit, as a
// knapsack problem.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "haq_table.hpp"
#include "knapsack.hpp"

namespace assay_test {

struct HaqRaised {
    unsigned w = 0, a = 0;
};

// 8 widths of weights and activations each; value: bits.
struct HaqProblem {
    explicit HaqProblem(double limit) {
        choices.assign(2 * HaqTable::layers, 8);
        for (size_t v = 0; v < choices.size(); ++v) {
            group.push_back(v / 2);
        }
        space.variables = choices.size();
        space.choices = choices.data();
        space.group = group.data();
        Table value, cost;
        for (size_t i = 0; i < HaqTable::layers; ++i) {
            value.emplace_back(), cost.emplace_back();
            for (int option = 0; option < 64; ++option) {
                value.back().push_back(allowed(i, option) ? option / 8 + option % 8 + 2
                                                          : -INFINITY);
                cost.back().push_back(table.cycles(i, option / 8 + 1, option % 8 + 1));
            }
        }
        knapsack = std::make_unique<Knapsack>(value, std::vector<Table>{cost},
                                              std::vector<double>{limit * table.all8()});
    }

    // At least the published bits; the ends stay. -1 is 7 bits.
    static int published_w(size_t i) { return haq_policy()[i].w; }
    static int published_a(size_t i) { return i == 0 ? 7 : haq_policy()[i].a; }
    static bool allowed(size_t i, int option) {
        const int w = option / 8 + 1, a = option % 8 + 1;
        const bool end = i == 0 || i + 1 == HaqTable::layers;
        return end ? w == published_w(i) && a == published_a(i)
                   : w >= published_w(i) && a >= published_a(i);
    }
    static std::vector<unsigned> published() {
        std::vector<unsigned> x;
        for (size_t i = 0; i < HaqTable::layers; ++i) {
            x.push_back(static_cast<unsigned>(published_w(i) - 1));
            x.push_back(static_cast<unsigned>(published_a(i) - 1));
        }
        return x;
    }

    // Bits that the published policy gains.
    static HaqRaised raised(const std::vector<unsigned>& x) {
        const std::vector<unsigned> before = published();
        HaqRaised r;
        for (size_t v = 0; v < x.size(); ++v) {
            (v % 2 == 0 ? r.w : r.a) += x[v] - before[v];
        }
        return r;
    }
    static bool no_fewer_bits(const std::vector<unsigned>& x) {
        const std::vector<unsigned> before = published();
        return std::equal(x.begin(), x.end(), before.begin(), std::greater_equal<unsigned>());
    }

    HaqTable table;
    std::vector<unsigned> choices;
    std::vector<size_t> group;
    assay_space space = {};
    std::unique_ptr<Knapsack> knapsack;
};

} // namespace assay_test
