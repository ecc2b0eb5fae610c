// What networks read, and which images.
#include <gtest/gtest.h>

#include <cstring>

#include "dataset.hpp"

using namespace assay;

namespace {

// 2 images of 3 x 2 x 2 bytes that count from 0; elements above 127 are there, too.
Images counting(Images::Element element) {
    Images images;
    images.channels = 3;
    images.height = images.width = 2;
    images.count = 2;
    images.element = element;
    for (int i = 0; i < 24; ++i) {
        images.bytes.push_back(static_cast<uint8_t>(i * 10));
    }
    images.labels = {0, 1};
    return images;
}

std::vector<float> values(const Images& images, const std::vector<uint32_t>& indices,
                          const Preprocess& how) {
    std::vector<float> out(indices.size() * images.values(), -1e9f);
    load_values(images, indices.data(), indices.size(), how, out.data());
    return out;
}

Dataset dataset(size_t train, size_t test) {
    Dataset data;
    data.train.count = train;
    data.test.count = test;
    return data;
}

using Indices = std::vector<uint32_t>;

} // namespace

TEST(LoadValues, PlainElementsInTheOrderOfTheIndices) {
    const std::vector<float> out = values(counting(Images::Element::u8), {1, 0, 1}, {});
    ASSERT_EQ(out.size(), 36u);
    for (size_t i = 0; i < 12; ++i) {
        EXPECT_EQ(out[i], 120 + 10.f * static_cast<float>(i));
        EXPECT_EQ(out[12 + i], 10.f * static_cast<float>(i));
        EXPECT_EQ(out[24 + i], out[i]);
    }
}

TEST(LoadValues, SignedElements) {
    const std::vector<float> out = values(counting(Images::Element::i8), {1}, {{83}, {0.5f}});
    EXPECT_EQ(out[0], (120 - 83) * 0.5f);
    EXPECT_EQ(out[1], (130 - 256 - 83) * 0.5f);
}

TEST(LoadValues, ChannelsAreReversedBeforeTheyAreScaled) {
    Preprocess how;
    how.subtract = {1, 2, 3};
    how.scale = {1, 10, 100};
    how.bgr = true;
    const std::vector<float> out = values(counting(Images::Element::u8), {0}, how);
    EXPECT_EQ(out[0], 79);             // plane 2 starts with 80
    EXPECT_EQ(out[4], (40 - 2) * 10);  // the middle stays
    EXPECT_EQ(out[8 + 3], 27 * 100.f); // plane 0 ends with 30
}

TEST(LoadValues, RowsBecomeASequence) {
    Images images = counting(Images::Element::u8);
    images.channels = 1;
    images.height = 2;
    images.width = 6;
    Preprocess how;
    how.rows = true;
    how.scale = {0.1f};
    const std::vector<float> out = values(images, {0}, how);
    EXPECT_FLOAT_EQ(out[0], 0); // feature 0 of rows 0 and 1
    EXPECT_FLOAT_EQ(out[1], 6);
    EXPECT_FLOAT_EQ(out[2], 1);
    EXPECT_FLOAT_EQ(out[3], 7);
    EXPECT_FLOAT_EQ(out[11], 11);
}

TEST(LoadValues, Floats) {
    Images images;
    images.channels = 2;
    images.height = images.width = 1;
    images.count = 1;
    images.element = Images::Element::f32;
    const float stored[] = {0.25f, -3e30f};
    images.bytes.resize(sizeof stored);
    std::memcpy(images.bytes.data(), stored, sizeof stored);
    images.labels = {0};
    EXPECT_EQ(values(images, {0}, {}), (std::vector<float>{0.25f, -3e30f}));
    EXPECT_EQ(values(images, {0}, {{1, 0}, {2, 1}}), (std::vector<float>{-1.5f, -3e30f}));
}

TEST(LoadValuesDeathTest, ImagesThatAreNotThere) {
    EXPECT_DEATH(values(counting(Images::Element::u8), {2}, {}), "contract violated");
    EXPECT_DEATH(values(counting(Images::Element::u8), {0}, {{1, 2}, {}}), "contract violated");
}

TEST(SplitIndices, EvenImagesForSearchesOddOnesForTheFinalFigure) {
    const Dataset data = dataset(4, 5);
    EXPECT_EQ(split_indices(data, Split::search, 0), (Indices{0, 2, 4}));
    EXPECT_EQ(split_indices(data, Split::final, 0), (Indices{1, 3}));
    EXPECT_EQ(split_indices(data, Split::all, 0), (Indices{0, 1, 2, 3, 4}));
    EXPECT_EQ(split_indices(data, Split::train, 0), (Indices{0, 1, 2, 3}));
}

TEST(SplitIndices, LimitTakesTheFirst) {
    const Dataset data = dataset(0, 5);
    EXPECT_EQ(split_indices(data, Split::search, 2), (Indices{0, 2}));
    EXPECT_EQ(split_indices(data, Split::final, 9), (Indices{1, 3}));
    EXPECT_EQ(split_indices(data, Split::all, 1), (Indices{0}));
    EXPECT_EQ(split_indices(data, Split::train, 3), Indices{});
}
