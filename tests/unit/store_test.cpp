// The measurement store: what was put is found, and nothing but a sound store is touched.
#include <gtest/gtest.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "report.hpp"
#include "store.h"
#include "temp_dir.hpp"

using assay_test::Report;
using assay_test::TempDir;

namespace {

const assay_origin origin = {"event", "small", "hash", "net", "conv1", 4, 8, 1};

std::string key(unsigned i) {
    char text[ASSAY_KEY_TEXT];
    snprintf(text, sizeof text, "%032x", i);
    return text;
}

assay_measurement value(unsigned i) {
    return {1000 + i, UINT64_MAX - i, 7, 0.1 * i, 1e-300 / (i + 1)};
}

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Store : public testing::Test {
  protected:
    ~Store() override { assay_store_close(&store_); }

    std::string path() const { return folder_.path("m.sqlite"); }
    void open() {
        ASSERT_EQ(assay_store_open(path().c_str(), &store_, report_), ASSAY_OK) << report_.text();
    }
    void put(unsigned i) {
        const assay_measurement m = value(i);
        ASSERT_EQ(assay_store_put(store_, key(i).c_str(), &m, &origin, report_), ASSAY_OK)
            << report_.text();
    }
    bool holds(unsigned i) {
        assay_measurement m{};
        bool found = false;
        EXPECT_EQ(assay_store_get(store_, key(i).c_str(), &m, &found, report_), ASSAY_OK)
            << report_.text();
        const assay_measurement expected = value(i);
        if (found) {
            EXPECT_EQ(m.cycles, expected.cycles);
            EXPECT_EQ(m.dram_bits, expected.dram_bits);
            EXPECT_EQ(m.macs, expected.macs);
            EXPECT_EQ(m.seconds, expected.seconds); // to the last bit
            EXPECT_EQ(m.energy_j, expected.energy_j);
        }
        return found;
    }
    uint64_t count() {
        uint64_t n = 0;
        EXPECT_EQ(assay_store_count(store_, &n, report_), ASSAY_OK);
        return n;
    }
    // Not opened, and not a byte of it changed.
    void refuses(const std::string& bytes, const std::string& reason) {
        Report report;
        folder_.write("m.sqlite", bytes);
        EXPECT_EQ(assay_store_open(path().c_str(), &store_, report), ASSAY_BAD_INPUT);
        EXPECT_EQ(store_, nullptr);
        EXPECT_TRUE(report.mentions(reason)) << report.text();
        EXPECT_TRUE(report.mentions("left as it is")) << report.text();
        EXPECT_EQ(content(path()), bytes);
    }
    void execute(const std::string& sql) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }

    TempDir folder_;
    Report report_;
    assay_store* store_ = nullptr;
};

} // namespace

TEST_F(Store, FindsWhatWasPutAlsoAfterReopening) {
    open();
    EXPECT_FALSE(holds(1));
    put(1);
    put(2);
    EXPECT_TRUE(holds(1));
    assay_store_close(&store_);
    open();
    EXPECT_TRUE(holds(1));
    EXPECT_TRUE(holds(2));
    EXPECT_FALSE(holds(3));
    EXPECT_EQ(count(), 2u);
}

TEST_F(Store, PuttingAgainKeepsTheFirst) {
    open();
    put(1);
    assay_measurement other = value(9);
    ASSERT_EQ(assay_store_put(store_, key(1).c_str(), &other, &origin, report_), ASSAY_OK);
    EXPECT_TRUE(holds(1));
    EXPECT_EQ(count(), 1u);
}

TEST_F(Store, NoTemporaryFileIsLeft) {
    open();
    assay_store_close(&store_);
    size_t files = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(path()).parent_path())) {
        EXPECT_EQ(entry.path().filename(), "m.sqlite");
        ++files;
    }
    EXPECT_EQ(files, 1u);
}

TEST_F(Store, TwoHandlesSeeEachOther) {
    open();
    assay_store* second = nullptr;
    ASSERT_EQ(assay_store_open(path().c_str(), &second, report_), ASSAY_OK) << report_.text();
    const assay_measurement m = value(5);
    ASSERT_EQ(assay_store_put(second, key(5).c_str(), &m, &origin, report_), ASSAY_OK);
    EXPECT_TRUE(holds(5));
    assay_store_close(&second);
}

TEST_F(Store, ProcessesCreateAndFillItTogether) {
    constexpr unsigned writers = 4, each = 200;
    for (unsigned p = 0; p < writers; ++p) {
        if (fork() == 0) {
            assay_store* own = nullptr;
            bool good = assay_store_open(path().c_str(), &own, nullptr) == ASSAY_OK;
            for (unsigned i = 0; i < each && good; ++i) {
                const assay_measurement m = value(p * each / 2 + i); // halves overlap
                good = assay_store_put(own, key(p * each / 2 + i).c_str(), &m, &origin, nullptr) ==
                       ASSAY_OK;
            }
            assay_store_close(&own);
            _exit(good ? 0 : 1);
        }
    }
    for (unsigned p = 0; p < writers; ++p) {
        int status = 0;
        ASSERT_GT(wait(&status), 0);
        EXPECT_EQ(status, 0);
    }
    open();
    EXPECT_EQ(count(), (writers + 1) * each / 2);
    EXPECT_TRUE(holds(0));
    EXPECT_TRUE(holds((writers + 1) * each / 2 - 1));
}

TEST_F(Store, WhatWasPutOutlivesKill9) {
    const pid_t child = fork();
    if (child == 0) {
        assay_store* own = nullptr;
        assay_store_open(path().c_str(), &own, nullptr);
        for (unsigned i = 0; i < 50 && own != nullptr; ++i) {
            const assay_measurement m = value(i);
            assay_store_put(own, key(i).c_str(), &m, &origin, nullptr);
        }
        raise(SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    open();
    EXPECT_EQ(count(), 50u);
    EXPECT_TRUE(holds(49));
}

TEST_F(Store, RefusesWhatIsNoStore) {
    refuses("", "is not a measurement store");
    refuses("hello", "is not a measurement store");
    refuses(std::string(5000, 'x'), "is not a measurement store");
}

TEST_F(Store, RefusesADatabaseOfSomebodyElse) {
    execute("CREATE TABLE measurements(key); INSERT INTO measurements VALUES(1)");
    refuses(content(path()), "is not a measurement store");
}

TEST_F(Store, RefusesAnotherSchema) {
    open();
    assay_store_close(&store_);
    std::string bytes = content(path());
    bytes[63] = 3;
    refuses(bytes, "schema 3, this version reads 1 to 2");
}

TEST_F(Store, RefusesADamagedFile) {
    open();
    for (unsigned i = 0; i < 500; ++i) {
        put(i);
    }
    assay_store_close(&store_);
    std::string bytes = content(path());
    ASSERT_GT(bytes.size(), 5 * 4096u);
    std::fill(bytes.begin() + 2 * 4096, bytes.begin() + 3 * 4096, '\x5a');
    refuses(bytes, "damaged");
    refuses(content(path()).substr(0, 3 * 4096 + 100), "damaged");
}

TEST_F(Store, ADamagedValueIsNotReturned) {
    open();
    put(1);
    assay_store_close(&store_);
    execute("UPDATE measurements SET cycles = cycles + 1");
    open();
    assay_measurement m{};
    bool found = false;
    EXPECT_EQ(assay_store_get(store_, key(1).c_str(), &m, &found, report_), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("damaged")) << report_.text();
}

TEST_F(Store, AMissingFolderIsAnError) {
    EXPECT_EQ(assay_store_open(folder_.path("no/m.sqlite").c_str(), &store_, report_), ASSAY_IO);
    EXPECT_EQ(report_.count(), 1u);
    EXPECT_TRUE(report_.mentions("cannot create the measurement store")) << report_.text();
}

TEST_F(Store, AFolderIsNoStore) {
    std::filesystem::create_directory(path());
    EXPECT_EQ(assay_store_open(path().c_str(), &store_, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(report_.count(), 1u);
}

TEST_F(Store, DefaultPlaceFollowsTheEnvironment) {
    const char* old_home = getenv("HOME");
    const std::string home = old_home != nullptr ? old_home : "";
    unsetenv("ASSAY_STORE");
    setenv("XDG_DATA_HOME", folder_.path("data").c_str(), 1);
    char* place = assay_store_default_path();
    EXPECT_EQ(place, folder_.path("data/assay/measurements.sqlite"));
    EXPECT_TRUE(std::filesystem::is_directory(folder_.path("data/assay")));
    free(place);
    setenv("XDG_DATA_HOME", "relative", 1);
    setenv("HOME", folder_.path("home").c_str(), 1);
    place = assay_store_default_path();
    EXPECT_EQ(place, folder_.path("home/.local/share/assay/measurements.sqlite"));
    free(place);
    unsetenv("HOME");
    unsetenv("XDG_DATA_HOME");
    EXPECT_EQ(assay_store_default_path(), nullptr);
    setenv("ASSAY_STORE", "here.sqlite", 1);
    place = assay_store_default_path();
    EXPECT_STREQ(place, "here.sqlite");
    free(place);
    unsetenv("ASSAY_STORE");
    if (old_home != nullptr) {
        setenv("HOME", home.c_str(), 1);
    }
}
