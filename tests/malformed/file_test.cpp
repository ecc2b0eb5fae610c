// What a path can lead to that is not a file with text, wherever a file can be named.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "malformed.hpp"

using namespace malformed;

namespace {

struct Kind {
    const char* name;
    void (*make)(const std::string& path); // nullptr: `path` is what it is
    Words fragments;
    const char* path = nullptr; // of something that every system has
};

std::ostream& operator<<(std::ostream& out, const Kind& kind) {
    return out << kind.name;
}

void write(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

std::string junk(size_t size) {
    std::string bytes;
    for (uint32_t x = 1; bytes.size() < size; x = x * 1664525 + 1013904223) {
        bytes += static_cast<char>(x >> 24);
    }
    return bytes;
}

std::vector<Kind> kinds() {
    return {
        {"Absent", [](const std::string&) {}, {"No such file"}},
        {"Empty", [](const std::string& p) { write(p, ""); }, {"is empty"}},
        {"OnlySpace", [](const std::string& p) { write(p, " \n\t\n"); }, {}},
        {"Zeros", [](const std::string& p) { write(p, std::string(5000, '\0')); }, {}},
        {"Junk", [](const std::string& p) { write(p, junk(70000)); }, {}},
        {"JunkBehindABrace", [](const std::string& p) { write(p, "{" + junk(70000)); }, {":1:2:"}},
        {"OnlyABrace", [](const std::string& p) { write(p, "{"); }, {":1:2:", "the text ends"}},
        {"ZeroBehindTheText",
         [](const std::string& p) { write(p, std::string(good_hw) + '\0'); },
         {":4:2:"}},
        {"Utf16", [](const std::string& p) { write(p, std::string("\xff\xfe{\0}\0", 6)); }, {}},
        {"Folder", [](const std::string& p) { std::filesystem::create_directory(p); }, {"file"}},
        {"SymlinkToItself",
         [](const std::string& p) { std::filesystem::create_symlink(p, p); },
         {"symbolic links"}},
        {"SymlinksInACircle",
         [](const std::string& p) {
             std::filesystem::create_symlink(p, p + ".2");
             std::filesystem::create_symlink(p + ".2", p);
         },
         {"symbolic links"}},
        {"SymlinkToNothing",
         [](const std::string& p) { std::filesystem::create_symlink(p + ".gone", p); },
         {"No such file"}},
        {"Fifo",
         [](const std::string& p) { ASSERT_EQ(mkfifo(p.c_str(), 0600), 0); },
         {"not a regular file"}},
        {"Sparse100MB",
         [](const std::string& p) {
             write(p, "{");
             std::filesystem::resize_file(p, 100 << 20);
         },
         {"limit of 67108864"}},
        {"Sparse8TB",
         [](const std::string& p) {
             write(p, "{");
             std::filesystem::resize_file(p, uintmax_t{8} << 40);
         },
         {"limit of 67108864"}},
        {"Sparse60MB",
         [](const std::string& p) {
             write(p, "{");
             std::filesystem::resize_file(p, 60 << 20);
         },
         {":1:2:"}},
        {"DeviceOfZeros", nullptr, {"not a regular file"}, "/dev/zero"},
        {"DeviceOfNothing", nullptr, {"not a regular file"}, "/dev/null"},
        {"FolderOfTheSystem", nullptr, {"file"}, "/"},
    };
}

class BadFile : public testing::TestWithParam<Kind> {
  protected:
    std::string made() const {
        if (GetParam().make == nullptr) {
            return GetParam().path;
        }
        GetParam().make(place_.path("bad.json"));
        return place_.path("bad.json");
    }
    Workplace place_;
};

TEST_P(BadFile, IsRefusedAsHardware) {
    place_.expect_bad_hw(made(), GetParam().fragments);
}

TEST_P(BadFile, IsRefusedAsAWorkload) {
    place_.expect_bad_workload(made(), GetParam().fragments);
}

INSTANTIATE_TEST_SUITE_P(Kinds, BadFile, testing::ValuesIn(kinds()),
                         [](const testing::TestParamInfo<Kind>& info) { return info.param.name; });

TEST(BadFile, WithoutPermissionIsRefused) {
    if (geteuid() == 0) {
        GTEST_SKIP() << "root reads everything";
    }
    const Workplace place;
    const std::string path = place.write("secret.json", good_hw);
    std::filesystem::permissions(path, std::filesystem::perms::none);
    place.expect_bad_hw(path, {"Permission denied"});
    place.expect_bad_workload(path, {"Permission denied"});
}

TEST(BadFile, PathsThatAreTooLongAreRefused) {
    const Workplace place;
    const std::string path = place.path(std::string(300, 'n'));
    place.expect_bad_hw(path, {"File name too long"});
    place.expect_bad_workload(path, {"File name too long"});
    // Such a path leaves a message no room for more than its beginning.
    expect_refused({"check", std::string(100000, '/') + "x"}, {std::string(1000, '/')});
}

TEST(BadFile, HardwareIsNoWorkloadNorTheReverse) {
    const Workplace place;
    place.expect_bad_run({"--workload", place.hw()},
                         {"good_hw.json", "unknown key \"accelerator\"", "layers"});
    expect_refused({"run", "--hw", place.workload(), "--workload", place.workload()},
                   {"good_workload.json: unknown key \"layers\"", "accelerator: missing"});
}

} // namespace
