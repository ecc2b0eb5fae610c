#include "pareto.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "rng.h"

namespace {

std::vector<size_t> front_of(const std::vector<double>& points, size_t objectives) {
    std::vector<size_t> front(points.size() / objectives);
    front.resize(assay_pareto_front(points.data(), front.size(), objectives, front.data()));
    return front;
}

std::vector<double> grid_points(size_t count, size_t objectives, unsigned side, uint64_t seed) {
    assay_rng rng = assay_rng_seed(seed, "pareto test");
    std::vector<double> points(count * objectives);
    for (double& value : points) {
        value = double(assay_rng_below(&rng, side));
    }
    return points;
}

// Unit cells of the grid [0, side)^objectives that some point dominates.
size_t dominated_cells(const std::vector<double>& points, size_t objectives, unsigned side) {
    size_t cells = 1, found = 0;
    for (size_t k = 0; k < objectives; ++k) {
        cells *= side;
    }
    for (size_t cell = 0; cell < cells; ++cell) {
        bool dominated = false;
        for (size_t i = 0; i < points.size() && !dominated; i += objectives) {
            size_t rest = cell;
            dominated = true;
            for (size_t k = 0; k < objectives; ++k, rest /= side) {
                dominated &= points[i + k] <= double(rest % side);
            }
        }
        found += dominated;
    }
    return found;
}

} // namespace

TEST(Pareto, DominatesIsNowhereWorseAndSomewhereBetter) {
    const double a[] = {1, 2, 3}, equal[] = {1, 2, 3}, better[] = {1, 2, 2}, mixed[] = {0, 9, 3};
    EXPECT_FALSE(assay_dominates(a, equal, 3));
    EXPECT_TRUE(assay_dominates(better, a, 3));
    EXPECT_FALSE(assay_dominates(a, better, 3));
    EXPECT_FALSE(assay_dominates(a, mixed, 3));
    EXPECT_FALSE(assay_dominates(mixed, a, 3));
    EXPECT_FALSE(assay_dominates(better, a, 2)) << "only as many as there are";
}

TEST(Pareto, FrontKeepsOrderAndTheFirstOfEquals) {
    const std::vector<double> points = {3, 1, 1, 3, 2, 2, 3, 3, 1, 3, 2, 2.5};
    EXPECT_EQ(front_of(points, 2), (std::vector<size_t>{0, 1, 2}));
    EXPECT_EQ(front_of({}, 2), std::vector<size_t>{});
}

TEST(Hypervolume, OfAStaircase) {
    const double points[] = {1, 3, 2, 2, 3, 1}, reference[] = {4, 4};
    EXPECT_EQ(assay_hypervolume(points, 3, 2, reference), 6);
    const double line[] = {3, 1, 2}, end[] = {7};
    EXPECT_EQ(assay_hypervolume(line, 3, 1, end), 6);
}

TEST(Hypervolume, PointsOutsideTheReferenceAddNothing) {
    const double points[] = {1, 1, 5, 0, 0, 4, -INFINITY, 9}, reference[] = {4, 4};
    EXPECT_EQ(assay_hypervolume(points, 4, 2, reference), 9);
    EXPECT_EQ(assay_hypervolume(points, 0, 2, reference), 0);
    EXPECT_EQ(assay_hypervolume(points + 2, 1, 2, reference), 0);
}

TEST(Hypervolume, CountsTheCellsOfAGrid) {
    for (size_t objectives : {1, 2, 3, 4}) {
        const unsigned side = 9;
        const double reference[] = {side, side, side, side};
        for (uint64_t seed = 0; seed < 20; ++seed) {
            std::vector<double> points = grid_points(12, objectives, side, seed);
            EXPECT_EQ(assay_hypervolume(points.data(), 12, objectives, reference),
                      double(dominated_cells(points, objectives, side)))
                << objectives << " objectives, seed " << seed;
        }
    }
}

TEST(Pareto, FrontHasTheVolumeOfAll) {
    const double reference[] = {50, 50, 50};
    for (uint64_t seed = 0; seed < 20; ++seed) {
        std::vector<double> points = grid_points(60, 3, 50, seed), front;
        for (size_t i : front_of(points, 3)) {
            front.insert(front.end(), &points[3 * i], &points[3 * i] + 3);
        }
        EXPECT_LT(front.size(), points.size());
        EXPECT_DOUBLE_EQ(assay_hypervolume(front.data(), front.size() / 3, 3, reference),
                         assay_hypervolume(points.data(), 60, 3, reference));
    }
}
