// 100 images of ImageNet's training set, 224 x 224.
#include "imagenet.hpp"

namespace assay {

namespace {

assay_status load(const char* dir, uint64_t, Dataset& out, assay_report* report) {
    return load_excerpt({"imagenet100_224x224x3_u8_nhwc.bin", "labels100.txt", 224, 100}, dir, out,
                        report);
}

} // namespace

extern const Reader reader_imagenet224;
const Reader reader_imagenet224 = {
    "imagenet224",
    "100 ImageNet images: imagenet100_224x224x3_u8_nhwc.bin, labels100.txt (test only)",
    3,
    224,
    224,
    "imagenet_samples",
    load};

} // namespace assay
