// .npy files: what is written reads back, and everything else is refused with a reason.
#include <gtest/gtest.h>

#include <cstring>

#include "npy.h"
#include "report.hpp"
#include "temp_dir.hpp"

using assay_test::Report;
using assay_test::TempDir;

namespace {

std::string v1(const std::string& header, const std::string& data) {
    std::string bytes = "\x93NUMPY";
    bytes += std::string("\x01\x00", 2);
    bytes += static_cast<char>(header.size() & 255);
    bytes += static_cast<char>(header.size() >> 8);
    return bytes + header + data;
}

std::string header(const std::string& type, const std::string& shape) {
    return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
}

class Npy : public testing::Test {
  protected:
    ~Npy() override { assay_npy_free(&array_); }

    assay_status load(const std::string& bytes) {
        assay_npy_free(&array_);
        return assay_npy_load(folder_.write("a.npy", bytes).c_str(), &array_, report_);
    }
    // Refused, with one message that holds `reason`.
    void refuses(const std::string& bytes, const std::string& reason) {
        Report report;
        assay_npy_free(&array_);
        EXPECT_EQ(assay_npy_load(folder_.write("a.npy", bytes).c_str(), &array_, report),
                  ASSAY_BAD_INPUT);
        EXPECT_EQ(report.count(), 1u) << report.text();
        EXPECT_TRUE(report.mentions(reason)) << report.text();
        EXPECT_EQ(array_.file, nullptr);
    }

    TempDir folder_;
    Report report_;
    assay_npy array_{};
};

} // namespace

TEST_F(Npy, WrittenReadsBack) {
    const int64_t values[] = {0, 1, -1, INT64_MAX, INT64_MIN, 1234567890123};
    const uint64_t shape[] = {1, 3, 2};
    char* bytes = nullptr;
    size_t size = 0;
    ASSERT_EQ(assay_npy_format(values, shape, 3, &bytes, &size), ASSAY_OK);
    const std::string file(bytes, size);
    free(bytes);
    EXPECT_EQ((size - sizeof values) % 64, 0u); // elements are aligned, as NumPy's are
    ASSERT_EQ(load(file), ASSAY_OK) << report_.text();
    EXPECT_EQ(array_.type, ASSAY_NPY_I8);
    ASSERT_EQ(array_.dims, 3u);
    EXPECT_EQ(array_.shape[1], 3u);
    ASSERT_EQ(array_.count, 6u);
    for (size_t i = 0; i < 6; ++i) {
        EXPECT_EQ(assay_npy_int(&array_, i), values[i]);
    }
}

TEST_F(Npy, HeaderIsWhatNumpyWrites) {
    const int64_t value = 7;
    const uint64_t shape[] = {1};
    char* bytes = nullptr;
    size_t size = 0;
    ASSERT_EQ(assay_npy_format(&value, shape, 1, &bytes, &size), ASSAY_OK);
    const std::string file(bytes, size);
    free(bytes);
    EXPECT_EQ(file.substr(10, 59), "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }  ");
    EXPECT_EQ(file[127], '\n');
    EXPECT_EQ(file.size(), 136u);
}

TEST_F(Npy, ReadsEveryType) {
    ASSERT_EQ(load(v1(header("<i4", "(2,)"), std::string("\xfe\xff\xff\xff\x02\0\0\0", 8))),
              ASSAY_OK);
    EXPECT_EQ(assay_npy_int(&array_, 0), -2);
    EXPECT_EQ(assay_npy_real(&array_, 1), 2.0);
    ASSERT_EQ(load(v1(header("<f4", "(1,)"), std::string("\0\0\xc0\x3f", 4))), ASSAY_OK);
    EXPECT_EQ(assay_npy_real(&array_, 0), 1.5);
    ASSERT_EQ(load(v1(header("<f8", "(1,)"), std::string("\0\0\0\0\0\0\x04\xc0", 8))), ASSAY_OK);
    EXPECT_EQ(assay_npy_real(&array_, 0), -2.5);
    EXPECT_EQ(assay_npy_int(&array_, 0), -2);
    ASSERT_EQ(load(v1(header("<f8", "(1,)"), std::string("\0\0\0\0\0\0\xf0\x7f", 8))), ASSAY_OK);
    EXPECT_EQ(assay_npy_int(&array_, 0), 0); // infinity
}

TEST_F(Npy, ReadsVersion2AndAnyOrderOfKeys) {
    const std::string text = "{'shape': (1, 1), 'descr': '<i4', 'fortran_order': False}";
    std::string bytes = "\x93NUMPY";
    bytes += std::string("\x02\x00", 2);
    bytes += std::string({static_cast<char>(text.size()), 0, 0, 0});
    ASSERT_EQ(load(bytes + text + std::string(4, '\x01')), ASSAY_OK) << report_.text();
    EXPECT_EQ(assay_npy_int(&array_, 0), 0x01010101);
}

TEST_F(Npy, RefusesWhatIsNotNpy) {
    refuses("layer,w_bits", "not a .npy file");
    refuses("\x93NUMPZ\x01", "not a .npy file");
    std::string bytes = v1(header("<i4", "(1,)"), "1234");
    bytes[6] = 3;
    refuses(bytes, "version 3.0");
}

TEST_F(Npy, RefusesBadHeaders) {
    refuses(v1(header(">i8", "(1,)"), "12345678"), "type");
    refuses(v1(header("|O", "(1,)"), "12345678"), "type");
    refuses(v1("{'descr': '<i8', 'fortran_order': True, 'shape': (1,), }", "12345678"),
            "fortran_order");
    refuses(v1(header("<i8", "()"), "12345678"), "shape");
    refuses(v1(header("<i8", "(0,)"), ""), "shape");
    refuses(v1(header("<i8", "(-1,)"), ""), "shape");
    refuses(v1(header("<i8", "(1, 1, 1, 1, 1)"), "12345678"), "shape");
    refuses(v1(header("<i8", "(1"), "12345678"), "shape");
    refuses(v1("{'descr': '<i8', 'fortran_order': False, }", "12345678"), "missing");
    refuses(v1("{'descr': '<i8', 'descr': '<i8', }", "12345678"), "once each");
    refuses(v1(header("<i8", "(1,)") + "x", "12345678"), "unexpected text");
    refuses(v1("", "12345678"), "expected \"{\"");
}

TEST_F(Npy, RefusesSizesThatDoNotAgree) {
    refuses(v1(header("<i8", "(2,)"), "12345678"), "the shape needs 16");
    refuses(v1(header("<i8", "(1,)"), "123456789"), "9 bytes of elements");
    refuses(v1(header("<i8", "(9999999999, 9999999999)"), "12345678"), "more than");
    std::string cut = v1(header("<i8", "(1,)"), "");
    refuses(cut.substr(0, 40), "and in the file");
}

TEST_F(Npy, EveryCutOfAFileIsRefused) {
    const std::string whole = v1(header("<i4", "(2, 2)"), "0123456789abcdef");
    for (size_t size = 1; size < whole.size(); ++size) {
        Report report;
        assay_npy array;
        EXPECT_EQ(
            assay_npy_load(folder_.write("c.npy", whole.substr(0, size)).c_str(), &array, report),
            ASSAY_BAD_INPUT)
            << size;
        EXPECT_EQ(report.count(), 1u) << size;
    }
    EXPECT_EQ(load(whole), ASSAY_OK) << report_.text();
}
