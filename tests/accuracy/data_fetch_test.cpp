// scripts/fetch_data without a network: archives made here, fetched by file:// addresses.
#include <gtest/gtest.h>

#include <filesystem>

#include "../cli/process.hpp"
#include "data_files.hpp"

using cli_test::Outcome;
using namespace data_test;
using assay_test::TempDir;

namespace {

Outcome shell(const std::string& script, const std::vector<std::string>& words) {
    std::vector<std::string> all = {"/bin/sh", "-c", script, "sh"};
    all.insert(all.end(), words.begin(), words.end());
    return cli_test::Child(all).wait();
}

// An archive as the official one, with a byte in each file, and a place for its content.
class Home {
  public:
    Home() : archive_(dir_.path("a.tar.gz")) {
        const Outcome made =
            shell("cd \"$1\" && mkdir cifar-10-batches-bin data && cd cifar-10-batches-bin && "
                  "for n in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 "
                  "test_batch; do echo $n >$n.bin; done && cd .. && "
                  "tar -czf a.tar.gz cifar-10-batches-bin && md5sum <a.tar.gz | cut -c 1-32",
                  {dir_.path("")});
        sum_ = made.out.substr(0, 32);
        if (made.exit_code != 0 || sum_.size() != 32) {
            throw std::runtime_error("no archive: " + made.err);
        }
    }

    Outcome fetch(const std::string& url, const std::string& sum) const {
        return shell("ASSAY_DATA=\"$1\" exec \"$2\" cifar10 --url \"$3\" --md5 \"$4\"",
                     {dir_.path("data"), cli_test::source("scripts/fetch_data"), url, sum});
    }
    Outcome fetch() const { return fetch("file://" + archive_, sum_); }
    const std::string& archive() const { return archive_; }
    const std::string& sum() const { return sum_; }
    const TempDir& dir() const { return dir_; }
    std::string target() const { return dir_.path("data/cifar10"); }
    bool has_files() const {
        return std::filesystem::exists(target() + "/cifar-10-batches-bin/test_batch.bin");
    }
    // Names in the target folder.
    size_t entries() const {
        size_t count = 0;
        if (std::filesystem::exists(target())) {
            for (const auto& entry : std::filesystem::directory_iterator(target())) {
                count += !entry.path().empty();
            }
        }
        return count;
    }

  private:
    TempDir dir_;
    std::string archive_, sum_;
};

bool has_curl() {
    return shell("command -v curl", {}).exit_code == 0; // wget knows no file://
}

} // namespace

TEST(FetchData, UnpacksWhatHasTheRightSum) {
    if (!has_curl()) {
        GTEST_SKIP() << "no curl";
    }
    const Home home;
    const Outcome first = home.fetch();
    EXPECT_EQ(first.exit_code, 0) << first.err;
    EXPECT_TRUE(home.has_files());
    EXPECT_EQ(home.entries(), 1u) << "nothing else is left behind";
    const Outcome again = home.fetch("file:///no/such/file", home.sum());
    EXPECT_EQ(again.exit_code, 0);
    EXPECT_NE(again.err.find("already"), std::string::npos);
}

TEST(FetchData, GoesOnWhereItStopped) {
    if (!has_curl()) {
        GTEST_SKIP() << "no curl";
    }
    const Home home;
    const std::string all = cli_test::read_file(home.archive());
    std::filesystem::create_directories(home.target());
    const std::string part = "data/cifar10/.cifar-10-binary.tar.gz.part";
    home.dir().write(part, all.substr(0, 100));
    // What is fetched now starts with other bytes: the first 100 must come from before.
    home.dir().write("a.tar.gz", std::string(100, 'x') + all.substr(100));
    const Outcome o = home.fetch();
    EXPECT_EQ(o.exit_code, 0) << o.err;
    EXPECT_TRUE(home.has_files());
}

TEST(FetchData, WrongSumLeavesNothing) {
    if (!has_curl()) {
        GTEST_SKIP() << "no curl";
    }
    const Home home;
    const Outcome o = home.fetch("file://" + home.archive(), std::string(32, '0'));
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_NE(o.err.find("another checksum"), std::string::npos) << o.err;
    EXPECT_EQ(home.entries(), 0u);
}

TEST(FetchData, NothingToGet) {
    const Home home;
    const Outcome o = home.fetch("file:///no/such/file", home.sum());
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_NE(o.err.find("cannot get file:///no/such/file"), std::string::npos) << o.err;
    EXPECT_FALSE(home.has_files());
}

TEST(FetchData, ArchiveOfSomethingElse) {
    if (!has_curl()) {
        GTEST_SKIP() << "no curl";
    }
    const Home home;
    const Outcome made = shell("cd \"$1\" && echo x >y && tar -czf b.tar.gz y && "
                               "md5sum <b.tar.gz | cut -c 1-32",
                               {home.dir().path("")});
    const Outcome o = home.fetch("file://" + home.dir().path("b.tar.gz"), made.out.substr(0, 32));
    EXPECT_EQ(o.exit_code, 3);
    EXPECT_NE(o.err.find("holds no cifar-10-batches-bin"), std::string::npos) << o.err;
    EXPECT_FALSE(home.has_files());
}

TEST(FetchData, WrongUsage) {
    const std::string script = cli_test::source("scripts/fetch_data");
    for (const char* words : {"", "imagenet", "cifar10 --url", "cifar10 --sum x"}) {
        const Outcome o = shell("exec \"$1\" " + std::string(words), {script});
        EXPECT_EQ(o.exit_code, 2) << words;
        EXPECT_NE(o.err.find("usage:"), std::string::npos);
    }
}
