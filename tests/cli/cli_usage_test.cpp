// Words on the command line: help, versions, mistakes.
#include "fixtures.hpp"

using namespace cli_test;

static const char* const commands[] = {"run", "check", "list", "bench"};

TEST(CliUsage, HelpListsEveryCommand) {
    for (const char* word : {"--help", "-h", "help"}) {
        Outcome o = assay({word});
        EXPECT_EQ(o.exit_code, 0) << word;
        EXPECT_EQ(o.err, "");
        for (const char* command : commands) {
            EXPECT_TRUE(contains(o.out, "\n  " + std::string(command) + " ")) << word;
        }
    }
}

TEST(CliUsage, EveryCommandExplainsItself) {
    for (const char* command : commands) {
        Outcome asked = assay({"help", command});
        EXPECT_EQ(asked.exit_code, 0);
        EXPECT_EQ(asked.out.rfind("usage: assay " + std::string(command), 0), 0u) << asked.out;
        EXPECT_EQ(assay({command, "--help"}).out, asked.out);
    }
    EXPECT_TRUE(contains(assay({"help", "run"}).out, "--input-shape HxWxC"));
}

TEST(CliUsage, HelpWinsOverMistakes) {
    Outcome o = assay({"run", "--nonsense", "--help"});
    EXPECT_EQ(o.exit_code, 0);
    EXPECT_EQ(o.err, "");
}

TEST(CliUsage, VersionIsOneLine) {
    Outcome o = assay({"--version"});
    EXPECT_EQ(o.exit_code, 0);
    EXPECT_EQ(o.out.rfind("assay ", 0), 0u);
    EXPECT_EQ(std::count(o.out.begin(), o.out.end(), '\n'), 1);
}

TEST(CliUsage, NoCommandIsAMistake) {
    Outcome o = assay({});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_EQ(o.out, "");
    EXPECT_TRUE(contains(o.err, "--help"));
}

struct Mistake {
    std::vector<std::string> words;
    std::string message;
};

TEST(CliUsage, MistakesAreNamed) {
    const std::vector<Mistake> mistakes = {
        {{"rnu"}, "unknown command \"rnu\", did you mean \"run\"?"},
        {{"help", "lisst"}, "did you mean \"list\"?"},
        {{"zzzzzzzz"},
         "legal: run, check, list, bench, export, table, accuracy, "
         "sensitivity, train, compress, search, report, sweep, store, help"},
        {{"run", "--workloda", "x"}, "did you mean \"--workload\"?"},
        {{"run", "--xyzzy=1"}, "unknown option \"--xyzzy\""},
        {{"run", "--in", "x"}, "option \"--in\" is ambiguous"},
        {{"run", "-z"}, "unknown option \"-z\""},
        {{"run"}, "option --hw FILE is missing"},
        {{"run"}, "option --workload FILE is missing"},
        {{"run", "--hw"}, "option --hw needs a value (FILE)"},
        {{"run", "--hw", ""}, "--hw: the value is empty"},
        {{"run", "--check=yes"}, "option --check takes no value"},
        {{"run", "--hw", "a", "--hw", "b"}, "option --hw is given 2 times"},
        {{"run", "stray"}, "unexpected word \"stray\""},
        {{"run", "--set", "pe_count"}, "--set \"pe_count\": legal is KEY=VALUE"},
        {{"run", "--set", "=4"}, "--set \"=4\": legal is KEY=VALUE"},
        {{"run", "--set", "pe_count=4", "--set", "pe_count=8"},
         "the key is set before, by \"pe_count=4\""},
        {{"run", "--model", "evnt"}, "unknown --model \"evnt\", did you mean \"event\"?"},
        {{"run", "--format", "xml"}, "legal: text, json, csv"},
        {{"run", "--vcd", "w.vcd"}, "--vcd needs --model clocked"},
        {{"run", "--seed", "0"}, "is not an integer in 1 .. 9007199254740992"},
        {{"run", "--seed", "12x"}, "--seed: \"12x\" is not an integer"},
        {{"run", "--seed", "-1"}, "--seed: \"-1\" is not an integer"},
        {{"run", "--seed", "99999999999999999999"}, "is not an integer"},
        {{"run", "--input-index", "1"}, "--input-index needs --input"},
        {{"run", "--input-shape", "2"}, "--input-shape: \"2\" is not HxWxC"},
        {{"table", "--input-shape", "2x2x0"}, "is not HxWxC with numbers in 1 .. 9999999"},
        {{"export", "f", "--input-shape", "2x-2x3"}, "is not HxWxC"},
        {{"check", "f", "--input-shape", "12345678x2x3"}, "is not HxWxC"},
        {{"run", "--input", "f", "--input-shape", "2x2"}, "is not HxWxC"},
        {{"run", "--input", "f", "--input-shape", "0x2x3"}, "is not HxWxC"},
        {{"run", "--input", "f", "--input-shape", "2x2x3x"}, "is not HxWxC"},
        {{"run", "--check", "--no-outputs"}, "--check and --no-outputs exclude each other"},
        {{"run", "--cache", "d", "--no-cache"}, "--cache and --no-cache exclude each other"},
        {{"run", "--per-pe"}, "--per-pe needs --format json"},
        {{"check"}, "FILE... is missing"},
        {{"list", "acelerators"}, "did you mean \"accelerators\"?"},
        {{"list", "hw", "a", "b"}, "unexpected word \"b\""},
        {{"list", "--format", "csv"}, "legal: text, json, markdown"},
        {{"bench", "--format", "csv"}, "legal: text, json"},
    };
    for (const Mistake& mistake : mistakes) {
        Outcome o = assay(mistake.words);
        EXPECT_EQ(o.exit_code, 2) << mistake.message;
        EXPECT_EQ(o.out, "");
        EXPECT_TRUE(contains(o.err, mistake.message));
    }
}

TEST(CliUsage, AllMistakesAreToldAtOnce) {
    Outcome o = assay({"run", "--bogus", "--seed", "x", "--set", "a", "--vcd", "w"});
    for (const char* part : {"--bogus", "--seed", "--set", "--vcd", "--hw FILE", "--workload FILE",
                             "assay help run"}) {
        EXPECT_TRUE(contains(o.err, part));
    }
}

TEST(CliUsage, MessagesCannotSteerTheTerminal) {
    Outcome o = assay({"run", "--model", "\x1b[31mred\r\n"});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_EQ(o.err.find('\x1b'), std::string::npos);
    EXPECT_EQ(o.err.find('\r'), std::string::npos);
}
