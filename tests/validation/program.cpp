#include "program.hpp"

#include <sstream>
#include <stdexcept>
#include <tuple>

#include "process.hpp"

namespace validation {
namespace {

void append(Words& words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
}

std::string assay_or_throw(const Words& words) {
    const cli_test::Outcome outcome = cli_test::assay(words);
    if (outcome.exit_code != 0) {
        throw std::runtime_error(outcome.err);
    }
    return outcome.out;
}

Csv run_file(const std::string& hw, const std::string& workload, const Words& more) {
    Words words = {"run",      "--hw", cli_test::source(hw), "--workload", workload,
                   "--format", "csv",  "--no-outputs",       "--quiet",    "--no-cache"};
    append(words, more);
    return Csv(assay_or_throw(words));
}

void write_layer(std::ostream& out, size_t number, const Convolution& layer) {
    const Shape& s = layer.shape;
    out << (number == 0 ? "" : ",\n") << "{\"name\": \"row" << number
        << "\", \"op\": \"conv2d\", \"inputs\": [], \"in_channels\": " << s.inputs
        << ", \"in_height\": " << s.size << ", \"in_width\": " << s.size
        << ", \"out_channels\": " << s.outputs << ", \"kernel\": " << s.kernel
        << ", \"stride\": " << s.stride << ", \"padding\": " << s.padding
        << ", \"groups\": " << s.groups << ", \"w_bits\": " << layer.w_bits
        << ", \"a_bits\": " << layer.a_bits << "}";
}

std::string workload_of(const std::vector<Convolution>& layers) {
    std::ostringstream out;
    out << "{\"schema\": 1, \"name\": \"rows\", \"layers\": [\n";
    for (size_t i = 0; i < layers.size(); ++i) {
        write_layer(out, i, layers[i]);
    }
    out << "]}\n";
    return out.str();
}

} // namespace

bool Shape::operator<(const Shape& other) const {
    const auto key = [](const Shape& s) {
        return std::tie(s.inputs, s.outputs, s.size, s.kernel, s.stride, s.padding, s.groups);
    };
    return key(*this) < key(other);
}

Csv run(const std::string& hw, const std::string& workload, const Words& more) {
    return run_file(hw, cli_test::source(workload), more);
}

Csv run(const std::string& hw, const std::vector<Convolution>& layers, const Words& more) {
    cli_test::Folder folder;
    return run_file(hw, folder.write("rows.json", workload_of(layers)), more);
}

Csv table(const std::string& hw, const std::string& workload, const std::string& bits) {
    cli_test::Folder folder;
    const std::string out = folder.path("table.csv");
    assay_or_throw({"table", "--hw", cli_test::source(hw), "--workload", cli_test::source(workload),
                    "--bits", bits, "--no-store", "--quiet", "--out", out});
    return Csv(cli_test::read_file(out));
}

uint64_t total(const Csv& csv, const std::string& column) {
    uint64_t sum = 0;
    for (size_t i = 0; i < csv.size(); ++i) {
        sum += csv.count(i, column);
    }
    return sum;
}

double total_real(const Csv& csv, const std::string& column) {
    double sum = 0;
    for (size_t i = 0; i < csv.size(); ++i) {
        sum += csv.real(i, column);
    }
    return sum;
}

} // namespace validation
