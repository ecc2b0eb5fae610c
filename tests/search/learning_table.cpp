// How near a search comes to the best there is on the synthetic task, over seeds: the table of
// docs/validation.md.
//   learning_table ALGORITHM LAYERS FIRST..LAST EPISODES [OPTION=VALUE]...
// prints, over these seeds, the best reward found as a share of the Lagrangian bound: median,
// least, most, and how many are within 1 %.
#include <cinttypes>
#include <cstdio>
#include <string>
#include <vector>

#include "algorithm.h"
#include "report.hpp"
#include "synthetic_task.hpp"

namespace {

using assay::test::SyntheticTask;

double share(const assay_algorithm* algorithm, const void* values, size_t layers, uint64_t seed,
             size_t episodes, assay_report* report) {
    SyntheticTask task(layers, seed);
    assay_problem problem = task.problem();
    void* self = nullptr;
    if (algorithm->create(&problem, values, seed, &self, report) != ASSAY_OK) {
        return 0;
    }
    std::vector<unsigned> x(ASSAY_ASK_MAX * problem.space.variables);
    double best = 0;
    for (size_t done = 0, count = 1; done < episodes && count > 0; done += count) {
        assay_score score[ASSAY_ASK_MAX] = {};
        size_t max = std::min<size_t>(ASSAY_ASK_MAX, episodes - done);
        count = algorithm->ask(self, max, x.data());
        for (size_t i = 0; i < count; ++i) {
            unsigned* candidate = &x[i * problem.space.variables];
            problem.repair(problem.user, candidate);
            score[i].reward = task.reward(candidate);
            score[i].objective_count = 2;
            score[i].objectives[0] = -score[i].reward;
            score[i].objectives[1] = task.cost(candidate);
            best = std::max(best, score[i].reward);
        }
        algorithm->tell(self, count, x.data(), score);
    }
    algorithm->destroy(self);
    return best / task.bound();
}

bool set(const assay_algorithm* algorithm, void* values, const std::string& word,
         assay_report* report) {
    size_t equals = word.find('=');
    std::string text = equals == std::string::npos ? "" : word.substr(equals + 1);
    return assay_option_set_text(&algorithm->options, values, word.substr(0, equals).c_str(),
                                 text.c_str(), "option", report) == ASSAY_OK;
}

void print(std::vector<double>& found) {
    std::sort(found.begin(), found.end());
    const double median = (found[(found.size() - 1) / 2] + found[found.size() / 2]) / 2;
    const auto near =
        std::count_if(found.begin(), found.end(), [](double one) { return one >= 0.99; });
    std::printf("%.4f %.4f %.4f %td/%zu\n", median, found.front(), found.back(), near,
                found.size());
}

} // namespace

int main(int count, char** words) {
    const assay_algorithm* algorithm = count > 4 ? assay_algorithm_find(words[1]) : nullptr;
    size_t layers = 0, episodes = 0;
    uint64_t first = 1, last = 0;
    if (algorithm == nullptr || std::sscanf(words[2], "%zu", &layers) != 1 || layers == 0 ||
        std::sscanf(words[3], "%" SCNu64 "..%" SCNu64, &first, &last) != 2 || last < first ||
        std::sscanf(words[4], "%zu", &episodes) != 1) {
        std::fputs(
            "usage: learning_table ALGORITHM LAYERS FIRST..LAST EPISODES [OPTION=VALUE]...\n",
            stderr);
        return 2;
    }
    assay_test::Report report;
    std::vector<uint64_t> values(algorithm->options.values_size / 8 + 1);
    assay_options_defaults(&algorithm->options, values.data());
    bool good = true;
    for (int i = 5; i < count; ++i) {
        good = set(algorithm, values.data(), words[i], report) && good;
    }
    std::vector<double> found;
    for (uint64_t seed = first; good && seed <= last; ++seed) {
        found.push_back(share(algorithm, values.data(), layers, seed, episodes, report));
    }
    if (!report.text().empty()) {
        std::fprintf(stderr, "%s\n", report.text().c_str());
        return 2;
    }
    print(found);
    return 0;
}
