#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>

#include "hash.h"

namespace {

std::string text_of(assay_hash hash) {
    char text[ASSAY_HASH_TEXT];
    assay_hash_format(hash, text);
    return text;
}

std::string hash_of(const std::function<void(assay_hasher*)>& fill) {
    assay_hasher* hasher = assay_hasher_new();
    fill(hasher);
    std::string text = text_of(assay_hasher_done(hasher));
    assay_hasher_free(&hasher);
    return text;
}

} // namespace

// XXH3's published value for the empty input with seed 0.
TEST(Hash, EmptyInputIsTheKnownVector) {
    EXPECT_EQ(text_of(assay_hash_bytes("", 0)), "99aa06d3014798d86001c324468d497f");
    EXPECT_EQ(text_of(assay_hash_bytes(nullptr, 0)), "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, FormatsAllDigits) {
    EXPECT_EQ(text_of(assay_hash{1, 0xabc}), "0000000000000abc0000000000000001");
}

TEST(Hasher, IsTheSameForTheSameFields) {
    auto fill = [](assay_hasher* h) {
        assay_hasher_text(h, "name", "eie");
        assay_hasher_uint(h, "pes", 64);
        assay_hasher_real(h, "clock_mhz", 800);
        assay_hasher_bytes(h, "data", "\0\1\2", 3);
    };
    EXPECT_EQ(hash_of(fill), hash_of(fill));
    EXPECT_EQ(hash_of(fill).size(), 32u);
}

// Golden: cached files are found by these values, so a changed layout must be a decision.
TEST(Hasher, LayoutIsFrozen) {
    EXPECT_EQ(hash_of([](assay_hasher* h) {
                  assay_hasher_text(h, "name", "eie");
                  assay_hasher_uint(h, "pes", 64);
                  assay_hasher_real(h, "clock_mhz", 800);
                  assay_hasher_bytes(h, "data", "\0\1\2", 3);
              }),
              "7a3fc009b179eb302b7ee4f4d6fa2c29");
}

TEST(Hasher, TellsApartWhatConcatenationWouldNot) {
    std::set<std::string> seen;
    seen.insert(hash_of([](assay_hasher* h) { assay_hasher_text(h, "a", "bc"); }));
    seen.insert(hash_of([](assay_hasher* h) { assay_hasher_text(h, "ab", "c"); }));
    seen.insert(hash_of([](assay_hasher* h) { assay_hasher_bytes(h, "a", "bc", 2); }));
    seen.insert(hash_of([](assay_hasher* h) {
        assay_hasher_text(h, "a", "b");
        assay_hasher_text(h, "c", "");
    }));
    seen.insert(hash_of([](assay_hasher* h) { assay_hasher_uint(h, "a", 1); }));
    seen.insert(hash_of([](assay_hasher* h) { assay_hasher_text(h, "a", "1"); }));
    seen.insert(hash_of([](assay_hasher* h) { assay_hasher_real(h, "a", 1); }));
    seen.insert(hash_of([](assay_hasher*) {}));
    EXPECT_EQ(seen.size(), 8u);
}

TEST(Hasher, MinusZeroIsZero) {
    auto real = [](double v) {
        return hash_of([v](assay_hasher* h) { assay_hasher_real(h, "x", v); });
    };
    EXPECT_EQ(real(-0.0), real(0.0));
    EXPECT_NE(real(0.0), real(5e-324));
}

TEST(Hasher, DoneLeavesItUsable) {
    assay_hasher* hasher = assay_hasher_new();
    assay_hasher_uint(hasher, "a", 1);
    std::string first = text_of(assay_hasher_done(hasher));
    EXPECT_EQ(text_of(assay_hasher_done(hasher)), first);
    assay_hasher_uint(hasher, "b", 2);
    EXPECT_NE(text_of(assay_hasher_done(hasher)), first);
    assay_hasher_free(&hasher);
    EXPECT_EQ(hasher, nullptr);
}
