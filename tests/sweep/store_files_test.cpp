// Stores as files: runs of networks, older schemas, merging, cleaning up, verifying.
#include "assay/store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <iterator>

#include "report.hpp"
#include "store.h"
#include "temp_dir.hpp"

using assay_test::Report;
using assay_test::TempDir;

namespace {

const assay_run_origin origin = {"event", "hw", "h", "rows=1", "net", "w", ""};
const assay_origin layer_origin = {"event", "hw", "h", "net", "conv", 8, 8, 1};

std::string key(unsigned i) {
    char text[ASSAY_KEY_TEXT];
    snprintf(text, sizeof text, "%032x", i);
    return text;
}

assay_stored_run run_of(unsigned i) {
    assay_stored_run r{};
    r.error = i % 3 == 0 ? "layer x: does not fit" : "";
    r.failed = i % 3 == 0;
    if (!r.failed) {
        r.totals = {1000 + i, i, 7, UINT64_MAX - i, 0.1 * i, 1e-300, 0.3 * i, 1.0 / 3, 0.5};
    }
    r.wall_s = 0.25;
    return r;
}

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool count_entry(void* user, const assay_store_entry*) {
    ++*static_cast<int*>(user);
    return true;
}

class StoreFiles : public testing::Test {
  protected:
    std::string path(const std::string& name) const { return folder_.path(name); }
    // Runs first .. last - 1, and a layer.
    void fill(const std::string& name, unsigned first, unsigned last, bool layer = true) {
        assay_store* s = nullptr;
        ASSERT_EQ(assay_store_open(path(name).c_str(), &s, report_), ASSAY_OK) << report_.text();
        for (unsigned i = first; i < last; ++i) {
            const assay_stored_run r = run_of(i);
            ASSERT_EQ(assay_store_put_run(s, key(i).c_str(), &r, &origin, report_), ASSAY_OK)
                << report_.text();
        }
        const assay_measurement m = {1, 2, 3, 4, 5};
        if (layer) {
            EXPECT_EQ(assay_store_put(s, key(99).c_str(), &m, &layer_origin, report_), ASSAY_OK);
        }
        assay_store_close(&s);
    }
    void expect_runs(const std::string& name, unsigned first, unsigned last) {
        assay_store* s = nullptr;
        ASSERT_EQ(assay_store_open(path(name).c_str(), &s, report_), ASSAY_OK) << report_.text();
        for (unsigned i = first; i < last; ++i) {
            assay_stored_run got{};
            const assay_stored_run want = run_of(i);
            bool found = false;
            ASSERT_EQ(assay_store_get_run(s, key(i).c_str(), &got, &found, report_), ASSAY_OK)
                << report_.text();
            ASSERT_TRUE(found) << i;
            EXPECT_EQ(got.failed, want.failed);
            EXPECT_STREQ(got.error, want.error);
            EXPECT_EQ(memcmp(&got.totals, &want.totals, sizeof got.totals), 0) << i;
            EXPECT_EQ(got.wall_s, 0.25);
        }
        assay_store_close(&s);
    }
    int entries(const std::string& name) {
        int count = 0;
        EXPECT_EQ(assay_store_export(path(name).c_str(), count_entry, &count, report_), ASSAY_OK)
            << report_.text();
        return count;
    }
    void execute(const std::string& name, const std::string& sql) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path(name).c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }
    // A store as version 1 made it.
    void make_old(const std::string& name) {
        fill(name, 0, 0);
        execute(name, "DROP TABLE runs; ALTER TABLE measurements DROP COLUMN sources; "
                      "PRAGMA user_version=1; PRAGMA wal_checkpoint(TRUNCATE)");
    }

    TempDir folder_;
    Report report_;
};

} // namespace

TEST_F(StoreFiles, RunsComeBackToTheLastBit) {
    fill("m", 0, 20);
    expect_runs("m", 0, 20);
    EXPECT_EQ(entries("m"), 21);
}

TEST_F(StoreFiles, ADamagedRunIsNotReturned) {
    fill("m", 0, 5);
    execute("m", "UPDATE runs SET cycles = cycles + 1 WHERE status = 'ok'");
    assay_store* s = nullptr;
    ASSERT_EQ(assay_store_open(path("m").c_str(), &s, report_), ASSAY_OK);
    assay_stored_run got{};
    bool found = false;
    EXPECT_EQ(assay_store_get_run(s, key(1).c_str(), &got, &found, report_), ASSAY_BAD_INPUT);
    assay_store_close(&s);
    assay_store_verdict verdict;
    EXPECT_EQ(assay_store_verify(path("m").c_str(), &verdict, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(verdict.damaged, 3u);
    EXPECT_EQ(verdict.entries, 6u);
    for (const char* sql : {"UPDATE runs SET error = 'another'", "UPDATE runs SET status = 'ok'",
                            "UPDATE runs SET energy_j = energy_j * 2 + 1"}) {
        std::filesystem::remove(path("m"));
        fill("m", 0, 5);
        execute("m", sql);
        EXPECT_EQ(assay_store_verify(path("m").c_str(), &verdict, report_), ASSAY_BAD_INPUT) << sql;
    }
}

TEST_F(StoreFiles, ASoundStoreVerifies) {
    fill("m", 0, 50);
    assay_store_verdict verdict;
    EXPECT_EQ(assay_store_verify(path("m").c_str(), &verdict, report_), ASSAY_OK) << report_.text();
    EXPECT_EQ(verdict.entries, 51u);
    std::string bytes = content(path("m"));
    std::fill(bytes.begin() + 4096, bytes.begin() + 8192, '\x5a');
    folder_.write("m", bytes);
    EXPECT_EQ(assay_store_verify(path("m").c_str(), &verdict, report_), ASSAY_BAD_INPUT);
}

TEST_F(StoreFiles, AnOldStoreIsReadAsItIsAndBroughtUpToDateForWriting) {
    make_old("m");
    const std::string before = content(path("m"));
    EXPECT_EQ(entries("m"), 1); // reading
    assay_store_info info;
    ASSERT_EQ(assay_store_inspect(path("m").c_str(), &info, report_), ASSAY_OK) << report_.text();
    EXPECT_EQ(info.layers, 1u);
    EXPECT_EQ(info.runs, 0u);
    ASSERT_EQ(info.group_count, 1u);
    EXPECT_FALSE(info.groups[0].current);
    free(info.groups);
    EXPECT_EQ(content(path("m")), before);
    fill("m", 0, 10); // writing
    expect_runs("m", 0, 10);
    EXPECT_EQ(entries("m"), 11);
    EXPECT_EQ(content(path("m"))[63], 2); // the file itself says so
}

TEST_F(StoreFiles, ANewerSchemaIsLeftAlone) {
    fill("m", 0, 2);
    execute("m", "PRAGMA user_version=3; PRAGMA wal_checkpoint(TRUNCATE)");
    const std::string before = content(path("m"));
    assay_store_gc_counts gc;
    assay_store_info info;
    EXPECT_EQ(assay_store_gc(path("m").c_str(), &gc, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_store_inspect(path("m").c_str(), &info, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_store_merge(path("m").c_str(), path("m").c_str(), nullptr, report_),
              ASSAY_BAD_INPUT);
    EXPECT_EQ(content(path("m")), before);
}

TEST_F(StoreFiles, AMergeIsAUnion) {
    fill("a", 0, 10);
    fill("b", 5, 15);
    assay_store_merge_counts counts;
    ASSERT_EQ(assay_store_merge(path("a").c_str(), path("b").c_str(), &counts, report_), ASSAY_OK)
        << report_.text();
    EXPECT_EQ(counts.added, 5u);
    EXPECT_EQ(counts.known, 6u); // and the layer
    expect_runs("a", 0, 15);
    ASSERT_EQ(assay_store_merge(path("new").c_str(), path("a").c_str(), &counts, report_),
              ASSAY_OK);
    EXPECT_EQ(counts.added, 16u);
    make_old("old");
    ASSERT_EQ(assay_store_merge(path("new").c_str(), path("old").c_str(), &counts, report_),
              ASSAY_OK)
        << report_.text();
    EXPECT_EQ(counts.known, 1u);
}

TEST_F(StoreFiles, StoresThatDisagreeAreNotMerged) {
    fill("a", 0, 10);
    fill("b", 5, 15, false);
    assay_store* s = nullptr;
    ASSERT_EQ(assay_store_open(path("b").c_str(), &s, report_), ASSAY_OK);
    assay_stored_run other = run_of(4);
    other.totals.cycles = 1;
    ASSERT_EQ(assay_store_put_run(s, key(4).c_str(), &other, &origin, report_), ASSAY_OK);
    assay_store_close(&s);
    EXPECT_EQ(assay_store_merge(path("a").c_str(), path("b").c_str(), nullptr, report_),
              ASSAY_BAD_INPUT);
    EXPECT_TRUE(report_.mentions("other values")) << report_.text();
    EXPECT_EQ(entries("a"), 11); // nothing of it
    EXPECT_EQ(entries("b"), 11);
}

TEST_F(StoreFiles, ADamagedEntryIsNotMerged) {
    fill("a", 0, 3);
    fill("b", 3, 9);
    execute("b", "UPDATE runs SET seal = 0 WHERE cycles = 1005");
    EXPECT_EQ(assay_store_merge(path("a").c_str(), path("b").c_str(), nullptr, report_),
              ASSAY_BAD_INPUT);
    EXPECT_EQ(entries("a"), 4);
}

TEST_F(StoreFiles, CleaningUpDropsWhatNobodyCanUse) {
    fill("m", 0, 400);
    execute("m",
            "UPDATE runs SET sources = 'other' WHERE key < x'00000000000000000000000000000100';"
            "UPDATE measurements SET assay = '0.0.1'");
    assay_store_gc_counts counts;
    ASSERT_EQ(assay_store_gc(path("m").c_str(), &counts, report_), ASSAY_OK) << report_.text();
    EXPECT_EQ(counts.removed, 257u);
    EXPECT_EQ(counts.kept, 144u);
    EXPECT_LT(counts.bytes_after, counts.bytes_before);
    expect_runs("m", 256, 400);
    EXPECT_EQ(assay_store_gc(path("nothing").c_str(), &counts, report_), ASSAY_BAD_INPUT);
    EXPECT_FALSE(std::filesystem::exists(path("nothing")));
}

TEST_F(StoreFiles, InfoCountsByMachine) {
    fill("m", 0, 9);
    execute("m", "UPDATE runs SET hw = 'other' WHERE status = 'failed'");
    assay_store_info info;
    ASSERT_EQ(assay_store_inspect(path("m").c_str(), &info, report_), ASSAY_OK) << report_.text();
    EXPECT_EQ(info.layers, 1u);
    EXPECT_EQ(info.runs, 9u);
    EXPECT_EQ(info.failed_runs, 3u);
    ASSERT_EQ(info.group_count, 3u);
    EXPECT_STREQ(info.groups[2].hw, "other");
    EXPECT_EQ(info.groups[2].entries, 3u);
    EXPECT_TRUE(info.groups[2].current);
    free(info.groups);
}

TEST_F(StoreFiles, WhatIsNoStoreIsLeftAlone) {
    folder_.write("m", std::string(9000, 'x'));
    assay_store_info info;
    assay_store_verdict verdict;
    int count = 0;
    fill("good", 0, 1);
    EXPECT_EQ(assay_store_inspect(path("m").c_str(), &info, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_store_verify(path("m").c_str(), &verdict, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_store_export(path("m").c_str(), count_entry, &count, report_), ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_store_merge(path("m").c_str(), path("good").c_str(), nullptr, report_),
              ASSAY_BAD_INPUT);
    EXPECT_EQ(assay_store_merge(path("good").c_str(), path("m").c_str(), nullptr, report_),
              ASSAY_BAD_INPUT);
    EXPECT_EQ(content(path("m")), std::string(9000, 'x'));
    EXPECT_EQ(entries("good"), 2);
}
