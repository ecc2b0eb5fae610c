// Results appear whole or not at all, and Ctrl-C is heard.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixtures.hpp"

using namespace cli_test;

class CliOutput : public CliRun {
  protected:
    void SetUp() override {
        CliRun::SetUp();
        mkdir(folder_.path("results").c_str(), 0755);
        out_ = folder_.path("results/result.json");
    }
    // What the folder of results holds.
    std::vector<std::string> results() const {
        std::string listing = assay_in_shell("ls -A \"$1\"", {folder_.path("results")}).out;
        std::vector<std::string> names;
        for (size_t start = 0, end; (end = listing.find('\n', start)) != std::string::npos;) {
            names.push_back(listing.substr(start, end - start));
            start = end + 1;
        }
        return names;
    }
    std::string out_;
};

TEST_F(CliOutput, FileHoldsTheSameBytesAsTheStream) {
    Outcome stream = run({"--format", "json"});
    Outcome file = run({"--format", "json", "--out", out_});
    ASSERT_EQ(file.exit_code, 0) << file.err;
    EXPECT_EQ(file.out, "");
    EXPECT_EQ(read_file(out_), stream.out);
    EXPECT_EQ(results(), std::vector<std::string>{"result.json"});
}

TEST_F(CliOutput, ReplacingKeepsModeAndLinks) {
    folder_.write("results/result.json", "old");
    chmod(out_.c_str(), 0640);
    std::string link = folder_.path("link.json");
    ASSERT_EQ(symlink(out_.c_str(), link.c_str()), 0);
    ASSERT_EQ(run({"--format", "json", "--out", link}).exit_code, 0);
    struct stat info;
    ASSERT_EQ(lstat(link.c_str(), &info), 0);
    EXPECT_TRUE(S_ISLNK(info.st_mode));
    ASSERT_EQ(lstat(out_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0640u);
    EXPECT_EQ(Json(read_file(out_)).text("workload.name"), "tiny");
}

// A limit of one block makes the write fail half-way, like a full disk.
TEST_F(CliOutput, FailedWriteLeavesTheOldFile) {
    folder_.write("results/result.json", "old");
    // The message goes into a pipe: the limit holds for the file that the test would read it from.
    Outcome o = assay_in_shell(
        "message=$(trap '' XFSZ; ulimit -f 1; \"$0\" \"$@\" 2>&1); code=$?; echo \"$message\"; "
        "exit $code",
        {"run", "--hw", hw(), "--workload", workload(), "--no-cache", "--format", "json",
         "--per-pe", "--out", out_});
    EXPECT_TRUE(contains(o.out, "result.json: cannot write: File too large"));
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_EQ(read_file(out_), "old");
    EXPECT_EQ(results(), std::vector<std::string>{"result.json"});
}

// The pipe comes first: a program that replaces special files must not get at the real device,
// which root could replace.
TEST_F(CliOutput, SpecialFilesAreWrittenNotReplaced) {
    std::string pipe = folder_.path("pipe");
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    Outcome o = assay_in_shell(
        "timeout 10 cat '" + pipe + "' & \"$0\" \"$@\"; code=$?; wait; exit $code",
        {"run", "--hw", hw(), "--workload", workload(), "--format", "json", "--out", pipe});
    struct stat info;
    ASSERT_EQ(stat(pipe.c_str(), &info), 0);
    ASSERT_TRUE(S_ISFIFO(info.st_mode));
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(Json(o.out).text("workload.name"), "tiny");
    Outcome full = run({"--out", "/dev/full"});
    EXPECT_EQ(full.exit_code, 3);
    EXPECT_TRUE(contains(full.err, "/dev/full: cannot write: No space left on device"));
}

TEST_F(CliOutput, StandardOutputIsChecked) {
    for (const char* script : {"\"$0\" \"$@\" >/dev/full", "\"$0\" \"$@\" >&-"}) {
        Outcome help = assay_in_shell(script, {"--help"});
        EXPECT_EQ(help.exit_code, 3) << script;
        EXPECT_TRUE(contains(help.err, "standard output: cannot write"));
        Outcome list = assay_in_shell(script, {"list", "accelerators"});
        EXPECT_EQ(list.exit_code, 3) << script;
    }
}

TEST_F(CliOutput, ImpossiblePlacesAreRefusedFirst) {
    Outcome missing = run({"--out", folder_.path("absent/result.json")});
    EXPECT_EQ(missing.exit_code, 3);
    EXPECT_TRUE(contains(missing.err, "absent/result.json"));
    Outcome directory = run({"--out", folder_.path("results")});
    EXPECT_EQ(directory.exit_code, 3);
    EXPECT_TRUE(contains(directory.err, "Is a directory"));
}

TEST_F(CliOutput, BadInputWritesNothing) {
    Outcome o = run({"--set", "pe_count=0", "--out", out_});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(results().empty());
}

// The waveform file appears when the machine has been opened, after the handlers are installed. The
// workload is repeated so that the signal meets a run that is far from its end on any machine.
TEST_F(CliOutput, InterruptStopsWithoutAResult) {
    for (int signal : {SIGINT, SIGTERM}) {
        std::string vcd = folder_.path("waves" + std::to_string(signal) + ".vcd");
        std::vector<std::string> words = {
            program(),    "run",     "--hw",  source("hw_configs/eie_64pe.json"),
            "--model",    "clocked", "--vcd", vcd,
            "--no-cache", "--out",   out_};
        for (int i = 0; i < 10; ++i) {
            words.insert(words.end(), {"--workload", source("traces/eie/vgg_fc8.json")});
        }
        Child child(words);
        while (child.running() && access(vcd.c_str(), F_OK) != 0) {
            usleep(1000);
        }
        ASSERT_EQ(kill(child.pid(), signal), 0);
        Outcome o = child.wait();
        EXPECT_EQ(o.exit_code, 6) << o.err;
        EXPECT_TRUE(contains(o.err, "stopped on request"));
        EXPECT_TRUE(results().empty());
    }
}
