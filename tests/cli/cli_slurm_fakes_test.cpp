// assay sweep --engine slurm on programs that only look like Slurm's, for what a real one does too
// seldom.
#include <signal.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "slurm_sweep.hpp"

using namespace cli_test;

namespace {

// Programs that look like Slurm's in a folder at the head of PATH.
class OnFakes : public SlurmSweep {
  protected:
    std::string network() const override { return "lenet5"; }
    void SetUp() override {
        SlurmSweep::SetUp();
        std::filesystem::create_directory(path("bin"));
        old_path_ = std::getenv("PATH");
        setenv("PATH", (path("bin") + ":" + old_path_).c_str(), 1);
        fake("scontrol", "echo 'MaxArraySize            = 4'");
        fake("scancel", "echo \"$@\" >>" + path("cancelled"));
        fake("squeue", "cat " + path("queue") + " 2>/dev/null || true");
    }
    void TearDown() override {
        setenv("PATH", old_path_.c_str(), 1);
        SlurmSweep::TearDown();
    }
    void fake(const std::string& name, const std::string& script) const {
        const std::string file = folder_.write("bin/" + name, "#!/bin/sh\n" + script + "\n");
        chmod(file.c_str(), 0755);
    }
    // Runs every task at once, in place; `before` is run first, with $SLURM_ARRAY_TASK_ID set.
    void fake_sbatch(const std::string& before = "") const {
        fake("sbatch", "shift; echo \"$1\" >>" + path("submitted") +
                           "\nlast=$(sed -n 's/^#SBATCH --array=1-//p' \"$1\")\n"
                           "for SLURM_ARRAY_TASK_ID in $(seq \"$last\"); do\n"
                           "export SLURM_ARRAY_TASK_ID SLURM_JOB_ID=$SLURM_ARRAY_TASK_ID\n" +
                           before +
                           "\nsh \"$1\" >\"$(dirname \"$1\")/log/$SLURM_ARRAY_TASK_ID.txt\" 2>&1\n"
                           "done; echo 1");
    }
    size_t submitted() const { return lines_of(read_file(path("submitted"))); }

  private:
    std::string old_path_;
};

} // namespace

TEST_F(OnFakes, ADryRunSubmitsNothing) {
    fake("sbatch", "echo x >>" + path("submitted"));
    Outcome o =
        assay(on_slurm("a", {"--dry-run", "--chunk", "5", "--partition", "big one", "--account",
                             "us", "--time", "90", "--sbatch-arg", "--mem=2G"}));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    for (const char* line :
         {"#!/bin/sh\n", "\n# assay sweep: 12 points in 3 tasks\n", "\n#SBATCH --array=1-3\n",
          "\n#SBATCH \"--partition=big one\"\n", "\n#SBATCH \"--account=us\"\n",
          "\n#SBATCH --time=90\n", "\n#SBATCH \"--mem=2G\"\n"}) {
        EXPECT_TRUE(contains(o.out, line));
    }
    EXPECT_EQ(submitted(), 0u);
    EXPECT_FALSE(std::filesystem::exists(path("a.work")));
    EXPECT_FALSE(std::filesystem::exists(path("a.csv")));
    const std::string script = folder_.write("job.sh", o.out);
    EXPECT_EQ(shell("sh -n \"$1\"", {script}).exit_code, 0);
}

TEST_F(OnFakes, ArraysAreNoLongerThanSlurmTakes) {
    fake_sbatch();
    Outcome o = assay(on_slurm("a", {"--chunk", "2"})); // six tasks, three to an array
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(submitted(), 2u);
    EXPECT_EQ(read_file(path("a.csv")), local_bytes());
}

TEST_F(OnFakes, WithoutSlurmThatIsSaid) {
    std::filesystem::remove(path("bin/scontrol"));
    Outcome o = shell("PATH=; \"$0\" \"$@\"", on_slurm("a"));
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.err, "sbatch: there is no such program"));
}

TEST_F(OnFakes, AClusterThatNeverAnswersIsGivenUp) {
    fake_sbatch("echo 'cannot find my disk' >\"$(dirname \"$1\")/log/$SLURM_ARRAY_TASK_ID.txt\"\n"
                "continue");
    Outcome o = assay(on_slurm("a", {"--chunk", "3"}));
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.err, "none of the first 3 tasks gave an answer; the last one: gone from "
                                "the queue: cannot find my disk"));
    EXPECT_EQ(submitted(), 1u + 1u) << "four tasks, three to an array";
    EXPECT_FALSE(std::filesystem::exists(path("a.csv")));
    // What went wrong then does not count now.
    fake_sbatch();
    o = assay(on_slurm("a", {"--chunk", "3"}));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(read_file(path("a.csv")), local_bytes());
}

TEST_F(OnFakes, APointThatEndsEveryTaskIsAResultWithAReason) {
    // Every task that has point 5 dies.
    fake_sbatch("! \"$0.has5\" \"$1\" || continue");
    fake("sbatch.has5",
         "folder=$(dirname \"$1\")\n"
         "at=$(tr ',' '\\n' <\"$folder/points\" | awk -F- '{ last = NF > 1 ? $2 : $1; "
         "for (p = $1; p <= last; p++) { if (p == 5) print n + 0; n++ } }')\n"
         "[ -n \"$at\" ] && [ $((at % $(cat \"$folder/tasks\") + 1)) = "
         "\"$SLURM_ARRAY_TASK_ID\" ]");
    Outcome o = assay(on_slurm("a", {"--chunk", "6"}));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    std::stringstream mine(read_file(path("a.csv"))), local(local_bytes());
    std::string a, b;
    for (int row = -1; std::getline(local, b); ++row) { // row -1 holds names
        ASSERT_TRUE(std::getline(mine, a));
        if (row != 5) {
            EXPECT_EQ(a, b);
        } else {
            EXPECT_TRUE(contains(a, ",crashed,"));
            EXPECT_TRUE(contains(a, "no answer from 3 tasks of Slurm"));
        }
    }
    EXPECT_TRUE(std::filesystem::exists(path("a.work/round-1/log"))) << "to find out why";
}

TEST_F(OnFakes, AWorkFolderIsOfOneSweep) {
    fake("sbatch", "echo 'no' >&2; exit 1");
    EXPECT_EQ(assay(on_slurm("a")).exit_code, 3);
    folder_.write("sweep.json", specification(network(), "16, 32"));
    Outcome o = assay(on_slurm("a"));
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "is the work folder of other points"));
}

TEST_F(OnFakes, HowTasksEndedIsTold) {
    fake("sbatch", "echo 1");
    fake("squeue", "for word; do case $word in --name=*) for task in 1 2 3; do\n"
                   "echo \"${word#--name=}|7|$task|TIMEOUT|None\"; done ;; esac; done");
    Outcome o = assay(on_slurm("a", {"--chunk", "4"}));
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.err, "the last one: TIMEOUT"));
}

TEST_F(OnFakes, TasksThatNoNodeCanStartAreCancelled) {
    fake("sbatch", "echo 1");
    fake("squeue", "for word; do case $word in --name=*) for task in 1 2 3; do\n"
                   "echo \"${word#--name=}|7|$task|PENDING|launch failed requeued held\"\n"
                   "done ;; esac; done");
    Outcome o = assay(on_slurm("a", {"--chunk", "4"}));
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_TRUE(contains(o.err, "the last one: LAUNCH_FAILED"));
    EXPECT_EQ(read_file(path("cancelled")).substr(0, 12), "7_1\n7_2\n7_3\n");
}

TEST_F(OnFakes, AQueueThatDoesNotAnswerIsWaitedFor) {
    fake_sbatch();
    fake("squeue", "[ -e " + path("asked") + " ] || { touch " + path("asked") +
                       "; echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2\n"
                       "exit 1; }");
    Outcome o = assay(on_slurm("a", {"--chunk", "6"}));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(std::filesystem::exists(path("asked")));
    EXPECT_EQ(submitted(), 1u) << "what is not known to have ended is not submitted again";
    EXPECT_EQ(read_file(path("a.csv")), local_bytes());
}

TEST_F(OnFakes, ADamagedShardIsLeftWhereItIs) {
    fake("sbatch", "echo rubbish >\"$(dirname \"$2\")/../done/1-1.sqlite\"; echo 1");
    Outcome o = assay(on_slurm("a"));
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "done/1-1.sqlite: is not a measurement store"));
    EXPECT_TRUE(contains(o.err, "is left there; without it its points are computed again"));
    std::filesystem::remove(path("a.work/done/1-1.sqlite"));
    fake_sbatch();
    o = assay(on_slurm("a"));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(read_file(path("a.csv")), local_bytes());
}

TEST_F(OnFakes, RefusedTasksWaitForThoseThatRun) {
    // Half of the tasks are taken at first, as where an account may have no more.
    fake_sbatch();
    std::filesystem::rename(path("bin/sbatch"), path("bin/sbatch.real"));
    fake("sbatch", "if [ -e " + path("full") + " ]; then rm " + path("full") +
                       "; echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; exit 1; fi\n"
                       "touch " +
                       path("full") + "\nexec \"$0.real\" \"$@\"");
    Outcome o = assay(on_slurm("a", {"--chunk", "2"}));
    ASSERT_EQ(o.exit_code, 0) << o.err;
    EXPECT_EQ(submitted(), 2u);
    EXPECT_EQ(read_file(path("a.csv")), local_bytes());
}

TEST_F(OnFakes, TwoCommandsAtATimeAreRefused) {
    fake("sbatch", "touch " + path("begun") + "; sleep 20; echo 1");
    Child first(with_program(on_slurm("a")));
    ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(path("begun")); }));
    Outcome o = assay(on_slurm("a"));
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "another process is at work on this sweep"));
    kill(first.pid(), SIGKILL);
    first.wait();
}
