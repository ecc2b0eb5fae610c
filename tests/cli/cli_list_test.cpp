// assay list, check and bench.
#include "fixtures.hpp"

using namespace cli_test;

TEST(CliList, EverythingHasItsPlace) {
    Outcome o = assay({"list", "--dir", source("hw_configs")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    for (const char* part :
         {"accelerators\n", "eie", "importers\n", "assay-json", "hw\n", "eie_64pe.json"}) {
        EXPECT_TRUE(contains(o.out, part));
    }
}

TEST(CliList, AnywhereElseThereIsSimplyNoHardware) {
    Folder folder;
    Outcome o = assay_in_shell("cd '" + folder.path("") + "' && exec \"$0\" \"$@\"", {"list"});
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "accelerators"));
    Outcome asked = assay({"list", "hw", "--dir", folder.path("absent")});
    EXPECT_EQ(asked.exit_code, 2) << "who names a folder means it";
}

TEST(CliList, AcceleratorShowsItsTables) {
    Outcome o = assay({"list", "accelerators", "eie", "--format", "json"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    EXPECT_EQ(json.text("accelerator.0.name"), "eie");
    ASSERT_GT(json.size("options"), 0u);
    for (const char* key : {"name", "type", "range", "unit", "help"}) {
        EXPECT_NO_FATAL_FAILURE(json.text(std::string("options.0.") + key));
    }
    EXPECT_NE(json.at("options.0.default"), nullptr);
    for (const char* table : {"layer_counters", "pe_counters", "stall_causes"}) {
        EXPECT_GT(json.size(table), 0u) << table;
        EXPECT_NE(json.text(std::string(table) + ".0.name"), "");
    }
}

TEST(CliList, MarkdownRowsHaveTheSameCells) {
    Outcome o = assay({"list", "accelerators", "--format", "markdown"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "### accelerators\n\n| name | summary |\n|---|---|\n| eie | "));
}

TEST(CliList, UnknownNamesAreCorrected) {
    Outcome accelerator = assay({"list", "accelerators", "eiee"});
    EXPECT_EQ(accelerator.exit_code, 2);
    EXPECT_EQ(accelerator.out, "");
    EXPECT_TRUE(contains(accelerator.err, "did you mean \"eie\"?"));
    Outcome importer = assay({"list", "importers", "assay-jso"});
    EXPECT_EQ(importer.exit_code, 2);
    EXPECT_TRUE(contains(importer.err, "did you mean \"assay-json\"?"));
    Outcome hw = assay({"list", "hw", "eie_64p", "--dir", source("hw_configs")});
    EXPECT_EQ(hw.exit_code, 2);
    EXPECT_TRUE(contains(hw.err, "did you mean \"eie_64pe\"?"));
}

TEST(CliList, HardwareShowsItsSettings) {
    Outcome o =
        assay({"list", "hw", "eie_64pe", "--format", "json", "--dir", source("hw_configs")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    Json all(assay({"list", "accelerators", "eie", "--format", "json"}).out);
    EXPECT_EQ(json.text("hw.0.accelerator"), "eie");
    EXPECT_EQ(json.size("settings"), all.size("options"));
}

TEST_F(CliRun, ListGoesOnAfterABadFile) {
    folder_.write("a.json", "{");
    folder_.write("b.json", tiny_hw);
    Outcome o = assay({"list", "hw", "--dir", folder_.path("")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.out, "not valid"));
    EXPECT_TRUE(contains(o.out, "b.json"));
    EXPECT_TRUE(contains(o.err, "a.json"));
}

TEST_F(CliRun, CheckTellsHardwareFromWorkloads) {
    Outcome o = assay({"check", hw(), workload()});
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "tiny_hw.json: ok (hardware, eie, "));
    EXPECT_TRUE(contains(o.out, "tiny.json: ok (workload, assay-json, "));
}

TEST_F(CliRun, CheckNamesEveryMistakeAndGoesOn) {
    std::string bad =
        folder_.write("bad.json", R"({"schema": 1, "name": "bad", "accelerator": "eie",
                        "options": {"pe_count": 0, "pe_cuont": 1}})");
    Outcome o = assay({"check", bad, folder_.path("absent"), hw()});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.out, "tiny_hw.json: ok"));
    for (const char* part :
         {"pe_count: ", "\"pe_cuont\"", "absent", "2 of 3 files are not valid"}) {
        EXPECT_TRUE(contains(o.err, part));
    }
}

TEST(CliBench, PrintsRatiosAndASignature) {
    Outcome o = assay({"bench", "--quick", "--format", "json", "--root", source("")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    EXPECT_EQ(json.text("signature").size(), 32u);
    EXPECT_EQ(json.size("ratios"), 2u);
    EXPECT_GT(json.number("event_timing.min_s"), 0);
    EXPECT_GE(json.number("clocked.median_s"), json.number("clocked.min_s"));
}

TEST_F(CliRun, BenchNamesTheFilesItMisses) {
    Outcome o = assay({"bench", "--root", folder_.path("nowhere")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "hw_configs/eie_64pe.json"));
    EXPECT_TRUE(contains(o.err, "traces/eie/alexnet_fc6.json"));
}
