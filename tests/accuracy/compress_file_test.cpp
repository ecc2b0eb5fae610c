#include "compress_fixture.hpp"
#include "compressed_file.hpp"
#include "mask.hpp"
#include "safetensors.hpp"
#include "safetensors_writer.hpp"

using namespace compress_test;

namespace {

// Coarse values, a quarter of them kept.
std::vector<Parameters> coarse(std::vector<Parameters> parameters) {
    for (Parameters& p : parameters) {
        apply_mask(magnitude_mask(p.weight, 0.25), p.weight);
        for (float& w : p.weight) {
            w = std::round(w);
        }
    }
    return parameters;
}

const std::vector<Coding> codings{{4, 4}, {}, {4, 4}, {0, 5}};

class CompressedFile : public ::testing::Test {
  protected:
    void SetUp() override {
        net_.parameters = coarse(net_.parameters);
        packed_ = compress_network(*net_.workload, net_.parameters, codings);
    }
    assay_status unpack(const std::vector<uint8_t>& bytes) {
        return decompress_network("F", bytes, *net_.workload, net_.parameters, out_, report_);
    }

    Net net_;
    CompressedNetwork packed_;
    std::vector<Parameters> out_;
    Report report_;
};

} // namespace

TEST_F(CompressedFile, ReadsBackExactly) {
    ASSERT_EQ(unpack(packed_.bytes), ASSAY_OK) << report_.text();
    EXPECT_TRUE(same_values(out_, net_.parameters));
}

TEST_F(CompressedFile, EveryBitOfTheFileIsCounted) {
    uint64_t header = 0, streams = 0;
    for (size_t i = 0; i < 8; ++i) {
        header |= uint64_t{packed_.bytes[i]} << 8 * i;
    }
    Safetensors file;
    ASSERT_EQ(file.parse("F", packed_.bytes, report_), ASSAY_OK);
    for (const auto& [name, tensor] : file.tensors()) {
        streams += 8 * (tensor.end - tensor.begin);
    }
    EXPECT_EQ(packed_.header_bits, 8 * (8 + header));
    EXPECT_EQ(packed_.total().coded.total(), streams);
    EXPECT_EQ(packed_.file_bits(), packed_.header_bits + streams);
    EXPECT_EQ(packed_.file_bits(), 8 * packed_.bytes.size());
}

TEST_F(CompressedFile, SizesFallFromStageToStage) {
    const LayerStorage total = packed_.total();
    EXPECT_EQ(total.original.total(), 32u * (8 * 18 + 40 * 72 + 5 * 40 + 8 + 40 + 5));
    EXPECT_GT(total.original.total(), total.pruned.total());
    EXPECT_GT(total.pruned.total(), total.shared.total());
    EXPECT_GT(total.shared.total(), total.coded.total());
}

TEST_F(CompressedFile, KeepsNormsThatAreNotFolded) {
    net_.parameters[0].norm = {{1, 2, 3, 4, 5, 6, 7, 8},
                               {8, 7, 6, 5, 4, 3, 2, 1},
                               {0, 1, 0, 1, 0, 1, 0, 1},
                               {9, 9, 9, 9, 1, 1, 1, 1},
                               1e-5};
    packed_ = compress_network(*net_.workload, net_.parameters, codings);
    ASSERT_EQ(unpack(packed_.bytes), ASSAY_OK) << report_.text();
    EXPECT_EQ(out_[0].norm.scale, net_.parameters[0].norm.scale);
    EXPECT_EQ(out_[0].norm.variance, net_.parameters[0].norm.variance);
    EXPECT_EQ(packed_.layers[0].original.total(), 32u * (8 * 18 + 8 + 32));
    EXPECT_EQ(packed_.file_bits(), packed_.header_bits + packed_.total().coded.total());
}

TEST_F(CompressedFile, SameContentSameBytes) {
    EXPECT_EQ(compress_network(*net_.workload, net_.parameters, codings).bytes, packed_.bytes);
}

TEST_F(CompressedFile, RefusesOtherNetworksAndTellsAllOfIt) {
    SafetensorsWriter other;
    const uint8_t byte = 0;
    other.add("fc1.stream", "U8", {1}, &byte, 1);
    other.add("fc9.stream", "U8", {1}, &byte, 1);
    EXPECT_EQ(unpack(other.bytes()), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("conv.stream")) << report_.text();
    EXPECT_TRUE(report_.mentions("\"fc1.stream\": 1 bytes, its header alone has 16"));
    EXPECT_TRUE(report_.mentions("fc2.stream"));
    EXPECT_TRUE(report_.mentions("no layer of the network has the stream \"fc9.stream\""));
    EXPECT_TRUE(report_.mentions("metadata format is \"\", expected \"assay-compressed-1\""));
    EXPECT_EQ(report_.count(), 5u) << report_.text();
}

TEST_F(CompressedFile, EveryTruncationIsRefused) {
    for (size_t size = 0; size < packed_.bytes.size(); size += 7) {
        const std::vector<uint8_t> bytes(packed_.bytes.begin(),
                                         packed_.bytes.begin() + static_cast<ptrdiff_t>(size));
        ASSERT_EQ(unpack(bytes), ASSAY_BAD_INPUT) << size;
    }
}

TEST_F(CompressedFile, FlippedBytesAreRefusedOrMeanSomething) {
    assay_rng rng = assay_rng_seed(5, "file fuzz");
    size_t refused = 0;
    for (int i = 0; i < 3000; ++i) {
        std::vector<uint8_t> bytes = packed_.bytes;
        bytes[assay_rng_below(&rng, bytes.size())] ^= uint8_t(1 + assay_rng_below(&rng, 255));
        const assay_status status = unpack(bytes);
        ASSERT_TRUE(status == ASSAY_OK || status == ASSAY_BAD_INPUT);
        refused += status == ASSAY_BAD_INPUT;
        for (size_t k = 0; k < out_.size() && status == ASSAY_OK; ++k) {
            ASSERT_EQ(out_[k].weight.size(), net_.parameters[k].weight.size());
        }
    }
    EXPECT_GT(refused, 1000u);
}
