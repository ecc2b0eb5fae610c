// assay accuracy, sensitivity and train, with the fake engine where an engine is asked for.
#include <signal.h>

#include <algorithm>
#include <cstdlib>

#include "../accuracy/engine_files.hpp"
#include "fixtures.hpp"

using namespace cli_test;

namespace {

class CliAccuracy : public testing::Test {
  protected:
    CliAccuracy() : module_("ASSAY_TORCH_ENGINE", std::getenv("ASSAY_FAKE_ENGINE")) {
        engine_test::write_data(files_);
        net_ = files_.write("small.json", engine_test::net_json);
    }
    std::string path(const std::string& name) const { return files_.path(name); }
    Outcome command(const std::string& name, std::vector<std::string> more) const {
        std::vector<std::string> words = {name, "--network", net_};
        words.insert(words.end(), more.begin(), more.end());
        return assay(words);
    }
    // With weights and data.
    Outcome accuracy(std::vector<std::string> more) const {
        more.insert(more.end(), {"--weights", weights(), "--data", path("")});
        return command("accuracy", more);
    }
    std::string weights() const {
        const std::string file = path("w.safetensors");
        if (read_file(file).empty()) {
            Outcome o =
                command("train", {"--data", path(""), "--epochs", "2", "--quiet", "--out", file});
            EXPECT_EQ(o.exit_code, 0) << o.err;
        }
        return file;
    }
    static Json json(const Outcome& o) {
        EXPECT_EQ(o.exit_code, 0) << o.err;
        return Json(o.out);
    }

    engine_test::Variable module_;
    assay_test::TempDir files_;
    std::string net_;
};

std::string example() {
    return "python3 '" + source("scripts/examples/external_evaluator.py") + "'";
}

bool have_python() {
    return std::system("python3 -c 'import json' >/dev/null 2>&1") == 0;
}

} // namespace

TEST_F(CliAccuracy, JsonHasTheAgreedKeys) {
    Json o = json(accuracy({"--bits", "4,6", "--format", "json"}));
    const std::vector<std::string> keys = {"network", "split",       "images",     "top1",
                                           "loss",    "policy_hash", "size_bytes", "seconds"};
    size_t i = 0;
    for (const assay_json* m = assay_json_first(o.at("")); m != nullptr; m = assay_json_next(m)) {
        ASSERT_LT(i, keys.size());
        EXPECT_EQ(assay_json_key(m), keys[i++]);
    }
    EXPECT_EQ(i, keys.size());
    EXPECT_EQ(o.text("network"), "small");
    EXPECT_EQ(o.text("split"), "search");
    EXPECT_EQ(o.number("images"), 16);
    EXPECT_EQ(o.number("top1"), 0.625);
    EXPECT_EQ(o.text("policy_hash").size(), 32u);
    EXPECT_EQ(o.number("size_bytes"), (4 * 21 + 32 * 8 + 7) / 8);
    EXPECT_GE(o.number("seconds"), 0);
}

TEST_F(CliAccuracy, TextAndFile) {
    Outcome o = accuracy({"--split", "final", "--images", "3"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, "split    final, 3 images"));
    EXPECT_TRUE(contains(o.out, "top-1    100.00 %"));
    EXPECT_TRUE(contains(o.out, "none (float)"));
    o = accuracy({"--out", path("result.json"), "--format", "json"});
    EXPECT_EQ(o.out, "");
    EXPECT_EQ(Json(read_file(path("result.json"))).number("top1"), 1);
}

TEST_F(CliAccuracy, PolicyFiles) {
    const std::string good =
        files_.write("p.json", R"({"schema": 1, "default": {"w_bits": 8, "a_bits": 4}})");
    EXPECT_EQ(json(accuracy({"--policy", good, "--format", "json"})).number("top1"), 0.75);
    const std::string bad = files_.write(
        "q.json", R"({"schema": 1, "layers": {"cc": {"w_bits": 8}, "f": {"a_bits": 0}}})");
    Outcome o = accuracy({"--policy", bad});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "has no layer \"cc\""));
    EXPECT_TRUE(contains(o.err, "a_bits"));
}

TEST_F(CliAccuracy, EveryMistakeOfTheOptions) {
    Outcome o = assay({"accuracy", "--bits",     "4,17", "--policy",          "p", "--split",
                       "finall",   "--finetune", "-1",   "--finetune-images", "0", "--clip",
                       "maxx",     "--image",    "1",    "--external-limit",  "x", "--seed",
                       "1.5",      "--format",   "csv"});
    EXPECT_EQ(o.exit_code, 2);
    for (const char* part :
         {"--network NAME is missing", "--bits: \"4,17\" is not W or W,A",
          "--policy and --bits exclude each other", "did you mean \"final\"",
          "--finetune: \"-1\" is not a number in 0 .. 1000", "--finetune-images",
          "did you mean \"max\"", "--image needs --integers", "--external-limit needs --external",
          "--external-limit: \"x\"", "--seed", "--format"}) {
        EXPECT_TRUE(contains(o.err, part));
    }
    o = command("accuracy", {"--serve", "--out", "x", "--external", "y", "--no-fold"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--serve and --out exclude each other"));
    EXPECT_TRUE(contains(o.err, "--external and --no-fold exclude each other"));
}

TEST_F(CliAccuracy, UnknownNetworksAndMissingWeights) {
    EXPECT_EQ(assay({"accuracy", "--network", "no_such_network"}).exit_code, 2);
    Outcome o = command("accuracy", {"--data", path("")});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "no trained weights"));
    EXPECT_TRUE(contains(o.err, "--weights FILE.safetensors"));
}

TEST_F(CliAccuracy, AnAssayIsAnEvaluatorOfAnother) {
    const std::string worker = "exec '" + program() + "' accuracy --serve --network '" + net_ +
                               "' --weights '" + weights() + "' --data '" + path("") + "'";
    const std::vector<std::string> asked = {"--bits", "4,6",        "--split", "final",    "--seed",
                                            "3",      "--finetune", "2",       "--format", "json"};
    std::vector<std::string> words = asked;
    words.insert(words.end(), {"--external", worker});
    Json there = json(command("accuracy", words)), here = json(accuracy(asked));
    for (const char* key : {"top1", "loss", "images", "size_bytes"}) {
        EXPECT_EQ(there.number(key), here.number(key)) << key;
    }
    EXPECT_EQ(there.text("policy_hash"), here.text("policy_hash"));
}

TEST_F(CliAccuracy, AWorkerRefusesAnotherNetwork) {
    const std::string other = files_.write("other.json", R"({"schema": 1, "name": "other",
        "layers": [{"name": "f", "op": "linear", "in_features": 32, "out_features": 5}]})");
    Outcome o = assay({"accuracy", "--network", other, "--external",
                       "exec '" + program() + "' accuracy --serve --network '" + net_ + "'"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "the evaluator says: \"greeting: layers: not those of network"));
}

TEST_F(CliAccuracy, AWorkerGoesOnAfterABadQuestion) {
    const std::string questions = files_.write(
        "questions",
        R"({"protocol":1,"layers":[{"name":"c","params":6},{"name":"f","params":15}],"images":4})"
        "\ngarbage\n"
        R"({"id":7,"policy":{"schema":1,"layers":{"x":{}}}})"
        "\n"
        R"({"id":8,"policy":{"schema":1,"default":{"w_bits":4,"a_bits":4}}})"
        "\n");
    Outcome o = assay_in_shell(
        R"(exec "$0" "$@" < ')" + questions + "'",
        {"accuracy", "--serve", "--network", net_, "--weights", weights(), "--data", path("")});
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(contains(o.out, R"({"protocol":1,"ready":true,"name":"small"})"));
    EXPECT_TRUE(contains(o.out, R"({"id":0,"error":"question:1:1)"));
    EXPECT_TRUE(contains(o.out, R"({"id":7,"error":"policy: layers: workload)"));
    EXPECT_TRUE(contains(o.out, R"({"id":8,"top1":0.5,)"));
}

TEST_F(CliAccuracy, ThePythonExampleEvaluates) {
    if (!have_python()) {
        GTEST_SKIP() << "**** no python3: the example evaluator is NOT tested ****";
    }
    double before = 0;
    for (const char* bits : {"2", "4", "8"}) {
        Json o = json(
            command("accuracy", {"--external", example(), "--bits", bits, "--format", "json"}));
        EXPECT_GT(o.number("top1"), before);
        before = o.number("top1");
        EXPECT_EQ(o.number("images"), 500);
    }
    EXPECT_GT(before, 0.89);
}

TEST_F(CliAccuracy, ABrokenEvaluatorIsTold) {
    Outcome o = command("accuracy", {"--external", "echo to-stderr >&2; exit 4"});
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.err, "to-stderr"));
    EXPECT_TRUE(contains(o.err, "ended with exit code 4"));
    o = command("accuracy", {"--external", "exec sleep 1000", "--external-limit", "1"});
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.err, "no answer within 1 s"));
}

TEST_F(CliAccuracy, IntegersRunOnTheMachine) {
    Outcome o = accuracy({"--bits", "2,3", "--integers", path("ints"), "--image", "5"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    o = assay({"run", "--hw", source("hw_configs/bit_fusion_16x32.json"), "--workload",
               path("ints") + "/integers.json", "--check", "--quiet"});
    EXPECT_EQ(o.exit_code, 0) << o.out << o.err;
    EXPECT_EQ(command("accuracy", {"--integers", path("ints")}).exit_code, 2);
}

TEST_F(CliAccuracy, SensitivityIsHawqsTable) {
    Outcome o = command("sensitivity", {"--weights", weights(), "--data", path(""), "--method",
                                        "kl", "--images", "500", "--bits", "2,8", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const std::string header =
        "layer,avg_trace,d8_sq,d4_sq,parameters,macs,lat_int4_ms,"
        "lat_int8_ms,name,method,iterations,converged,d2_sq,kl_2,kl_4,kl_8\n";
    EXPECT_EQ(o.out.substr(0, header.size()), header);
    EXPECT_TRUE(contains(o.out, "\n0,0.5,"));
    EXPECT_TRUE(contains(o.out, "\n1,2.5,"));
    EXPECT_TRUE(contains(o.out, ",6,96,0,0,c,kl,100,true,"));
    EXPECT_TRUE(contains(o.out, ",15,15,0,0,f,kl,100,true,"));
}

TEST_F(CliAccuracy, SensitivityWithLatencies) {
    Outcome o = command("sensitivity",
                        {"--weights", weights(), "--data", path(""), "--method", "trace", "--hw",
                         source("hw_configs/bit_fusion_16x32.json"), "--out", path("s.csv")});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const std::string table = read_file(path("s.csv"));
    EXPECT_FALSE(contains(table, ",96,0,"));
    EXPECT_TRUE(contains(table, ",f,trace,100,true\n"));
    o = command("sensitivity", {"--method", "hessian", "--bits", "4,", "--set", "a=b"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--method"));
    EXPECT_TRUE(contains(o.err, "--bits: \"4,\""));
    EXPECT_TRUE(contains(o.err, "--set needs --hw"));
}

TEST_F(CliAccuracy, SensitivityWritesAWholeTableOrNone) {
    const std::string table = files_.write("s.csv", "of before\n");
    const std::vector<std::string> good = {"--weights", weights(), "--data", path(""),
                                           "--method",  "trace",   "--out",  table};
    std::vector<std::string> bad = good;
    bad[3] = path("no_such_folder");
    EXPECT_EQ(command("sensitivity", bad).exit_code, 2);
    EXPECT_EQ(read_file(table), "of before\n");
    bad = good;
    bad[7] = path("no_such_folder/s.csv");
    EXPECT_EQ(command("sensitivity", bad).exit_code, 3);
    bad[7] = path("");
    EXPECT_EQ(command("sensitivity", bad).exit_code, 3) << "a folder";
    Outcome o = command("sensitivity", good);
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(o.out, "");
    const std::string written = read_file(table);
    EXPECT_EQ(written.substr(0, 16), "layer,avg_trace,");
    EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 3); // a header, two layers
}

// The first columns are those of the tables of HAWQ's authors, in their order.
TEST_F(CliAccuracy, SensitivityHasTheColumnsOfHawq) {
    if (std::getenv("ASSAY_DATA") == nullptr) {
        GTEST_SKIP() << "**** ASSAY_DATA is not set: HAWQ's columns NOT compared ****";
    }
    const std::string theirs =
        read_file(std::string(std::getenv("ASSAY_DATA")) + "/tables/hawq/hawq_v3_resnet18.csv");
    Outcome o = command("sensitivity", {"--weights", weights(), "--data", path(""), "--method",
                                        "fisher", "--quiet"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    const size_t start = theirs.find("\nlayer,") + 1; // after a comment
    const std::string columns = theirs.substr(start, theirs.find('\n', start) - start);
    ASSERT_GT(columns.size(), 20u);
    EXPECT_EQ(o.out.substr(0, columns.size() + 1), columns + ",");
}

TEST_F(CliAccuracy, TrainingMistakes) {
    Outcome o = command("train", {"--epochs", "0", "--distill", "2", "--temperature", "1", "--from",
                                  "a", "--weights", "b"});
    EXPECT_EQ(o.exit_code, 2);
    for (const char* part : {"--out FILE is missing", "--epochs: \"0\"", "--distill: \"2\"",
                             "--from and --weights exclude each other"}) {
        EXPECT_TRUE(contains(o.err, part));
    }
    o = command("train", {"--out", path("w"), "--teacher", "resnet20"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--teacher needs --distill"));
    o = command("train", {"--out", path("w"), "--distill", "0.5"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "--distill needs --teacher or --from"));
    o = command("train", {"--data", path(""), "--out", path("no/such/folder/w")});
    EXPECT_EQ(o.exit_code, 3) << o.err;
}

TEST_F(CliAccuracy, TrainingIsTheSameEachTime) {
    for (const char* name : {"a", "b"}) {
        Outcome o = command("train", {"--data", path(""), "--out", path(name), "--epochs", "3"});
        ASSERT_EQ(o.exit_code, 0) << o.err;
    }
    EXPECT_EQ(read_file(path("a")), read_file(path("b")));
    Outcome o =
        command("train", {"--data", path(""), "--out", path("c"), "--epochs", "3", "--seed", "2"});
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_NE(read_file(path("a")), read_file(path("c")));
}
