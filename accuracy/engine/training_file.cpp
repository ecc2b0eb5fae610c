#include "training_file.hpp"

#include <cmath>
#include <cstdlib>

#include "content_hash.hpp"
#include "quote.h"
#include "safetensors.hpp"
#include "safetensors_writer.hpp"

namespace assay {
namespace {

const char* const steps_key = "assay.training.steps";
const char* const identity_key = "assay.training.identity";
const char* const hash_key = "assay.training.hash";
const char* const clips_name = "clips";

struct Field {
    const char* name;
    std::vector<float>& (*of)(Parameters& p);
};
const Field fields[] = {
    {"weight", [](Parameters& p) -> std::vector<float>& { return p.weight; }},
    {"bias", [](Parameters& p) -> std::vector<float>& { return p.bias; }},
    {"norm.scale", [](Parameters& p) -> std::vector<float>& { return p.norm.scale; }},
    {"norm.shift", [](Parameters& p) -> std::vector<float>& { return p.norm.shift; }},
    {"norm.mean", [](Parameters& p) -> std::vector<float>& { return p.norm.mean; }},
    {"norm.variance", [](Parameters& p) -> std::vector<float>& { return p.norm.variance; }}};

std::string tensor_name(const char* kind, size_t layer, const Field& field) {
    return std::string(kind) + "." + std::to_string(layer) + "." + field.name;
}

void add_all(SafetensorsWriter& file, const char* kind, std::vector<Parameters> all) {
    for (size_t i = 0; i < all.size(); ++i) {
        for (const Field& field : fields) {
            const std::vector<float>& values = field.of(all[i]);
            if (!values.empty()) {
                file.add(tensor_name(kind, i, field), {values.size()}, values);
            }
        }
    }
}

void hash_all(const char* kind, std::vector<Parameters> all, ContentHash& hash) {
    for (size_t i = 0; i < all.size(); ++i) {
        for (const Field& field : fields) {
            hash.values(tensor_name(kind, i, field).c_str(), field.of(all[i]));
        }
    }
}

// A changed value would lead to another network, and nobody would know.
std::string content_hash(const TrainingPart& part) {
    ContentHash hash;
    hash.string("identity", part.identity);
    hash.uint("steps", part.state.steps);
    hash_all("parameters", part.parameters, hash);
    hash_all("momentum", part.state.momentum, hash);
    hash.values("clips", part.state.clips);
    return hash.text();
}

class PartReader {
  public:
    PartReader(const char* path, assay_report* report) : path_(path), report_(report) {}

    assay_status read(const std::vector<Parameters>& like, TrainingPart& out) {
        assay_status status = file_.load(path_, report_);
        if (status == ASSAY_OK &&
            !(read_mark(out) && read_kind("parameters", true, like, out.parameters) &&
              read_kind("momentum", false, like, out.state.momentum) &&
              read_clips(out.state.clips) && file_.metadata(hash_key) == content_hash(out))) {
            assay_report_add(report_, "%s: is no part of a training of this network, or damaged",
                             assay_quote(path_).text);
            status = ASSAY_BAD_INPUT;
        }
        return status;
    }

  private:
    bool read_mark(TrainingPart& out) const {
        const std::string steps = file_.metadata(steps_key);
        char* end = nullptr;
        out.identity = file_.metadata(identity_key);
        out.state.steps = std::strtoull(steps.c_str(), &end, 10);
        return !steps.empty() && *end == '\0' && !out.identity.empty();
    }

    // False: there is a tensor of that name, but it is not one of ours.
    bool read_values(const std::string& name, std::vector<float>& out) const {
        out.clear();
        const auto found = file_.tensors().find(name);
        if (found == file_.tensors().end()) {
            return true;
        }
        if (found->second.dtype != "F32") {
            return false;
        }
        out = file_.floats(found->second);
        for (float value : out) {
            if (!std::isfinite(value)) {
                return false;
            }
        }
        return true;
    }

    // Not `complete`: a vector may be missing where there is nothing to say.
    bool read_kind(const char* kind, bool complete, const std::vector<Parameters>& like,
                   std::vector<Parameters>& out) const {
        out = like;
        for (size_t i = 0; i < out.size(); ++i) {
            for (const Field& field : fields) {
                std::vector<float>& values = field.of(out[i]);
                const size_t size = values.size();
                if (!read_values(tensor_name(kind, i, field), values) ||
                    (values.size() != size && (complete || !values.empty()))) {
                    return false;
                }
            }
        }
        return true;
    }

    bool read_clips(std::vector<float>& out) const { return read_values(clips_name, out); }

    const char* path_;
    assay_report* report_;
    Safetensors file_;
};

} // namespace

assay_status write_training_part(const TrainingPart& part, const char* path, assay_report* report) {
    SafetensorsWriter file;
    add_all(file, "parameters", part.parameters);
    add_all(file, "momentum", part.state.momentum);
    if (!part.state.clips.empty()) {
        file.add(clips_name, {part.state.clips.size()}, part.state.clips);
    }
    file.set_metadata(steps_key, std::to_string(part.state.steps));
    file.set_metadata(identity_key, part.identity);
    file.set_metadata(hash_key, content_hash(part));
    return file.write(path, report);
}

assay_status read_training_part(const char* path, const std::vector<Parameters>& like,
                                TrainingPart& out, assay_report* report) {
    return PartReader(path, report).read(like, out);
}

} // namespace assay
