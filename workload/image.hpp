// The input of a network: an image from a file, or a procedural one in its place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workload.hpp"

namespace assay {

struct Image { // u8, height x width x channels
    uint32_t height = 0, width = 0, channels = 0;
    std::vector<uint8_t> pixels;
};

// Image `params.input_index` of the raw file `params.input_path`. Its size is params.input_height,
// _width, _channels, or else the last "HxWxC" in the file's name. ASSAY_BAD_INPUT: no size, a file
// that is not a whole number of images, an index past the last.
assay_status read_image(const assay_workload_params& params, Image& out, assay_report* report);

// Smooth blobs with a fine texture: neighbouring pixels correlate and the histogram is broad, as in
// photographs, so that post-ReLU densities are of a realistic order. No accuracy can be read off
// it.
Image procedural_image(const Shape& shape, uint64_t seed);

// Bilinear with half-pixel centres, edges replicated; CHW. With `how.rows` the image, of one
// channel, is a sequence of its rows: {width features, height rows, 1}.
std::vector<float> resize_to_chw(const Image& image, const Shape& shape, const Preprocess& how);

// Sets workload.input and input_label for workload.input_shape: the file's image if there is an
// input_path, else the procedural one with params.seed (0: 1).
assay_status make_image_input(const assay_workload_params& params, const Preprocess& how,
                              assay_workload& workload, assay_report* report);

// The input of a network that no preprocessing is known for: params.input_path as value = u8 / 255,
// or drawn as `draw` says.
assay_status make_plain_input(const assay_workload_params& params, const InputDraw& draw,
                              assay_workload& workload, assay_report* report);

} // namespace assay
