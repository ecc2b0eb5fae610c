// Damaged files: any number of bytes may be missing or changed, and reading must end with a
// verdict. Run under sanitizers this is the test of every bound in the readers.
#include <gtest/gtest.h>
#include <zlib.h>

#include "data_files.hpp"
#include "rng.h"

using namespace assay;
using namespace data_test;
using assay_test::TempDir;

namespace {

// A byte of the first `head` bytes is changed, or the end is cut off.
std::string damaged(std::string bytes, size_t head, assay_rng& rng) {
    if (assay_rng_below(&rng, 2) == 0) {
        return bytes.substr(0, assay_rng_below(&rng, bytes.size()));
    }
    const size_t at = assay_rng_below(&rng, std::min(head, bytes.size()));
    bytes[at] = static_cast<char>(bytes[at] ^ (1 + assay_rng_below(&rng, 255)));
    return bytes;
}

// Whatever is said is consistent: a failure has a message and hands out nothing.
void expect_verdict(const Loaded& p) {
    if (p.status == ASSAY_OK) {
        EXPECT_EQ(p.count, 0u) << p.messages;
        EXPECT_EQ(p.data.test.labels.size(), p.data.test.count);
        EXPECT_GE(p.data.test.bytes.size(), p.data.test.count * p.data.test.values());
    } else {
        EXPECT_EQ(p.status, ASSAY_BAD_INPUT);
        EXPECT_GE(p.count, 1u);
        EXPECT_EQ(p.data.test.count, 0u);
    }
}

// Loads `rounds` damaged versions of one file of the folder; returns how many were refused.
int refused(const char* reader, const TempDir& dir, const char* name, const std::string& bytes,
            size_t head, int rounds) {
    assay_rng rng = assay_rng_seed(1, name);
    int count = 0;
    for (int i = 0; i < rounds; ++i) {
        dir.write(name, damaged(bytes, head, rng));
        const Loaded p = load(reader, dir.path(""));
        expect_verdict(p);
        count += p.status != ASSAY_OK;
    }
    dir.write(name, bytes);
    return count;
}

} // namespace

TEST(DataFuzz, Idx) {
    TempDir dir;
    dir.write("t10k-images-idx3-ubyte", idx_images(5));
    dir.write("t10k-labels-idx1-ubyte", idx_labels(5));
    // Every changed byte of a header and every cut is a mistake.
    EXPECT_EQ(refused("mnist", dir, "t10k-images-idx3-ubyte", idx_images(5), 16, 200), 200);
    EXPECT_EQ(refused("mnist", dir, "t10k-labels-idx1-ubyte", idx_labels(5), 8, 200), 200);
    EXPECT_EQ(load("mnist", dir.path("")).status, ASSAY_OK);
}

TEST(DataFuzz, Gzip) {
    TempDir dir;
    const std::string path = dir.path("t10k-images-idx3-ubyte.gz");
    const std::string plain = idx_images(40);
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, plain.data(), static_cast<unsigned>(plain.size()));
    gzclose(file);
    std::ifstream in(path, std::ios::binary);
    const std::string packed((std::istreambuf_iterator<char>(in)), {});
    dir.write("t10k-labels-idx1-ubyte", idx_labels(40));
    ASSERT_EQ(load("mnist", dir.path("")).status, ASSAY_OK);
    // A few bytes of gzip's header mean nothing to the content (time, system).
    EXPECT_GT(refused("mnist", dir, "t10k-images-idx3-ubyte.gz", packed, packed.size(), 400), 350);
}

TEST(DataFuzz, Records) {
    TempDir dir;
    const std::string good = records(1000, 490, 12);
    // Any label of the first record but 12 is refused only where it is not 0 .. 11.
    EXPECT_GT(refused("kws", dir, "kws01_mfcc_int8.bin", good, 1, 100), 80);
    EXPECT_EQ(load("kws", dir.path("")).status, ASSAY_OK);
}

TEST(DataFuzz, Labels) {
    TempDir dir;
    std::string labels;
    for (int i = 0; i < 100; ++i) {
        labels += std::to_string(i) + " x\n";
    }
    dir.write("imagenet100_224x224x3_u8_nhwc.bin", std::string(size_t{100} * 224 * 224 * 3, '\1'));
    EXPECT_GT(refused("imagenet224", dir, "labels100.txt", labels, labels.size(), 30), 10);
}

TEST(DataFuzz, Description) {
    const std::string json =
        R"({"schema":1,"classes":3,"test":{"images":{"path":"a","dtype":"f32","layout":"nhwc",)"
        R"("shape":[2,2,1,3]},"labels":{"path":"b","dtype":"i32"}}})";
    TempDir dir;
    dir.write("a", raw_bytes(std::vector<float>(12, 0.5f)));
    dir.write("b", raw_bytes(std::vector<int32_t>{0, 2}));
    dir.write("data.json", json);
    ASSERT_EQ(load("raw", dir.path("")).status, ASSAY_OK);
    EXPECT_GT(refused("raw", dir, "data.json", json, json.size(), 1000), 900);
}
