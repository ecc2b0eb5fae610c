#include "json.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <string>

#include "report.hpp"
#include "rng.h"
#include "temp_dir.hpp"

using assay_test::Report;
using assay_test::TempDir;

namespace {

// A parsed text that frees itself.
class Doc {
  public:
    explicit Doc(const std::string& text) {
        status_ = assay_json_parse("t.json", text.data(), text.size(), &doc_, report);
    }
    ~Doc() { assay_json_free(&doc_); }
    Doc(const Doc&) = delete;
    Doc& operator=(const Doc&) = delete;

    assay_status status() const { return status_; }
    const assay_json* root() const { return assay_json_root(doc_); }
    const assay_json* get(const char* key) const { return assay_json_get(root(), key); }
    Report report;

  private:
    assay_json_doc* doc_ = nullptr;
    assay_status status_;
};

std::string real_text(double value) {
    char text[32];
    assay_format_real(value, text, sizeof text);
    return text;
}

} // namespace

TEST(Json, ReadsEveryKind) {
    Doc doc(R"( {"n": null, "t": true, "f": false, "x": -1.5e3, "s": "a\u00b5\n",
                 "a": [1, 2, 3], "o": {"k": 1}} )");
    ASSERT_EQ(doc.status(), ASSAY_OK) << doc.report.text();
    EXPECT_EQ(assay_json_kind_of(doc.root()), ASSAY_JSON_OBJECT);
    EXPECT_EQ(assay_json_size(doc.root()), 7u);
    EXPECT_EQ(assay_json_kind_of(doc.get("n")), ASSAY_JSON_NULL);
    EXPECT_TRUE(assay_json_bool(doc.get("t")));
    EXPECT_FALSE(assay_json_bool(doc.get("f")));
    EXPECT_EQ(assay_json_number(doc.get("x")), -1500);
    EXPECT_STREQ(assay_json_string(doc.get("s")), "a\xc2\xb5\n");
    EXPECT_EQ(assay_json_size(doc.get("a")), 3u);
    EXPECT_STREQ(assay_json_key(assay_json_first(doc.get("o"))), "k");
    EXPECT_STREQ(assay_json_key(assay_json_first(doc.get("a"))), "");
}

TEST(Json, LookUpIsCaseSensitiveAndTolerant) {
    Doc doc(R"({"rows": 1, "list": [5]})");
    ASSERT_EQ(doc.status(), ASSAY_OK);
    EXPECT_EQ(doc.get("Rows"), nullptr);
    EXPECT_EQ(assay_json_get(doc.get("list"), "0"), nullptr);
    EXPECT_EQ(assay_json_number(doc.get("list")), 0);
    EXPECT_STREQ(assay_json_string(doc.get("rows")), "");
    EXPECT_FALSE(assay_json_bool(doc.get("rows")));
}

TEST(Json, DescribesValues) {
    Doc doc(R"([null, true, false, 1, "s", [], {}])");
    ASSERT_EQ(doc.status(), ASSAY_OK);
    const char* expected[] = {"null",     "true",     "false",    "a number",
                              "a string", "an array", "an object"};
    size_t i = 0;
    for (auto* m = assay_json_first(doc.root()); m != nullptr; m = assay_json_next(m)) {
        ASSERT_LT(i, 7u);
        EXPECT_STREQ(assay_json_describe(m), expected[i++]);
    }
    EXPECT_EQ(i, 7u);
}

TEST(Json, AcceptsExactlyTheDepthAndIntegersItCanHold) {
    std::string deep = std::string(128, '[') + std::string(128, ']');
    EXPECT_EQ(Doc(deep).status(), ASSAY_OK);
    Doc integer("[9007199254740992, -9007199254740992, 1e15]");
    ASSERT_EQ(integer.status(), ASSAY_OK) << integer.report.text();
    EXPECT_EQ(assay_json_number(assay_json_first(integer.root())), 0x1p53);
}

TEST(JsonRead, ReturnsValues) {
    Doc doc(R"({"u": 7, "r": 2.5, "b": true, "s": "x", "c": "two"})");
    uint64_t u = 0;
    double r = 0;
    bool b = false;
    const char* s = nullptr;
    size_t c = 9;
    const char* const names[] = {"one", "two", nullptr};
    EXPECT_TRUE(assay_json_read_uint(doc.root(), "u", "t", 7, 7, true, &u, doc.report));
    EXPECT_TRUE(assay_json_read_real(doc.root(), "r", "t", 2.5, 3, true, &r, doc.report));
    EXPECT_TRUE(assay_json_read_bool(doc.root(), "b", "t", true, &b, doc.report));
    EXPECT_TRUE(assay_json_read_string(doc.root(), "s", "t", true, &s, doc.report));
    EXPECT_TRUE(assay_json_read_choice(doc.root(), "c", "t", names, true, &c, doc.report));
    EXPECT_EQ(u, 7u);
    EXPECT_EQ(r, 2.5);
    EXPECT_TRUE(b);
    EXPECT_STREQ(s, "x");
    EXPECT_EQ(c, 1u);
    EXPECT_EQ(doc.report.count(), 0u) << doc.report.text();
}

TEST(JsonRead, SaysWhatIsWrongAndWhere) {
    Doc doc(R"({"u": 7.5, "v": -1, "w": "7", "r": 4, "b": 1, "s": "", "c": "three"})");
    uint64_t u = 42;
    double r = 42;
    bool b = true;
    const char* s = "kept";
    size_t c = 42;
    const char* const names[] = {"one", "two", nullptr};
    const char* where = "t.json: layers[3]";
    assay_report* report = doc.report;
    EXPECT_FALSE(assay_json_read_uint(doc.root(), "u", where, 1, 9, true, &u, report));
    EXPECT_FALSE(assay_json_read_uint(doc.root(), "v", where, 0, 9, true, &u, report));
    EXPECT_FALSE(assay_json_read_uint(doc.root(), "w", where, 0, UINT64_MAX, true, &u, report));
    EXPECT_FALSE(assay_json_read_real(doc.root(), "r", where, 0, 1.5, true, &r, report));
    EXPECT_FALSE(assay_json_read_bool(doc.root(), "b", where, true, &b, report));
    EXPECT_FALSE(assay_json_read_string(doc.root(), "s", where, true, &s, report));
    EXPECT_FALSE(assay_json_read_choice(doc.root(), "c", where, names, true, &c, report));
    EXPECT_EQ(doc.report.text(),
              "t.json: layers[3].u: expected an integer from 1 to 9, not 7.5\n"
              "t.json: layers[3].v: expected an integer from 0 to 9, not -1\n"
              "t.json: layers[3].w: expected an integer from 0 to 9007199254740992, not \"7\"\n"
              "t.json: layers[3].r: expected a number from 0 to 1.5, not 4\n"
              "t.json: layers[3].b: expected true or false, not 1\n"
              "t.json: layers[3].s: expected a string that is not empty, not \"\"\n"
              "t.json: layers[3].c: expected one of \"one\", \"two\", not \"three\"\n");
    EXPECT_EQ(u, 42u);
    EXPECT_EQ(r, 42);
    EXPECT_TRUE(b);
    EXPECT_STREQ(s, "kept");
    EXPECT_EQ(c, 42u);
}

TEST(JsonRead, AbsentIsAMistakeOnlyWhereRequired) {
    Doc doc("{}");
    uint64_t u = 1;
    EXPECT_FALSE(assay_json_read_uint(doc.root(), "u", "t.json", 0, 9, false, &u, doc.report));
    EXPECT_EQ(doc.report.count(), 0u);
    EXPECT_FALSE(assay_json_read_uint(doc.root(), "u", "t.json", 0, 9, true, &u, doc.report));
    EXPECT_EQ(doc.report.text(), "t.json: u: missing, expected an integer from 0 to 9\n");
}

TEST(JsonRead, RefusesIntegersThatDoublesDoNotHold) {
    Doc doc(R"({"u": 1e16})");
    ASSERT_EQ(doc.status(), ASSAY_OK);
    uint64_t u = 1;
    EXPECT_FALSE(assay_json_read_uint(doc.root(), "u", "t", 0, UINT64_MAX, true, &u, doc.report));
    EXPECT_TRUE(doc.report.mentions("to 9007199254740992, not 1e+16")) << doc.report.text();
}

TEST(JsonKeys, UnknownKeysAreReportedWithTheNearest) {
    Doc doc(R"({"rows": 1, "colums": 2, "evil\u001b[2J": 3})");
    const char* const legal[] = {"rows", "columns", nullptr};
    assay_json_check_keys(doc.root(), legal, "t.json", doc.report);
    EXPECT_EQ(doc.report.text(), "t.json: unknown key \"colums\", did you mean \"columns\"?\n"
                                 "t.json: unknown key \"evil\\x1B[2J\"\n");
}

TEST(JsonLoad, ReadsAFileWrittenByTheWriter) {
    TempDir dir;
    std::string path = dir.write("a.json", "{\"x\": [1, 2]}\n");
    assay_json_doc* doc = nullptr;
    Report report;
    ASSERT_EQ(assay_json_load(path.c_str(), &doc, report), ASSAY_OK) << report.text();
    EXPECT_EQ(assay_json_size(assay_json_get(assay_json_root(doc), "x")), 2u);
    assay_json_free(&doc);
    EXPECT_EQ(doc, nullptr);
}

TEST(JsonLoad, RefusesWhatIsNotAReadableFile) {
    TempDir dir;
    std::string fifo = dir.path("fifo"), loop = dir.path("loop"), big = dir.path("big");
    ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
    ASSERT_EQ(symlink("loop", loop.c_str()), 0);
    dir.write("big", "");
    ASSERT_EQ(truncate(big.c_str(), ASSAY_JSON_MAX_BYTES + 1L), 0);
    struct Case {
        std::string path, message;
    } cases[] = {
        {dir.path("missing.json"), "cannot be opened: No such file"},
        {dir.path("."), "is a directory"},
        {fifo, "is not a regular file"},
        {"/dev/null", "is not a regular file"},
        {loop, "cannot be opened: Too many levels of symbolic links"},
        {dir.write("empty", ""), "is empty"},
        {dir.write("blank", " \n"), "is empty"},
        {big, "67108865 bytes, more than the limit of 67108864"},
        {dir.path(std::string(300, 'x')), "cannot be opened: File name too long"},
        {dir.write("plain", "x") + "/below", "cannot be opened: Not a directory"},
    };
    for (const Case& c : cases) {
        Report report;
        assay_json_doc* doc = nullptr;
        EXPECT_EQ(assay_json_load(c.path.c_str(), &doc, report), ASSAY_BAD_INPUT) << c.path;
        EXPECT_EQ(doc, nullptr);
        EXPECT_EQ(report.count(), 1u);
        EXPECT_TRUE(report.mentions(c.message)) << report.text();
    }
}

TEST(JsonLoad, RefusesUnreadableFiles) {
    if (geteuid() == 0) {
        GTEST_SKIP() << "root reads every file";
    }
    TempDir dir;
    std::string path = dir.write("a.json", "{}");
    ASSERT_EQ(chmod(path.c_str(), 0), 0);
    Report report;
    assay_json_doc* doc = nullptr;
    EXPECT_EQ(assay_json_load(path.c_str(), &doc, report), ASSAY_BAD_INPUT);
    EXPECT_TRUE(report.mentions("Permission denied")) << report.text();
}

TEST(JsonWriter, WritesIndented) {
    assay_json_writer* w = assay_json_writer_new(2);
    assay_json_begin_object(w, nullptr);
    assay_json_write_string(w, "s", "a\"\\\n\x01\xff");
    assay_json_begin_array(w, "a");
    assay_json_write_int(w, nullptr, INT64_MIN);
    assay_json_write_uint(w, nullptr, UINT64_MAX);
    assay_json_end_array(w);
    assay_json_begin_object(w, "empty");
    assay_json_end_object(w);
    assay_json_write_real(w, "nan", NAN);
    assay_json_write_bool(w, "b", false);
    assay_json_end_object(w);
    size_t size = 0;
    std::string text = assay_json_writer_text(w, &size);
    EXPECT_EQ(size, text.size());
    EXPECT_EQ(text, "{\n"
                    "  \"s\": \"a\\\"\\\\\\n\\u0001\xef\xbf\xbd\",\n"
                    "  \"a\": [\n"
                    "    -9223372036854775808,\n"
                    "    18446744073709551615\n"
                    "  ],\n"
                    "  \"empty\": {},\n"
                    "  \"nan\": null,\n"
                    "  \"b\": false\n"
                    "}");
    assay_json_writer_free(&w);
    EXPECT_EQ(w, nullptr);
}

TEST(JsonWriter, WritesOneLine) {
    assay_json_writer* w = assay_json_writer_new(0);
    EXPECT_STREQ(assay_json_writer_text(w, nullptr), "");
    assay_json_begin_array(w, nullptr);
    assay_json_begin_object(w, nullptr);
    assay_json_write_real(w, "x", 0.1);
    assay_json_write_real(w, "y", -2);
    assay_json_end_object(w);
    assay_json_write_string(w, nullptr, "z");
    assay_json_end_array(w);
    EXPECT_STREQ(assay_json_writer_text(w, nullptr), "[{\"x\":0.1,\"y\":-2},\"z\"]");
    assay_json_writer_free(&w);
}

TEST(JsonWriter, ManyValuesReadBack) {
    assay_json_writer* w = assay_json_writer_new(1);
    assay_json_begin_array(w, nullptr);
    for (uint64_t i = 0; i < 20000; ++i) {
        assay_json_write_uint(w, nullptr, i);
    }
    assay_json_end_array(w);
    Doc doc(assay_json_writer_text(w, nullptr));
    assay_json_writer_free(&w);
    ASSERT_EQ(doc.status(), ASSAY_OK);
    double expected = 0;
    for (auto* m = assay_json_first(doc.root()); m != nullptr; m = assay_json_next(m)) {
        ASSERT_EQ(assay_json_number(m), expected++);
    }
    EXPECT_EQ(expected, 20000);
}

TEST(FormatReal, IsTheShortestText) {
    EXPECT_EQ(real_text(0), "0");
    EXPECT_EQ(real_text(0.1), "0.1");
    EXPECT_EQ(real_text(-800), "-800");
    EXPECT_EQ(real_text(1e300), "1e+300");
    EXPECT_EQ(real_text(5e-324), "5e-324");
    EXPECT_EQ(real_text(0.1 + 0.2), "0.30000000000000004");
    EXPECT_EQ(real_text(1.0 / 3), "0.3333333333333333");
}

TEST(FormatReal, ReadsBackForRandomBitPatterns) {
    assay_rng rng = assay_rng_seed(1, "reals");
    int tried = 0;
    for (int i = 0; i < 100000; ++i) {
        uint64_t bits = assay_rng_next(&rng);
        double value, back;
        std::memcpy(&value, &bits, sizeof value);
        if (!std::isfinite(value)) {
            continue;
        }
        std::string text = real_text(value);
        back = std::strtod(text.c_str(), nullptr);
        ASSERT_EQ(std::memcmp(&back, &value, sizeof back), 0) << text;
        ASSERT_LT(text.size(), 32u);
        ++tried;
    }
    EXPECT_GT(tried, 99000);
}
