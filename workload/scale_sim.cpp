// SCALE-Sim's topology files: a table of convolutions or of matrix products, a header row first.
//
//   Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter,
//   Strides,
//   Layer, M, N, K,
//
// The format has no padding (the IFMAP is the padded image), no groups, no pooling and no graph. A
// depthwise layer can therefore not be told from a convolution with as many filters as its row
// says; nothing is guessed here. A layer reads the one above it where the shapes agree and stands
// alone elsewhere, which the workload's notes say.
#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "graph.hpp"
#include "image.hpp"
#include "input_file.hpp"
#include "quote.h"
#include "text.hpp"

namespace assay {
namespace {

constexpr uint64_t max_file_bytes = 16 << 20;
constexpr size_t most_notes = 20; // of a kind

struct Line {
    size_t number; // from 1
    std::vector<std::string> fields;
};

std::string trimmed(const std::string& s) {
    const char* const blank = " \t\r\n\v\f";
    size_t first = s.find_first_not_of(blank);
    return first == std::string::npos ? "" : s.substr(first, s.find_last_not_of(blank) - first + 1);
}

// Trailing commas leave empty fields, which are no fields.
std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> fields;
    for (size_t at = 0; at <= line.size();) {
        size_t comma = std::min(line.find(',', at), line.size());
        fields.push_back(trimmed(line.substr(at, comma - at)));
        at = comma + 1;
    }
    while (!fields.empty() && fields.back().empty()) {
        fields.pop_back();
    }
    return fields;
}

// Lines that are not blank.
std::vector<Line> lines_of(const std::string& content) {
    std::vector<Line> lines;
    size_t number = 0;
    for (size_t at = 0; at < content.size();) {
        size_t end = std::min(content.find('\n', at), content.size());
        Line line{++number, split(content.substr(at, end - at))};
        if (!line.fields.empty()) {
            lines.push_back(std::move(line));
        }
        at = end + 1;
    }
    return lines;
}

enum class Table {
    none,
    conv,
    gemm
};

std::string letters(const std::string& field) {
    std::string out;
    for (char c : field) {
        if (isalpha(static_cast<unsigned char>(c))) {
            out += static_cast<char>(tolower(static_cast<unsigned char>(c)));
        }
    }
    return out;
}

Table table_of(const std::vector<std::string>& header) {
    if (header.size() >= 8 && letters(header[1]).compare(0, 5, "ifmap") == 0) {
        return Table::conv;
    }
    bool gemm = header.size() >= 4 && letters(header[1]) == "m" && letters(header[2]) == "n" &&
                letters(header[3]) == "k";
    return gemm ? Table::gemm : Table::none;
}

class TopologyReader {
  public:
    TopologyReader(const char* path, assay_workload& out, assay_report* report)
        : path_(path), out_(out), report_(report) {}

    bool read(const std::string& content) {
        std::vector<Line> lines = lines_of(content);
        if (lines.empty() || table_of(lines[0].fields) == Table::none) {
            return fail(lines.empty() ? 1 : lines[0].number,
                        "expected a header row: \"Layer name, IFMAP Height, IFMAP Width, Filter "
                        "Height, Filter Width, Channels, Num Filter, Strides\" or \"Layer, M, N, "
                        "K\"");
        }
        if (lines.size() < 2 || lines.size() - 1 > max_layers) {
            return fail(lines.back().number, text("expected 1 .. %llu layers below the header",
                                                  static_cast<unsigned long long>(max_layers)));
        }
        table_ = table_of(lines[0].fields);
        note_columns(lines[0]);
        bool good = true;
        for (size_t i = 1; i < lines.size(); ++i) {
            good &= read_layer(lines[i]);
        }
        return good;
    }

  private:
    bool fail(size_t line, const std::string& message) const {
        assay_report_add(report_, "%s:%zu: %s", path_, line, message.c_str());
        return false;
    }

    size_t columns() const { return table_ == Table::conv ? 8 : 4; }

    void note_columns(const Line& header) {
        for (size_t i = columns(); i < header.fields.size(); ++i) {
            out_.notes.push_back(text("column %zu, %s, is not read", i + 1,
                                      assay_quote(header.fields[i].c_str()).text));
        }
    }

    bool read_layer(const Line& line) {
        if (line.fields.size() < columns()) {
            return fail(line.number,
                        text("expected %zu fields, not %zu", columns(), line.fields.size()));
        }
        std::vector<uint32_t> numbers;
        bool good = true;
        for (size_t i = 1; i < columns(); ++i) {
            good &= read_number(line, i, numbers);
        }
        if (line.fields[0].empty()) {
            good = fail(line.number, "the layer has no name");
        }
        if (!good) {
            return false;
        }
        Layer layer;
        layer.name = unique_name(line);
        return finish(line, table_ == Table::conv ? conv(layer, numbers) : gemm(layer, numbers),
                      layer);
    }

    bool read_number(const Line& line, size_t column, std::vector<uint32_t>& out) const {
        const std::string& field = line.fields[column];
        const bool window = table_ == Table::conv && (column == 3 || column == 4 || column == 7);
        const uint64_t high = window ? max_window : max_dimension;
        uint64_t value = 0;
        bool digits = !field.empty() && field.size() <= 12;
        for (char c : field) {
            digits &= isdigit(static_cast<unsigned char>(c)) != 0;
            value = digits ? value * 10 + static_cast<uint64_t>(c - '0') : 0;
        }
        out.push_back(static_cast<uint32_t>(value));
        if (digits && value >= 1 && value <= high) {
            return true;
        }
        return fail(line.number,
                    text("field %zu: expected a whole number in 1 .. %llu, not %s", column + 1,
                         static_cast<unsigned long long>(high), assay_quote(field.c_str()).text));
    }

    std::string unique_name(const Line& line) {
        std::string name = line.fields[0];
        size_t& uses = uses_[name]; // where to go on: ten thousand equal names are no trouble
        while (name == "input" || !names_.insert(name).second) {
            uses = std::max<size_t>(uses + 1, 2);
            name = text("%s_%zu", line.fields[0].c_str(), uses);
        }
        if (name != line.fields[0]) {
            note_name(line, name);
        }
        return name;
    }

    void note_name(const Line& line, const std::string& name) {
        if (++renamed_ <= most_notes) {
            out_.notes.push_back(text("line %zu: the name %s is taken: the layer is called %s",
                                      line.number, assay_quote(line.fields[0].c_str()).text,
                                      assay_quote(name.c_str()).text));
        }
    }

    static Shape conv(Layer& layer, const std::vector<uint32_t>& n) {
        layer.op = Op::conv;
        layer.kernel_h = n[2];
        layer.kernel_w = n[3];
        layer.out.c = n[5];
        layer.stride_h = layer.stride_w = n[6];
        return {n[4], n[0], n[1]};
    }

    // M x K by K x N: M rows of K features.
    static Shape gemm(Layer& layer, const std::vector<uint32_t>& n) {
        layer.op = n[0] > 1 ? Op::conv : Op::fc;
        layer.linear_rows = n[0] > 1;
        layer.out.c = n[1];
        return {n[2], n[0], 1};
    }

    bool finish(const Line& line, const Shape& in, Layer& layer) {
        std::string where = text("%s:%zu", path_, line.number);
        if (uint64_t{in.c} * in.h > max_elements || in.size() > max_elements) {
            return fail(line.number,
                        text("the input %s has more than 2^28 elements", shape_text(in).c_str()));
        }
        if (!infer_shapes(layer, {in}, where, report_) ||
            !add_to_total(elements_, layer, where, report_, false)) {
            return false;
        }
        const bool first = out_.layers.empty();
        layer.detached = !first && !fits(layer, in, out_.layers.back().out);
        if (!layer.detached) {
            layer.inputs = {static_cast<int>(out_.layers.size()) - 1};
        } else if (++detached_ <=
                   most_notes) { // the rest is in the count of all that the loader notes
            out_.notes.push_back(text("line %zu: the input %s is not the output %s of the layer "
                                      "above",
                                      line.number, shape_text(in).c_str(),
                                      shape_text(out_.layers.back().out).c_str()));
        }
        out_.layers.push_back(std::move(layer));
        return true;
    }

    const char* path_;
    assay_workload& out_;
    assay_report* report_;
    Table table_ = Table::none;
    std::set<std::string> names_;
    uint64_t elements_ = 0;
    std::map<std::string, size_t> uses_;
    size_t detached_ = 0, renamed_ = 0;
};

// The header row is what makes a .csv file one of these; a .csv without it is told so.
int probe(const char* path, const std::string& head) {
    const std::string name = path;
    const bool csv = name.size() > 4 && name.compare(name.size() - 4, 4, ".csv") == 0;
    const size_t first = head.find_first_not_of(" \t\r\n");
    const std::string line =
        first == std::string::npos ? "" : head.substr(first, head.find('\n', first) - first);
    return table_of(split(line)) != Table::none ? 70 : csv && !head.empty() ? 20 : 0;
}

assay_status load(const char* path, const assay_workload_params& params, assay_workload& out,
                  assay_report* report) {
    std::vector<uint8_t> bytes;
    assay_status status = read_whole_file(path, max_file_bytes, bytes, report);
    if (status != ASSAY_OK) {
        return status;
    }
    out.name = file_stem(path);
    if (!TopologyReader(path, out, report).read(std::string(bytes.begin(), bytes.end()))) {
        return ASSAY_BAD_INPUT;
    }
    out.input_shape = out.layers.front().in;
    InputDraw draw;
    draw.seed = params.seed ? params.seed : 1;
    return make_plain_input(params, draw, out, report);
}

} // namespace

extern const Importer importer_scale_sim;
const Importer importer_scale_sim = {
    {"scale-sim", "SCALE-Sim topologies, convolutions or matrix products (.csv)"},
    probe,
    load,
};

} // namespace assay
