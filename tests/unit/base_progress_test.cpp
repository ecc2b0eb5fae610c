#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "progress.h"
#include "progress_line.h"

namespace {

assay_progress_view view() {
    assay_progress_view v{};
    v.title = "simulate";
    v.unit = "layers";
    v.label = "fc6";
    v.done = 3;
    v.total = 12;
    v.elapsed_s = 1.5;
    v.width = 100;
    return v;
}

std::string line_of(const assay_progress_view& v) {
    char text[512];
    size_t length = assay_progress_line(&v, text, sizeof text);
    EXPECT_EQ(length, std::string(text).size());
    return text;
}

} // namespace

TEST(ProgressLine, ShowsBarShareRateTimeLeftAndLabel) {
    EXPECT_EQ(line_of(view()),
              "simulate [=====>              ]  25% 3/12 layers, 2 layers/s, 0:05 left: fc6");
}

TEST(ProgressLine, HasNoBarInAFile) {
    assay_progress_view v = view();
    v.width = 0;
    EXPECT_EQ(line_of(v), "simulate  25% 3/12 layers, 2 layers/s, 0:05 left: fc6");
}

TEST(ProgressLine, SurvivesTheEnds) {
    assay_progress_view v = view();
    v.done = 0;
    EXPECT_EQ(line_of(v), "simulate [>                   ]   0% 0/12 layers: fc6");
    v.done = 12;
    EXPECT_EQ(line_of(v), "simulate [====================] 100% 12/12 layers, 8 layers/s: fc6");
    v.done = 50;
    EXPECT_NE(line_of(v).find("100% 50/12"), std::string::npos);
    v.total = 0;
    v.done = 0;
    EXPECT_NE(line_of(v).find("100% 0/0"), std::string::npos);
}

TEST(ProgressLine, ShowsHours) {
    assay_progress_view v = view();
    v.done = 1;
    v.total = 2;
    v.elapsed_s = 3723;
    EXPECT_NE(line_of(v).find("1:02:03 left"), std::string::npos);
    v.done = 1;
    v.total = UINT64_MAX;
    v.width = 0;
    EXPECT_NE(line_of(v).find("100:00:00 left"), std::string::npos);
}

TEST(ProgressLine, FitsTheColumnsWithoutSplittingACharacter) {
    assay_progress_view v = view();
    v.label = "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac";
    size_t full = line_of(v).size();
    for (size_t width = 20; width <= full + 1; ++width) {
        v.width = width;
        std::string line = line_of(v);
        EXPECT_LT(line.size(), width);
        EXPECT_TRUE(line.empty() || (line.back() & 0xc0) != 0xc0) << "lead byte left alone";
    }
}

TEST(ProgressLine, MakesTheLabelPrintable) {
    assay_progress_view v = view();
    v.label = "a\x1b[2Jb\n";
    EXPECT_NE(line_of(v).find(": a\\x1B[2Jb\\n"), std::string::npos);
}

TEST(Progress, WritesNothingToAFileForShortWork) {
    FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    assay_progress* progress = assay_progress_new(file, "simulate", 3, "layers");
    for (uint64_t i = 0; i <= 3; ++i) {
        assay_progress_step(progress, i, "fc6");
    }
    assay_progress_end(&progress);
    EXPECT_EQ(progress, nullptr);
    EXPECT_EQ(std::ftell(file), 0);
    std::fclose(file);
}

TEST(Progress, DrawsOnATerminalAndCleansUp) {
    int controller = posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(controller, 0);
    ASSERT_EQ(grantpt(controller), 0);
    ASSERT_EQ(unlockpt(controller), 0);
    FILE* terminal = std::fopen(ptsname(controller), "w");
    ASSERT_NE(terminal, nullptr);
    assay_progress* progress = assay_progress_new(terminal, "simulate", 4, "layers");
    assay_progress_step(progress, 1, "fc6");
    assay_progress_end(&progress);
    std::fclose(terminal); // now reading ends when all that was written has been seen
    std::string text;
    char chunk[256];
    for (ssize_t n = 0; (n = read(controller, chunk, sizeof chunk)) > 0;) {
        text.append(chunk, static_cast<size_t>(n));
    }
    close(controller);
    ASSERT_GE(text.size(), 4u);
    EXPECT_NE(text.find("\rsimulate [=====>"), std::string::npos) << text;
    EXPECT_NE(text.find("1/4 layers"), std::string::npos) << text;
    EXPECT_EQ(text.substr(text.size() - 4), "\r\x1b[K");
}

TEST(Progress, StepAndEndAcceptNone) {
    assay_progress* none = nullptr;
    assay_progress_step(none, 1, "x");
    assay_progress_end(&none);
    EXPECT_EQ(none, nullptr);
}
