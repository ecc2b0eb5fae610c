// scripts/plot_sweep, plot_search and plot_roofline: a picture, or a message and exit code 2.
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "fixtures.hpp"

using namespace cli_test;

namespace {

const std::string sweep_head = "rows,hw,workload,policy,status,cycles,seconds,energy_j,area_mm2,"
                               "utilisation,dram_bytes,error\n";
const std::string sweep_rows = "8,m,a,,ok,100,1e-6,2e-9,1.5,0.5,1000,\n"
                               "16,m,a,,ok,60,6e-7,3e-9,2.5,0.4,1000,\n"
                               "32,m,a,,ok,70,7e-7,4e-9,4.5,0.2,1000,\n"
                               "64,m,a,,failed,,,,,,,\"layer x: does not fit, at all\"\n"
                               "8,m,b,,ok,300,3e-6,2e-8,1.5,0.5,1000,\n";
const std::string log_head =
    R"({"task": "haq", "algorithm": "ddpg", "seed": 1, "settings": {"network": "n"}})"
    "\n";

std::string log_line(const std::string& reward, int violation) {
    return R"({"evaluation": 0, "phase": "search", "reward": )" + reward + R"(, "violation": )" +
           std::to_string(violation) + "}\n";
}

class Plots : public CliRun {
  protected:
    void SetUp() override {
        CliRun::SetUp();
        if (assay_in_shell("command -v python3 && command -v gnuplot", {}).exit_code != 0) {
            GTEST_SKIP() << "**** no python3 or no gnuplot (scripts/setup --plots): pictures NOT "
                            "drawn ****";
        }
    }
    Outcome plot(const std::string& script, const std::vector<std::string>& words) const {
        std::vector<std::string> all = {source("scripts/plot_" + script)};
        all.insert(all.end(), words.begin(), words.end());
        return assay_in_shell("exec \"$@\"", all);
    }
    // Both kinds of picture, by the ending of their names.
    void expect_pictures(const std::string& script, const std::vector<std::string>& words) const {
        for (const auto& [name, begin] :
             {std::pair<const char*, const char*>{"p.png", "\x89PNG"}, {"p.svg", "<?xml"}}) {
            std::vector<std::string> all = {folder_.path(name)};
            all.insert(all.end(), words.begin(), words.end());
            const Outcome o = plot(script, all);
            ASSERT_EQ(o.exit_code, 0) << o.err;
            const std::string bytes = read_file(folder_.path(name));
            EXPECT_EQ(bytes.substr(0, strlen(begin)), begin);
            EXPECT_GT(bytes.size(), 2000u);
        }
    }
    void expect_refused(const std::string& script, const std::vector<std::string>& words,
                        const std::string& message) const {
        std::vector<std::string> all = {folder_.path("p.svg")};
        all.insert(all.end(), words.begin(), words.end());
        const Outcome o = plot(script, all);
        EXPECT_EQ(o.exit_code, 2) << o.err;
        EXPECT_TRUE(contains(o.err, message));
        EXPECT_NE(access(folder_.path("p.svg").c_str(), F_OK), 0) << "a picture all the same";
    }
    std::string sweep(const std::string& content) const {
        return folder_.write("sweep.csv", content);
    }
    // A folder of a search with this log.
    std::string search(const std::string& name, const std::string& log) const {
        mkdir(folder_.path(name).c_str(), 0755);
        folder_.write(name + "/log.jsonl", log);
        return folder_.path(name);
    }
};

} // namespace

TEST_F(Plots, SweepDrawsPointsAndFronts) {
    const std::string file = sweep(sweep_head + sweep_rows);
    expect_pictures("sweep", {file});
    expect_pictures("sweep", {file, "energy_j", "utilisation", "--colour", "rows"});
    const std::string svg = read_file(folder_.path("p.svg"));
    for (const char* part : {"4 points, 1 failed", "energy, J", "utilisation", "rows 16"}) {
        EXPECT_TRUE(contains(svg, part));
    }
}

TEST_F(Plots, SweepRefusesWhatIsNoSweep) {
    expect_refused("sweep", {folder_.path("absent.csv")}, "absent.csv");
    expect_refused("sweep", {sweep("a,b\n1,2\n")}, "no column hw, workload");
    expect_refused("sweep", {sweep(sweep_head)}, "no point with status ok");
    expect_refused("sweep", {sweep(sweep_head + "8,m,a,,ok,100,fast,2e-9,1.5,0.5,1000,\n")},
                   "sweep.csv:2: seconds: 'fast', expected a number");
    expect_refused("sweep", {sweep(sweep_head + sweep_rows), "--colour", "cols"},
                   "--colour cols: ");
    expect_refused("sweep", {sweep(sweep_head + sweep_rows), "speed"}, "invalid choice: 'speed'");
    const Outcome o = plot("sweep", {folder_.path("p.gif"), sweep(sweep_head + sweep_rows)});
    EXPECT_EQ(o.exit_code, 2);
    EXPECT_TRUE(contains(o.err, "expected a name that ends in .png or .svg"));
}

TEST_F(Plots, SearchDrawsTheSpreadOverSeeds) {
    const std::string first = search("a", log_head + log_line("-2", 0) + log_line("-1", 0));
    const std::string second = // cut off in its last line
        search("b", log_head + log_line("-3", 0) + log_line("5", 1) + R"({"evaluation": 2, "ph)");
    expect_pictures("search", {first, second});
    EXPECT_TRUE(contains(read_file(folder_.path("p.svg")), "haq n: ddpg (2 searches)"));
}

TEST_F(Plots, SearchRefusesWhatIsNoSearch) {
    expect_refused("search", {folder_.path("absent")}, "absent/log.jsonl");
    expect_refused("search", {search("a", "{\"rows\": 1}\n")}, "not the log of a search");
    expect_refused("search", {search("a", log_head + "{oops\n" + log_line("1", 0))},
                   "log.jsonl:2: ");
    expect_refused("search", {search("a", log_head + log_line("\"good\"", 0))},
                   "log.jsonl:2: expected a reward");
    expect_refused("search", {search("a", log_head + log_line("1", 1))},
                   "no candidate within the budget");
}

TEST_F(Plots, RooflineDrawsEveryMachine) {
    std::vector<std::string> runs;
    for (const char* machine :
         {"bit_fusion_16x32", "bismo_edge", "tpu_v1", "eie_64pe", "sparse_fusion"}) {
        runs.push_back(folder_.path(std::string(machine) + ".json"));
        const Outcome o =
            assay({"run", "--hw", source(std::string("hw_configs/") + machine + ".json"),
                   "--workload", workload(), "--format", "json", "--out", runs.back()});
        ASSERT_EQ(o.exit_code, 0) << o.err;
    }
    expect_pictures("roofline", runs);
    EXPECT_TRUE(contains(read_file(folder_.path("p.svg")), "tiny on tpu_v1"));
}

TEST_F(Plots, RooflineRefusesWhatIsNoRun) {
    expect_refused("roofline", {folder_.path("absent.json")}, "absent.json");
    expect_refused("roofline", {folder_.write("r.json", "[1")}, "r.json");
    expect_refused("roofline", {folder_.write("r.json", "[1]")}, "not the result of `assay run`");
    expect_refused("roofline",
                   {folder_.write("r.json", R"({"hw": {"accelerator": "eie", "options": {}},
                     "workload": {}, "layers": [{"macs": "many"}]})")},
                   "not the result of `assay run`");
}
