// The user's side: what it writes and how it reads the answers.
#include <cmath>

#include "graph.hpp"
#include "handles.hpp"
#include "json_text.hpp"
#include "policy.hpp"
#include "protocol.hpp"
#include "quote.h"
#include "workload.hpp"

namespace assay {
namespace {

constexpr uint64_t max_integer = uint64_t{1} << 53;

void write_shape(assay_json_writer* w, const char* key, const Shape& shape) {
    assay_json_begin_array(w, key);
    for (uint32_t side : {shape.c, shape.h, shape.w}) {
        assay_json_write_uint(w, nullptr, side);
    }
    assay_json_end_array(w);
}

void write_inputs(assay_json_writer* w, const assay_workload& workload, const Layer& layer) {
    assay_json_begin_array(w, "inputs");
    for (int id : layer.inputs) {
        const bool first = id < 0;
        assay_json_write_string(
            w, nullptr, first ? "input" : workload.layers[static_cast<size_t>(id)].name.c_str());
    }
    assay_json_end_array(w);
}

void write_layer(assay_json_writer* w, const assay_workload& workload, const Layer& layer) {
    assay_json_begin_object(w, nullptr);
    assay_json_write_string(w, "name", layer.name.c_str());
    assay_json_write_string(w, "op", layer_op_name(layer));
    write_inputs(w, workload, layer);
    write_shape(w, "in", layer.in);
    write_shape(w, "out", layer.out);
    if (is_matrix(layer.op)) {
        assay_json_write_bool(w, "policy", true);
        assay_json_write_uint(w, "groups", layer.groups);
        assay_json_write_uint(w, "macs", layer.macs());
        assay_json_write_uint(w, "params", layer.params());
    }
    assay_json_end_object(w);
}

void write_layers(assay_json_writer* w, const assay_workload& workload) {
    assay_json_begin_array(w, "layers");
    for (const Layer& layer : workload.layers) {
        write_layer(w, workload, layer);
    }
    assay_json_end_array(w);
}

void write_layer_policy(assay_json_writer* w, const char* name, const assay_layer_policy& p) {
    assay_json_begin_object(w, name);
    for (auto [key, value] : {std::pair<const char*, uint64_t>{"w_bits", p.w_bits},
                              {"a_bits", p.a_bits},
                              {"codebook_bits", p.codebook_bits},
                              {"keep_channels", p.keep_channels}}) {
        if (value != 0) {
            assay_json_write_uint(w, key, value);
        }
    }
    if (p.w_density > 0) {
        assay_json_write_real(w, "w_density", p.w_density);
    }
    assay_json_end_object(w);
}

void write_policy(assay_json_writer* w, const assay_workload& workload,
                  const assay_policy& policy) {
    assay_json_begin_object(w, "policy");
    assay_json_write_uint(w, "schema", 1);
    assay_json_begin_object(w, "layers");
    for (size_t i = 0; i < workload.layers.size(); ++i) {
        if (is_matrix(workload.layers[i].op)) {
            write_layer_policy(w, workload.layers[i].name.c_str(), policy.layers[i]);
        }
    }
    assay_json_end_object(w);
    assay_json_end_object(w);
}

// The line as an object, unless it is the evaluator's error (`refused`).
assay_status parse_reply(const std::string& line, const char* name, JsonDoc& doc, bool& refused,
                         assay_report* report) {
    assay_json_doc* parsed = nullptr;
    const assay_status status = assay_json_parse(name, line.data(), line.size(), &parsed, report);
    doc.reset(parsed);
    if (status != ASSAY_OK) {
        assay_report_add(report, "%s was %s", name,
                         assay_quote_bytes(line.data(), line.size()).text);
        return status;
    }
    const assay_json* root = assay_json_root(parsed);
    if (assay_json_kind_of(root) != ASSAY_JSON_OBJECT) {
        assay_report_add(report, "%s: expected an object, found %s", name,
                         assay_json_describe(root));
        return ASSAY_BAD_INPUT;
    }
    const assay_json* error = assay_json_get(root, "error");
    if (error == nullptr || assay_json_kind_of(error) == ASSAY_JSON_NULL) {
        return ASSAY_OK;
    }
    if (assay_json_kind_of(error) != ASSAY_JSON_STRING) {
        assay_report_add(report, "%s: error: expected a text, found %s", name,
                         assay_json_describe(error));
        return ASSAY_BAD_INPUT;
    }
    assay_report_add(report, "the evaluator says: %s", assay_quote(assay_json_string(error)).text);
    refused = true;
    return ASSAY_BAD_INPUT;
}

// NaN where there is none.
bool read_loss(const assay_json* root, const char* where, double& loss, assay_report* report) {
    const assay_json* value = assay_json_get(root, "loss");
    loss = NAN;
    return value == nullptr || assay_json_kind_of(value) == ASSAY_JSON_NULL ||
           assay_json_read_real(root, "loss", where, 0, 1e300, true, &loss, report);
}

// As bits; fractions of a byte are kept.
void read_size(const assay_json* root, const char* where, uint64_t& bits, assay_report* report) {
    double bytes = 0;
    if (assay_json_read_real(root, "size_bytes", where, 0, static_cast<double>(max_integer / 8),
                             false, &bytes, report)) {
        bits = static_cast<uint64_t>(std::llround(8 * bytes));
    }
}

} // namespace

std::string greeting_line(const assay_workload& workload, const Greeting& greeting) {
    JsonText w(0);
    assay_json_begin_object(w, nullptr);
    assay_json_write_uint(w, "protocol", protocol_version);
    assay_json_write_string(w, "network", workload.name.c_str());
    assay_json_write_string(w, "data", workload.data.c_str());
    assay_json_write_string(w, "split", assay_split_name(greeting.split));
    assay_json_write_uint(w, "images", greeting.images);
    assay_json_write_uint(w, "seed", greeting.seed);
    assay_json_begin_object(w, "finetune");
    assay_json_write_real(w, "epochs", greeting.finetune_epochs);
    assay_json_write_real(w, "rate", greeting.finetune_rate);
    assay_json_write_uint(w, "images", greeting.finetune_images);
    assay_json_end_object(w);
    write_layers(w, workload);
    assay_json_end_object(w);
    return w.text();
}

assay_status read_ready(const std::string& line, std::string& name, assay_report* report) {
    const char* where = "the evaluator's greeting";
    JsonDoc doc;
    bool refused = false;
    const assay_status status = parse_reply(line, where, doc, refused, report);
    if (status != ASSAY_OK) {
        return status;
    }
    const size_t before = assay_report_count(report);
    const assay_json* root = assay_json_root(doc.get());
    bool ready = false;
    uint64_t version = 0;
    const char* text = "";
    assay_json_read_uint(root, "protocol", where, protocol_version, protocol_version, true,
                         &version, report);
    if (assay_json_read_bool(root, "ready", where, true, &ready, report) && !ready) {
        assay_report_add(report, "%s: ready: false; an {\"error\": ...} would say why", where);
    }
    if (assay_json_read_string(root, "name", where, false, &text, report)) {
        name = text;
    }
    return assay_report_count(report) == before ? ASSAY_OK : ASSAY_BAD_INPUT;
}

std::string question_line(const assay_workload& workload, uint64_t id, assay_split split,
                          const assay_policy* policy) {
    JsonText w(0);
    assay_json_begin_object(w, nullptr);
    assay_json_write_uint(w, "id", id);
    assay_json_write_string(w, "split", assay_split_name(split));
    if (policy != nullptr) {
        write_policy(w, workload, *policy);
    }
    assay_json_end_object(w);
    return w.text();
}

assay_status read_answer(const std::string& line, uint64_t id, Answer& out, assay_report* report) {
    const char* where = "the evaluator's answer";
    JsonDoc doc;
    const assay_status status = parse_reply(line, where, doc, out.refused, report);
    if (status != ASSAY_OK) {
        return status;
    }
    const size_t before = assay_report_count(report);
    const assay_json* root = assay_json_root(doc.get());
    uint64_t found = 0;
    if (assay_json_read_uint(root, "id", where, 0, max_integer, true, &found, report) &&
        found != id) {
        assay_report_add(report, "%s: id: %llu, asked was %llu", where,
                         static_cast<unsigned long long>(found),
                         static_cast<unsigned long long>(id));
    }
    assay_json_read_real(root, "top1", where, 0, 1, true, &out.top1, report);
    read_loss(root, where, out.loss, report);
    assay_json_read_uint(root, "images", where, 1, max_integer, false, &out.images, report);
    read_size(root, where, out.size_bits, report);
    return assay_report_count(report) == before ? ASSAY_OK : ASSAY_BAD_INPUT;
}

} // namespace assay
