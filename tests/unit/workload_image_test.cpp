#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "image.hpp"
#include "workload_test_files.hpp"

using namespace assay;
using namespace workload_test;

namespace {

std::string bytes_up_to(int n) {
    std::string out(static_cast<size_t>(n), '\0');
    std::iota(out.begin(), out.end(), '\0');
    return out;
}

struct Read {
    assay_status status;
    Image image;
    std::string messages;
};

Read read(const std::string& path, uint64_t index, uint64_t h = 0, uint64_t w = 0, uint64_t c = 0) {
    assay_workload_params params{path.c_str(), index, h, w, c, 0};
    assay_report* report = assay_report_new();
    Read out{ASSAY_OK, {}, ""};
    out.status = read_image(params, out.image, report);
    for (size_t i = 0; i < assay_report_kept(report); ++i) {
        out.messages += assay_report_text(report, i);
    }
    assay_report_free(&report);
    return out;
}

} // namespace

TEST(ImageFile, SizeFromTheNameOrTheCaller) {
    TempFolder folder;
    std::string path = folder.write("set10_2x3x1_u8.bin", bytes_up_to(12));
    Read r = read(path, 1);
    ASSERT_EQ(r.status, ASSAY_OK) << r.messages;
    EXPECT_EQ(r.image.height, 2u);
    EXPECT_EQ(r.image.width, 3u);
    EXPECT_EQ(r.image.pixels, (std::vector<uint8_t>{6, 7, 8, 9, 10, 11}));
    r = read(path, 0, 2, 2, 3); // the caller knows better
    ASSERT_EQ(r.status, ASSAY_OK) << r.messages;
    EXPECT_EQ(r.image.channels, 3u);
    EXPECT_EQ(read(folder.write("1x1x1_2x2x3.bin", bytes_up_to(12)), 0).image.channels, 3u);
}

TEST(ImageFile, Mistakes) {
    TempFolder folder;
    std::string path = folder.write("a_2x3x1.bin", bytes_up_to(12));
    auto expect = [](const Read& r, const char* fragment) {
        EXPECT_EQ(r.status, ASSAY_BAD_INPUT);
        EXPECT_NE(r.messages.find(fragment), std::string::npos) << r.messages;
    };
    expect(read(path, 2), "image index 2: the file holds images 0 .. 1");
    expect(read(path, UINT64_MAX), "the file holds images 0 .. 1");
    expect(read(path, 0, 5, 1, 1), "not a whole number of images of 5 bytes");
    expect(read(path, 0, 2, 3, 0), "each must be in 1 .. 65536");
    expect(read(path, 0, UINT64_MAX, 3, 1), "each must be in 1 .. 65536");
    expect(read(path, 0, 65536, 65536, 65536), "not a whole number of images");
    expect(read(folder.write("plain.bin", "abc"), 0), "put HxWxC into the file's name");
    expect(read(folder.write("e_1x1x1.bin", ""), 0), "not a whole number of images");
    expect(read(folder.path("absent_1x1x1.bin"), 0), "cannot open");
    expect(read(folder.write("z_0x1x1.bin", "a"), 0), "each must be in 1 .. 65536");
}

TEST(Resize, SameSizeIsTheIdentityWithChannelOrderAndMeans) {
    Image image{1, 2, 3, {10, 20, 30, 40, 50, 60}};
    Preprocess how;
    how.bgr = true;
    how.subtract = {1, 2, 3};
    how.scale = {2, 2, 2};
    EXPECT_EQ(resize_to_chw(image, {3, 1, 2}, how), (std::vector<float>{58, 118, 36, 96, 14, 74}));
}

TEST(Resize, HalfPixelCentres) {
    Image image{1, 2, 1, {0, 100}};
    EXPECT_EQ(resize_to_chw(image, {1, 1, 4}, {}), (std::vector<float>{0, 25, 75, 100}));
    Image wide{1, 4, 1, {0, 10, 20, 30}};
    EXPECT_EQ(resize_to_chw(wide, {1, 1, 2}, {}), (std::vector<float>{5, 25}));
    Image square{2, 2, 1, {0, 0, 100, 100}};
    EXPECT_EQ(resize_to_chw(square, {1, 4, 1}, {}), (std::vector<float>{0, 25, 75, 100}));
}

TEST(ProceduralImage, IsSeededSmoothAndBroad) {
    Image a = procedural_image({3, 64, 64}, 1), b = procedural_image({3, 64, 64}, 2);
    EXPECT_EQ(a.pixels, procedural_image({3, 64, 64}, 1).pixels);
    EXPECT_NE(a.pixels, b.pixels);
    auto [low, high] = std::minmax_element(a.pixels.begin(), a.pixels.end());
    EXPECT_GT(*high - *low, 100);
    double near = 0, far = 0;
    for (size_t y = 0; y < 64; ++y) {
        for (size_t x = 0; x < 32; ++x) {
            int here = a.pixels[(y * 64 + x) * 3];
            near += std::abs(here - a.pixels[(y * 64 + x + 1) * 3]);
            far += std::abs(here - a.pixels[(y * 64 + x + 32) * 3]);
        }
    }
    EXPECT_LT(near, far);
}

TEST(WorkloadInput, ImageReplacesTheDrawnInput) {
    TempFolder folder;
    std::string net = folder.write("n.json", R"({"schema": 1, "name": "n",
        "input": {"shape": [1, 2, 2]}, "layers": [{"name": "r", "op": "relu"}]})");
    std::string image = folder.write("i_2x2x1.bin", std::string("\x00\x33\x66\xFF", 4));
    assay_workload_params params{};
    params.input_path = image.c_str();
    Loaded loaded = load(net, &params), plain = load(net);
    ASSERT_EQ(loaded.status, ASSAY_OK) << loaded.messages;
    EXPECT_EQ(
        loaded.workload->input,
        (std::vector<float>{0, 51.0f * (1.0f / 255), 102.0f * (1.0f / 255), 255 * (1.0f / 255)}));
    EXPECT_NE(loaded.workload->hash, plain.workload->hash);
    EXPECT_NE(loaded.workload->input_label.find("image 0 of"), std::string::npos);
    std::string colour = folder.write("i_1x1x3.bin", "abc");
    params.input_path = colour.c_str();
    expect_refused(load(net, &params), "3 channels, the network's input 1x2x2 has 1");
}
