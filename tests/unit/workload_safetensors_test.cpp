#include <gtest/gtest.h>

#include <cmath>

#include "safetensors.hpp"
#include "sparse.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

struct Parsed {
    assay_status status;
    Safetensors file;
    std::string messages;
};

Parsed parse(const std::string& bytes) {
    assay_report* report = assay_report_new();
    Parsed out;
    out.status = out.file.parse("t", {bytes.begin(), bytes.end()}, report);
    for (size_t i = 0; i < assay_report_kept(report); ++i) {
        out.messages += std::string(assay_report_text(report, i)) + "\n";
    }
    assay_report_free(&report);
    return out;
}

const char* const two_tensors = R"({"__metadata__":{"k":"v"},)"
                                R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                R"("b":{"dtype":"F32","shape":[1,2],"data_offsets":[4,12]}})";

// The 2-PE layer that the malformed cases are made from: 5 x 3 plus a bias column, row i on PE i
// mod 2.
//       c0  c1  c2  bias
//   r0   1   .   .   2          PE 0: r0, r2, r4
//   r1   .   .   .   .          PE 1: r1, r3
//   r2   .   .   .   .
//   r3   3   .   .   1
//   r4   2   .   1   .
const char* const eie_header =
    R"({"__metadata__":{"pe_count":"2","rows":"5 outputs"},)"
    R"("codebook":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
    R"("activations":{"dtype":"F32","shape":[3],"data_offsets":[16,28]},)"
    R"("pointers":{"dtype":"U32","shape":[2,5],"data_offsets":[28,68]},)"
    R"("pe_offsets":{"dtype":"U32","shape":[3],"data_offsets":[68,80]},)"
    R"("codes":{"dtype":"U8","shape":[7],"data_offsets":[80,87]},)"
    R"("row_gaps":{"dtype":"U8","shape":[7],"data_offsets":[87,94]}})";

struct EieData {
    std::vector<float> codebook{0, -1, 0.5f, 2}, activations{1, 0, 3};
    // PE 0: c0: r0, then r4 behind a padding entry; c2: r4; bias: r0. PE 1: c0: r3; bias: r3.
    std::vector<uint32_t> pointers{0, 3, 3, 4, 5, 0, 1, 1, 1, 2}, offsets{0, 5, 7};
    std::vector<uint8_t> codes{1, 0, 2, 1, 2, 3, 1}, gaps{0, 0, 0, 2, 0, 1, 1};
    std::string bytes() const {
        return raw(codebook) + raw(activations) + raw(pointers) + raw(offsets) + raw(codes) +
               raw(gaps);
    }
};

} // namespace

TEST(SafetensorsFile, ReadsTensorsAndMetadata) {
    Parsed p = parse(
        safetensors(two_tensors, std::string("\1\2\3\4", 4) + raw(std::vector<float>{5, -6})));
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    EXPECT_EQ(p.file.metadata("k"), "v");
    EXPECT_EQ(p.file.metadata("absent"), "");
    EXPECT_EQ(p.file.tensors().size(), 2u);
    EXPECT_EQ(p.file.floats(p.file.tensors().at("b")), (std::vector<float>{5, -6}));
    EXPECT_EQ(p.file.bytes(p.file.tensors().at("a"))[2], 3);
    EXPECT_EQ(p.file.require("a", "F32", 1, nullptr), nullptr);
    EXPECT_EQ(p.file.require("b", "F32", 1, nullptr), nullptr);
    EXPECT_NE(p.file.require("b", "F32", 2, nullptr), nullptr);
}

TEST(SafetensorsFile, MalformedHeaders) {
    struct Case {
        const char *from, *to, *fragment;
    };
    const std::string data(12, '\0');
    for (const Case& c : {
             Case{"\"U8\"", "\"U9\"", "unknown dtype \"U9\""},
             Case{"\"U8\"", "8", "dtype"},
             Case{"\"U8\"", "\"U16\"", "does not take the 4 bytes"},
             Case{"[4]", "[5]", "does not take the 4 bytes"},
             Case{"[4]", "[-4]", "array of whole numbers"},
             Case{"[4]", "[4.5]", "array of whole numbers"},
             Case{"[4]", "4", "array of whole numbers"},
             Case{"[4]", "[4294967296,4294967296,4]", "does not take"},
             Case{"[0,4]", "[4,0]", "not inside the 12 bytes"},
             Case{"[0,4]", "[0,4,8]", "\"data_offsets\" of two"},
             Case{"[4,12]", "[4,13]", "not inside the 12 bytes"},
             Case{"[4,12]", "[4,9007199254740992]", "not inside the 12 bytes"},
             Case{"[4,12]", "[3,11]", "overlaps"},
             Case{"[1,2],\"data_offsets\":[4,12]", "[1],\"data_offsets\":[8,12]", "a hole"},
             Case{"[1,2],\"data_offsets\":[4,12]", "[1],\"data_offsets\":[4,8]", "end at 8"},
             Case{"\"dtype\":\"U8\",", "", "dtype"},
             Case{"\"dtype\":\"U8\",", "\"dtyp\":\"U8\",", "dtyp"},
             Case{"{\"k\":\"v\"}", "{\"k\":1}", "__metadata__: must be an object of strings"},
             Case{"{\"k\":\"v\"}", "NaN", "t:"},
             Case{"\"b\":", "\"a\":", "\"a\""},
             Case{"{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}", "[]",
                  "must be an object"},
         }) {
        SCOPED_TRACE(c.to);
        Parsed p = parse(safetensors(replaced(two_tensors, c.from, c.to), data));
        EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
        EXPECT_NE(p.messages.find(c.fragment), std::string::npos) << p.messages;
    }
}

TEST(SafetensorsFile, MalformedFrames) {
    std::string good = safetensors(two_tensors, std::string(12, '\0'));
    ASSERT_EQ(parse(good).status, ASSAY_OK);
    for (size_t length = 0; length < good.size(); ++length) {
        Parsed p = parse(good.substr(0, length));
        EXPECT_EQ(p.status, ASSAY_BAD_INPUT) << length;
        EXPECT_FALSE(p.messages.empty()) << length;
    }
    EXPECT_EQ(parse(good + "x").status, ASSAY_BAD_INPUT);
    EXPECT_EQ(parse(raw(std::vector<uint64_t>{UINT64_MAX, 0})).status, ASSAY_BAD_INPUT);
    EXPECT_EQ(parse(raw(std::vector<uint64_t>{8}) + "[1, 2, 3").status, ASSAY_BAD_INPUT);
    EXPECT_EQ(parse(raw(std::vector<uint64_t>{2}) + "[]").status, ASSAY_BAD_INPUT);
}

TEST(EieFile, DecodesRowsPaddingAndBias) {
    TempFolder folder;
    Loaded loaded =
        load(folder.write("tiny.safetensors", safetensors(eie_header, EieData().bytes())));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    EXPECT_EQ(loaded.workload->name, "tiny");
    const Layer& layer = loaded.workload->layers.at(0);
    EXPECT_EQ(layer.name, "fc");
    EXPECT_TRUE(layer.weights.bias_column);
    EXPECT_EQ(*layer.own_input, (std::vector<float>{1, 0, 3}));
    const SparseCodes& m = *layer.weights.codes;
    EXPECT_EQ(m.rows, 5u);
    EXPECT_EQ(m.col_start, (std::vector<uint32_t>{0, 3, 3, 4, 6}));
    EXPECT_EQ(m.row, (std::vector<uint32_t>{0, 3, 4, 4, 0, 3}));
    EXPECT_EQ(m.code, (std::vector<uint8_t>{1, 3, 2, 1, 2, 1}));
}

TEST(EieFile, WithoutBiasColumnAndRowCount) {
    TempFolder folder;
    EieData data;
    data.activations = {1, 0, 3, 4};
    std::string header = replaced(eie_header, R"({"pe_count":"2","rows":"5 outputs"})", "{}");
    header = replaced(header, "\"shape\":[3],\"data_offsets\":[16,28]",
                      "\"shape\":[4],\"data_offsets\":[16,32]");
    header = replaced(header, "[28,68]", "[32,72]");
    header = replaced(header, "[68,80]", "[72,84]");
    header = replaced(header, "[80,87]", "[84,91]");
    header = replaced(header, "[87,94]", "[91,98]");
    Loaded loaded = load(folder.write("t.safetensors", safetensors(header, data.bytes())));
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    EXPECT_FALSE(loaded.workload->layers[0].weights.bias_column);
    EXPECT_EQ(loaded.workload->layers[0].weights.codes->rows, 5u);
}

TEST(EieFile, MalformedData) {
    TempFolder folder;
    auto refuse = [&](const char* fragment, void (*change)(EieData&)) {
        SCOPED_TRACE(fragment);
        EieData data;
        change(data);
        expect_refused(load(folder.write("t.safetensors", safetensors(eie_header, data.bytes()))),
                       fragment);
    };
    refuse("the first must be 0", [](EieData& d) { d.codebook[0] = 1; });
    refuse("codebook: values must be finite", [](EieData& d) { d.codebook[2] = NAN; });
    refuse("activations: values must be finite", [](EieData& d) { d.activations[0] = INFINITY; });
    refuse("entry 3 is 4, the codebook ends at 3", [](EieData& d) { d.codes[3] = 4; });
    refuse("pointers: row 0 must ascend", [](EieData& d) { d.pointers[2] = 1; });
    refuse("pointers: row 0 must ascend", [](EieData& d) { d.pointers[0] = 1; });
    refuse("pointers: row 1 must ascend", [](EieData& d) { d.pointers[9] = 3; });
    refuse("pointers: row 0 must ascend", [](EieData& d) { d.offsets[1] = 8; });
    refuse("pe_offsets: must start at 0", [](EieData& d) { d.offsets = {1, 6, 8}; });
    refuse("past the last", [](EieData& d) { d.gaps[2] = 1; });
    refuse("past the last", [](EieData& d) { d.gaps[6] = 255; });
}

TEST(EieFile, MalformedHeaders) {
    TempFolder folder;
    struct Case {
        const char *from, *to, *fragment;
    };
    for (const Case& c :
         {Case{"\"codes\"", "\"cades\"", "tensor \"codes\" is missing"},
          Case{"\"pe_count\":\"2\"", "\"pe_count\":\"4\"", "pointers are for 2 PEs"},
          Case{"5 outputs", "many outputs", "must start with a number"},
          Case{"5 outputs", "-5 outputs", "must start with a number"},
          Case{"5 outputs", "4 outputs", "past the last"},
          Case{"\"shape\":[2,5]", "\"shape\":[5,2]", "pointers: 1 columns"},
          Case{"\"shape\":[2,5]", "\"shape\":[10]", "with 2 dimensions"},
          Case{"\"U32\",\"shape\":[2,5]", "\"F32\",\"shape\":[2,5]", "must be U32"}}) {
        SCOPED_TRACE(c.to);
        expect_refused(
            load(folder.write("t.safetensors",
                              safetensors(replaced(eie_header, c.from, c.to), EieData().bytes()))),
            c.fragment);
    }
    assay_workload_params params{};
    params.input_path = "image_1x1x1.bin";
    expect_refused(
        load(folder.write("t.safetensors", safetensors(eie_header, EieData().bytes())), &params),
        "takes no input file");
}
