// Specifications that are wrong: every mistake is told at once.
#include "sweep_files.hpp"

using namespace assay_test;

class Spec : public SweepTest {
  protected:
    void expect_all(const std::string& text, const std::vector<std::string>& parts) {
        for (const std::string& part : parts) {
            EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
        }
    }
};

TEST_F(Spec, AllMistakesAreToldAtOnce) {
    const std::string text = refused(folder_.write("spec.json", R"({
        "schema": 2, "hw": ["dense.json", "nowhere.json"], "workloads": ["small.json", "small.json"],
        "colour": 1, "sampling": "latinn", "seed": -1})"));
    expect_all(text, {"schema", "hw[1]: there is no file \"nowhere.json\"",
                      "workloads[1]: \"small.json\" is given twice", "colour", "sampling", "seed"});
}

TEST_F(Spec, AllMistakesOfTheOptionsAreToldAtOnce) {
    const std::string text = refused(spec(
        R"(, "vary": {"rowz": [1], "cols": [0, 4, 1.5, true, 300], "clock_mhz": 5, "obuf_bytes": [],
             "wbuf_bytes": {"from": 8, "to": 4, "steps": 2},
             "ibuf_bytes": {"from": 8, "to": 16},
             "shared_ports": [1], "image_mapping": ["chanels"],
             "vector_lanes": {"from": -1, "to": 2, "steps": 2, "scale": "log", "step": 1}},
           "where": ["rows * cols <", "colz > 1", "image_mapping > 3", "image_mapping == 'x'", 3])"));
    expect_all(text,
               {"vary: no machine has an option \"rowz\", did you mean \"rows\"?",
                "vary.cols[0]: expected an integer from 1 to 256 fusion units, not 0",
                "vary.cols[2]",
                "vary.cols[3]",
                "vary.cols[4]",
                "vary.clock_mhz: expected a list of values or a range",
                "vary.obuf_bytes: legal are 1 .. 10000 values",
                "vary.wbuf_bytes: to: is less",
                "vary.ibuf_bytes",
                "steps",
                "vary.shared_ports[0]: expected true or false",
                "vary.image_mapping[0]",
                "\"chanels\"",
                "vary.vector_lanes",
                "step",
                "where[0]: column 14: the expression ends too early",
                "where[1]: column 1: no machine has an option \"colz\", did you mean \"cols\"?",
                "where[2]: column 1: image_mapping is no number",
                "where[3]: column 1: no machine's image_mapping can be \"x\"",
                "where[4]: expected a constraint"});
}

TEST_F(Spec, MistakesOfNamedFilesAreToldToo) {
    folder_.write("dense.json", R"({"schema": 1, "name": "d", "accelerator": "bit_fusion",
        "options": {"rows": 0}})");
    folder_.write("fc.json", R"({"schema": 1, "name": "fc", "layers": []})");
    expect_all(refused(spec("", R"("dense.json")", R"("fc.json")")), {"rows", "layers"});
}

TEST_F(Spec, AValueMustBeLegalForEveryMachineThatHasTheOption) {
    // Bit Fusion: 1 .. 65536; EIE takes 0, too.
    const std::string text = refused(spec(R"(, "vary": {"dram_bits_per_cycle": [0, 64]})",
                                          R"("dense.json", "sparse.json")", R"("fc.json")"));
    expect_all(text, {"vary.dram_bits_per_cycle[0] (dense): expected an integer from 1"});
    EXPECT_EQ(text.find("sparse"), std::string::npos) << text;
}

TEST_F(Spec, APolicyIsReadAgainstEveryWorkload) {
    folder_.write("p.json", R"({"schema": 1, "layers": {"c": {"w_bits": 4}}})");
    expect_all(refused(spec(R"(, "policies": ["p.json"])", R"("dense.json")",
                            R"("small.json", "fc.json")")),
               {"policies[0]", "does not fit workload fc"});
    open(spec(R"(, "policies": ["p.json"])"));
    EXPECT_STREQ(assay_sweep_point(sweep_, 0).policy, "p");
    EXPECT_EQ(std::string(assay_sweep_point(sweep_, 0).policy_hash).size(), 32u);
}

TEST_F(Spec, PointsBelongToDrawnSweeps) {
    expect_all(refused(spec(R"(, "points": 5)")), {"points: a grid takes all points"});
    expect_all(refused(spec(R"(, "sampling": "sobol")")), {"points"});
    expect_all(refused(spec(R"(, "sampling": "random", "points": 0)")), {"points"});
}

TEST_F(Spec, TooLargeGridsAreRefusedBeforeTheyAreMade) {
    expect_all(refused(spec(R"(, "vary": {
        "wbuf_bytes": {"from": 1, "to": 268435456, "steps": 10000},
        "ibuf_bytes": {"from": 1, "to": 268435456, "steps": 10000},
        "obuf_bytes": {"from": 1, "to": 268435456, "steps": 10000}})")),
               {"has more than 67108864 combinations"});
    expect_all(refused(spec(R"(, "vary": {
        "wbuf_bytes": {"from": 1, "to": 268435456, "steps": 10000},
        "ibuf_bytes": {"from": 1, "to": 268435456, "steps": 1000}})")),
               {"10000000 points, legal are at most"});
}

TEST_F(Spec, SobolsSequenceHasALimit) {
    const char* const names[] = {"rows",
                                 "cols",
                                 "wbuf_bytes",
                                 "ibuf_bytes",
                                 "obuf_bytes",
                                 "w_bits",
                                 "a_bits",
                                 "output_bits",
                                 "image_max_channels",
                                 "vector_lanes",
                                 "handover_bytes",
                                 "handover_bits_per_cycle",
                                 "clock_mhz",
                                 "unit_pj_per_cycle",
                                 "unit_leakage_uw",
                                 "dram_bits_per_cycle",
                                 "dram_latency_cycles",
                                 "dram_banks",
                                 "dram_row_miss_cycles",
                                 "dram_turnaround_cycles",
                                 "batch",
                                 "dram_refresh_cycles"};
    std::string vary;
    for (const char* name : names) {
        vary += std::string(vary.empty() ? "" : ", ") + "\"" + name + "\": [1, 2]";
    }
    expect_all(refused(spec(R"(, "sampling": "sobol", "points": 4, "vary": {)" + vary + "}")),
               {"at most 21 dimensions here, and 22 options vary on dense"});
    open(spec(R"(, "sampling": "latin", "points": 4, "vary": {)" + vary + "}"));
    EXPECT_EQ(points(), 4u);
}

TEST_F(Spec, FilesAreFoundBesideTheSpecificationAndNamesAreShort) {
    open(spec("", R"("dense.json")", R"("fc.json", "small.json")"));
    EXPECT_STREQ(assay_sweep_point(sweep_, 0).hw, "dense");
    EXPECT_STREQ(assay_sweep_point(sweep_, 1).workload, "small");
    EXPECT_EQ(assay_sweep_options(sweep_), 0u);
    EXPECT_EQ(points(), 2u);
}

TEST_F(Spec, TwoFilesOfOneNameAreToldApart) {
    std::filesystem::create_directory(folder_.path("other"));
    folder_.write("other/dense.json", dense_hw);
    open(spec("", R"("dense.json", "other/dense.json")"));
    EXPECT_STREQ(assay_sweep_point(sweep_, 0).hw, "dense.json");
    EXPECT_STREQ(assay_sweep_point(sweep_, 1).hw, "other/dense.json");
}

TEST_F(Spec, AKeyIsAboutContentAlone) {
    open(spec(R"(, "vary": {"rows": [2, 4]})"));
    char a[33], b[33], again[33];
    sweep_key(sweep_, 0, a);
    sweep_key(sweep_, 1, b);
    EXPECT_STRNE(a, b);
    folder_.write("copy.json", dense_hw);
    open(spec(R"(, "vary": {"cols": [4], "rows": [8, 4, 2]})", R"("copy.json")"));
    sweep_key(sweep_, 2, again); // rows 2: the same machine by another path
    EXPECT_STREQ(again, a);
    folder_.write("p.json", R"({"schema": 1, "default": {"w_bits": 2, "a_bits": 2}})");
    open(spec(R"(, "vary": {"rows": [2, 4]}, "policies": ["p.json"])"));
    sweep_key(sweep_, 0, again);
    EXPECT_STRNE(again, a);
}
