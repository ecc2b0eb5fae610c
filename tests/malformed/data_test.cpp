// Folders of data, as `assay accuracy` finds them: every mistake of every file is told, and nothing
// is evaluated. What each reader says is tested in tests/accuracy; here, that users get to see it.
#include "../accuracy/data_bytes.hpp"
#include "accuracy_place.hpp"

using namespace malformed;
using data_test::idx_images;
using data_test::idx_labels;
using data_test::records;

namespace {

class BadData : public testing::Test {
  protected:
    void expect_bad(const Words& fragments) const { place_.expect_bad("accuracy", {}, fragments); }
    void expect_bad(const char* dataset, const Words& fragments) const {
        place_.expect_bad("accuracy", {"--dataset", dataset}, fragments);
    }
    AccuracyPlace place_;
};

TEST_F(BadData, FoldersThatAreNone) {
    const Words net = {"accuracy", "--network", place_.net(), "--weights",
                       place_.path("w.safetensors")};
    const auto with_data = [&](const std::string& folder, const char* dataset) {
        Words words = net;
        words.insert(words.end(), {"--dataset", dataset, "--data", folder});
        return words;
    };
    std::filesystem::create_directory(place_.path("empty"));
    for (const char* dataset : {"raw", "cifar10", "mnist", "kws", "imagenet128", "imagenet224"}) {
        expect_refused(with_data(place_.path("empty"), dataset), {"empty"});
        expect_refused(with_data(place_.path("absent"), dataset), {"absent"});
        expect_refused(with_data(place_.net(), dataset), {"small.json"});
    }
    expect_refused(with_data(place_.path("empty"), "cifar"),
                   {"unknown dataset \"cifar\"", "cifar10"});
}

TEST_F(BadData, RawTensors) {
    place_.write("test.bin", std::string(32 * 32 - 1, '\2'));
    place_.write("train.lab", std::string(8, '\5'));
    place_.write("test.lab", "");
    expect_bad({"test.bin: 1023 bytes, expected 1024", "train.lab: image 0: label 5", "test.lab"});
}

TEST_F(BadData, RawTensorsThatAreNoNumbers) {
    const std::string floats =
        replaced(replaced(engine_test::data_json, "u8", "f32"), "8, 2", "1, 2");
    place_.write("data.json", replaced(replaced(floats, R"("test.bin", "dtype": "u8")",
                                                R"("test.bin", "dtype": "f32")"),
                                       "32, 2", "1, 2"));
    place_.write("train.bin", std::string(128, '\xff')); // NaN throughout
    place_.write("test.bin", std::string(128, '\0'));
    place_.write("train.lab", "a");
    place_.write("test.lab", std::string(1, '\0'));
    expect_bad({"train.bin: image 0: value 0 is", "nan, expected finite numbers",
                "train.lab: image 0: label 97"});
}

TEST_F(BadData, DescriptionsOfRawTensors) {
    const struct {
        const char *from, *to, *fragment;
    } edits[] = {
        {"\"classes\": 5", "\"classes\": 1", "data.json: classes"},
        {"[8, 2, 4, 4]", "[8, 2, 4]", "train.images.shape"},
        {"[8, 2, 4, 4]", "[67108864, 65536, 65536, 65536]", "train.images.shape"},
        {"\"u8\"", "\"u9\"", "dtype"},
        {"\"nchw\"", "\"nch\"", "layout"},
        {"\"test.bin\"", "\"data.json/x\"", "data.json/x: cannot open"},
        {"\"test.bin\"", "\"\"", "test.images"},
        {"\"test\":", "\"tests\":", "\"tests\", did you mean \"test\"?"},
        {"\"schema\": 1", "\"schema\": 1, \"schema\": 1", "more than once"},
        {"}}}", "}}", "data.json:"},
    };
    for (const auto& edit : edits) {
        SCOPED_TRACE(edit.to);
        place_.write("data.json", replaced(engine_test::data_json, edit.from, edit.to));
        expect_bad({edit.fragment, "data.json"});
    }
}

TEST_F(BadData, ImagesOfAnotherNetwork) {
    place_.write("t10k-images-idx3-ubyte", idx_images(3));
    place_.write("t10k-labels-idx1-ubyte", idx_labels(3));
    expect_bad("mnist", {"small", "2x4x4", "1x28x28"});
}

TEST_F(BadData, Mnist) {
    std::string images = idx_images(3);
    images[3] = '\1';
    place_.write("t10k-images-idx3-ubyte", images);
    std::string labels = idx_labels(3);
    labels[9] = '\12';
    place_.write("t10k-labels-idx1-ubyte", labels);
    expect_bad("mnist", {"t10k-images-idx3-ubyte: byte 0: magic number", "label 10"});
    place_.write("t10k-images-idx3-ubyte", idx_images(3).substr(0, 1000));
    expect_bad("mnist", {"t10k-images-idx3-ubyte: 1000 bytes"});
    std::filesystem::remove(place_.path("t10k-images-idx3-ubyte"));
    place_.write("t10k-images-idx3-ubyte.gz", "no gzip at all");
    expect_bad("mnist", {"t10k-images-idx3-ubyte.gz", "cannot be unpacked"});
}

TEST_F(BadData, Cifar10) {
    std::string test = records(1000, 3072, 10);
    test[3073 * 17] = '\12';
    place_.write("cifar10_test_first1000.bin", test);
    place_.write("cifar10_train_first9000.bin", "short");
    expect_bad("cifar10", {"cifar10_test_first1000.bin: image 17: label 10, expected 0 .. 9",
                           "cifar10_train_first9000.bin: 5 bytes, expected 27657000"});
    place_.write("cifar10_test_first1000.bin", test + "x");
    expect_bad("cifar10", {"cifar10_test_first1000.bin: 3073001 bytes, expected 3073000"});
}

TEST_F(BadData, KeywordsAndImagenet) {
    place_.write("kws01_mfcc_int8.bin", records(1000, 490, 13));
    expect_bad("kws", {"kws01_mfcc_int8.bin: image 12: label 12, expected 0 .. 11"});
    place_.write("kws01_mfcc_int8.bin", std::string(490, 'x'));
    expect_bad("kws", {"kws01_mfcc_int8.bin: 490 bytes"});
    place_.write("imagenet100_224x224x3_u8_nhwc.bin", "x");
    place_.write("labels100.txt", "1000 a\n");
    expect_bad("imagenet224", {"imagenet100_224x224x3_u8_nhwc.bin: 1 bytes",
                               "labels100.txt:1: expected \"CLASS NAME\""});
}

TEST_F(BadData, FilesThatAreNone) {
    std::filesystem::remove(place_.path("test.bin"));
    std::filesystem::create_directory(place_.path("test.bin"));
    expect_bad({"test.bin", "not a regular file"});
    std::filesystem::remove(place_.path("test.bin"));
    std::filesystem::create_symlink("test.bin", place_.path("test.bin"));
    expect_bad({"test.bin", "symbolic links"});
    // Terabytes that are nowhere on the disk.
    std::filesystem::remove(place_.path("test.bin"));
    place_.write("test.bin", "x");
    std::filesystem::resize_file(place_.path("test.bin"), uint64_t{8} << 40);
    expect_bad({"test.bin: 8796093022208 bytes, the limit is 4294967296"});
}

} // namespace
