// The compressed network as machines read it: the codes are those of the streams.
#include "compress_fixture.hpp"
#include "compressed_workload.hpp"
#include "mask.hpp"
#include "pipeline.hpp"
#include "sparse.hpp"

using namespace compress_test;

namespace {

class CompressedWorkload : public ::testing::Test {
  protected:
    void SetUp() override {
        FakeEngine engine(net_.parameters);
        PipelineSettings settings;
        settings.plans = {{0.5, 4}, {}, {0.1, 2}, {0.3, 4}};
        Report report;
        ASSERT_EQ(compress(engine, *net_.workload, settings, found_, report), ASSAY_OK);
        const assay_workload own = detached_names(*net_.workload);
        const std::string tensors = net_.folder.path("out.safetensors");
        ASSERT_EQ(save_parameters(own, found_.parameters, tensors.c_str(), report), ASSAY_OK);
        text_ = compressed_workload_text(own, found_.parameters, found_.codings, "out.safetensors");
        const std::string path = net_.folder.write("out.json", text_);
        ASSERT_EQ(assay_workload_load(path.c_str(), nullptr, &read_, report), ASSAY_OK)
            << report.text() << text_;
    }
    void TearDown() override { assay_workload_free(&read_); }

    Net net_;
    Compression found_;
    std::string text_;
    assay_workload* read_ = nullptr;
};

// Row-major over [out][in], the order of the parameters.
std::vector<float> dense(const Layer& layer) {
    const SparseCodes& m = *layer.weights.codes;
    std::vector<float> out(size_t{m.rows} * m.cols, 0.0f);
    for (uint32_t j = 0; j < m.cols; ++j) {
        for (uint32_t e = m.col_start[j]; e < m.col_start[j + 1]; ++e) {
            out[size_t{m.row[e]} * m.cols + j] = m.codebook[m.code[e]];
        }
    }
    return out;
}

} // namespace

TEST_F(CompressedWorkload, MachinesMultiplyTheStreamsValues) {
    for (size_t i : {0, 2, 3}) {
        const Layer& layer = read_->layers[i];
        ASSERT_TRUE(layer.weights.codes) << i;
        EXPECT_EQ(dense(layer), found_.parameters[i].weight) << i;
        EXPECT_EQ(layer.weights.bias, found_.parameters[i].bias) << i;
        std::vector<float> codebook = distinct_values(found_.parameters[i].weight);
        codebook.insert(codebook.begin(), 0.0f);
        EXPECT_EQ(layer.weights.codes->codebook, codebook) << i; // the stream's codes, too
    }
}

TEST_F(CompressedWorkload, IsTheSameNetwork) {
    ASSERT_EQ(read_->layers.size(), net_.workload->layers.size());
    EXPECT_EQ(read_->name, net_.workload->name);
    for (size_t i = 0; i < read_->layers.size(); ++i) {
        EXPECT_EQ(read_->layers[i].name, net_.workload->layers[i].name);
        EXPECT_EQ(read_->layers[i].macs(), net_.workload->layers[i].macs());
        EXPECT_EQ(read_->layers[i].relu, net_.workload->layers[i].relu);
        EXPECT_EQ(read_->layers[i].inputs, net_.workload->layers[i].inputs);
    }
}

TEST_F(CompressedWorkload, EvaluatorsReadTheSameParameters) {
    std::vector<Parameters> again;
    Report report;
    ASSERT_EQ(load_parameters(*read_, nullptr, again, report), ASSAY_OK) << report.text();
    EXPECT_TRUE(same_values(again, found_.parameters));
}
