// Damaged weights, policies and trainings: a message or something that makes sense, never a crash
// and never a silent change of what a training continues from.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "damage.hpp"
#include "engine_files.hpp"
#include "network.hpp"
#include "parameters.hpp"
#include "policy.hpp"
#include "safetensors_writer.hpp"
#include "training_file.hpp"

using namespace assay;
using namespace engine_test;
using assay_test::damaged;
using assay_test::flipped;

namespace {

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Adds `count` bytes of a pattern as a tensor of another type.
void add(SafetensorsWriter& file, const char* name, const char* dtype,
         const std::vector<uint64_t>& shape, size_t count) {
    std::vector<uint8_t> bytes(count);
    for (size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<uint8_t>(i % 2 == 0 ? i : 0x3c); // halves near 1
    }
    file.add(name, dtype, shape, bytes.data(), count);
}

bool finite(const std::vector<float>& values) {
    for (float v : values) {
        if (!std::isfinite(v)) {
            return false;
        }
    }
    return true;
}

class Fuzz : public testing::Test {
  protected:
    Fuzz() {
        std::string path;
        EXPECT_EQ(load_workload(folder_.write("small.json", net_json).c_str(), net_, path, report_),
                  ASSAY_OK)
            << report_.text();
    }
    // A fresh file each time: cutting a file to nothing makes some systems wait for the disk.
    std::string fresh(const std::string& content) {
        std::filesystem::remove(folder_.path("fuzzed"));
        return folder_.write("fuzzed", content);
    }
    // Loads it; returns whether it was refused.
    bool refuses_weights(const std::string& content) {
        Report report;
        std::vector<Parameters> out;
        const assay_status status = load_parameters(*net_, fresh(content).c_str(), out, report);
        EXPECT_EQ(status == ASSAY_OK, report.count() == 0) << report.text();
        for (size_t i = 0; status == ASSAY_OK && i < out.size(); ++i) {
            EXPECT_TRUE(finite(out[i].weight) && finite(out[i].bias) && finite(out[i].norm.mean));
            fold_batch_norm(out[i]);
            EXPECT_TRUE(finite(out[i].weight) && finite(out[i].bias));
        }
        return status != ASSAY_OK;
    }
    void fuzz_weights(const SafetensorsWriter& file) {
        ASSERT_EQ(file.write(folder_.path("good").c_str(), report_), ASSAY_OK);
        const std::string good = read(folder_.path("good"));
        ASSERT_FALSE(refuses_weights(good));
        size_t refused = 0;
        for (uint64_t seed = 0; seed < 1500; ++seed) {
            refused += refuses_weights(damaged(good, seed));
        }
        EXPECT_GT(refused, 1000u);
        for (size_t bit = 0; bit < 8 * good.size(); bit += 5) {
            refuses_weights(flipped(good, bit));
        }
    }

    TempDir folder_;
    Report report_;
    std::shared_ptr<const assay_workload> net_;
};

} // namespace

TEST_F(Fuzz, WeightsOfRealNumbers) {
    SafetensorsWriter file;
    add(file, "c.weight", "BF16", {3, 2, 1, 1}, 12);
    for (const char* part : {"bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"}) {
        file.add(part, {3}, {1, 2, 3});
    }
    add(file, "f.weight", "F16", {5, 3}, 30);
    const double bias[5] = {1, -1e300 * 1e-290, 0, 3, 4};
    file.add("f.bias", "F64", {5}, reinterpret_cast<const uint8_t*>(bias), sizeof bias);
    fuzz_weights(file);
}

TEST_F(Fuzz, WeightsOfIntegers) {
    SafetensorsWriter file;
    add(file, "c.weight", "I8", {3, 2, 1, 1}, 6);
    file.add("c.weight_scale", {3}, {0.5f, 0.25f, 0.125f});
    add(file, "c.weight_zp", "I32", {3}, 12);
    add(file, "c.bias", "I32", {3}, 12);
    file.add("c.bias_scale", {1}, {0.01f});
    add(file, "f.weight", "U8", {5, 3}, 15);
    file.add("f.weight_scale", {1}, {0.1f});
    add(file, "f.weight_zp", "U8", {1}, 1);
    add(file, "f.bias", "I64", {5}, 40);
    fuzz_weights(file);
}

TEST_F(Fuzz, Policies) {
    const std::string good = R"({"schema": 1, "default": {"w_bits": 4, "a_bits": 16}, "layers": {
        "c": {"w_density": 0.25, "keep_channels": 2}, "f": {"codebook_bits": 8, "w_bits": 1}}})";
    size_t refused = 0;
    for (uint64_t seed = 0; seed < 5000; ++seed) {
        const std::string text = damaged(good, seed);
        Report report;
        assay_policy* policy = nullptr;
        const assay_status status =
            assay_policy_parse(text.data(), text.size(), "p", net_.get(), &policy, report);
        EXPECT_EQ(status == ASSAY_OK, policy != nullptr);
        EXPECT_EQ(status == ASSAY_OK, report.count() == 0) << text;
        for (size_t i = 0; policy != nullptr && i < 3; ++i) {
            const assay_layer_policy at = assay_policy_at(policy, i);
            EXPECT_TRUE(at.w_bits <= 16 && at.a_bits <= 16 && at.codebook_bits <= 8) << text;
            EXPECT_TRUE(at.w_density >= 0 && at.w_density <= 1 && at.keep_channels <= 3) << text;
        }
        assay_policy_free(&policy);
        refused += status != ASSAY_OK;
    }
    EXPECT_GT(refused, 4000u);
}

// Some bits of a header mean nothing (the kind of a space): then all values are as they were.
TEST_F(Fuzz, TrainingsThatGoOnAreWhatTheyWere) {
    TrainingPart part;
    part.identity = "a training";
    part.parameters.resize(3);
    part.parameters[0].weight = {1, 2, 3, 4, 5, 6};
    part.parameters[0].norm = {{1, 1, 1}, {2, 2, 2}, {3, 3, 3}, {4, 4, 4}, 1e-5};
    part.parameters[2].weight = std::vector<float>(15, 0.5f);
    part.parameters[2].bias = std::vector<float>(5, -0.5f);
    part.state.momentum = part.parameters;
    part.state.momentum[0].norm.mean.clear();
    part.state.momentum[0].norm.variance.clear();
    part.state.clips = {1, 2, 3};
    part.state.steps = 17;
    ASSERT_EQ(write_training_part(part, folder_.path("good").c_str(), report_), ASSAY_OK);
    const std::string good = read(folder_.path("good"));
    const auto refuses = [&](const std::string& content) {
        Report report;
        TrainingPart back;
        const assay_status status =
            read_training_part(fresh(content).c_str(), part.parameters, back, report);
        EXPECT_EQ(status == ASSAY_OK, report.count() == 0) << report.text();
        if (status == ASSAY_OK) {
            const std::string path = folder_.path("again");
            EXPECT_EQ(write_training_part(back, path.c_str(), report_), ASSAY_OK);
            EXPECT_EQ(read(path), good);
        }
        return status != ASSAY_OK;
    };
    EXPECT_FALSE(refuses(good));
    size_t refused = 0, count = 0;
    for (size_t bit = 0; bit < 8 * good.size(); bit += 3, ++count) {
        refused += refuses(flipped(good, bit));
    }
    EXPECT_GT(refused, count - 8);
    for (size_t size = 0; size < good.size(); size += 7) {
        EXPECT_TRUE(refuses(good.substr(0, size))) << size;
    }
    for (uint64_t seed = 0; seed < 500; ++seed) {
        refuses(damaged(good, seed));
    }
}
