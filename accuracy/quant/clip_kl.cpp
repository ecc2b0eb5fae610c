#include <algorithm>
#include <cmath>
#include <limits>

#include "clip.hpp"

namespace assay {
namespace {

// `from` as a function on evenly spaced points of 0 .. 1, read at `count` evenly spaced points.
void resample(const double* from, size_t from_count, double* to, size_t count) {
    if (from_count == 1 || count == 1) {
        std::fill(to, to + count, from[0]);
        return;
    }
    const double step = static_cast<double>(from_count - 1) / static_cast<double>(count - 1);
    for (size_t i = 0; i < count; ++i) {
        double position = static_cast<double>(i) * step;
        size_t left = std::min(static_cast<size_t>(position), from_count - 2);
        double part = position - static_cast<double>(left);
        to[i] = from[left] + (from[left + 1] - from[left]) * part;
    }
}

// One term of sum (c - q) log2(c / q). Values below the least of all have c = 0: nothing is lost
// where q agrees, everything where it does not.
double divergence(double c, double q) {
    if (c == q) {
        return 0;
    }
    return c > 0 && q > 0 ? (c - q) * std::log2(c / q) : std::numeric_limits<double>::infinity();
}

std::vector<double> cumulative(const std::vector<uint64_t>& bins) {
    double total = 0, sum = 0;
    for (uint64_t n : bins) {
        total += static_cast<double>(n);
    }
    std::vector<double> out;
    for (uint64_t n : bins) {
        sum += static_cast<double>(n);
        out.push_back(sum / total);
    }
    return out;
}

// after[i]: divergence of bins i and on from a distribution that has reached 1.
std::vector<double> divergence_from_one(const std::vector<double>& c) {
    std::vector<double> after(c.size() + 1, 0);
    for (size_t i = c.size(); i-- > 0;) {
        after[i] = after[i + 1] + divergence(c[i], 1);
    }
    return after;
}

} // namespace

double kl_threshold(const std::vector<uint64_t>& bins, double bin_width, unsigned bits) {
    const size_t points = size_t{1} << (bits - 1);
    const std::vector<double> c = cumulative(bins), after = divergence_from_one(c);
    std::vector<double> p = c, coarse(points), q(bins.size());
    double least = std::numeric_limits<double>::infinity(), threshold = 0;
    for (size_t cut = points + 1; cut <= bins.size(); ++cut) {
        p[cut - 1] = 1;
        resample(p.data(), cut, coarse.data(), points);
        resample(coarse.data(), points, q.data(), cut);
        p[cut - 1] = c[cut - 1];
        double sum = after[cut];
        for (size_t i = 0; i < cut && sum < least; ++i) {
            sum += divergence(c[i], q[i]);
        }
        if (sum < least) {
            least = sum;
            threshold = (static_cast<double>(cut) + 0.5) * bin_width;
        }
    }
    return threshold;
}

} // namespace assay
