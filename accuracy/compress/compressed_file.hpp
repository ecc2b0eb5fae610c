// A compressed network in one .safetensors file: a U8 tensor "<layer>.stream" (layer_stream.hpp)
// for every layer that has parameters, "<layer>.norm" (scale, shift, mean and variance, one after
// the other, as such a stream) for one with a batch norm; under __metadata__ "format" is
// "assay-compressed-1" and "network" its name.
#pragma once

#include "parameters.hpp"
#include "storage.hpp"

namespace assay {

struct CompressedNetwork {
    std::vector<uint8_t> bytes;       // of the file
    std::vector<LayerStorage> layers; // [layers] of the workload; norms are among their values
    std::vector<LayerStream> streams; // [layers], without bytes; of the weights alone
    uint64_t header_bits = 0;         // of the file, before the first stream

    LayerStorage total() const;
    // The whole file.
    uint64_t file_bits() const { return 8 * uint64_t{bytes.size()}; }
};

// codings: [layers]. What write_stream asks for must hold.
CompressedNetwork compress_network(const assay_workload& workload,
                                   const std::vector<Parameters>& parameters,
                                   const std::vector<Coding>& codings);

// The parameters of such a file. ASSAY_BAD_INPUT with a message per mistake: streams that are
// missing, that no layer has, or that are not what the layers need. `like`: parameters whose sizes
// say what each layer has.
assay_status decompress_network(const char* name, std::vector<uint8_t> bytes,
                                const assay_workload& workload, const std::vector<Parameters>& like,
                                std::vector<Parameters>& out, assay_report* report);

} // namespace assay
