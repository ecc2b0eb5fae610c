// CIFAR-10, binary version (Krizhevsky 2009; https://www.cs.toronto.edu/~kriz/cifar.html): records
// of a label byte and the red, green and blue planes of 32 x 32 bytes.
#include <cstring>

#include "data_files.hpp"
#include "text.hpp"

namespace assay {

namespace {

struct Part {
    const char* file;
    size_t records;
    bool test;
};
constexpr Part official[] = {
    {"data_batch_1.bin", 10000, false}, {"data_batch_2.bin", 10000, false},
    {"data_batch_3.bin", 10000, false}, {"data_batch_4.bin", 10000, false},
    {"data_batch_5.bin", 10000, false}, {"test_batch.bin", 10000, true},
};
constexpr Part excerpt[] = {
    {"cifar10_train_first9000.bin", 9000, false},
    {"cifar10_test_first1000.bin", 1000, true},
};

// Files of one kind next to each other; all of them must be there.
struct Archive {
    std::string dir;
    const Part* parts;
    size_t count;
};

bool find_archive(const std::string& dir, Archive& out) {
    for (const char* below : {"", "cifar-10-batches-bin"}) {
        const std::string folder = *below ? dir + "/" + below : dir;
        for (const Part& part : official) {
            if (!find_file(folder, {part.file}).empty()) {
                out = {folder, official, std::size(official)};
                return true;
            }
        }
    }
    out = {dir, excerpt, std::size(excerpt)};
    return !find_file(dir, {excerpt[0].file, excerpt[1].file}).empty();
}

assay_status load(const char* dir, uint64_t, Dataset& out, assay_report* report) {
    Archive archive;
    if (!find_archive(dir, archive)) {
        assay_report_add(report,
                         "%s: holds no CIFAR-10: expected data_batch_1.bin .. data_batch_5.bin and "
                         "test_batch.bin, which scripts/fetch_data cifar10 gets",
                         dir);
        return ASSAY_BAD_INPUT;
    }
    out.classes = 10;
    out.mirror = true;
    for (Images* images : {&out.train, &out.test}) {
        images->channels = 3;
        images->height = images->width = 32;
    }
    assay_status worst = ASSAY_OK;
    for (size_t i = 0; i < archive.count; ++i) {
        const Part& part = archive.parts[i];
        const std::string path = archive.dir + "/" + part.file;
        const assay_status status =
            read_records(path, part.records, 10, part.test ? out.test : out.train, report);
        worst = status != ASSAY_OK ? status : worst;
    }
    out.label = text("CIFAR-10, %zu + %zu images of %s", out.train.count, out.test.count,
                     archive.dir.c_str());
    return worst;
}

} // namespace

extern const Reader reader_cifar10;
const Reader reader_cifar10 = {
    "cifar10", "CIFAR-10, binary version: data_batch_1.bin .. data_batch_5.bin, test_batch.bin",
    3,         32,
    32,        "cifar10",
    load};

} // namespace assay
