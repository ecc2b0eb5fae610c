// assay list and check.
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

TEST(CliList, EverythingHasTheNetworksToo) {
    Outcome o = assay_in_shell("cd '" + source("") + "' && exec \"$0\" \"$@\"", {"list"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    for (const char* part : {"\nhw\n", "eie_64pe.json", "\nnetworks\n", "resnet20.json"}) {
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
    EXPECT_FALSE(contains(o.out, "networks\n"));
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
    EXPECT_TRUE(contains(o.out, "### accelerators\n\n| name | summary |\n|---|---|\n| "));
    EXPECT_TRUE(contains(o.out, "\n| eie | "));
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
    Outcome net = assay({"list", "networks", "vgg61", "--dir", source("traces/nets")});
    EXPECT_EQ(net.exit_code, 2);
    EXPECT_EQ(net.out, "");
    EXPECT_TRUE(contains(net.err, "did you mean \"vgg16\"?"));
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

// AlexNet: five convolutions and three linear layers, counted in workload_nets_test.cpp.
TEST(CliList, NetworksAreListedByWhatTheyTake) {
    Outcome o = assay({"list", "networks", "--format", "json", "--dir", source("traces/nets")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    ASSERT_EQ(json.size("networks"), 29u);
    EXPECT_EQ(json.text("networks.0.name"), "alexnet");
    EXPECT_EQ(json.number("networks.0.array_layers"), 8);
    EXPECT_EQ(json.number("networks.0.macs"), 714188480);
    EXPECT_EQ(json.number("networks.0.params"), 61090496);
}

TEST(CliList, ANetworkShowsItsLayers) {
    Outcome o =
        assay({"list", "networks", "vgg16", "--format", "json", "--dir", source("traces/nets")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json json(o.out);
    EXPECT_EQ(json.number("network.0.macs"), 15470264320);
    ASSERT_EQ(json.size("layers"), static_cast<size_t>(json.number("network.0.layers")));
    EXPECT_EQ(json.text("layers.0.op"), "conv2d");
    EXPECT_EQ(json.number("layers.0.macs"), 86704128) << "224 x 224 x 64 x 27";
    EXPECT_EQ(json.number("layers.0.params"), 1728);
}

TEST_F(CliRun, ListOfNetworksGoesOnAfterABadFile) {
    folder_.write("a.json", "{");
    workload("b");
    Outcome o = assay({"list", "networks", "--dir", folder_.path("")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.out, "not valid"));
    EXPECT_TRUE(contains(o.out, "b.json"));
    EXPECT_TRUE(contains(o.err, "a.json"));
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
