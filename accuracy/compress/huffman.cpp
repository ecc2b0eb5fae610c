#include "huffman.hpp"

#include <algorithm>
#include <numeric>

#include "contract.h"

namespace assay {
namespace {

// A symbol, or two packages of the level before.
struct Package {
    uint64_t weight;
    std::vector<uint16_t> symbols; // each costs one bit where the package is bought
};

std::vector<Package> single_symbols(const std::vector<uint64_t>& counts) {
    std::vector<Package> out;
    for (size_t s = 0; s < counts.size(); ++s) {
        if (counts[s] > 0) {
            out.push_back({counts[s], {static_cast<uint16_t>(s)}});
        }
    }
    std::stable_sort(out.begin(), out.end(),
                     [](const Package& a, const Package& b) { return a.weight < b.weight; });
    return out;
}

std::vector<Package> pair_up(const std::vector<Package>& level) {
    std::vector<Package> out;
    for (size_t i = 0; i + 1 < level.size(); i += 2) {
        out.push_back({level[i].weight + level[i + 1].weight, level[i].symbols});
        out.back().symbols.insert(out.back().symbols.end(), level[i + 1].symbols.begin(),
                                  level[i + 1].symbols.end());
    }
    return out;
}

// Symbols before packages of the same weight, so that the lengths do not depend on the sort.
std::vector<Package> merge(const std::vector<Package>& singles, const std::vector<Package>& pairs) {
    std::vector<Package> out;
    std::merge(singles.begin(), singles.end(), pairs.begin(), pairs.end(), std::back_inserter(out),
               [](const Package& a, const Package& b) { return a.weight < b.weight; });
    return out;
}

std::vector<uint16_t> first_words(const std::vector<uint8_t>& lengths) {
    std::vector<uint16_t> count(huffman_max_length + 2, 0), first(huffman_max_length + 2, 0);
    for (uint8_t length : lengths) {
        count[length] += length > 0;
    }
    for (unsigned n = 1; n <= huffman_max_length; ++n) {
        first[n + 1] = static_cast<uint16_t>((first[n] + count[n]) << 1);
    }
    return first;
}

size_t used_symbols(const std::vector<uint8_t>& lengths) {
    return lengths.size() -
           static_cast<size_t>(std::count(lengths.begin(), lengths.end(), uint8_t{0}));
}

} // namespace

// Package-merge (Larmore and Hirschberg, 1990): the 2n - 2 cheapest of the packages that 15 levels
// of pairing make.
std::vector<uint8_t> huffman_lengths(const std::vector<uint64_t>& counts) {
    ASSAY_REQUIRE(counts.size() <= huffman_max_symbols);
    const std::vector<Package> singles = single_symbols(counts);
    std::vector<uint8_t> lengths(counts.size(), 0);
    if (singles.size() == 1) {
        lengths[singles[0].symbols[0]] = 1;
    }
    std::vector<Package> level = singles;
    for (unsigned n = 1; n < huffman_max_length; ++n) {
        level = merge(singles, pair_up(level));
    }
    for (size_t i = 0; i + 2 < 2 * singles.size(); ++i) {
        for (uint16_t symbol : level[i].symbols) {
            ++lengths[symbol];
        }
    }
    return lengths;
}

bool is_huffman_code(const std::vector<uint8_t>& lengths) {
    uint32_t room = 0; // in words of the greatest length
    for (uint8_t length : lengths) {
        if (length > huffman_max_length) {
            return false;
        }
        room += length > 0 ? 1u << (huffman_max_length - length) : 0;
    }
    const size_t used = used_symbols(lengths);
    const bool alone =
        used == 1 && std::find(lengths.begin(), lengths.end(), uint8_t{1}) != lengths.end();
    return used == 0 || alone || room == 1u << huffman_max_length;
}

uint64_t huffman_bits(const std::vector<uint64_t>& counts, const std::vector<uint8_t>& lengths) {
    if (used_symbols(lengths) == 1) {
        return 0;
    }
    return std::inner_product(counts.begin(), counts.end(), lengths.begin(), uint64_t{0});
}

HuffmanEncoder::HuffmanEncoder(const std::vector<uint8_t>& lengths)
    : words_(lengths.size(), 0), bits_(lengths) {
    std::vector<uint16_t> next = first_words(lengths);
    for (size_t s = 0; s < lengths.size(); ++s) {
        words_[s] = lengths[s] > 0 ? next[lengths[s]]++ : 0;
    }
    if (used_symbols(lengths) == 1) {
        std::fill(bits_.begin(), bits_.end(), uint8_t{0});
    }
}

HuffmanDecoder::HuffmanDecoder(const std::vector<uint8_t>& lengths) {
    for (unsigned n = 1; n <= huffman_max_length; ++n) {
        for (size_t s = 0; s < lengths.size(); ++s) {
            if (lengths[s] == n) {
                symbols_.push_back(static_cast<uint8_t>(s));
                ++count_[n];
            }
        }
    }
}

bool HuffmanDecoder::take(BitReader& in, uint8_t& symbol) const {
    if (symbols_.size() <= 1) {
        symbol = symbols_.empty() ? 0 : symbols_[0];
        return !symbols_.empty();
    }
    uint32_t word = 0, first = 0, index = 0;
    for (unsigned n = 1; n <= huffman_max_length && in.left() > 0; ++n) {
        word |= in.bit();
        if (word - first < count_[n]) {
            symbol = symbols_[index + word - first];
            return true;
        }
        index += count_[n];
        first = (first + count_[n]) << 1;
        word <<= 1;
    }
    return false;
}

} // namespace assay
