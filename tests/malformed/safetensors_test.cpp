// EIE layers in safetensors files: one good file, and what can be wrong with it.
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>

#include "malformed.hpp"

using namespace malformed;

namespace {

// A 4 x 3 matrix on 2 PEs.
struct Eie {
    std::vector<float> codebook = {0, 0.5f, -0.25f};
    std::vector<float> activations = {1, 0.5f, 2};
    std::vector<uint32_t> pointers = {0, 1, 2, 3, 0, 1, 1, 2};
    std::vector<uint32_t> pe_offsets = {0, 3, 5};
    std::vector<uint8_t> codes = {1, 2, 1, 2, 1};
    std::vector<uint8_t> row_gaps = {0, 1, 0, 1, 0};
    std::string pointer_shape = "2, 4", rows = "4", pe_count = "2";
    std::string from, to; // edit of the finished header
};

class Packer {
  public:
    template <typename T>
    void add(const char* name, const char* dtype, const std::string& shape,
             const std::vector<T>& values) {
        const std::string bytes = raw(values);
        header_ += std::string(",\"") + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" +
                   shape + "],\"data_offsets\":[" + std::to_string(data_.size()) + "," +
                   std::to_string(data_.size() + bytes.size()) + "]}";
        data_ += bytes;
    }
    template <typename T>
    void add(const char* name, const char* dtype, const std::vector<T>& values) {
        add(name, dtype, std::to_string(values.size()), values);
    }
    std::string file(const Eie& e) const {
        std::string header = R"({"__metadata__":{"rows":")" + e.rows + R"(","pe_count":")" +
                             e.pe_count + "\"}" + header_ + "}";
        header = e.from.empty() ? header : replaced(header, e.from, e.to);
        return raw(std::vector<uint64_t>{header.size()}) + header + data_;
    }

  private:
    std::string header_, data_;
};

std::string pack(const Eie& e) {
    Packer packer;
    packer.add("codebook", "F32", e.codebook);
    packer.add("activations", "F32", e.activations);
    packer.add("pointers", "U32", e.pointer_shape, e.pointers);
    packer.add("pe_offsets", "U32", e.pe_offsets);
    packer.add("codes", "U8", e.codes);
    packer.add("row_gaps", "U8", e.row_gaps);
    return packer.file(e);
}

Case values(const char* name, const std::function<void(Eie&)>& edit, const Words& fragments) {
    Eie e;
    edit(e);
    return {name, pack(e), fragments};
}

Case header(const char* name, const char* from, const char* to, const Words& fragments) {
    return values(
        name, [&](Eie& e) { e.from = from, e.to = to; }, fragments);
}

std::vector<Case> value_cases() {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    return {
        values("CodebookWithNaN", [&](Eie& e) { e.codebook[1] = nan; }, {"codebook", "finite"}),
        values("CodebookWithInfinity", [](Eie& e) { e.codebook[2] = -HUGE_VALF; },
               {"codebook", "finite"}),
        values("CodebookWithoutItsZero", [](Eie& e) { e.codebook[0] = 1; },
               {"codebook", "first must be 0"}),
        values("CodebookEmpty", [](Eie& e) { e.codebook.clear(); }, {"codebook", "1 .. 256"}),
        values("CodebookOf257", [](Eie& e) { e.codebook.resize(257); },
               {"codebook: 257", "1 .. 256"}),
        values("CodeBeyondTheCodebook", [](Eie& e) { e.codes[3] = 3; },
               {"codes: entry 3 is 3", "ends at 2"}),
        values("ActivationIsNaN", [&](Eie& e) { e.activations[2] = nan; },
               {"activations", "finite"}),
        values("ActivationsMissing",
               [](Eie& e) { e.activations.pop_back(), e.activations.pop_back(); },
               {"pointers: 3 columns", "1 activations"}),
        values("ActivationsEmpty", [](Eie& e) { e.activations.clear(); }, {"pointers: 3 columns"}),
        values("PointersDescend", [](Eie& e) { e.pointers[1] = 3; }, {"pointers: row 0", "ascend"}),
        values("PointersStartLate", [](Eie& e) { e.pointers[4] = 1; }, {"pointers: row 1"}),
        values("PointersEndEarly", [](Eie& e) { e.pointers[7] = 1; }, {"pointers: row 1"}),
        values("PointersWrap", [](Eie& e) { e.pointers[3] = 0xffffffff; }, {"pointers: row 0"}),
        values("PointersOfNoColumn",
               [](Eie& e) {
                   e.pointers = {0, 0}, e.pointer_shape = "2, 1";
               },
               {"pointers", "at least 1"}),
        values("PointersOfNothing", [](Eie& e) { e.pointers.clear(), e.pointer_shape = "2, 0"; },
               {"pointers", "at least 1"}),
        values("OffsetsDescend", [](Eie& e) { e.pe_offsets[1] = 6; }, {"pointers: row 0"}),
        values("OffsetsEndLate", [](Eie& e) { e.pe_offsets[2] = 6, e.pointers[7] = 3; },
               {"pe_offsets", "end at the number of codes"}),
        values("OffsetsStartLate", [](Eie& e) { e.pe_offsets[0] = 1, e.pointers[3] = 2; },
               {"pe_offsets", "start at 0"}),
        values("OffsetsOfThreePes", [](Eie& e) { e.pe_offsets.push_back(5); },
               {"pe_offsets: 4 values; 2 PEs"}),
        values("EntryBeyondTheSlice", [](Eie& e) { e.row_gaps[1] = 200; },
               {"entry 1 (PE 0, column 1) is in row 400"}),
        values("EntryBeyondTheRows", [](Eie& e) { e.rows = "3"; },
               {"entry 3 (PE 1, column 0)", "row 3"}),
        values("FewerGapsThanCodes", [](Eie& e) { e.row_gaps.pop_back(); },
               {"codes and row_gaps", "same length"}),
        values("RowsOfNothing", [](Eie& e) { e.rows = "0"; },
               {"metadata rows is \"0\"", "1 .. 16777216"}),
        values("RowsNegative", [](Eie& e) { e.rows = " -18446744073709551612"; },
               {"metadata rows", "1 .. 16777216"}),
        values("RowsOverflow", [](Eie& e) { e.rows = "18446744073709551620"; },
               {"metadata rows", "1 .. 16777216"}),
        values("RowsOfText", [](Eie& e) { e.rows = "four"; }, {"metadata rows", "\"four\""}),
        values("OtherPeCount", [](Eie& e) { e.pe_count = "3"; },
               {"metadata pe_count is \"3\"", "2 PEs"}),
    };
}

// "codebook" is first, 12 bytes; "activations" the 12 bytes after it; all take 78.
std::vector<Case> header_cases() {
    return {
        header("MissingTensor", "row_gaps", "rowgapss", {"tensor \"row_gaps\" is missing"}),
        header("DuplicateTensor", "row_gaps", "codes", {"key \"codes\" appears more than once"}),
        header("OverlappingOffsets", "[12,24]", "[11,23]",
               {"\"activations\"", "starts at byte 11", "overlaps", "byte 12"}),
        header("HoleBetweenTensors", "[12,24]", "[13,25]",
               {"\"activations\"", "starts at byte 13", "hole after byte 12"}),
        header("SwappedOffsets", "[12,24]", "[24,12]", {"\"activations\"", "[24, 12]"}),
        header("OffsetsBeyondTheFile", "[12,24]", "[12,2400]",
               {"\"activations\"", "[12, 2400] are not inside"}),
        header("OffsetsOverflow", "[12,24]", "[12,9007199254740992]",
               {"\"activations\"", "not inside"}),
        header("OffsetsNegative", "[12,24]", "[-12,24]", {"\"activations\"", "data_offsets"}),
        header("OffsetsOfThree", "[12,24]", "[12,24,36]", {"\"activations\"", "data_offsets"}),
        header("OffsetsOfText", "[12,24]", R"(["12",24])", {"\"activations\"", "data_offsets"}),
        header("WiderTypeThanItsBytes", R"("activations":{"dtype":"F32")",
               R"("activations":{"dtype":"F64")", {"\"activations\"", "F64", "12 bytes"}),
        header("OtherTypeOfTheSameWidth", R"("activations":{"dtype":"F32")",
               R"("activations":{"dtype":"I32")", {"\"activations\"", "must be F32", "not I32"}),
        header("UnknownType", R"("activations":{"dtype":"F32")", R"("activations":{"dtype":"F31")",
               {"\"activations\"", "unknown dtype \"F31\""}),
        header("TypeIsANumber", R"("activations":{"dtype":"F32")", R"("activations":{"dtype":32)",
               {"\"activations\"", "dtype"}),
        header("ShapeThatOverflows", "[2, 4]", "[1099511627776, 1099511627776]",
               {"\"pointers\"", "32 bytes"}),
        header("ShapeThatWrapsToItsSize", "[2, 4]", "[4611686018427387904, 2, 4]",
               {".safetensors:1:", "2^53"}),
        header("ShapeOfOneSide", "[2, 4]", "[8]", {"\"pointers\"", "2 dimensions", "with 1"}),
        header("ShapeIsANumber", "[2, 4]", "8", {"\"pointers\"", "\"shape\""}),
        header("UnknownKey", R"("shape":[2, 4])", R"("shape":[2, 4],"shapes":[])",
               {"\"pointers\"", "unknown key \"shapes\", did you mean \"shape\"?"}),
        header("TensorIsAnArray", R"({"dtype":"U8","shape":[5],"data_offsets":[68,73]})", "[]",
               {"\"codes\"", "an array"}),
        header("MetadataOfNumbers", R"("rows":"4")", R"("rows":4)", {"__metadata__", "strings"}),
        header("HeaderIsNotJson", "[2, 4]", "[2, 4", {".safetensors:1:"}),
    };
}

class MalformedSafetensors : public testing::TestWithParam<Case> {
  protected:
    Workplace place_;
};

TEST_P(MalformedSafetensors, IsRefused) {
    place_.expect_bad_workload(place_.write("layer.safetensors", GetParam().content),
                               GetParam().fragments);
}

INSTANTIATE_TEST_SUITE_P(Values, MalformedSafetensors, testing::ValuesIn(value_cases()), case_name);
INSTANTIATE_TEST_SUITE_P(Header, MalformedSafetensors, testing::ValuesIn(header_cases()),
                         case_name);

class SafetensorsFile : public testing::Test {
  protected:
    // The good file with another header length.
    std::string with_length(uint64_t length) const {
        return raw(std::vector<uint64_t>{length}) + pack({}).substr(8);
    }
    void expect_bad(const std::string& content, const Words& fragments) const {
        place_.expect_bad_workload(place_.write("layer.safetensors", content), fragments);
    }
    Workplace place_;
};

TEST_F(SafetensorsFile, TheBaseOfTheCasesIsGood) {
    const std::string path = place_.write("layer.safetensors", pack({}));
    const cli_test::Outcome o =
        watched({"run", "--hw", place_.hw(), "--workload", path, "--check"});
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

TEST_F(SafetensorsFile, EveryTruncationIsRefused) {
    const std::string whole = pack({});
    for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 40) {
        SCOPED_TRACE(size);
        expect_bad(whole.substr(0, size), {});
    }
    expect_bad(whole.substr(0, whole.size() - 1), {"\"row_gaps\"", "not inside the 77 bytes"});
    expect_bad(whole + "x", {"79 bytes of data, but the tensors end at 78"});
}

TEST_F(SafetensorsFile, HeaderLengthIsChecked) {
    expect_bad(with_length(uint64_t{1} << 63), {"no importer knows"});
    expect_bad(with_length(~uint64_t{0}), {"no importer knows"});
    expect_bad(with_length((uint64_t{16} << 20) + 1), {"no importer knows"});
    expect_bad(with_length(100000), {"length of its header", "100000 does not fit"});
    expect_bad(with_length(1), {".safetensors:1:"});
    expect_bad(with_length(pack({}).size()), {"length of its header"});
}

// A workload names the file: then nobody probes its first bytes.
TEST_F(SafetensorsFile, ATensorFileOfAWorkloadIsCheckedToo) {
    const std::string path = place_.write(
        "workload.json",
        replaced(good_fc,
                 R"({"kind": "statistical", "density": 0.5, "seed": 1, "codebook_bits": 4})",
                 R"({"kind": "safetensors", "path": "t.safetensors", "tensor": "w"})"));
    place_.write("t.safetensors", with_length(uint64_t{1} << 63));
    place_.expect_bad_workload(path, {"t.safetensors", "9223372036854775808 does not fit"});
    place_.write("t.safetensors", pack({}));
    place_.expect_bad_workload(path, {"t.safetensors", "tensor \"w\" is missing"});
    // Two gigabytes that are nowhere on the disk must not come into memory for a look at the
    // header.
    std::filesystem::resize_file(place_.path("t.safetensors"), (uint64_t{2} << 30) - 1);
    place_.expect_bad_workload(path, {"t.safetensors", "the tensors end at 78"});
}

TEST_F(SafetensorsFile, TruncationsOfTheRealFileAreRefused) {
    const std::string real = data_file("eie/alexnet_fc8_64pe.safetensors");
    if (real.empty()) {
        GTEST_SKIP() << "no data";
    }
    const std::string path = place_.path("layer.safetensors");
    std::filesystem::copy_file(real, path);
    const uintmax_t size = std::filesystem::file_size(real);
    for (int part = 6; part >= 0; --part) {
        SCOPED_TRACE(part);
        std::filesystem::resize_file(path, size * static_cast<unsigned>(part) / 7);
        place_.expect_bad_workload(path, {});
    }
}

} // namespace
