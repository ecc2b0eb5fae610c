// The readers of published formats, on files made here and on the real ones where they are at hand.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>

#include "data_files.hpp"

using namespace assay;
using namespace data_test;
using assay_test::TempDir;

namespace {

void write_excerpt(const TempDir& dir) {
    dir.write("cifar10_train_first9000.bin", records(9000, 3072, 10));
    dir.write("cifar10_test_first1000.bin", records(1000, 3072, 10));
}

void write_mnist_test(const TempDir& dir, uint32_t count) {
    dir.write("t10k-images-idx3-ubyte", idx_images(count));
    dir.write("t10k-labels-idx1-ubyte", idx_labels(count));
}

std::string gzip(const std::string& plain) {
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("deflateInit2");
    }
    std::string out(deflateBound(&stream, plain.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

} // namespace

TEST(DatasetRegistry, NamesAreFoundAndMisspeltOnesSuggested) {
    EXPECT_EQ(reader_count, 7u);
    for (size_t i = 0; i < reader_count; ++i) {
        EXPECT_EQ(find_reader(readers[i]->name), readers[i]);
        EXPECT_STRNE(readers[i]->summary, "");
    }
    EXPECT_EQ(find_reader("cifar"), nullptr);
    const Loaded p = load("cifar1O", ".");
    EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
    EXPECT_TRUE(p.mentions("unknown dataset \"cifar1O\"; did you mean cifar10?")) << p.messages;
}

TEST(DatasetRegistry, MissingFolderNamesTheVariable) {
    const Loaded p = load("kws", "no/such/folder");
    EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
    EXPECT_TRUE(p.mentions("dataset kws: there is no folder no/such/folder")) << p.messages;
    EXPECT_TRUE(p.mentions("ASSAY_DATA"));
}

TEST(DatasetRegistry, FolderOfTheVariable) {
    TempDir dir;
    std::filesystem::create_directory(dir.path("kws"));
    dir.write("kws/kws01_mfcc_int8.bin", records(1000, 490, 12));
    const char* old = std::getenv("ASSAY_DATA");
    const std::string before = old ? old : "";
    setenv("ASSAY_DATA", dir.path("").c_str(), 1);
    assay_test::Report report;
    Dataset data;
    EXPECT_EQ(load_dataset("kws", nullptr, 1, data, report), ASSAY_OK) << report.text();
    old ? setenv("ASSAY_DATA", before.c_str(), 1) : unsetenv("ASSAY_DATA");
    EXPECT_EQ(data.name, "kws");
    EXPECT_EQ(data.test.count, 1000u);
    EXPECT_EQ(data.train.count, 0u);
    EXPECT_EQ(data.test.element, Images::Element::i8);
    EXPECT_EQ(data.test.values(), 490u);
    EXPECT_FALSE(data.mirror);
}

TEST(Cifar10, ExcerptIsRead) {
    TempDir dir;
    write_excerpt(dir);
    const Loaded p = load("cifar10", dir.path(""));
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    EXPECT_EQ(p.data.train.count, 9000u);
    EXPECT_EQ(p.data.test.count, 1000u);
    EXPECT_EQ(p.data.classes, 10u);
    EXPECT_TRUE(p.data.mirror);
    EXPECT_EQ(p.data.train.labels[8999], 9);
    EXPECT_EQ(p.data.test.bytes[999 * 3072 + 5], static_cast<uint8_t>(999 + 5));
}

TEST(Cifar10, OfficialArchiveWinsAlsoInItsOwnFolder) {
    TempDir dir;
    write_excerpt(dir);
    const std::string folder = dir.path("cifar-10-batches-bin");
    std::filesystem::create_directory(folder);
    for (const char* name : {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4",
                             "data_batch_5", "test_batch"}) {
        const std::string path = dir.write("cifar-10-batches-bin/" + std::string(name) + ".bin",
                                           name[0] == 't' ? "\7" : "\3");
        std::filesystem::resize_file(path, 30730000); // zeros: labels 0
    }
    const Loaded p = load("cifar10", dir.path(""));
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    EXPECT_EQ(p.data.train.count, 50000u);
    EXPECT_EQ(p.data.test.count, 10000u);
    EXPECT_EQ(p.data.train.labels[40000], 3);
    EXPECT_EQ(p.data.train.labels[40001], 0);
    EXPECT_EQ(p.data.test.labels[0], 7);
}

TEST(Cifar10, AllMistakesAreTold) {
    TempDir dir;
    std::string test = records(1000, 3072, 10);
    test[3073 * 17] = static_cast<char>(200);
    test[3073 * 999] = 10;
    dir.write("cifar10_test_first1000.bin", test);
    dir.write("cifar10_train_first9000.bin", "short");
    const Loaded p = load("cifar10", dir.path(""));
    EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
    EXPECT_EQ(p.count, 3u);
    EXPECT_TRUE(p.mentions("cifar10_train_first9000.bin: 5 bytes, expected 27657000 (9000 records "
                           "of 3073)"));
    EXPECT_TRUE(p.mentions("image 17: label 200, expected 0 .. 9")) << p.messages;
    EXPECT_TRUE(p.mentions("image 999: label 10, expected 0 .. 9"));
    EXPECT_EQ(p.data.test.count, 0u) << "nothing is handed out on failure";
}

TEST(Cifar10, EmptyFolderAndMissingBatch) {
    TempDir dir;
    EXPECT_TRUE(load("cifar10", dir.path("")).mentions("scripts/fetch_data cifar10"));
    dir.write("test_batch.bin", "x");
    const Loaded p = load("cifar10", dir.path(""));
    EXPECT_EQ(p.count, 6u) << p.messages;
    EXPECT_TRUE(p.mentions("data_batch_5.bin: cannot open"));
}

TEST(Mnist, PlainTestAndPackedTrain) {
    TempDir dir;
    write_mnist_test(dir, 12);
    dir.write("train10k-images-idx3-ubyte.gz", gzip(idx_images(700)));
    dir.write("train10k-labels-idx1-ubyte.gz", gzip(idx_labels(700)));
    const Loaded p = load("mnist", dir.path(""));
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    EXPECT_EQ(p.data.test.count, 12u);
    EXPECT_EQ(p.data.train.count, 700u);
    EXPECT_EQ(p.data.train.bytes.size(), 700u * 784);
    EXPECT_EQ(p.data.train.bytes[700 * 784 - 1], (700 * 784 - 1) % 251);
    EXPECT_EQ(p.data.train.labels[699], 9);
    EXPECT_FALSE(p.data.mirror);
}

TEST(Mnist, MistakesOfHeaders) {
    struct Case {
        size_t offset;
        const char* message;
    };
    for (const Case& c :
         {Case{3, "byte 0: magic number 2304, expected 2051"}, Case{7, "images, expected"},
          Case{11, "byte 8: rows"}, Case{15, "byte 12: columns"}, Case{4, "byte 4: count"}}) {
        TempDir dir;
        write_mnist_test(dir, 3);
        std::string images = idx_images(3);
        images[c.offset] = c.offset == 3 ? '\0' : '\x77';
        if (c.offset == 3) {
            images[2] = '\x09';
        }
        dir.write("t10k-images-idx3-ubyte", images);
        const Loaded p = load("mnist", dir.path(""));
        EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
        EXPECT_TRUE(p.mentions(c.offset == 7 ? "bytes of header, 119 images" : c.message))
            << p.messages;
    }
}

TEST(Mnist, LabelsThatDoNotFit) {
    TempDir dir;
    write_mnist_test(dir, 3);
    dir.write("t10k-labels-idx1-ubyte", idx_labels(4));
    EXPECT_TRUE(load("mnist", dir.path("")).mentions("4 labels for the 3 images of"));
    std::string labels = idx_labels(3);
    labels[8 + 1] = 10;
    dir.write("t10k-labels-idx1-ubyte", labels);
    EXPECT_TRUE(load("mnist", dir.path("")).mentions("image 1: label 10, expected 0 .. 9"));
    std::filesystem::remove(dir.path("t10k-labels-idx1-ubyte"));
    EXPECT_TRUE(load("mnist", dir.path("")).mentions("holds no t10k-labels-idx1-ubyte"));
}

TEST(Mnist, DamagedPackedFiles) {
    const std::string packed = gzip(idx_images(50));
    std::string wrong_sum = packed;
    wrong_sum[packed.size() - 5] = static_cast<char>(wrong_sum[packed.size() - 5] ^ 1);
    for (const std::string& bytes : {packed.substr(0, packed.size() - 1), packed.substr(0, 9),
                                     packed + "x", wrong_sum, std::string("no gzip at all")}) {
        TempDir dir;
        dir.write("t10k-images-idx3-ubyte.gz", bytes);
        dir.write("t10k-labels-idx1-ubyte", idx_labels(50));
        const Loaded p = load("mnist", dir.path(""));
        EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
        EXPECT_TRUE(p.mentions("cannot be unpacked")) << p.messages;
    }
}

TEST(Mnist, PackedFileThatGrowsBeyondTheLimitIsStopped) {
    TempDir dir;
    dir.write("t10k-images-idx3-ubyte", idx_images(50));
    dir.write("t10k-labels-idx1-ubyte.gz", gzip(std::string((1 << 20) + 9, '\0')));
    const Loaded p = load("mnist", dir.path(""));
    EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
    EXPECT_TRUE(p.mentions("unpacks to more than the limit of 1048584 bytes")) << p.messages;
}

TEST(Imagenet, PixelsBecomePlanes) {
    TempDir dir;
    std::string pixels(size_t{100} * 224 * 224 * 3, '\0'), labels;
    pixels[224 * 224 * 3 + 3 * 2 + 1] = 77; // image 1, pixel 2, green
    for (int i = 0; i < 100; ++i) {
        labels += std::to_string(10 * i) + " n0_name.JPEG\n";
    }
    dir.write("imagenet100_224x224x3_u8_nhwc.bin", pixels);
    dir.write("labels100.txt", labels);
    const Loaded p = load("imagenet224", dir.path(""));
    ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
    EXPECT_EQ(p.data.classes, 1000u);
    EXPECT_EQ(p.data.test.labels[99], 990);
    EXPECT_EQ(p.data.test.bytes[p.data.test.values() + 224 * 224 + 2], 77);
    EXPECT_TRUE(p.data.mirror);
}

TEST(Imagenet, MistakesOfLabels) {
    TempDir dir;
    dir.write("imagenet100_224x224x3_u8_nhwc.bin", "x");
    dir.write("labels100.txt", "12 a\n1000 b\n-1 c\nx\n12x\n7");
    const Loaded p = load("imagenet224", dir.path(""));
    EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
    EXPECT_EQ(p.count, 6u) << p.messages;
    EXPECT_TRUE(p.mentions("labels100.txt:2: expected \"CLASS NAME\" with a class 0 .. 999, not "
                           "\"1000 b\""));
    EXPECT_TRUE(p.mentions("6 lines, expected 100"));
    EXPECT_TRUE(p.mentions("1 bytes, expected 15052800 (100 images of 224 x 224 x 3)"));
}

TEST(RealData, EveryReaderReadsItsFiles) {
    const char* root = std::getenv("ASSAY_DATA");
    if (!root) {
        GTEST_SKIP() << "ASSAY_DATA is not set";
    }
    struct Case {
        const char *name, *folder;
        size_t train, test;
    };
    for (const Case& c :
         {Case{"cifar10", "cifar10", 9000, 1000}, Case{"mnist", "mnist", 10000, 10000},
          Case{"kws", "kws", 0, 1000}, Case{"imagenet128", "imagenet_samples", 0, 1000},
          Case{"imagenet224", "imagenet_samples", 0, 100}}) {
        const std::string folder = std::string(root) + "/" + c.folder;
        if (!std::filesystem::is_directory(folder)) {
            continue;
        }
        const Loaded p = load(c.name, folder);
        ASSERT_EQ(p.status, ASSAY_OK) << p.messages;
        EXPECT_GE(p.data.train.count, c.train);
        EXPECT_GE(p.data.test.count, c.test);
        EXPECT_EQ(p.data.test.bytes.size(), p.data.test.count * p.data.test.values());
        EXPECT_EQ(p.data.test.labels.size(), p.data.test.count);
    }
}
