// The C ABI of compression, and the files that it leaves.
#include <fstream>
#include <iterator>

#include "compress_fixture.hpp"
#include "environment.hpp"
#include "json.h"
#include "mask.hpp"

using namespace compress_test;

namespace {

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    EXPECT_TRUE(file) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

class CompressAbi : public ::testing::Test {
  protected:
    CompressAbi() : out_(net_.folder.path("out")) {
        const std::shared_ptr<const assay_workload> workload(net_.workload,
                                                             [](const assay_workload*) {});
        auto data = std::make_shared<Dataset>();
        data->name = "none";
        env_.settings = assay_default_accuracy_settings();
        env_.workload = workload;
        model_ = std::make_shared<Model>(Model{workload, net_.parameters, std::string(32, '0')});
        env_.model = model_;
        env_.data = data;
        env_.engine = std::make_unique<FakeEngine>(net_.parameters);
        settings_ = assay_default_compress_settings();
        settings_.out = out_.c_str();
        settings_.density = 0.2;
        settings_.codebook_bits = 4;
    }
    ~CompressAbi() override { assay_compression_free(&found_); }
    assay_status run() {
        return assay_accuracy_compress(&env_, nullptr, &settings_, &found_, report_);
    }

    Net net_;
    assay_accuracy env_;
    std::shared_ptr<Model> model_;
    std::string out_;
    assay_compress_settings settings_;
    assay_compression* found_ = nullptr;
    Report report_;
};

} // namespace

TEST_F(CompressAbi, WritesWhatItCounts) {
    ASSERT_EQ(run(), ASSAY_OK) << report_.text();
    const std::string streams = content(out_ + "/small_net_1.compressed.safetensors");
    EXPECT_EQ(assay_compression_file_bits(found_), 8 * streams.size());
    const assay_compress_layer* total = assay_compression_total(found_);
    EXPECT_EQ(assay_compression_header_bits(found_) + assay_stored_total(&total->coded),
              8 * streams.size());
    ASSERT_EQ(assay_compression_layer_count(found_), 3u);
    assay_stored_bits sum{};
    uint64_t kept = 0;
    for (size_t i = 0; i < 3; ++i) {
        const assay_compress_layer* layer = assay_compression_layer(found_, i);
        sum.values += layer->coded.values;
        sum.padding += layer->coded.padding;
        kept += layer->kept;
    }
    EXPECT_EQ(sum.values, total->coded.values);
    EXPECT_EQ(sum.padding, total->coded.padding);
    EXPECT_EQ(kept, 29u + 576 + 40);
    EXPECT_EQ(total->kept, kept);
    EXPECT_STREQ(assay_compression_layer(found_, 1)->name, "fc1");
    EXPECT_EQ(assay_compression_stage_count(found_), 6u);
    EXPECT_STREQ(assay_compression_stage(found_, 5)->name, "coded");
    EXPECT_EQ(assay_compression_stage(found_, 5)->bits, 8 * streams.size());
    EXPECT_EQ(assay_compression_stage(found_, 5)->top1_search, double(kept) / 1000);
}

TEST_F(CompressAbi, TheReportSaysTheSame) {
    ASSERT_EQ(run(), ASSAY_OK) << report_.text();
    const std::string json = assay_compression_json(found_);
    EXPECT_EQ(content(out_ + "/small_net_1.report.json"), json);
    assay_json_doc* doc = nullptr;
    ASSERT_EQ(assay_json_parse("R", json.data(), json.size(), &doc, report_), ASSAY_OK);
    const assay_json* root = assay_json_root(doc);
    EXPECT_STREQ(assay_json_string(assay_json_get(root, "network")), "small net/1");
    EXPECT_EQ(assay_json_number(assay_json_get(root, "file_bits")),
              double(assay_compression_file_bits(found_)));
    EXPECT_EQ(assay_json_size(assay_json_get(root, "stages")), 6u);
    EXPECT_EQ(assay_json_size(assay_json_get(root, "layers")), 3u);
    assay_json_free(&doc);
}

TEST_F(CompressAbi, TheWorkloadReadsBack) {
    ASSERT_EQ(run(), ASSAY_OK) << report_.text();
    EXPECT_EQ(assay_compression_workload_path(found_), out_ + "/small_net_1.json");
    assay_workload* read = nullptr;
    ASSERT_EQ(assay_workload_load(assay_compression_workload_path(found_), nullptr, &read, report_),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(assay_workload_layer_count(read), 4u);
    assay_workload_free(&read);
}

TEST_F(CompressAbi, QualityPrunesBelowAShareOfTheDeviation) {
    settings_.density = 0;
    settings_.quality = 1;
    settings_.prune_epochs = settings_.share_epochs = 0;
    ASSERT_EQ(run(), ASSAY_OK) << report_.text();
    for (size_t i = 0; i < 3; ++i) {
        const size_t at = i == 0 ? 0 : i + 1;
        EXPECT_EQ(assay_compression_layer(found_, i)->kept,
                  count_kept(threshold_mask(net_.parameters[at].weight, 1)));
    }
}

TEST_F(CompressAbi, TellsAllMistakesOfItsSettings) {
    settings_.out = "";
    settings_.density = 1.5;
    settings_.quality = -1;
    settings_.codebook_bits = 9;
    settings_.gap_bits = 0;
    settings_.steps = 101;
    settings_.prune_epochs = NAN;
    settings_.rate = -1;
    settings_.share_rate = 11;
    settings_.batch = 0;
    EXPECT_EQ(run(), ASSAY_BAD_INPUT);
    EXPECT_EQ(found_, nullptr);
    EXPECT_EQ(report_.count(), 10u) << report_.text();
    EXPECT_TRUE(report_.mentions("gap_bits: 0, legal: 1 .. 8"));
}

TEST_F(CompressAbi, RefusesNormsAndIntegers) {
    model_->parameters[0].norm.mean.assign(8, 0);
    EXPECT_EQ(run(), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("layer \"conv\": has a norm not folded")) << report_.text();
    model_->parameters[0].norm.mean.clear();
    model_->parameters[2].integers.weight.assign(1, 0);
    EXPECT_EQ(run(), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("layer \"fc1\": has integer weights")) << report_.text();
}

TEST_F(CompressAbi, AFileInPlaceOfTheFolderIsToldBeforeAnythingIsTrained) {
    out_ = net_.folder.write("file", "x");
    settings_.out = out_.c_str();
    EXPECT_EQ(run(), ASSAY_IO);
    EXPECT_TRUE(report_.mentions("cannot make the folder")) << report_.text();
    EXPECT_TRUE(static_cast<FakeEngine&>(*env_.engine).trainings.empty());
}

TEST_F(CompressAbi, StoppedOnRequestWritesNothing) {
    settings_.progress = [](void*, const char*, uint64_t, uint64_t, double) { return false; };
    EXPECT_EQ(run(), ASSAY_INTERRUPTED);
    EXPECT_EQ(found_, nullptr);
    EXPECT_FALSE(std::filesystem::exists(out_ + "/small_net_1.json"));
}
