// Networks in the Deep Compression stream format, and the prototxt beside them.
#include <filesystem>
#include <limits>

#include "malformed.hpp"

using namespace malformed;

namespace {

const char* const prototxt = R"(name: "tiny"
input: "data"
input_dim: 1 input_dim: 1 input_dim: 4 input_dim: 4
layer { name: "conv1" type: "Convolution" bottom: "data" top: "conv1"
        convolution_param { num_output: 2 kernel_size: 3 } }
layer { name: "fc" type: "InnerProduct" bottom: "conv1" top: "fc"
        inner_product_param { num_output: 3 } }
)";

// 18 weights with 256 codes, 24 weights with 16 codes.
struct Stream {
    std::vector<uint32_t> nnz = {3, 4};
    std::vector<float> conv_codebook = std::vector<float>(256, 0.5f);
    std::vector<float> conv_bias = {0.1f, 0.2f};
    std::vector<uint8_t> conv_codes = {1, 2, 255}, conv_gaps = {0x21, 0x03};
    std::vector<float> fc_codebook = std::vector<float>(16, -0.5f);
    std::vector<float> fc_bias = {0, 1, -1};
    std::vector<uint8_t> fc_codes = {0x21, 0x43}, fc_gaps = {0x10, 0x32};

    Stream() { conv_codebook[0] = fc_codebook[0] = 0; }
    std::string bytes() const {
        return raw(nnz) + raw(conv_codebook) + raw(conv_bias) + raw(conv_codes) + raw(conv_gaps) +
               raw(fc_codebook) + raw(fc_bias) + raw(fc_codes) + raw(fc_gaps);
    }
};

Case stream(const char* name, void (*edit)(Stream&), const Words& fragments) {
    Stream s;
    edit(s);
    return {name, s.bytes(), fragments};
}

std::vector<Case> stream_cases() {
    return {
        stream("AllOnesAsNnz", [](Stream& s) { s.nnz[0] = 0xffffffff; },
               {"\"conv1\" at byte 0", "4294967295 stored entries for 18 weights"}),
        stream("AllOnesAsLastNnz", [](Stream& s) { s.nnz[1] = 0xffffffff; },
               {"\"fc\" at byte 4", "4294967295 stored entries for 24 weights"}),
        stream("MoreEntriesThanBytes", [](Stream& s) { s.nnz[1] = 24; },
               {"\"fc\" at byte", "needs 100 bytes, the file has 80 left"}),
        stream("FewerEntriesThanBytes", [](Stream& s) { s.nnz[1] = 2; },
               {"the end", "2 bytes are left after the last layer"}),
        stream("NoEntries",
               [](Stream& s) {
                   s.nnz = {0, 0};
               },
               {"bytes are left"}),
        stream("NaNInTheCodebook",
               [](Stream& s) { s.conv_codebook[7] = std::numeric_limits<float>::quiet_NaN(); },
               {"\"conv1\" at byte 36", "codebook value is not finite"}),
        stream("InfinityInTheBias",
               [](Stream& s) { s.fc_bias[2] = std::numeric_limits<float>::infinity(); },
               {"\"fc\" at byte", "bias value is not finite"}),
        stream("CodebookWithoutItsZero", [](Stream& s) { s.fc_codebook[0] = 1; },
               {"\"fc\" at byte", "codebook entry 0 must be 0, not 1"}),
        stream("EntryPastTheLastWeight", [](Stream& s) { s.conv_gaps[0] = 0xff; },
               {"\"conv1\" at byte", "entry 1 is at place 31 of 18 weights"}),
        stream("TrailingByte", [](Stream& s) { s.fc_gaps.push_back(0); },
               {"the end", "1 bytes are left after the last layer"}),
    };
}

class StreamFile {
  public:
    StreamFile() { place_.write("tiny.prototxt", prototxt); }
    void expect_bad(const std::string& content, const Words& fragments) const {
        place_.expect_bad_workload(place_.write("tiny.net", content), fragments);
    }
    const Workplace& place() const { return place_; }

  private:
    Workplace place_;
};

class MalformedStream : public testing::TestWithParam<Case> {
  protected:
    StreamFile file_;
};

TEST_P(MalformedStream, IsRefused) {
    file_.expect_bad(GetParam().content, GetParam().fragments);
}

INSTANTIATE_TEST_SUITE_P(All, MalformedStream, testing::ValuesIn(stream_cases()), case_name);

TEST(StreamFile, TheBaseOfTheCasesIsGood) {
    const StreamFile file;
    const std::string path = file.place().write("tiny.net", Stream().bytes());
    const cli_test::Outcome o =
        watched({"run", "--hw", file.place().hw(), "--workload", path, "--check"});
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

TEST(StreamFile, EverySeventhIsATruncation) {
    const StreamFile file;
    const std::string whole = Stream().bytes();
    for (size_t part = 0; part < 7; ++part) {
        SCOPED_TRACE(part);
        file.expect_bad(whole.substr(0, whole.size() * part / 7), {});
    }
    file.expect_bad(whole.substr(0, whole.size() - 1), {"\"fc\" at byte", "the file has 79 left"});
}

TEST(StreamFile, TruncationsOfTheRealFileAreRefused) {
    const std::string real = data_file("deep_compression/compressed_SqueezeNet.net");
    if (real.empty()) {
        GTEST_SKIP() << "no data";
    }
    const Workplace place;
    const std::string path = place.path("squeeze.net");
    std::filesystem::copy_file(real, path);
    const uintmax_t size = std::filesystem::file_size(real);
    for (int part = 6; part >= 0; --part) {
        SCOPED_TRACE(part);
        std::filesystem::resize_file(path, size * static_cast<unsigned>(part) / 7);
        place.expect_bad_workload(path, {});
    }
}

// The stream is good, but what it is a stream of is not said well.
TEST(StreamFile, MistakesOfThePrototxtAreNamed) {
    struct Edit {
        const char *from, *to;
        Words fragments;
    };
    const Edit edits[] = {
        {"num_output: 2",
         "num_output: 4294967298",
         {"tiny.prototxt:5", "num_output", "4294967298"}},
        {"num_output: 2", "num_output: 0", {"tiny.prototxt:5", "num_output"}},
        {"num_output: 2", "num_output: -2", {"tiny.prototxt:5", "\"-2\""}},
        {"num_output: 2", "", {"tiny.prototxt:4", "num_output is missing"}},
        {"kernel_size: 3", "kernel_size: 9", {"tiny.prototxt:4", "9x9 window does not fit"}},
        {"kernel_size: 3", "kernel_size: 3 stride: 0", {"tiny.prototxt:5", "stride"}},
        {"kernel_size: 3", "kernel_size: 3 group: 0", {"tiny.prototxt:5", "group"}},
        {"kernel_size: 3", "kernel_size: 3 group: 3", {"tiny.prototxt:4", "3 groups must divide"}},
        {"kernel_size: 3", "kernel_size: 3 kernal: 3", {"tiny.prototxt:5", "\"kernal\""}},
        {"\"InnerProduct\"", "\"LSTM\"", {"tiny.prototxt:6", "\"LSTM\" is not supported"}},
        {"bottom: \"conv1\"", "bottom: \"fc\"", {"tiny.prototxt:6", "\"fc\" is not an earlier"}},
        {"name: \"fc\"", "name: \"conv1\"", {"tiny.prototxt:6", "second layer of the same name"}},
        {"num_output: 3 } }", "num_output: 3 }", {"tiny.prototxt:8", "\"}\" is missing"}},
        {"num_output: 3 } }", "num_output: 3 } } }", {"tiny.prototxt:7", "\"}\" too many"}},
        {"input_dim: 4\n", "\n", {"tiny.prototxt:4", "shape of four dimensions"}},
        {"input_dim: 4\n", "input_dim: 4 input_dim: 4\n", {"tiny.prototxt:3", "four dimensions"}},
        {"input_dim: 4\n", "input_dim: 99999999999\n", {"tiny.prototxt:3", "input_dim"}},
        {"name: \"tiny\"", "name: \"tiny", {"tiny.prototxt:1", "line ends"}},
        {"name: \"tiny\"", "name \"tiny\"", {"tiny.prototxt:1", "expected \":\""}},
    };
    const StreamFile file;
    for (const Edit& edit : edits) {
        file.place().write("tiny.prototxt", replaced(prototxt, edit.from, edit.to));
        Words fragments = edit.fragments;
        fragments.push_back("tiny.net: no *.prototxt beside it fits");
        file.expect_bad(Stream().bytes(), fragments);
    }
}

TEST(StreamFile, PrototxtsThatAreNoTextAreNamed) {
    const StreamFile file;
    for (const std::string& text : {std::string(), std::string(100000, '{'),
                                    std::string(50000, '\0'), "a" + std::string(40, '{')}) {
        file.place().write("tiny.prototxt", text);
        file.expect_bad(Stream().bytes(), {"tiny.prototxt"});
    }
    std::filesystem::remove(file.place().path("tiny.prototxt"));
    std::filesystem::create_directory(file.place().path("tiny.prototxt"));
    file.expect_bad(Stream().bytes(), {"tiny.prototxt", "not a regular file"});
}

TEST(StreamFile, WithoutAPrototxtItIsMeasuredAgainstSqueezeNet) {
    const Workplace place;
    place.expect_bad_workload(place.write("lonely.net", Stream().bytes()),
                              {"lonely.net: no *.prototxt beside it fits", "\"conv1\" at byte"});
}

} // namespace
