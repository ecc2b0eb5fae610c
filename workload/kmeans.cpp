#include "kmeans.hpp"

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

// Lloyd's iterations end when no value changes its cluster; the cap only bounds the time of a
// pathological input (the fc and conv layers of real networks need 20 to 150).
constexpr unsigned most_iterations = 500;

struct Point {
    double value, weight;
};

// Sums over sorted points, so that a cluster (an interval of them) costs O(1).
struct Prefix {
    std::vector<double> weight, moment;
    explicit Prefix(const std::vector<Point>& points)
        : weight(points.size() + 1, 0), moment(points.size() + 1, 0) {
        for (size_t i = 0; i < points.size(); ++i) {
            weight[i + 1] = weight[i] + points[i].weight;
            moment[i + 1] = moment[i] + points[i].weight * points[i].value;
        }
    }
};

// End of each cluster among the sorted points. In one dimension clusters are intervals, so a binary
// search per boundary is the exact assignment.
std::vector<size_t> cluster_ends(const std::vector<Point>& points,
                                 const std::vector<double>& centroids) {
    std::vector<size_t> ends;
    for (size_t k = 0; k < centroids.size(); ++k) {
        auto in_cluster = [&](const Point& p) { return nearest_centroid(centroids, p.value) <= k; };
        ends.push_back(std::partition_point(points.begin(), points.end(), in_cluster) -
                       points.begin());
    }
    return ends;
}

std::vector<double> linear_start(double low, double high, size_t count) {
    std::vector<double> centroids(count, (low + high) / 2);
    for (size_t k = 0; count > 1 && k < count; ++k) {
        centroids[k] = low + (high - low) * static_cast<double>(k) / static_cast<double>(count - 1);
    }
    return centroids;
}

// `points` sorted by value, values distinct.
std::vector<double> cluster(const std::vector<Point>& points, size_t count,
                            unsigned max_iterations) {
    if (points.size() <= count) {
        std::vector<double> exact;
        for (const Point& p : points) {
            exact.push_back(p.value);
        }
        return exact;
    }
    Prefix prefix(points);
    std::vector<double> centroids = linear_start(points.front().value, points.back().value, count);
    std::vector<size_t> ends;
    for (unsigned i = 0; i < max_iterations; ++i) {
        std::vector<size_t> next = cluster_ends(points, centroids);
        if (next == ends) {
            break;
        }
        ends.swap(next);
        for (size_t k = 0, begin = 0; k < count; begin = ends[k++]) {
            double weight = prefix.weight[ends[k]] - prefix.weight[begin];
            if (weight > 0) { // an empty cluster keeps its centroid
                centroids[k] = (prefix.moment[ends[k]] - prefix.moment[begin]) / weight;
            }
        }
        std::sort(centroids.begin(), centroids.end()); // rounding may swap two that coincide
    }
    return centroids;
}

std::vector<Point> distinct_points(std::vector<float> values) {
    std::sort(values.begin(), values.end());
    std::vector<Point> points;
    for (float v : values) {
        if (points.empty() || points.back().value != static_cast<double>(v)) {
            points.push_back({v, 0});
        }
        points.back().weight += 1;
    }
    return points;
}

std::vector<float> codebook_of(const std::vector<double>& centroids) {
    std::vector<float> codebook{0.0f};
    codebook.insert(codebook.end(), centroids.begin(), centroids.end());
    return codebook;
}

size_t usable_codes(unsigned bits) {
    return (size_t{1} << bits) - 1;
}

} // namespace

std::vector<double> cluster_values(std::vector<float> values, size_t count,
                                   unsigned max_iterations) {
    return cluster(distinct_points(std::move(values)), count, max_iterations);
}

size_t nearest_centroid(const std::vector<double>& centroids, double value) {
    size_t above = std::lower_bound(centroids.begin(), centroids.end(), value) - centroids.begin();
    if (above == 0) {
        return 0;
    }
    if (above == centroids.size()) {
        return above - 1;
    }
    return value - centroids[above - 1] <= centroids[above] - value ? above - 1 : above;
}

std::vector<float> share_weights(const float* values, size_t n, unsigned bits,
                                 std::vector<uint8_t>* codes) {
    std::vector<float> kept;
    std::copy_if(values, values + n, std::back_inserter(kept), [](float v) { return v != 0; });
    std::vector<double> centroids =
        cluster_values(std::move(kept), usable_codes(bits), most_iterations);
    codes->assign(n, 0);
    for (size_t i = 0; i < n; ++i) {
        if (values[i] != 0) {
            (*codes)[i] = static_cast<uint8_t>(nearest_centroid(centroids, values[i]) + 1);
        }
    }
    return codebook_of(centroids);
}

SparseCodes recluster(const SparseCodes& matrix, unsigned bits, double* relative_rms_error) {
    double error = 0, power = 0;
    SparseCodes out = matrix;
    if (matrix.codebook.size() > usable_codes(bits) + 1) {
        std::vector<double> uses(matrix.codebook.size(), 0);
        for (uint8_t code : matrix.code) {
            uses[code] += 1;
        }
        std::vector<Point> points;
        for (size_t k = 1; k < uses.size(); ++k) {
            if (uses[k] > 0) {
                points.push_back({matrix.codebook[k], uses[k]});
            }
        }
        std::sort(points.begin(), points.end(),
                  [](const Point& a, const Point& b) { return a.value < b.value; });
        std::vector<double> centroids = cluster(points, usable_codes(bits), most_iterations);
        std::vector<uint8_t> moved(uses.size(), 0);
        for (size_t k = 1; k < uses.size() && !centroids.empty(); ++k) {
            double value = matrix.codebook[k];
            size_t near = nearest_centroid(centroids, value);
            moved[k] = static_cast<uint8_t>(near + 1);
            error += uses[k] * (value - centroids[near]) * (value - centroids[near]);
            power += uses[k] * value * value;
        }
        for (uint8_t& code : out.code) {
            code = moved[code];
        }
        out.codebook = codebook_of(centroids);
    }
    if (relative_rms_error) {
        *relative_rms_error = power > 0 ? std::sqrt(error / power) : 0;
    }
    return out;
}

} // namespace assay
