// The format of docs/data.md.
#include <gtest/gtest.h>

#include <cmath>

#include "data_files.hpp"

using namespace assay;
using namespace data_test;
using assay_test::TempDir;

namespace {

const char* const description = R"({"schema": 1, "classes": 300, "mirror": true,
  "train": {"images": {"path": "train.bin", "dtype": "f32", "layout": "nchw", "shape": [1, 2, 1, 3]},
            "labels": {"path": "train.lab", "dtype": "i32"}},
  "test": {"images": {"path": "test.bin", "dtype": "f32", "layout": "nhwc", "shape": [2, 1, 3, 2]},
           "labels": {"path": "test.lab", "dtype": "u16"}}})";

void write_files(const TempDir& dir) {
    dir.write("train.bin", raw_bytes(std::vector<float>{1, 2, 3, 4, 5, 6}));
    dir.write("train.lab", raw_bytes(std::vector<int32_t>{299}));
    dir.write("test.bin", raw_bytes(std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
    dir.write("test.lab", raw_bytes(std::vector<uint16_t>{0, 256}));
}

Loaded load_described(const TempDir& dir, const std::string& json) {
    dir.write("data.json", json);
    return load("raw", dir.path(""));
}

std::vector<float> values(const Images& images) {
    std::vector<float> out(images.count * images.values());
    std::vector<uint32_t> all(images.count);
    for (uint32_t i = 0; i < images.count; ++i) {
        all[i] = i;
    }
    load_values(images, all.data(), all.size(), Preprocess{}, out.data());
    return out;
}

} // namespace

TEST(RawData, BothLayouts) {
    TempDir dir;
    write_files(dir);
    const Loaded p = load_described(dir, description);
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    EXPECT_TRUE(p.data.mirror);
    EXPECT_EQ(p.data.classes, 300u);
    EXPECT_EQ(p.data.test.channels, 2u);
    EXPECT_EQ(p.data.test.height, 1u);
    EXPECT_EQ(p.data.test.width, 3u);
    EXPECT_EQ(values(p.data.train), (std::vector<float>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(values(p.data.test), (std::vector<float>{0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11}));
    EXPECT_EQ(p.data.train.labels, (std::vector<uint16_t>{299}));
    EXPECT_EQ(p.data.test.labels, (std::vector<uint16_t>{0, 256}));
}

TEST(RawData, EveryMistakeOfTheDescription) {
    struct Case {
        const char *from, *to, *message;
    };
    for (const Case& c : {
             Case{"\"schema\": 1", "\"schema\": 2", "schema"},
             Case{"\"classes\": 300", "\"classes\": 1", "classes"},
             Case{"\"classes\": 300", "\"classes\": 65537", "classes"},
             Case{"\"mirror\": true", "\"miror\": true", "miror"},
             Case{"\"mirror\": true", "\"mirror\": 1", "mirror"},
             Case{"\"test\"", "\"tests\"", "data.json: test: expected an object"},
             Case{"[2, 1, 3, 2]", "[2, 1, 3]", "test.images.shape: expected 4 whole numbers"},
             Case{"[2, 1, 3, 2]", "7", "test.images.shape: expected 4 whole numbers"},
             Case{"[2, 1, 3, 2]", "[2, 0, 3, 2]", "test.images.shape[1]: expected a whole number"},
             Case{"[2, 1, 3, 2]", "[2, 1.5, 3, 2]", "shape[1]"},
             Case{"[2, 1, 3, 2]", "[2, 1, -3, 2]", "shape[2]"},
             Case{"[2, 1, 3, 2]", "[67108864, 65536, 65536, 65536]", "more than 4294967296 bytes"},
             Case{"[2, 1, 3, 2]", "[3, 1, 3, 2]", "test.bin: 48 bytes, expected 72 (3 images of "},
             Case{"\"nhwc\"", "\"nwhc\"", "test.images.layout"},
             Case{"\"f32\", \"layout\": \"nhwc\"", "\"f64\", \"layout\": \"nhwc\"", "f64"},
             Case{"\"u16\"", "\"u8\"", "test.lab: 4 bytes, expected 2 (2 labels of 1 bytes)"},
             Case{"\"test.bin\"", "\"absent.bin\"", "absent.bin: cannot open"},
             Case{"\"test.lab\"", "\"..\"", "not a regular file"},
             Case{"\"classes\": 300", "\"classes\": 299",
                  "train.lab: image 0: label 299, expected 0 .. 298"},
             Case{"\"nhwc\", \"shape\": [2, 1, 3, 2]", "\"nchw\", \"shape\": [2, 1, 3, 2]",
                  "train.images: expected the dtype and the image shape of test.images, 1 x 3 x 2"},
         }) {
        TempDir dir;
        write_files(dir);
        const Loaded p = load_described(dir, replaced(description, c.from, c.to));
        EXPECT_EQ(p.status, ASSAY_BAD_INPUT) << c.to;
        EXPECT_TRUE(p.mentions(c.message)) << c.to << ": " << p.messages;
    }
}

TEST(RawData, NoNumbersAndNegativeLabels) {
    TempDir dir;
    write_files(dir);
    dir.write("train.bin", raw_bytes(std::vector<float>{1, NAN, 3, 4, INFINITY, 6}));
    dir.write("train.lab", raw_bytes(std::vector<int32_t>{-1}));
    dir.write("test.lab", raw_bytes(std::vector<uint16_t>{300, 65535}));
    const Loaded p = load_described(dir, description);
    EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
    EXPECT_EQ(p.count, 5u) << p.messages;
    EXPECT_TRUE(p.mentions("train.bin: image 0: value 1 is nan, expected finite numbers"));
    EXPECT_TRUE(p.mentions("value 4 is inf"));
    EXPECT_TRUE(p.mentions("label -1, expected 0 .. 299"));
    EXPECT_TRUE(p.mentions("image 1: label 65535, expected 0 .. 299"));
}

TEST(RawData, LabelsThatWrapTo16BitsAreRefused) {
    TempDir dir;
    write_files(dir);
    dir.write("train.lab", raw_bytes(std::vector<int32_t>{65536}));
    EXPECT_TRUE(load_described(dir, description).mentions("label 65536, expected 0 .. 299"));
}

TEST(RawData, RootThatIsNoObject) {
    TempDir dir;
    EXPECT_TRUE(load_described(dir, "[1]").mentions("data.json: expected an object"));
    EXPECT_TRUE(load_described(dir, "{").mentions("data.json:1:"));
    EXPECT_TRUE(load_described(dir, "{}").mentions("test: expected an object"));
}

TEST(RawData, WithoutAReport) {
    TempDir dir;
    write_files(dir);
    dir.write("data.json", replaced(description, "300", "299"));
    Dataset data;
    EXPECT_EQ(load_dataset("raw", dir.path("").c_str(), 1, data, nullptr), ASSAY_BAD_INPUT);
    dir.write("data.json", description);
    EXPECT_EQ(load_dataset("raw", dir.path("").c_str(), 1, data, nullptr), ASSAY_OK);
    EXPECT_EQ(data.test.count, 2u);
}
