// 1000 images of ImageNet's training set, 128 x 128.
#include "imagenet.hpp"

namespace assay {

namespace {

assay_status load(const char* dir, uint64_t, Dataset& out, assay_report* report) {
    return load_excerpt({"imagenet1000_128x128x3_u8_nhwc.bin", "labels1000.txt", 128, 1000}, dir,
                        out, report);
}

} // namespace

extern const Reader reader_imagenet128;
const Reader reader_imagenet128 = {
    "imagenet128",
    "1000 ImageNet images: imagenet1000_128x128x3_u8_nhwc.bin, labels1000.txt (test only)",
    3,
    128,
    128,
    "imagenet_samples",
    load};

} // namespace assay
