#include "authors.hpp"

#include <stdexcept>

namespace validation {
namespace {

const char hw[] = "hw_configs/bit_fusion_authors.json";

std::string path_of(const std::string& file) {
    return "traces/bit_fusion/" + file + ".json";
}

SweepNumbers published_numbers(const Csv& csv, size_t row) {
    return {csv.real(row, "Cycles"), csv.real(row, "Memory wait cycles"),
            csv.real(row, "DRAM Read"), csv.real(row, "DRAM Write")};
}

SweepNumbers our_numbers(const Csv& csv, size_t row) {
    return {csv.real(row, "cycles"), csv.real(row, "cycles") - csv.real(row, "issue_cycles"),
            csv.real(row, "dram_read_bits"), csv.real(row, "dram_write_bits")};
}

// "conv1_a" of "conv1_a/Convolution".
std::string layer_name(const std::string& text) {
    return text.substr(0, text.find('/'));
}

size_t row_of(const Csv& published, const std::string& network, const std::string& layer) {
    for (size_t i = 0; i < published.size(); ++i) {
        if (published.text(i, "Network") == network &&
            layer_name(published.text(i, "Layer")) == layer) {
            return i;
        }
    }
    throw std::runtime_error("the sweep has no layer " + network + " " + layer);
}

bool is_twin(const std::string& layer) {
    return layer.size() > 2 && layer.compare(layer.size() - 2, 2, "_b") == 0;
}

void append_network(std::vector<SweepLayer>& layers, const Csv& published,
                    const std::string& network, const std::string& file) {
    const Csv ours = run_authors(file);
    for (size_t i = 0; i < ours.size(); ++i) {
        const std::string name = ours.text(i, "layer");
        if (!is_twin(name)) {
            const size_t row = row_of(published, network, name);
            layers.push_back(
                {network, name, published_numbers(published, row), our_numbers(ours, i)});
        }
    }
}

// They count its products alone: no limit of its networks, the fastest mapping, loads behind work.
Csv run_eyeriss(const std::string& file) {
    return run("hw_configs/eyeriss_168pe.json", path_of(file),
               {"--set",    "rows=16",
                "--set",    "cols=16",
                "--set",    "clock_mhz=500",
                "--set",    "technology_nm=45",
                "--set",    "dram_bits_per_cycle=192",
                "--set",    "dram_pj_per_bit=15",
                "--set",    "sum_words_per_cycle=0",
                "--set",    "mapping_goal=cycles",
                "--set",    "buffer_halves=2",
                "--w-bits", "16",
                "--a-bits", "16"});
}

} // namespace

const std::vector<AuthorsNet> authors_nets = {
    {"alexnet", 37666491, 131.95, "alexnet_1x", 70286336, 2678.6e6, 116.3, .05e6, .05},
    {"cifar10", 3293704, 0, "cifar10", 44153856, 617.0e6, 3.35, .05e6, .005},
    {"svhn", 1317523, 4.220, "svhn", 11296768, 158.0e6, .76, .05e6, .005},
    {"lenet5", 410352, 0, "lenet5", 1117696, 16.0e6, .51, .05e6, .005},
    {"vgg7", 2822491, 0, "vgg7", 21625856, 317.5e6, 2.70, .05e6, .0051},
    {"resnet18", 49079982, 0, "resnet18_1x", 95485952, 4269.4e6, 12.97, .05e6, .005},
    {"rnn", 394583, 0, "rnn", 1048576, 16.8e6, 8.00, .05e6, .005},
    {"lstm", 337175, 1.080, "lstm", 820800, 12.96e6, 6.18, .005e6, .005},
};

Csv run_authors(const std::string& file) {
    return run(hw, path_of(file), {});
}

std::vector<SweepLayer> measure_sweep() {
    const Csv published = published_table("bitfusion_authors_sweep_part.csv");
    std::vector<SweepLayer> layers;
    append_network(layers, published, "AlexNet", "alexnet");
    append_network(layers, published, "SVHN", "svhn");
    append_network(layers, published, "LSTM", "lstm");
    return layers;
}

std::vector<Comparison> compare_with_eyeriss() {
    std::vector<Comparison> all;
    for (const AuthorsNet& net : authors_nets) {
        const Csv fusion = run_authors(net.file);
        const Csv eyeriss = run_eyeriss(net.eyeriss_file);
        const double cycles = static_cast<double>(total(fusion, "cycles"));
        all.push_back(
            {&net, cycles, cycles - static_cast<double>(total(fusion, "issue_cycles")),
             total_real(fusion, "energy_j"), static_cast<double>(total(eyeriss, "issue_cycles")),
             static_cast<double>(total(eyeriss, "cycles")), total_real(eyeriss, "energy_j")});
    }
    return all;
}

} // namespace validation
