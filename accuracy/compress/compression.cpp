#include "compression.hpp"

#include <algorithm>

#include "json_text.hpp"

namespace assay {
namespace {

assay_stored_bits to_abi(const StoredBits& b) {
    return {b.values, b.index, b.codebook, b.tables, b.bias, b.header, b.padding};
}

void add_sizes(const LayerStorage& sizes, assay_compress_layer& out) {
    out.original = to_abi(sizes.original);
    out.pruned = to_abi(sizes.pruned);
    out.shared = to_abi(sizes.shared);
    out.coded = to_abi(sizes.coded);
}

assay_compress_layer summarise_layer(const Compression& c, size_t i) {
    const std::vector<float>& weight = c.parameters[i].weight;
    assay_compress_layer out{};
    out.weights = weight.size();
    out.kept =
        weight.size() - static_cast<uint64_t>(std::count(weight.begin(), weight.end(), 0.0f));
    out.entries = c.network.streams[i].entries;
    out.codebook_bits = c.codings[i].codebook_bits;
    out.gap_bits = c.codings[i].gap_bits;
    out.codebook_values = static_cast<unsigned>(c.network.streams[i].codebook_values);
    add_sizes(c.network.layers[i], out);
    return out;
}

assay_compress_stage summarise_stage(const CompressionStage& s) {
    return {s.name,       s.search.top1(), s.final.top1(), s.search.loss,
            s.final.loss, s.search.images, s.final.images, s.bits};
}

void write_bits(assay_json_writer* w, const char* key, const assay_stored_bits& bits) {
    assay_json_begin_object(w, key);
    assay_json_write_uint(w, "values", bits.values);
    assay_json_write_uint(w, "index", bits.index);
    assay_json_write_uint(w, "codebook", bits.codebook);
    assay_json_write_uint(w, "tables", bits.tables);
    assay_json_write_uint(w, "bias", bits.bias);
    assay_json_write_uint(w, "header", bits.header);
    assay_json_write_uint(w, "padding", bits.padding);
    assay_json_write_uint(w, "total", assay_stored_total(&bits));
    assay_json_end_object(w);
}

void write_layer(assay_json_writer* w, const char* key, const assay_compress_layer& layer) {
    assay_json_begin_object(w, key);
    if (layer.name) {
        assay_json_write_string(w, "name", layer.name);
        assay_json_write_uint(w, "codebook_bits", layer.codebook_bits);
        assay_json_write_uint(w, "gap_bits", layer.gap_bits);
    }
    assay_json_write_uint(w, "weights", layer.weights);
    assay_json_write_uint(w, "kept", layer.kept);
    assay_json_write_uint(w, "entries", layer.entries);
    assay_json_write_uint(w, "codebook_values", layer.codebook_values);
    write_bits(w, "original_bits", layer.original);
    write_bits(w, "pruned_bits", layer.pruned);
    write_bits(w, "shared_bits", layer.shared);
    write_bits(w, "coded_bits", layer.coded);
    assay_json_end_object(w);
}

void write_split(assay_json_writer* w, const char* key, double top1, double loss, uint64_t images) {
    assay_json_begin_object(w, key);
    assay_json_write_real(w, "top1", top1);
    assay_json_write_real(w, "loss", loss);
    assay_json_write_uint(w, "images", images);
    assay_json_end_object(w);
}

void write_stage(assay_json_writer* w, const assay_compress_stage& s, uint64_t original) {
    assay_json_begin_object(w, nullptr);
    assay_json_write_string(w, "stage", s.name);
    write_split(w, "search", s.top1_search, s.loss_search, s.images_search);
    write_split(w, "final", s.top1_final, s.loss_final, s.images_final);
    assay_json_write_uint(w, "bits", s.bits);
    assay_json_write_real(w, "ratio", static_cast<double>(original) / static_cast<double>(s.bits));
    assay_json_end_object(w);
}

std::string json_of(const std::string& network, const std::string& data,
                    const assay_compression& c) {
    JsonText w(2);
    assay_json_begin_object(w, nullptr);
    assay_json_write_string(w, "network", network.c_str());
    assay_json_write_string(w, "data", data.c_str());
    assay_json_begin_array(w, "stages");
    for (const assay_compress_stage& s : c.stages) {
        write_stage(w, s, assay_stored_total(&c.total.original));
    }
    assay_json_end_array(w);
    assay_json_write_uint(w, "file_bits", c.file_bits);
    assay_json_write_uint(w, "file_header_bits", c.header_bits);
    write_layer(w, "total", c.total);
    assay_json_begin_array(w, "layers");
    for (const assay_compress_layer& layer : c.layers) {
        write_layer(w, nullptr, layer);
    }
    assay_json_end_array(w);
    assay_json_end_object(w);
    return w.text() + "\n";
}

} // namespace

void summarise(const assay_workload& workload, const std::string& data,
               const Compression& compression, assay_compression& out) {
    for (const CompressionStage& stage : compression.stages) {
        out.stages.push_back(summarise_stage(stage));
    }
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        if (compression.network.layers[i].original.total() == 0) {
            continue; // no parameters
        }
        out.names.push_back(workload.layers[i].name);
        out.layers.push_back(summarise_layer(compression, i));
        out.total.weights += out.layers.back().weights;
        out.total.kept += out.layers.back().kept;
        out.total.entries += out.layers.back().entries;
        out.total.codebook_values += out.layers.back().codebook_values;
    }
    for (size_t i = 0; i < out.layers.size(); ++i) {
        out.layers[i].name = out.names[i].c_str();
    }
    add_sizes(compression.network.total(), out.total);
    out.file_bits = compression.network.file_bits();
    out.header_bits = compression.network.header_bits;
    out.json = json_of(workload.name, data, out);
}

} // namespace assay
