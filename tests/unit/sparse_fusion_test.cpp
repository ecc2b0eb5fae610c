// Integers and scales of sparse_fusion, its cost, and the machine through the C ABI at every width.
#include "sparse_fusion.hpp"

#include <cmath>

#include "sim_abi.hpp"

using namespace sim_abi_test;
using namespace assay;
using namespace assay::sparse_fusion;

namespace {

const char* const mixed_net = R"({"schema": 1, "name": "net", "input": {"shape": [3, 8, 8]},
  "layers": [
  {"name": "conv", "op": "conv", "out_channels": 6, "kernel": [3, 3], "relu": true,
   "weights": {"kind": "statistical", "density": 0.4}},
  {"name": "pool", "op": "maxpool", "kernel": [2, 2], "stride": [2, 2]},
  {"name": "fc1", "op": "fc", "out_features": 70, "relu": true,
   "weights": {"kind": "statistical", "density": 0.3}},
  {"name": "fc2", "op": "fc", "out_features": 10,
   "weights": {"kind": "statistical", "density": 1}}]})";

const char* const hw = R"({"schema": 1, "name": "test", "accelerator": "sparse_fusion",
  "options": {"pe_count": 4, "dram_bits_per_cycle": 64}})";

double sum(const std::vector<Amount>& amounts) {
    double total = 0;
    for (const Amount& a : amounts) {
        total += a.value;
    }
    return total;
}

eie::Options defaults() {
    eie::Options o{};
    assay_options_defaults(&sparse_fusion::option_table, &o);
    return o;
}

class SparseFusion : public ::testing::Test {
  protected:
    void open(assay_model model) {
        const std::string path = dir_.path("hw.json");
        dir_.write("hw.json", hw);
        ASSERT_EQ(assay_hw_load(path.c_str(), hw_.out(), report_), ASSAY_OK) << report_.text();
        ASSERT_EQ(assay_machine_open(hw_, model, nullptr, machine_.out(), report_), ASSAY_OK)
            << report_.text();
        dir_.write("net.json", mixed_net);
        ASSERT_EQ(assay_workload_load(dir_.path("net.json").c_str(), nullptr, net_.out(), report_),
                  ASSAY_OK)
            << report_.text();
    }
    // The result as text; every output compared with the plain reference.
    std::string run(unsigned w_bits, unsigned a_bits) {
        Policy policy;
        EXPECT_EQ(assay_policy_uniform(net_, w_bits, a_bits, policy.out(), report_), ASSAY_OK);
        assay_run_settings settings = assay_default_run_settings();
        settings.check = true;
        settings.policy = policy;
        EXPECT_EQ(assay_machine_run(machine_, net_, &settings, result_.out(), report_), ASSAY_OK)
            << report_.text();
        EXPECT_EQ(result_->check.compared, 6u * 36 + 70 + 10);
        EXPECT_EQ(result_->check.mismatches, 0u);
        std::ostringstream text;
        for (size_t i = 0; i < result_->layer_count; ++i) {
            add_layer(text, result_->layers[i]);
        }
        return text.str();
    }

    using Policy = Handle<assay_policy, assay_policy_free>;
    assay_test::TempDir dir_;
    Report report_;
    Hw hw_;
    sim_abi_test::Machine machine_;
    sim_abi_test::Workload net_;
    Result result_;
};

} // namespace

TEST_F(SparseFusion, EveryWidthComputesWhatTheReferenceDoes) {
    open(ASSAY_MODEL_EVENT);
    for (unsigned w = 1; w <= 16; ++w) {
        for (unsigned a = 1; a <= 16; ++a) {
            run(w, a);
            ASSERT_EQ(result_->layers[0].w_bits, w);
            ASSERT_EQ(result_->layers[0].a_bits, a);
        }
    }
}

TEST_F(SparseFusion, BothModelsReportTheSame) {
    std::vector<std::string> texts[2];
    for (assay_model model : {ASSAY_MODEL_EVENT, ASSAY_MODEL_CLOCKED}) {
        open(model);
        for (unsigned w : {1u, 2u, 3u, 5u, 9u, 16u}) {
            for (unsigned a : {1u, 2u, 4u, 7u, 12u, 16u}) {
                texts[model == ASSAY_MODEL_CLOCKED].push_back(run(w, a));
            }
        }
        machine_.reset();
    }
    EXPECT_EQ(texts[0], texts[1]);
}

TEST_F(SparseFusion, NarrowOperandsTakeFewerCyclesAndLessEnergy) {
    open(ASSAY_MODEL_EVENT);
    double energy = 1e9;
    uint64_t cycles = UINT64_MAX;
    for (unsigned bits : {16u, 8u, 4u, 2u}) {
        run(bits, bits);
        EXPECT_LT(result_->layers[2].cycles, cycles) << bits;
        EXPECT_LT(result_->layers[2].energy_j, energy) << bits;
        cycles = result_->layers[2].cycles;
        energy = result_->layers[2].energy_j;
    }
}

TEST_F(SparseFusion, ABatchIsOneVectorAfterAnother) {
    open(ASSAY_MODEL_EVENT);
    run(4, 4);
    const uint64_t one = result_->layers[2].cycles;
    ASSERT_EQ(assay_workload_set_batch(net_, 3, report_), ASSAY_OK);
    assay_run_settings settings = assay_default_run_settings();
    settings.check = true;
    ASSERT_EQ(assay_machine_run(machine_, net_, &settings, result_.out(), report_), ASSAY_OK);
    EXPECT_EQ(result_->check.compared, 3u * (6 * 36 + 70 + 10));
    EXPECT_GT(result_->layers[2].cycles, 2 * one);
}

TEST_F(SparseFusion, LanesMustBeAPowerOfTwo) {
    dir_.write("bad.json", R"({"schema": 1, "name": "bad", "accelerator": "sparse_fusion",
      "options": {"lanes": 6, "spmat_width_bits": 8, "index_bits": 8, "codebook_bits": 8}})");
    EXPECT_EQ(assay_hw_load(dir_.path("bad.json").c_str(), hw_.out(), report_), ASSAY_BAD_INPUT);
    EXPECT_NE(report_.text().find("lanes: 6"), std::string::npos) << report_.text();
    EXPECT_NE(report_.text().find("spmat_width_bits: 8"), std::string::npos) << report_.text();
}

// ---- Integers ----

TEST(SparseFusionIntegers, TheCodebookFillsItsWidth) {
    const std::vector<float> codebook = {0, 0.5f, -1.0f, 0.01f, 0.26f};
    std::array<int32_t, 256> out;
    EXPECT_DOUBLE_EQ(quantise_codebook(codebook, 8, true, out), 1.0 / 127);
    EXPECT_EQ(out[0], 0);
    EXPECT_EQ(out[1], 64); // 63.5 rounds away from zero
    EXPECT_EQ(out[2], -127);
    EXPECT_EQ(out[3], 1);
    EXPECT_DOUBLE_EQ(quantise_codebook(codebook, 2, true, out), 1.0);
    EXPECT_EQ(out[1], 1);
    EXPECT_EQ(out[4], 0);
    quantise_codebook(codebook, 1, true, out); // signs: a kept weight is never 0
    EXPECT_EQ(out[2], -1);
    EXPECT_EQ(out[3], 1);
    EXPECT_DOUBLE_EQ(quantise_codebook(codebook, 4, false, out), 1.0 / 15);
    EXPECT_EQ(out[2], 0);
    EXPECT_EQ(out[1], 8);
}

TEST(SparseFusionIntegers, TensorsAreNarrowedByTheSmallestShift) {
    const FixedTensor tensor{{4, 1, 1}, 10, {1000, -700, 3, 0}};
    const FixedTensor four = narrow_tensor(tensor, 4, true);
    EXPECT_EQ(four.values, (std::vector<int16_t>{4, -3, 0, 0})); // >> 8: 1000 >> 7 is 8, beyond 7
    EXPECT_EQ(four.frac_bits, 2);
    const FixedTensor unsigned_four = narrow_tensor(tensor, 4, false);
    EXPECT_EQ(unsigned_four.values, (std::vector<int16_t>{8, 0, 0, 0}));
    EXPECT_EQ(unsigned_four.frac_bits, 3);
    EXPECT_EQ(narrow_tensor(tensor, 16, true).values, tensor.values);
    const FixedTensor one = narrow_tensor(tensor, 1, true);
    EXPECT_EQ(one.values, (std::vector<int16_t>{1, -1, 0, 0}));
}

TEST(SparseFusionIntegers, OutputsAreWithinHalfAUnitOfTheirSums) {
    for (double scale : {1e-9, 3e-4, 0.7, 12.0}) {
        for (unsigned bits : {1u, 2u, 3u, 8u, 16u}) {
            for (bool is_signed : {false, true}) {
                const uint32_t largest = 1000000;
                const Requantiser r = make_requantiser(scale, largest, bits, is_signed);
                for (int32_t sum : {0, 1, 499999, 1000000, -1000000, -7}) {
                    const double exact = std::ldexp(scale * sum, r.frac_bits);
                    const double kept = std::max<double>(exact, r.low);
                    EXPECT_NEAR(r.apply(sum), kept, 0.5 + 1e-3) << scale << " " << bits;
                }
                EXPECT_LE(r.apply(INT32_MAX), largest_integer(bits, is_signed));
                EXPECT_GE(r.apply(INT32_MIN), is_signed ? -largest_integer(bits, true) : 0);
            }
        }
    }
}

TEST(SparseFusionIntegers, ScalesBeyondAnyTensorSaturateOrVanish) {
    EXPECT_EQ(make_requantiser(1e30, 100, 8, true).apply(5), 127);
    EXPECT_EQ(make_requantiser(1e-30, 100, 8, true).apply(100), 0);
}

TEST(SparseFusionIntegers, LanesAreTheUnitsProducts) {
    EXPECT_EQ((Widths{2, 2, false}.lanes(16)), 16u);
    EXPECT_EQ((Widths{2, 2, false}.lanes(8)), 8u);
    EXPECT_EQ((Widths{3, 8, false}.lanes(8)), 2u);
    EXPECT_EQ((Widths{16, 2, false}.lanes(8)), 4u);
    EXPECT_EQ((Widths{16, 2, false}.passes()), 2u);
    EXPECT_EQ((Widths{1, 1, true}.act_bits()), 2u);
}

// ---- Cost ----

// The fusion unit's own figures, and what surrounds it is EIE's.
TEST(SparseFusionCost, TheUnitCostsWhatItsAuthorsPublished) {
    const eie::Options o = defaults();
    eie::Counters c;
    c.pe.resize(64);
    c.stall.resize(64);
    c.pe[0].issue_cycles = 1000000;
    for (const Amount& a : sparse_fusion::energy(o, c)) {
        if (std::string(a.name) == "fusion_unit") {
            EXPECT_NEAR(a.value, 0.459e-6, 1e-12);
        } else {
            EXPECT_EQ(a.value, 0) << a.name;
        }
    }
    for (const Amount& a : sparse_fusion::area(o)) {
        if (std::string(a.name) == "fusion_unit") {
            EXPECT_NEAR(a.value, 64 * 1734.6e-6, 1e-9);
        }
    }
}

TEST(SparseFusionCost, LanesCostAreaAndAlmostNothingElse) {
    eie::Options o = defaults();
    eie::Options parent = o;
    parent.weight_bits = parent.act_bits = 16;
    double before = sum(eie::area(parent)); // 16-bit multipliers, no lanes
    for (uint64_t lanes : {1, 2, 4, 8, 16}) {
        o.lanes = lanes;
        const double mm2 = sum(sparse_fusion::area(o));
        EXPECT_GT(mm2, lanes == 1 ? 0.99 * before : before) << lanes;
        EXPECT_LT(mm2, 1.25 * sum(eie::area(parent))) << lanes;
        before = mm2;
    }
}
