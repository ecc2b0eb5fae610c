// validation_report TABLE: one table of docs/validation.md on variable-precision machines, as
// Markdown. scripts/validate calls it. The numbers are those that the tests compare.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>

#include "apq.hpp"
#include "authors.hpp"
#include "haq.hpp"

using namespace validation;

namespace {

double percent(double ours, double published) {
    return 100 * (ours / published - 1);
}

void errors_row(const std::string& name, const Errors& e) {
    std::printf("| %s | %zu | %.1f | %.1f | %.1f | %+.1f |\n", name.c_str(), e.size(),
                100 * e.median(), 100 * e.quantile(.9), 100 * e.largest(), 100 * e.mean());
}

void report_haq() {
    const std::vector<HaqEntry> entries = measure_haq();
    std::puts(
        "| layers, error in % | entries | median | 90 % are below | largest | mean, with sign |\n"
        "|---|---:|---:|---:|---:|---:|");
    for (const auto& [kind, errors] : errors_by_kind(entries)) {
        errors_row(kind, errors);
    }
    std::puts("\n| bits of all layers | published cycles | ours | error |\n|---|---:|---:|---:|");
    for (unsigned bits = 1; bits <= 8; ++bits) {
        const Sum sum = uniform_sum(entries, bits);
        std::printf("| %u | %.0f | %.0f | %+.1f %% |\n", bits, sum.published, sum.ours,
                    percent(sum.ours, sum.published));
    }
    std::printf(
        "\nRank correlation (Spearman) over 2000 policies of 2..8 random bits per operand and "
        "layer, seed 1: %.5f.\n",
        policy_rank_correlation(entries, 2, 8, 2000, 1));
}

// Worst median of the pairs of widths.
template <typename Select>
std::string range(const std::map<unsigned, CostErrors>& by_bits, Select select) {
    double low = 1e9, high = 0;
    for (const auto& [bits, errors] : by_bits) {
        if (bits != 0) {
            low = std::min(low, select(errors).median());
            high = std::max(high, select(errors).median());
        }
    }
    char text[64];
    std::snprintf(text, sizeof text, "%.1f … %.1f", 100 * low, 100 * high);
    return text;
}

void apq_class_row(const std::string& kind, const std::map<unsigned, CostErrors>& by_bits) {
    const CostErrors& all = by_bits.at(0);
    const auto latency = [](const CostErrors& e) { return e.latency; };
    const auto energy = [](const CostErrors& e) { return e.energy; };
    std::printf("| %s | %zu | %.1f | %s | %.1f | %.1f | %.1f | %s | %.1f | %.1f |\n", kind.c_str(),
                all.latency.size(), 100 * all.latency.median(), range(by_bits, latency).c_str(),
                100 * all.latency.quantile(.9), 100 * all.latency.largest(),
                100 * all.energy.median(), range(by_bits, energy).c_str(),
                100 * all.energy.quantile(.9), 100 * all.energy.largest());
}

void apq_bits_row(const std::string& kind, const std::map<unsigned, CostErrors>& by_bits) {
    for (const bool energy : {false, true}) {
        std::printf("| %s, %s |", kind.c_str(), energy ? "energy" : "latency");
        for (unsigned w : {4, 6, 8}) {
            for (unsigned a : {4, 6, 8}) {
                const auto at = by_bits.find(w * 10 + a);
                if (at == by_bits.end()) {
                    std::printf(" – |");
                } else {
                    const CostErrors& e = at->second;
                    std::printf(" %.1f |", 100 * (energy ? e.energy : e.latency).median());
                }
            }
        }
        std::puts("");
    }
}

void report_apq() {
    const auto errors = errors_by_kind(measure_apq());
    std::puts(
        "| error in % | rows | latency: median | by widths | 90 % are below | largest | energy: "
        "median | by widths | 90 % are below | largest |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (const auto& [kind, by_bits] : errors) {
        apq_class_row(kind, by_bits);
    }
    std::puts(
        "\n| median error in %; weight x activation bits | 4x4 | 4x6 | 4x8 | 6x4 | 6x6 | 6x8 | "
        "8x4 | 8x6 | 8x8 |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (const auto& [kind, by_bits] : errors) {
        apq_bits_row(kind, by_bits);
    }
}

void report_apq_six_bits() {
    std::puts(
        "| medians of 6 x 6 over 8 x 8 bits | shapes | latency, table | ours | energy, table | "
        "ours | DRAM bits, ours |\n|---|---:|---:|---:|---:|---:|---:|");
    for (const auto& [kind, of] : six_over_eight(measure_apq())) {
        std::printf("| %s | %zu | %.3f | %.3f | %.3f | %.3f | %.3f |\n", kind.c_str(),
                    of.latency.size(), median(of.published_latency), median(of.latency),
                    median(of.published_energy), median(of.energy), median(of.dram_bits));
    }
}

void cost_row(const std::string& name, const Cost& published, const Cost& ours) {
    std::printf("| %s | %.3f | %.3f | %+.1f %% | %.3f | %.3f | %+.1f %% |\n", name.c_str(),
                1e3 * published.seconds, 1e3 * ours.seconds,
                percent(ours.seconds, published.seconds), 1e3 * published.joules, 1e3 * ours.joules,
                percent(ours.joules, published.joules));
}

void report_apq_nets() {
    std::puts("| batch 1 | table, ms | ours | error | table, mJ | ours | error |\n"
              "|---|---:|---:|---:|---:|---:|---:|");
    for (const ApqEnd& end : apq_ends) {
        cost_row(end.name, end.published, measure({end.layer}));
    }
    for (const ApqNet& net : apq_nets) {
        cost_row(net.name(), net.published, measure(layers_of(net)));
    }
}

void report_sweep() {
    std::puts("| layer | cycles, theirs | ours | error | waiting, theirs | ours | DRAM read Mbit, "
              "theirs | ours | written, theirs | ours |\n"
              "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (const SweepLayer& l : measure_sweep()) {
        std::printf(
            "| %s %s | %.0f | %.0f | %+.1f %% | %.0f | %.0f | %.2f | %.2f | %.2f | %.2f |\n",
            l.network.c_str(), l.layer.c_str(), l.published.cycles, l.ours.cycles,
            percent(l.ours.cycles, l.published.cycles), l.published.stalls, l.ours.stalls,
            1e-6 * l.published.dram_read, 1e-6 * l.ours.dram_read, 1e-6 * l.published.dram_write,
            1e-6 * l.ours.dram_write);
    }
}

void report_authors_nets(const std::vector<Comparison>& all) {
    std::puts("| 16 images | cycles, theirs | ours | error | mJ, theirs | ours |\n"
              "|---|---:|---:|---:|---:|---:|");
    for (const Comparison& c : all) {
        std::printf("| %s | %.0f | %.0f | %+.1f %% |", c.net->file, c.net->cycles, c.cycles,
                    percent(c.cycles, c.net->cycles));
        if (c.net->millijoules > 0) {
            std::printf(" %.2f", c.net->millijoules);
        }
        std::printf(" | %.2f |\n", 1e3 * c.joules);
    }
}

void report_eyeriss(const std::vector<Comparison>& all) {
    std::vector<double> published, against_theirs, computing, whole, energy;
    std::puts(
        "| 16 images; Eyeriss at 16 x 16 PEs, 500 MHz | Eyeriss cycles, theirs | ours, computing "
        "| error | ours, with DRAM | speed-up, theirs | ours / their Eyeriss | computing | with "
        "DRAM | energy ratio, ours |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (const Comparison& c : all) {
        published.push_back(c.net->eyeriss_cycles / c.net->cycles);
        against_theirs.push_back(c.net->eyeriss_cycles / c.cycles);
        computing.push_back(c.eyeriss_issue / c.cycles);
        whole.push_back(c.eyeriss_cycles / c.cycles);
        energy.push_back(c.eyeriss_joules / c.joules);
        std::printf("| %s | %.0f | %.0f | %+.1f %% | %.0f | %.2f | %.2f | %.2f | %.2f | %.2f |\n",
                    c.net->file, c.net->eyeriss_cycles, c.eyeriss_issue,
                    percent(c.eyeriss_issue, c.net->eyeriss_cycles), c.eyeriss_cycles,
                    published.back(), against_theirs.back(), computing.back(), whole.back(),
                    energy.back());
    }
    std::printf("| **geometric mean** (published: 3.925 and, energy, 5.117) | | | | | **%.2f** | "
                "**%.2f** | **%.2f** | **%.2f** | **%.2f** |\n",
                geometric_mean(published), geometric_mean(against_theirs),
                geometric_mean(computing), geometric_mean(whole), geometric_mean(energy));
}

void report_authors() {
    const std::vector<Comparison> all = compare_with_eyeriss();
    report_authors_nets(all);
    std::puts("");
    report_eyeriss(all);
}

const struct {
    const char* name;
    void (*print)();
} tables[] = {
    {"haq", report_haq},           {"apq", report_apq},     {"apq_six_bits", report_apq_six_bits},
    {"apq_nets", report_apq_nets}, {"sweep", report_sweep}, {"authors", report_authors},
};

} // namespace

int main(int argc, char** argv) {
    try {
        for (const auto& table : tables) {
            if (argc == 2 && std::strcmp(argv[1], table.name) == 0) {
                table.print();
                return 0;
            }
        }
        std::fprintf(stderr, "usage: validation_report TABLE\n");
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "validation_report: %s\n", error.what());
        return 1;
    }
}
