// docs/formats.md and the generated pages say what the program does.
#include <sstream>

#include "fixtures.hpp"

using namespace cli_test;

namespace {

struct Block {
    size_t line; // of its fence, for messages
    std::string kind, text;
};

// Every fenced ```json block; its kind is the rest of the fence line.
std::vector<Block> json_blocks(const std::string& page) {
    const std::string fence = "```json";
    std::vector<Block> blocks;
    std::istringstream in(page);
    std::string line;
    bool inside = false;
    for (size_t number = 1; std::getline(in, line); ++number) {
        if (inside && line != "```") {
            blocks.back().text += line + "\n";
        } else if (line.compare(0, fence.size(), fence) == 0) {
            size_t kind = line.find_first_not_of(' ', fence.size());
            blocks.push_back({number, kind == std::string::npos ? "" : line.substr(kind), ""});
            inside = true;
        } else {
            inside = false;
        }
    }
    return blocks;
}

std::vector<Block> blocks_of(const std::string& kind) {
    std::vector<Block> blocks;
    for (Block& block : json_blocks(read_file(source("docs/formats.md")))) {
        if (block.kind == kind) {
            blocks.push_back(std::move(block));
        }
    }
    return blocks;
}

bool multiplies_activations(const Block& block) {
    return block.text.find("\"matmul\"") != std::string::npos;
}

void expect_named(const std::string& page, const assay_json* object, const std::string& prefix) {
    ASSERT_NE(object, nullptr) << prefix;
    for (const assay_json* m = assay_json_first(object); m != nullptr; m = assay_json_next(m)) {
        EXPECT_TRUE(contains(page, "`" + prefix + assay_json_key(m) + "`"));
    }
}

} // namespace

class CliFormats : public CliRun {
  protected:
    std::string file_of(const Block& block) const {
        return folder_.write("line_" + std::to_string(block.line) + ".json", block.text);
    }
    std::string defaults_of(const std::string& accelerator) const {
        return folder_.write(accelerator + ".json", R"({"schema": 1, "name": "defaults",
            "accelerator": ")" + accelerator + "\"}");
    }
};

TEST_F(CliFormats, EveryExampleIsMarked) {
    std::vector<Block> all = json_blocks(read_file(source("docs/formats.md")));
    for (const Block& block : all) {
        EXPECT_TRUE(block.kind == "hardware" || block.kind == "workload" || block.kind == "policy")
            << "docs/formats.md:" << block.line << ": \"" << block.kind << "\"";
    }
    EXPECT_EQ(blocks_of("hardware").size(), 1u);
    EXPECT_EQ(blocks_of("policy").size(), 1u);
    EXPECT_EQ(blocks_of("workload").size(), 6u);
    EXPECT_EQ(all.size(), 8u);
}

TEST_F(CliFormats, EveryExampleIsWhatItIsMarkedAs) {
    for (const std::string kind : {"hardware", "workload"}) {
        for (const Block& block : blocks_of(kind)) {
            Outcome o = assay({"check", file_of(block)});
            EXPECT_EQ(o.exit_code, 0) << "docs/formats.md:" << block.line << "\n" << o.err;
            EXPECT_TRUE(contains(o.out, "ok (" + kind + ", "));
        }
    }
}

TEST_F(CliFormats, EveryExampleRuns) {
    std::vector<Block> hardware = blocks_of("hardware");
    ASSERT_EQ(hardware.size(), 1u);
    const std::string eie = file_of(hardware[0]);
    for (const Block& block : blocks_of("workload")) {
        const std::string hw = multiplies_activations(block) ? defaults_of("bit_fusion") : eie;
        Outcome o = assay({"run", "--hw", hw, "--workload", file_of(block), "--check", "--quiet",
                           "--format", "json"});
        ASSERT_EQ(o.exit_code, 0) << "docs/formats.md:" << block.line << "\n" << o.err;
        EXPECT_GT(Json(o.out).number("check.compared"), 0) << "docs/formats.md:" << block.line;
    }
}

// What the page says of products of two activations.
TEST_F(CliFormats, MatmulRunsWhereThePageSays) {
    const std::vector<Block> blocks = blocks_of("workload");
    auto attention = std::find_if(blocks.begin(), blocks.end(), multiplies_activations);
    ASSERT_NE(attention, blocks.end());
    auto run_on = [&](const std::string& accelerator, std::vector<std::string> more) {
        more.insert(more.begin(), {"run", "--hw", defaults_of(accelerator), "--workload",
                                   file_of(*attention), "--quiet"});
        return assay(more);
    };
    for (const char* name : {"bit_fusion", "bit_serial", "systolic"}) {
        EXPECT_EQ(run_on(name, {"--check"}).exit_code, 0) << name;
    }
    for (const char* name : {"eie", "sparse_fusion"}) {
        Outcome o = run_on(name, {"--set", "dram_bits_per_cycle=64"});
        EXPECT_EQ(o.exit_code, 2) << name;
        EXPECT_TRUE(contains(o.err, "multiplies two activations"));
    }
}

// On a table, which takes any widths that it has.
TEST_F(CliFormats, ThePolicyRuns) {
    const std::string hw =
        folder_.write("t.csv", R"(layer,w_bits,a_bits,cycles,seconds,energy_j,dram_bytes
narrow,8,8,1,0,0,0
wide,4,8,20,0,0,0
classify,8,8,300,0,0,0
)");
    std::string branches;
    for (const Block& block : blocks_of("workload")) {
        branches = block.text.find("\"branches\"") != std::string::npos ? file_of(block) : branches;
    }
    Outcome o = assay({"run", "--hw", hw, "--workload", branches, "--policy",
                       file_of(blocks_of("policy").at(0)), "--format", "json", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(Json(o.out).number("total.cycles"), 321);
}

// The page's word on hashes: they cover options and content, not names and descriptions.
TEST_F(CliFormats, NamesAreNotPartOfHashes) {
    for (const std::string kind : {"hardware", "workload"}) {
        Block block = blocks_of(kind).at(0);
        std::string before = assay({"check", file_of(block)}).out;
        const std::string name = "\"name\": \"";
        block.text.insert(block.text.find(name) + name.size(), "renamed_");
        EXPECT_EQ(assay({"check", file_of(block)}).out, before) << kind;
    }
}

TEST_F(CliFormats, EveryKeyOfAResultIsDescribed) {
    const std::string page = read_file(source("docs/formats.md"));
    Outcome o = run({"--format", "json", "--per-pe", "--check", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    Json result(o.out);
    const assay_json* root = result.at("");
    ASSERT_NE(root, nullptr);
    for (const assay_json* m = assay_json_first(root); m != nullptr; m = assay_json_next(m)) {
        const std::string key = assay_json_key(m);
        EXPECT_TRUE(key == "total" || contains(page, "`" + key + "`"));
    }
    expect_named(page, result.at("total"), "total.");
    for (const char* path : {"hw", "workload", "check", "layers.0"}) {
        expect_named(page, result.at(path), "");
    }
}

TEST_F(CliFormats, EveryExitCodeIsDescribed) {
    const std::string page = read_file(source("docs/formats.md"));
    for (int code = 0; code <= ASSAY_INTERRUPTED; ++code) {
        EXPECT_TRUE(contains(page, "\n| " + std::to_string(code) + " | "));
    }
}

TEST(CliDocs, TheOptionPageIsWhatTheProgramPrints) {
    const std::string page = read_file(source("docs/contracts/eie_options.md"));
    Outcome o = assay({"list", "accelerators", "eie", "--format", "markdown"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    ASSERT_GE(page.size(), o.out.size());
    size_t head = page.size() - o.out.size();
    EXPECT_EQ(page.substr(head), o.out) << "run scripts/docs";
    EXPECT_EQ(page.compare(0, 2, "# "), 0);
    EXPECT_TRUE(contains(page.substr(0, head), "scripts/docs"));
}
