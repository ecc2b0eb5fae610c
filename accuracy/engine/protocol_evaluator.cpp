// The evaluator's side: how it reads the questions and what it answers.
#include <cmath>

#include "handles.hpp"
#include "json_text.hpp"
#include "protocol.hpp"
#include "quote.h"
#include "workload.hpp"

namespace assay {
namespace {

constexpr uint64_t max_integer = uint64_t{1} << 53;
const char* const split_names[] = {"search", "final", "all", nullptr};

// Policies have three levels; what is deeper is none, and becomes null for the policy's parser to
// refuse.
constexpr int max_levels = 8;

void copy_value(assay_json_writer* w, const char* key, const assay_json* value, int levels);

void copy_members(assay_json_writer* w, const assay_json* value, bool keyed, int levels) {
    for (const assay_json* m = assay_json_first(value); m != nullptr; m = assay_json_next(m)) {
        copy_value(w, keyed ? assay_json_key(m) : nullptr, m, levels - 1);
    }
}

// A value of a line as text again.
void copy_value(assay_json_writer* w, const char* key, const assay_json* value, int levels) {
    switch (levels > 0 ? assay_json_kind_of(value) : ASSAY_JSON_NULL) {
    case ASSAY_JSON_NULL:
        assay_json_write_real(w, key, NAN);
        break;
    case ASSAY_JSON_BOOL:
        assay_json_write_bool(w, key, assay_json_bool(value));
        break;
    case ASSAY_JSON_NUMBER:
        assay_json_write_real(w, key, assay_json_number(value));
        break;
    case ASSAY_JSON_STRING:
        assay_json_write_string(w, key, assay_json_string(value));
        break;
    case ASSAY_JSON_ARRAY:
        assay_json_begin_array(w, key);
        copy_members(w, value, false, levels);
        assay_json_end_array(w);
        break;
    case ASSAY_JSON_OBJECT:
        assay_json_begin_object(w, key);
        copy_members(w, value, true, levels);
        assay_json_end_object(w);
        break;
    }
}

// Null, with a message, unless the line is an object.
const assay_json* parse_object(const std::string& line, const char* name, JsonDoc& doc,
                               assay_report* report) {
    assay_json_doc* parsed = nullptr;
    if (assay_json_parse(name, line.data(), line.size(), &parsed, report) != ASSAY_OK) {
        return nullptr;
    }
    doc.reset(parsed);
    const assay_json* root = assay_json_root(parsed);
    if (assay_json_kind_of(root) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: expected an object, found %s", name,
                         assay_json_describe(root));
        return nullptr;
    }
    return root;
}

void read_split(const assay_json* root, const char* where, assay_split& out, assay_report* report) {
    size_t split = 0;
    if (assay_json_read_choice(root, "split", where, split_names, false, &split, report)) {
        out = static_cast<assay_split>(split);
    }
}

void read_finetune(const assay_json* root, const std::string& where, Greeting& out,
                   assay_report* report) {
    const assay_json* tune = assay_json_get(root, "finetune");
    if (tune == nullptr) {
        return;
    }
    if (assay_json_kind_of(tune) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: finetune: expected an object, found %s", where.c_str(),
                         assay_json_describe(tune));
        return;
    }
    const std::string at = where + ": finetune";
    assay_json_read_real(tune, "epochs", at.c_str(), 0, 1000, false, &out.finetune_epochs, report);
    assay_json_read_real(tune, "rate", at.c_str(), 0, 10, false, &out.finetune_rate, report);
    assay_json_read_uint(tune, "images", at.c_str(), 0, max_integer, false, &out.finetune_images,
                         report);
}

bool is_layer(const assay_json* stated, const Layer& layer) {
    const char* name = "";
    uint64_t params = 0;
    return assay_json_read_string(stated, "name", "", true, &name, nullptr) &&
           assay_json_read_uint(stated, "params", "", 0, max_integer, true, &params, nullptr) &&
           layer.name == name && layer.params() == params;
}

// The next one that a policy may speak of.
const assay_json* next_matrix(const assay_json* stated) {
    while (stated != nullptr && assay_json_get(stated, "params") == nullptr) {
        stated = assay_json_next(stated);
    }
    return stated;
}

// The layers that policies speak of must be ours, or accuracies would be of another network.
void check_layers(const assay_json* root, const char* where, const assay_workload& workload,
                  assay_report* report) {
    const assay_json* stated = assay_json_get(root, "layers");
    stated = stated != nullptr ? assay_json_first(stated) : nullptr;
    for (const Layer& layer : workload.layers) {
        if (!is_matrix(layer.op)) {
            continue;
        }
        stated = next_matrix(stated);
        if (stated == nullptr || !is_layer(stated, layer)) {
            assay_report_add(report,
                             "%s: layers: not those of network %s: no layer %s of %llu "
                             "weights at its place",
                             where, assay_quote(workload.name.c_str()).text,
                             assay_quote(layer.name.c_str()).text,
                             static_cast<unsigned long long>(layer.params()));
            return;
        }
        stated = assay_json_next(stated);
    }
}

std::string error_text(const uint64_t* id, const std::string& error) {
    JsonText w(0);
    assay_json_begin_object(w, nullptr);
    if (id != nullptr) {
        assay_json_write_uint(w, "id", *id);
    }
    assay_json_write_string(w, "error", error.c_str());
    assay_json_end_object(w);
    return w.text();
}

} // namespace

assay_status read_greeting(const std::string& line, const assay_workload* workload, Greeting& out,
                           assay_report* report) {
    const char* where = "greeting";
    const size_t before = assay_report_count(report);
    JsonDoc doc;
    const assay_json* root = parse_object(line, where, doc, report);
    if (root == nullptr) {
        return ASSAY_BAD_INPUT;
    }
    uint64_t version = 0;
    assay_json_read_uint(root, "protocol", where, protocol_version, protocol_version, true,
                         &version, report);
    read_split(root, where, out.split, report);
    assay_json_read_uint(root, "images", where, 0, max_integer, false, &out.images, report);
    assay_json_read_uint(root, "seed", where, 0, max_integer, false, &out.seed, report);
    read_finetune(root, where, out, report);
    if (workload != nullptr) {
        check_layers(root, where, *workload, report);
    }
    return assay_report_count(report) == before ? ASSAY_OK : ASSAY_BAD_INPUT;
}

std::string ready_line(const std::string& name) {
    JsonText w(0);
    assay_json_begin_object(w, nullptr);
    assay_json_write_uint(w, "protocol", protocol_version);
    assay_json_write_bool(w, "ready", true);
    assay_json_write_string(w, "name", name.c_str());
    assay_json_end_object(w);
    return w.text();
}

std::string refusal_line(const std::string& error) {
    return error_text(nullptr, error);
}

assay_status read_question(const std::string& line, Question& out, assay_report* report) {
    const char* where = "question";
    const size_t before = assay_report_count(report);
    JsonDoc doc;
    const assay_json* root = parse_object(line, where, doc, report);
    if (root == nullptr) {
        return ASSAY_BAD_INPUT;
    }
    assay_json_read_uint(root, "id", where, 0, max_integer, true, &out.id, report);
    read_split(root, where, out.split, report);
    const assay_json* policy = assay_json_get(root, "policy");
    if (policy != nullptr && assay_json_kind_of(policy) != ASSAY_JSON_NULL) {
        JsonText w(0);
        copy_value(w, nullptr, policy, max_levels);
        out.policy = w.text();
    }
    return assay_report_count(report) == before ? ASSAY_OK : ASSAY_BAD_INPUT;
}

std::string answer_line(uint64_t id, const Answer& answer) {
    JsonText w(0);
    assay_json_begin_object(w, nullptr);
    assay_json_write_uint(w, "id", id);
    assay_json_write_real(w, "top1", answer.top1);
    assay_json_write_real(w, "loss", answer.loss);
    assay_json_write_uint(w, "images", answer.images);
    assay_json_write_real(w, "size_bytes", static_cast<double>(answer.size_bits) / 8);
    assay_json_end_object(w);
    return w.text();
}

std::string error_line(uint64_t id, const std::string& error) {
    return error_text(&id, error);
}

} // namespace assay
