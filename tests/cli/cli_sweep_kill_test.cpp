// assay sweep, killed at random moments: the parent, its workers, the whole process group. No
// finished point is lost, none is there twice, and the end is that of an undisturbed run.
#include <signal.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "rng.h"
#include "sweep_files.hpp"

using namespace cli_test;

namespace {

constexpr int kills = 20;

// A look at the store from another process, while the sweep is at work.
class Look {
  public:
    explicit Look(const std::string& path) {
        sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE, nullptr);
        sqlite3_busy_timeout(db_, 10000);
        sqlite3_prepare_v2(db_, "SELECT count(*) FROM runs", -1, &count_, nullptr);
    }
    ~Look() {
        sqlite3_finalize(count_);
        sqlite3_close(db_);
    }
    bool works() const { return count_ != nullptr; } // there is a store
    size_t finished() const {
        const bool row = count_ != nullptr && sqlite3_step(count_) == SQLITE_ROW;
        const auto found = row ? static_cast<size_t>(sqlite3_column_int64(count_, 0)) : 0;
        sqlite3_reset(count_);
        return found;
    }

  private:
    sqlite3* db_ = nullptr;
    sqlite3_stmt* count_ = nullptr;
};

// Keys of finished points, as another process sees them while the sweep is at work.
std::multiset<std::string> keys_of(const std::string& path) {
    std::multiset<std::string> keys;
    sqlite3* db = nullptr;
    sqlite3_stmt* rows = nullptr;
    sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
    sqlite3_busy_timeout(db, 10000);
    if (sqlite3_prepare_v2(db, "SELECT hex(key) FROM runs", -1, &rows, nullptr) == SQLITE_OK) {
        while (sqlite3_step(rows) == SQLITE_ROW) {
            keys.insert(reinterpret_cast<const char*>(sqlite3_column_text(rows, 0)));
        }
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
    return keys;
}

std::vector<int> children_of(int parent) {
    std::vector<int> found;
    const std::string pid = std::to_string(parent);
    std::ifstream file("/proc/" + pid + "/task/" + pid + "/children");
    for (int child = 0; file >> child;) {
        found.push_back(child);
    }
    return found;
}

class CliSweepKill : public CliSweep {
  protected:
    // Points of some ten milliseconds, so that kills hit some in the middle.
    void SetUp() override {
        CliSweep::SetUp();
        spec_ = folder_.write("spec.json", R"({
            "schema": 1, "hw": ["sparse.json"], "workloads": ["large.json"],
            "vary": {"pe_count": {"from": 8, "to": 64, "steps": 12}, "queue_depth": [1, 2, 4, 8],
                     "clock_mhz": [100, 200]}})");
        folder_.write("large.json", R"({"schema": 1, "name": "large", "layers": [
            {"name": "fc", "op": "fc", "in_features": 4096, "out_features": 2048,
             "weights": {"kind": "statistical", "density": 0.25, "seed": 1, "codebook_bits": 4},
             "activations": {"kind": "statistical", "density": 0.5, "seed": 2}}]})");
        folder_.write("sparse.json", R"({"schema": 1, "name": "tiny", "accelerator": "eie",
            "options": {"pe_count": 8, "spmat_bytes": 4194304, "ptr_bytes": 65536, "ptr_bits": 32,
                        "act_sram_bytes": 65536, "act_registers": 4096}})");
        if (expected_.empty()) {
            expected_ = undisturbed();
            points_ = lines_of(expected_).size() - 1;
        }
        EXPECT_FALSE(contains(expected_, "failed"));
    }
    // In a session, and so a process group, of its own.
    std::vector<std::string> command(const std::string& csv) const {
        return {"/usr/bin/setsid", program(), "sweep",   spec_,   "--store", store_,
                "--jobs",          "2",       "--quiet", "--out", csv};
    }
    size_t finished() const { return Look(store_).finished(); }
    void wait_for(const Child& child, size_t points) const {
        const auto nap = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
        while (child.running() && !Look(store_).works()) {
            nap();
        }
        const Look look(store_);
        while (child.running() && look.finished() < points) {
            nap();
        }
    }
    // Then a pause of up to three points, anywhere between two moments of the program.
    void pause(assay_rng* rng) const {
        std::this_thread::sleep_for(std::chrono::microseconds(assay_rng_below(rng, 15000)));
    }
    void expect_the_same(const std::string& csv) {
        const Outcome o = Child(command(csv)).wait();
        EXPECT_EQ(o.exit_code, 0) << o.err;
        EXPECT_EQ(read_file(csv), expected_);
        const auto keys = keys_of(store_);
        EXPECT_EQ(keys.size(), points_);
        EXPECT_EQ(std::set<std::string>(keys.begin(), keys.end()).size(), points_);
        EXPECT_EQ(assay({"store", "verify", "--store", store_}).exit_code, 0);
    }
    // `whom` kills something of the running program.
    template <typename Whom>
    void kill_twenty_times(uint64_t seed, Whom whom) {
        assay_rng rng = assay_rng_seed(seed, "kills");
        const std::string csv = folder_.path("killed.csv");
        int killed = 0;
        for (int i = 0; i < kills; ++i) {
            const size_t before = finished();
            Child child(command(csv));
            wait_for(child, before + assay_rng_below(&rng, 3));
            pause(&rng);
            const std::multiset<std::string> kept = keys_of(store_);
            whom(child);
            killed += child.wait().signal == SIGKILL;
            const std::multiset<std::string> after = keys_of(store_);
            EXPECT_TRUE(std::includes(after.begin(), after.end(), kept.begin(), kept.end()));
            EXPECT_EQ(std::set<std::string>(after.begin(), after.end()).size(), after.size());
        }
        EXPECT_GE(killed, kills / 2);
        expect_the_same(csv);
    }

    static std::string expected_; // once for all tests
    static size_t points_;
};

std::string CliSweepKill::expected_;
size_t CliSweepKill::points_ = 0;

} // namespace

TEST_F(CliSweepKill, TheParent) {
    kill_twenty_times(1, [](const Child& child) { kill(child.pid(), SIGKILL); });
}

TEST_F(CliSweepKill, TheProcessGroup) {
    kill_twenty_times(2, [](const Child& child) { kill(-child.pid(), SIGKILL); });
}

TEST_F(CliSweepKill, Workers) {
    const std::string csv = folder_.path("killed.csv");
    assay_rng rng = assay_rng_seed(3, "kills");
    int killed = 0;
    Child child(command(csv));
    for (int i = 0; i < kills; ++i) {
        wait_for(child, static_cast<size_t>(i + 1) * (points_ - 16) / kills);
        pause(&rng);
        const std::vector<int> workers = children_of(child.pid());
        if (!workers.empty()) {
            killed += kill(workers[assay_rng_below(&rng, workers.size())], SIGKILL) == 0;
        }
    }
    const Outcome o = child.wait();
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_GE(killed, kills / 2);
    EXPECT_EQ(read_file(csv), expected_);
    expect_the_same(csv);
}

TEST_F(CliSweepKill, CtrlCKeepsWhatIsDone) {
    const std::string csv = folder_.path("stopped.csv");
    Child child(command(csv));
    wait_for(child, 10);
    kill(-child.pid(), SIGINT);
    const Outcome o = child.wait();
    EXPECT_EQ(o.exit_code, 6) << o.err;
    EXPECT_TRUE(contains(o.err, "the same command continues")) << o.err;
    EXPECT_FALSE(std::filesystem::exists(csv));
    EXPECT_GE(finished(), 10u);
    expect_the_same(csv);
}
