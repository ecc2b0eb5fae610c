// search_report TABLE: one table of docs/validation.md on what searches find in published numbers,
// as Markdown. scripts/validate calls it. The numbers are those that the tests compare.
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "budget.h"
#include "haq_problem.hpp"
#include "limpq_program.hpp"

using namespace assay_test;

namespace {

double used(const HaqTable& table, const std::vector<unsigned>& x) {
    double sum = 0;
    for (size_t i = 0; i < HaqTable::layers; ++i) {
        sum += table.cycles(i, int(x[2 * i]) + 1, int(x[2 * i + 1]) + 1);
    }
    return sum / table.all8();
}

void print_bits(const char* name, const HaqProblem& p, const std::vector<unsigned>& x) {
    const HaqRaised r = p.raised(x);
    std::printf("| %s | %.6f | %u | %u | %s |\n", name, used(p.table, x), r.w, r.a,
                p.no_fewer_bits(x) ? "none" : "some");
}

std::vector<unsigned> refilled(const HaqProblem& p) {
    assay_budget* budget = nullptr;
    if (assay_budget_new(&p.space, **p.knapsack, &budget) != ASSAY_OK) {
        throw std::bad_alloc();
    }
    std::vector<unsigned> x = p.published();
    assay_budget_refill(budget, x.data());
    assay_budget_free(&budget);
    return x;
}

assay_mckp_result solve(const assay_separable* problem, std::vector<size_t>& choice) {
    choice.resize(problem->items);
    assay_mckp_result result;
    if (assay_mckp_solve(problem, 0, choice.data(), &result) != ASSAY_OK || !result.proven) {
        throw std::runtime_error("the program was not solved");
    }
    return result;
}

std::vector<unsigned> solved(const HaqProblem& p) {
    std::vector<size_t> choice;
    solve(**p.knapsack, choice);
    std::vector<unsigned> x(p.space.variables);
    for (size_t i = 0; i < choice.size(); ++i) {
        assay_choose_option(&p.space, i, choice[i], x.data());
    }
    return x;
}

void report_haq_refill() {
    const HaqProblem p(0.6);
    std::puts("| HAQ's policy for 0.6, on HAQ's table | cycles / 8 bits | weight bits more | "
              "activation bits more | layers with fewer bits |\n|---|---:|---:|---:|---:|");
    print_bits("as published", p, p.published());
    print_bits("our refill", p, refilled(p));
    print_bits("exact: the most bits", p, solved(p));
}

double cycles(void* table, size_t layer, int w, int a) {
    return static_cast<const HaqTable*>(table)->cycles(layer, w, a);
}

void report_haq_loop() {
    HaqTable table;
    std::puts("| budget / 8 bits | sweeps | decrements | cycles / 8 bits |\n|---:|---:|---:|---:|");
    for (double ratio : {0.9, 0.8, 0.6, 0.556, 0.5, 0.4, 0.3}) {
        std::vector<assay_haq_bits> policy(HaqTable::layers, {8, 8});
        const assay_haq_budget budget = {HaqTable::layers, 2, ratio * table.all8(), cycles, &table};
        const assay_haq_counts counts = assay_budget_haq(&budget, policy.data());
        std::printf("| %g | %u | %u | %.6f |\n", ratio, counts.sweeps, counts.decrements,
                    counts.used / table.all8());
    }
}

void report_limpq() {
    std::puts(
        "| operations counted | exact, proven | Lagrangian bound | weights, activations: mean "
        "bits |\n|---|---:|---:|---:|");
    for (const bool as_counted : {true, false}) {
        const Knapsack program = limpq_program(as_counted);
        std::vector<size_t> choice;
        const assay_mckp_result result = solve(*program, choice);
        double w = 0, a = 0;
        for (size_t option : choice) {
            w += double(option / 5 + 2) / double(choice.size());
            a += double(option % 5 + 2) / double(choice.size());
        }
        double multiplier[ASSAY_LIMITS_MAX];
        assay_mckp_result dual;
        assay_mckp_lagrangian(*program, choice.data(), multiplier, &dual);
        std::printf("| %s | %.6f | %.6f | %.2f, %.2f |\n",
                    as_counted ? "as its repository does" : "as they are", -result.value,
                    -dual.bound, w, a);
    }
}

const struct {
    const char* name;
    void (*print)();
} tables[] = {
    {"haq_loop", report_haq_loop}, {"haq_refill", report_haq_refill}, {"limpq", report_limpq}};

} // namespace

int main(int argc, char** argv) {
    try {
        for (const auto& table : tables) {
            if (argc == 2 && std::strcmp(argv[1], table.name) == 0) {
                table.print();
                return 0;
            }
        }
        std::fprintf(stderr, "usage: search_report haq_loop|haq_refill|limpq\n");
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "search_report: %s\n", error.what());
        return 1;
    }
}
