// Policies and compressed networks that cannot be followed, and commands that contradict
// themselves.
#include "accuracy_place.hpp"

using namespace malformed;

namespace {

Case policy(const char* name, const std::string& body, const Words& fragments) {
    return {name, R"({"schema": 1, )" + body + "}", fragments};
}

std::vector<Case> policy_cases() {
    return {
        policy("UnknownLayer", R"("layers": {"ff": {"w_bits": 4}})",
               {"has no layer \"ff\", did you mean \"f\"?"}),
        policy("LayerWithoutWidths", R"("layers": {"p": {"w_bits": 4}})",
               {"layers.\"p\": is a global_avgpool"}),
        policy("NoBits", R"("layers": {"f": {"w_bits": 0}})", {"layers.f.w_bits", "1 to 16"}),
        policy("TooManyBits", R"("default": {"a_bits": 17})", {"default.a_bits", "1 to 16"}),
        policy("HalfABit", R"("default": {"w_bits": 2.5})", {"default.w_bits", "2.5"}),
        policy("BitsOf2To32", R"("default": {"w_bits": 4294967300})", {"default.w_bits"}),
        policy("BitsInWords", R"("default": {"w_bits": "four"})",
               {"default.w_bits", "not \"four\""}),
        policy("NaN", R"("default": {"w_density": NaN})", {"bad_policy.json:1:"}),
        policy("Infinity", R"("default": {"w_density": 1e999})",
               {"default.w_density: number beyond the range"}),
        policy("NothingKept", R"("default": {"w_density": 0})", {"default.w_density"}),
        policy("MoreThanAllKept", R"("layers": {"c": {"w_density": 1.01}})",
               {"layers.c.w_density"}),
        policy("CodebookOf9Bits", R"("default": {"codebook_bits": 9})",
               {"default.codebook_bits", "1 to 8"}),
        policy("ChannelsOfNothing", R"("layers": {"c": {"keep_channels": 0}})",
               {"layers.c.keep_channels"}),
        policy("MoreChannelsThanThereAre", R"("layers": {"c": {"keep_channels": 3}})",
               {"layers.c.keep_channels", "1 to 2"}),
        policy("ChannelsOfAll", R"("default": {"keep_channels": 1})",
               {"default: unknown key \"keep_channels\""}),
        policy("LayerTwice", R"("layers": {"f": {"w_bits": 4}, "f": {"w_bits": 5}})",
               {"key \"f\" appears more than once"}),
        policy("LayersAreAList", R"("layers": [4, 4])", {"layers: expected an object"}),
        {"OtherSchema", R"({"schema": 2})", {"schema"}},
        {"NoObject", "[4, 4]", {"expected an object"}},
        {"NoJson", "w_bits = 4", {"bad_policy.json:1:1:"}},
        {"Deep", std::string(100000, '['), {"bad_policy.json:1:"}},
        {"AllMistakesAtOnce",
         R"({"schema": 3, "default": {"w_bits": 0, "bits": 4}, "layers": {"x": {}, "f": 4}})",
         {"schema", "default.w_bits", "default: unknown key \"bits\"", "no layer \"x\"",
          "layers.f: expected an object"}},
    };
}

class MalformedPolicy : public testing::TestWithParam<Case> {
  protected:
    AccuracyPlace place_;
};

TEST_P(MalformedPolicy, IsRefusedByEveryCommand) {
    const std::string path = place_.write("bad_policy.json", GetParam().content);
    Words fragments = GetParam().fragments;
    fragments.push_back("bad_policy.json");
    for (const char* command : {"accuracy", "train", "compress"}) {
        place_.expect_bad(command, {"--policy", path, "--out", place_.path("out")}, fragments);
    }
    expect_refused({"run", "--hw", cli_test::source("hw_configs/bit_fusion_16x32.json"),
                    "--workload", place_.net(), "--policy", path, "--out", place_.path("out")},
                   fragments);
}

INSTANTIATE_TEST_SUITE_P(All, MalformedPolicy, testing::ValuesIn(policy_cases()), case_name);

class Refused : public testing::Test {
  protected:
    AccuracyPlace place_;
};

TEST_F(Refused, MachinesFollowNoCompression) {
    const std::string path = place_.write("p.json", R"({"schema": 1, "default": {"w_bits": 4},
        "layers": {"c": {"keep_channels": 1}, "f": {"w_density": 0.5, "codebook_bits": 3}}})");
    const Words fragments = {"layer \"c\": no machine follows keep_channels",
                             "layer \"f\": no machine follows w_density", "`assay compress`"};
    for (const char* hw : {"bit_fusion_16x32", "eie_64pe"}) {
        const std::string file = "hw_configs/" + std::string(hw) + ".json";
        expect_refused(
            {"run", "--hw", cli_test::source(file), "--workload", place_.net(), "--policy", path},
            fragments);
    }
    place_.expect_good("accuracy", {"--policy", path});
}

TEST_F(Refused, PoliciesThatCompressionDoesNotFollow) {
    const std::string path = place_.write("p.json", R"({"schema": 1, "layers": {
        "c": {"keep_channels": 1, "w_density": 0.5}, "f": {"a_bits": 3}}})");
    place_.expect_bad("compress", {"--policy", path, "--out", place_.path("out")},
                      {"keep_channels", "a_bits is 3"});
}

TEST_F(Refused, OptionsAllAtOnce) {
    place_.expect_bad("compress", {"--density",       "0",
                                   "--quality",       "11",
                                   "--codebook-bits", "9",
                                   "--gap-bits",      "0",
                                   "--steps",         "101",
                                   "--epochs",        "-1",
                                   "--share-epochs",  "nan",
                                   "--rate",          "inf",
                                   "--share-rate",    "1e9",
                                   "--batch",         "4097",
                                   "--images",        "0",
                                   "--seed",          "-1",
                                   "--out",           place_.path("out")},
                      {"--density", "--quality", "--codebook-bits", "--gap-bits", "--steps",
                       "--epochs", "--share-epochs", "--rate", "--share-rate", "--batch",
                       "--images", "--seed", "exclude each other"});
    place_.expect_bad("train",
                      {"--epochs", "10001", "--rate", "nan", "--warmup", "x", "--batch", "0",
                       "--momentum", "1", "--weight-decay", "2", "--label-smoothing", "1", "--pact",
                       "--temperature", "3", "--bits", "0,4"},
                      {"--out FILE is missing", "--epochs", "--rate", "--warmup", "--batch",
                       "--momentum", "--weight-decay", "--label-smoothing",
                       "--temperature needs --distill", "--bits: \"0,4\""});
    place_.expect_bad("sensitivity",
                      {"--method", "hesian", "--images", "100001", "--samples", "0", "--tolerance",
                       "nan", "--bits", "4,17", "--calibration-images", "0"},
                      {"--method", "--images", "--samples", "--tolerance", "--bits: \"4,17\"",
                       "--calibration-images"});
    place_.expect_bad("accuracy",
                      {"--bits", "17", "--split", "test", "--images", "0", "--finetune", "nan",
                       "--finetune-rate", "11", "--clip", "kll", "--format", "xml", "--seed",
                       "9007199254740993"},
                      {"--bits: \"17\"", "--split", "--images", "--finetune", "--finetune-rate",
                       "did you mean \"kl\"", "--format", "--seed"});
}

TEST_F(Refused, OptionsThatDoNotExist) {
    for (const char* command : {"accuracy", "sensitivity", "train", "compress"}) {
        place_.expect_bad(command, {"--polcy", "operand"}, {"\"--polcy\"", "\"operand\""});
        expect_refused({command}, {"--network NAME is missing"});
        expect_refused({command, "--network"}, {"--network"});
    }
}

TEST_F(Refused, FoldersWhereFilesAreAndTheReverse) {
    const std::string file = place_.write("file", "x");
    const std::string folder = place_.path("folder");
    std::filesystem::create_directory(folder);
    for (const Words& more :
         {Words{"accuracy"}, Words{"sensitivity", "--method", "kl"}, Words{"train"}}) {
        Words out(more.begin() + 1, more.end());
        out.insert(out.end(), {"--out", folder});
        const cli_test::Outcome o = watched(place_.words(more[0], out));
        EXPECT_EQ(o.exit_code, 3) << o.err;
        EXPECT_NE(o.err.find(folder + ": cannot write"), std::string::npos) << o.err;
    }
    const cli_test::Outcome o = watched(
        place_.words("compress", {"--density", "0.5", "--codebook-bits", "4", "--out", file}));
    EXPECT_NE(o.exit_code, 0);
    EXPECT_NE(o.err.find(file), std::string::npos) << o.err;
    EXPECT_EQ(cli_test::read_file(file), "x");
}

// What `assay compress` wrote, damaged: a workload for machines and weights for evaluators.
class Compressed : public Refused {
  protected:
    Compressed() {
        place_.expect_good("compress", {"--density", "0.5", "--codebook-bits", "3", "--epochs", "0",
                                        "--quiet", "--out", place_.path("out")});
        weights_ = cli_test::read_file(place_.path("out/small.safetensors"));
    }
    Words run() const {
        return {"run",        "--hw",     cli_test::source("hw_configs/eie_64pe.json"),
                "--workload", net_path(), "--no-cache"};
    }
    std::string net_path() const { return place_.path("out/small.json"); }
    void write_weights(const std::string& bytes) const {
        place_.write("out/small.safetensors", bytes);
    }
    std::string weights_;
};

TEST_F(Compressed, TruncationsAreRefused) {
    for (size_t part = 0; part < 12; ++part) {
        SCOPED_TRACE(part);
        write_weights(weights_.substr(0, weights_.size() * part / 12));
        expect_refused(run(), {"small.safetensors"});
        expect_refused({"accuracy", "--network", net_path(), "--data", place_.path("")},
                       {"small.safetensors"});
    }
    write_weights(weights_);
    EXPECT_EQ(watched(run()).exit_code, 0);
}

TEST_F(Compressed, FlippedBitsAreSurvived) {
    size_t refused = 0;
    for (size_t i = 0; i < 60; ++i) {
        std::string damaged = weights_;
        const size_t at = i * damaged.size() / 60;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << i % 8));
        write_weights(damaged);
        const cli_test::Outcome o = watched(run());
        EXPECT_TRUE(o.exit_code == 0 || o.exit_code == 2) << o.err;
        refused += o.exit_code == 2;
    }
    EXPECT_GT(refused, 20u); // the header's
}

TEST_F(Compressed, StreamsAreNoWeights) {
    const std::string streams = place_.path("out/small.compressed.safetensors");
    place_.expect_bad(
        "accuracy", {"--weights", streams},
        {"small.compressed.safetensors", "\"c.weight\" is missing", "\"f.weight\" is missing"});
}

} // namespace
