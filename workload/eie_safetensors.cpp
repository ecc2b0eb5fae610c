// One fully connected layer as EIE stores it: per PE a pointer array, codes and relative row
// indices (Han et al., EIE, ISCA 2016, section III), in a safetensors file with
//   codebook    f32 [K]         K <= 256, [0] = 0
//   activations f32 [N]         the captured input vector
//   pointers    u32 [P, C + 1]  first entry of each column in the PE's own list; C = N, or N + 1
//   with a
//                               last column that is a bias, driven by 1.0
//   pe_offsets  u32 [P + 1]     first entry of each PE
//   codes, row_gaps u8 [E]      codebook index; zero rows skipped before the entry in the PE's
//   slice
// Row i of the matrix is row i / P of PE i mod P. An entry with code 0 is padding: it only advances
// the row. The number of rows starts the text of the metadata "rows"; without it, the highest row
// counts.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "graph.hpp"
#include "quote.h"
#include "safetensors.hpp"
#include "sparse.hpp"
#include "text.hpp"

namespace assay {
namespace {

struct EieFile {
    std::vector<float> codebook, activations;
    std::vector<uint32_t> pointers, offsets;
    const uint8_t* codes = nullptr;
    const uint8_t* gaps = nullptr;
    uint64_t pes = 0, cols = 0, entries = 0;
    uint64_t rows = 0; // 0: not stated
};

class Decoder {
  public:
    Decoder(const Safetensors& file, assay_report* report) : file_(file), report_(report) {}

    bool read(EieFile& out) {
        if (!file_.tensors().empty() && !file_.tensors().count("codebook") &&
            !file_.tensors().count("pointers")) {
            return fail("none of the tensors of an EIE layer (\"codebook\", \"pointers\", ...); a "
                        "network's parameters are read through \"weights\" of its workload file");
        }
        const Tensor* codebook = file_.require("codebook", "F32", 1, report_);
        const Tensor* activations = file_.require("activations", "F32", 1, report_);
        const Tensor* pointers = file_.require("pointers", "U32", 2, report_);
        const Tensor* offsets = file_.require("pe_offsets", "U32", 1, report_);
        const Tensor* codes = file_.require("codes", "U8", 1, report_);
        const Tensor* gaps = file_.require("row_gaps", "U8", 1, report_);
        if (!codebook || !activations || !pointers || !offsets || !codes || !gaps) {
            return false;
        }
        out.codebook = file_.floats(*codebook);
        out.activations = file_.floats(*activations);
        out.pointers = file_.uints(*pointers);
        out.offsets = file_.uints(*offsets);
        out.codes = file_.bytes(*codes);
        out.gaps = file_.bytes(*gaps);
        out.entries = codes->count();
        out.pes = pointers->shape[0];
        out.cols = pointers->shape[1] ? pointers->shape[1] - 1 : 0;
        return check_sizes(out, gaps->count(), offsets->count()) && check_values(out) &&
               read_metadata(out) && check_pointers(out);
    }

    bool decode(const EieFile& in, SparseCodes& out) {
        out.cols = static_cast<uint32_t>(in.cols);
        out.codebook = in.codebook;
        out.col_start.assign(1, 0);
        std::vector<uint64_t> column; // row * 256 + code
        for (uint64_t j = 0; j < in.cols; ++j) {
            column.clear();
            for (uint64_t pe = 0; pe < in.pes; ++pe) {
                if (!decode_slice(in, pe, j, column)) {
                    return false;
                }
            }
            std::sort(column.begin(), column.end());
            for (uint64_t place : column) {
                out.row.push_back(static_cast<uint32_t>(place >> 8));
                out.code.push_back(static_cast<uint8_t>(place & 255));
            }
            out.col_start.push_back(static_cast<uint32_t>(out.row.size()));
        }
        for (uint32_t row : out.row) {
            out.rows = std::max(out.rows, row + 1);
        }
        out.rows = in.rows ? static_cast<uint32_t>(in.rows) : out.rows;
        return out.rows > 0 || fail("no entry and no \"rows\" metadata: the matrix has no rows");
    }

  private:
    bool fail(const std::string& message) {
        assay_report_add(report_, "%s: %s", file_.name().c_str(), message.c_str());
        return false;
    }

    bool check_sizes(const EieFile& in, uint64_t gaps, uint64_t offsets) {
        if (in.pes < 1 || in.cols < 1 || in.pes > max_dimension || in.cols > max_dimension) {
            return fail(text("pointers: shape must be [PEs, columns + 1], both at least 1 and at "
                             "most %llu",
                             static_cast<unsigned long long>(max_dimension)));
        }
        if (in.cols != in.activations.size() && in.cols != in.activations.size() + 1) {
            return fail(
                text("pointers: %llu columns; %zu activations need as many, or one more for "
                     "a bias column",
                     static_cast<unsigned long long>(in.cols), in.activations.size()));
        }
        if (offsets != in.pes + 1) {
            return fail(text("pe_offsets: %llu values; %llu PEs need one more than there are PEs",
                             static_cast<unsigned long long>(offsets),
                             static_cast<unsigned long long>(in.pes)));
        }
        if (gaps != in.entries || in.entries > max_elements) {
            return fail("codes and row_gaps must have the same length, at most 2^28");
        }
        return in.codebook.size() >= 1 && in.codebook.size() <= 256
                   ? true
                   : fail(text("codebook: %zu values, must be 1 .. 256", in.codebook.size()));
    }

    bool check_values(const EieFile& in) {
        auto is_finite = [](float v) { return std::isfinite(v); };
        if (!std::all_of(in.codebook.begin(), in.codebook.end(), is_finite) ||
            in.codebook[0] != 0) {
            return fail("codebook: values must be finite and the first must be 0");
        }
        if (!std::all_of(in.activations.begin(), in.activations.end(), is_finite)) {
            return fail("activations: values must be finite");
        }
        for (uint64_t e = 0; e < in.entries; ++e) {
            if (in.codes[e] >= in.codebook.size()) {
                return fail(text("codes: entry %llu is %u, the codebook ends at %zu",
                                 static_cast<unsigned long long>(e), in.codes[e],
                                 in.codebook.size() - 1));
            }
        }
        return true;
    }

    bool read_metadata(EieFile& in) {
        std::string pes = file_.metadata("pe_count"), rows = file_.metadata("rows");
        if (!pes.empty() && pes != std::to_string(in.pes)) {
            return fail(text("metadata pe_count is %s, pointers are for %llu PEs",
                             assay_quote(pes.c_str()).text,
                             static_cast<unsigned long long>(in.pes)));
        }
        if (!rows.empty()) {
            in.rows = strtoull(rows.c_str(), nullptr, 10);
            bool digit = rows[0] >= '0' && rows[0] <= '9'; // strtoull takes spaces and signs too
            if (!digit || in.rows < 1 || in.rows > max_dimension) {
                return fail(text("metadata rows is %s, must start with a number in 1 .. %llu",
                                 assay_quote(rows.c_str()).text,
                                 static_cast<unsigned long long>(max_dimension)));
            }
        }
        return true;
    }

    bool check_pointers(const EieFile& in) {
        for (uint64_t pe = 0; pe < in.pes; ++pe) {
            const uint32_t* p = in.pointers.data() + pe * (in.cols + 1);
            bool ascending = std::is_sorted(p, p + in.cols + 1);
            if (in.offsets[pe] > in.offsets[pe + 1] || p[0] != 0 || !ascending ||
                p[in.cols] != in.offsets[pe + 1] - in.offsets[pe]) {
                return fail(text("pointers: row %llu must ascend from 0 to the number of entries "
                                 "that pe_offsets gives this PE",
                                 static_cast<unsigned long long>(pe)));
            }
        }
        if (in.offsets.front() != 0 || in.offsets.back() != in.entries) {
            return fail("pe_offsets: must start at 0 and end at the number of codes");
        }
        return true;
    }

    bool decode_slice(const EieFile& in, uint64_t pe, uint64_t j, std::vector<uint64_t>& column) {
        const uint32_t* p = in.pointers.data() + pe * (in.cols + 1) + j;
        uint64_t slice_row = 0; // of the next entry if its gap is 0
        for (uint64_t e = in.offsets[pe] + uint64_t{p[0]}; e < in.offsets[pe] + uint64_t{p[1]};
             ++e) {
            slice_row += in.gaps[e];
            uint64_t row = slice_row * in.pes + pe;
            if (row >= (in.rows ? in.rows : max_dimension)) {
                return fail(
                    text("entry %llu (PE %llu, column %llu) is in row %llu, past the last",
                         static_cast<unsigned long long>(e), static_cast<unsigned long long>(pe),
                         static_cast<unsigned long long>(j), static_cast<unsigned long long>(row)));
            }
            if (in.codes[e] != 0) {
                column.push_back(row << 8 | in.codes[e]);
            }
            ++slice_row;
        }
        return true;
    }

    const Safetensors& file_;
    assay_report* report_;
};

bool build_layer(const char* path, EieFile& file, SparseCodes matrix, Layer& layer,
                 assay_report* report) {
    layer.name = "fc";
    layer.op = Op::fc;
    layer.inputs = {-1};
    layer.out.c = matrix.rows;
    Shape in{static_cast<uint32_t>(file.activations.size()), 1, 1};
    if (!infer_shapes(layer, {in}, path, report)) {
        return false;
    }
    layer.weights = stored_weights(std::move(matrix), path);
    layer.weights.bias_column = file.cols == file.activations.size() + 1;
    layer.own_input = std::make_shared<const std::vector<float>>(std::move(file.activations));
    return true;
}

int probe(const char*, const std::string& head) {
    return looks_like_safetensors(head) ? 50 : 0;
}

assay_status load(const char* path, const assay_workload_params& params, assay_workload& out,
                  assay_report* report) {
    if (params.input_path) {
        assay_report_add(report, "%s: carries its own activations and takes no input file", path);
        return ASSAY_BAD_INPUT;
    }
    Safetensors tensors;
    assay_status status = tensors.load(path, report);
    if (status != ASSAY_OK) {
        return status;
    }
    EieFile file;
    SparseCodes matrix;
    Layer layer;
    Decoder decoder(tensors, report);
    if (!decoder.read(file) || !decoder.decode(file, matrix) ||
        !build_layer(path, file, std::move(matrix), layer, report)) {
        return ASSAY_BAD_INPUT;
    }
    out.name = file_stem(path);
    out.input_shape = layer.in;
    out.input_label = "captured activations of the file";
    out.layers.push_back(std::move(layer));
    return ASSAY_OK;
}

} // namespace

extern const Importer importer_eie_safetensors;
const Importer importer_eie_safetensors = {
    {"eie-safetensors", "one fully connected layer in EIE's per-PE encoding (.safetensors)"},
    probe,
    load,
};

} // namespace assay
