// Keyword spotting of MLPerf Tiny: 1000 utterances as 49 frames of 10 signed coefficients, of which
// an integer q stands for (q - 83) * 0.5847029. Test only.
#include "data_files.hpp"
#include "text.hpp"

namespace assay {

namespace {

constexpr size_t utterances = 1000;

assay_status load(const char* dir, uint64_t, Dataset& out, assay_report* report) {
    const std::string path = std::string(dir) + "/kws01_mfcc_int8.bin";
    out.classes = 12;
    out.label = text("keyword spotting, %zu utterances of %s", utterances, dir);
    out.test.channels = 1;
    out.test.height = 49;
    out.test.width = 10;
    out.test.element = Images::Element::i8;
    return read_records(path, utterances, out.classes, out.test, report);
}

} // namespace

extern const Reader reader_kws;
const Reader reader_kws = {
    "kws", "keywords of MLPerf Tiny: kws01_mfcc_int8.bin (test only)", 1, 49, 10, "kws", load};

} // namespace assay
