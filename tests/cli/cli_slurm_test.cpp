// assay sweep --engine slurm on a Slurm of one node, which scripts/slurm-up brings up for this
// program.
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <sstream>

#include "slurm_sweep.hpp"

using namespace cli_test;

namespace {

// One for all tests; in .ci/run it has to come up.
class OnSlurm : public SlurmSweep {
  protected:
    static void SetUpTestSuite() {
        cluster_ = new Folder();
        setenv("ASSAY_SLURM_CPUS", "4", 1);
        Outcome o = shell("exec \"$1\" \"$2\"", {source("scripts/slurm-up"), cluster_->path("s")});
        const std::string mark = "SLURM_CONF=";
        const size_t at = o.out.find(mark);
        if (o.exit_code == 0 && at != std::string::npos) {
            const size_t start = at + mark.size();
            setenv("SLURM_CONF", o.out.substr(start, o.out.find('\n') - start).c_str(), 1);
            up_ = true;
        }
        why_ = o.err;
    }
    static void TearDownTestSuite() {
        shell("exec \"$1\" --down \"$2\"", {source("scripts/slurm-up"), cluster_->path("s")});
        unsetenv("SLURM_CONF");
        unsetenv("ASSAY_SLURM_CPUS");
        delete cluster_;
    }
    void SetUp() override {
        SlurmSweep::SetUp();
        if (!up_ && std::getenv("CI") != nullptr) {
            FAIL() << "no Slurm: " << why_;
        } else if (!up_) {
            GTEST_SKIP() << "**** no Slurm, its engine is NOT tested: " << why_;
        }
    }
    // Tasks that Slurm has, one a line; `state`: in one state only.
    static std::string tasks(const std::string& state, const std::string& format = "%F_%K") {
        return shell("squeue --noheader --array --states=\"$1\" --format=\"$2\"", {state, format})
            .out;
    }
    static std::string first_line(const std::string& text) {
        return text.substr(0, text.find('\n'));
    }
    static size_t count(const std::string& state) { return lines_of(tasks(state)); }
    void TearDown() override {
        shell("scancel --user=\"$(id -un)\"");
        wait_until([] { return count("PENDING,RUNNING,COMPLETING") == 0; });
        SlurmSweep::TearDown();
    }

    static Folder* cluster_;
    static bool up_;
    static std::string why_;
};
Folder* OnSlurm::cluster_ = nullptr;
bool OnSlurm::up_ = false;
std::string OnSlurm::why_;

int parent_of(int pid) {
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    const size_t end = stat.rfind(')'); // of the name, which may hold anything
    return end == std::string::npos
               ? 0
               : std::atoi(stat.substr(std::min(end + 4, stat.size())).c_str());
}

// Processes that work on a shard of this specification, without their workers.
std::vector<int> shard_processes(const std::string& path) {
    const std::string spec = std::filesystem::canonical(path);
    std::vector<int> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const int pid = std::atoi(entry.path().filename().c_str());
        const std::string words = pid > 0 ? read_file(entry.path() / "cmdline") : "";
        if (words.find("--shard") != std::string::npos && words.find(spec) != std::string::npos) {
            found.push_back(pid);
        }
    }
    const std::set<int> all(found.begin(), found.end());
    found.erase(std::remove_if(found.begin(), found.end(),
                               [&](int pid) { return all.count(parent_of(pid)) > 0; }),
                found.end());
    return found;
}

} // namespace

TEST_F(OnSlurm, GivesTheBytesOfTheLocalEngine) {
    Outcome o = assay(on_slurm("a", {"--chunk", "3"}));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(read_file(path("a.csv")), local_bytes());
    EXPECT_EQ(lines_of(read_file(path("a.csv"))), 13u);
    EXPECT_FALSE(std::filesystem::exists(path("a.work"))) << "nothing is left behind";
    // Only what is missing is computed, and a Slurm that is not needed not asked for.
    o = shell("PATH=; \"$0\" \"$@\"", on_slurm("a"));
    EXPECT_EQ(o.exit_code, 0) << o.err;
}

TEST_F(OnSlurm, TasksThatDieAreSubmittedAgain) {
    Child child(with_program(on_slurm("a", {"--chunk", "3"})));
    ASSERT_TRUE(wait_until([&] { return shard_processes(path("sweep.json")).size() >= 3; }));
    // One is cancelled, one is requeued, the program of one is killed.
    std::stringstream running(tasks("RUNNING"));
    std::string first, second;
    running >> first >> second;
    EXPECT_EQ(shell("scancel \"$1\"", {first}).exit_code, 0);
    EXPECT_EQ(shell("scontrol requeue \"$1\"", {second}).exit_code, 0);
    std::vector<int> processes = shard_processes(path("sweep.json"));
    ASSERT_FALSE(processes.empty());
    kill(processes.back(), SIGKILL);
    Outcome o = child.wait();
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(read_file(path("a.csv")), local_bytes());
    EXPECT_TRUE(contains(shell("squeue --noheader --states=all --format=%j").out, "-r2\n"));
}

TEST_F(OnSlurm, AKilledParentFindsItsTasksAgain) {
    // Six tasks on four processors: some run, some wait.
    const std::vector<std::string> command = with_program(on_slurm("a", {"--chunk", "2"}));
    Child child(command);
    ASSERT_TRUE(wait_until([] { return count("RUNNING") >= 3; }));
    kill(child.pid(), SIGKILL);
    EXPECT_EQ(child.wait().signal, SIGKILL);
    std::string name = first_line(tasks("PENDING,RUNNING", "%j"));
    ASSERT_EQ(name.substr(std::min(name.size(), size_t(14))), "-r1") << name;
    name.resize(name.size() - 2);
    Child again(command);
    Outcome o = again.wait();
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(read_file(path("a.csv")), local_bytes());
    // Nothing was submitted twice: there was no second round.
    const std::string seen = shell("squeue --noheader --states=all --format=%j").out;
    EXPECT_TRUE(contains(seen, name + "r1\n"));
    EXPECT_EQ(seen.find(name + "r2\n"), std::string::npos) << seen;
}

TEST_F(OnSlurm, AnInterruptLeavesTheTasksAndSaysHowToEndThem) {
    Child child(with_program(on_slurm("a", {"--chunk", "3"})));
    ASSERT_TRUE(wait_until([] { return count("RUNNING") >= 1; }));
    kill(child.pid(), SIGINT);
    Outcome o = child.wait();
    EXPECT_EQ(o.exit_code, 6) << o.err;
    EXPECT_TRUE(contains(o.err, "tasks go on: the same command takes their results over"));
    EXPECT_TRUE(contains(o.err, "scancel --name=assay-"));
    EXPECT_GT(count("PENDING,RUNNING"), 0u);
}

TEST_F(OnSlurm, WhatSlurmRefusesIsTold) {
    Outcome o = assay(on_slurm("a", {"--partition", "nowhere"}));
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.err, "sbatch failed: "));
    EXPECT_TRUE(contains(o.err, "nowhere"));
}
