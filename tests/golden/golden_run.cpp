// Runs of the golden file through the public interface, the way a user's program would make them.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "assay/sim.h"
#include "golden.hpp"
#include "report.hpp"

namespace assay_test {
namespace {

// The handles of one run, freed together.
struct Session {
    Report report;
    assay_hw* hw = nullptr;
    assay_workload* workload = nullptr;
    assay_policy* policy = nullptr;
    assay_machine* machine = nullptr;
    assay_result* result = nullptr;

    ~Session() {
        assay_result_free(&result);
        assay_machine_close(&machine);
        assay_policy_free(&policy);
        assay_workload_free(&workload);
        assay_hw_free(&hw);
    }

    void require(assay_status status) const {
        if (status != ASSAY_OK) {
            throw std::runtime_error(assay_status_name(status) + std::string(": ") + report.text());
        }
    }
};

std::string resolve(const std::string& path) {
    const std::string prefix = "$ASSAY_DATA/";
    if (path.rfind(prefix, 0) != 0) {
        return project_path(path);
    }
    return std::string(std::getenv("ASSAY_DATA")) + "/" + path.substr(prefix.size());
}

void load_hw(Session& s, const GoldenRow& row) {
    const std::string path = project_path("hw_configs/" + row.hw + ".json");
    s.require(assay_hw_load(path.c_str(), &s.hw, s.report));
    std::istringstream words(row.set);
    for (std::string word; words >> word;) {
        const size_t equals = word.find('=');
        if (equals == std::string::npos) {
            throw std::runtime_error("'" + word + "' in column set is not KEY=VALUE");
        }
        s.require(assay_hw_set(s.hw, word.substr(0, equals).c_str(),
                               word.substr(equals + 1).c_str(), s.report));
    }
}

void load_workload(Session& s, const GoldenRow& row) {
    const std::string input = row.input.empty() ? "" : resolve(row.input);
    assay_workload_params params = {};
    params.input_path = row.input.empty() ? nullptr : input.c_str();
    s.require(assay_workload_load(resolve(row.workload).c_str(), &params, &s.workload, s.report));
}

void set_bits(Session& s, const std::string& bits) {
    unsigned w = 0, a = 0;
    if (bits.empty()) {
        return;
    }
    if (std::sscanf(bits.c_str(), "%2ux%2u", &w, &a) != 2) {
        throw std::runtime_error("'" + bits + "' in column bits is not WEIGHTSxACTIVATIONS");
    }
    s.require(assay_policy_uniform(s.workload, w, a, &s.policy, s.report));
}

assay_model model_of(const std::string& name) {
    for (assay_model model : {ASSAY_MODEL_EVENT, ASSAY_MODEL_CLOCKED}) {
        if (name == assay_model_name(model)) {
            return model;
        }
    }
    throw std::runtime_error("'" + name + "' in column model is neither event nor clocked");
}

void run(Session& s, const GoldenTable& table, size_t first) {
    std::vector<const char*> layers;
    for (size_t i = first; i < end_of_run(table, first); ++i) {
        layers.push_back(table.rows[i].layer.c_str());
    }
    layers.push_back(nullptr);
    assay_run_settings settings = assay_default_run_settings();
    settings.layers = layers.data();
    settings.policy = s.policy;
    settings.outputs = has_column(table, "saturations");
    s.require(
        assay_machine_open(s.hw, model_of(table.rows[first].model), nullptr, &s.machine, s.report));
    s.require(assay_machine_run(s.machine, s.workload, &settings, &s.result, s.report));
}

const assay_layer_result& layer_of(const assay_result& result, const std::string& name) {
    for (size_t i = 0; i < result.layer_count; ++i) {
        if (name == result.layers[i].name && result.layers[i].simulated) {
            return result.layers[i];
        }
    }
    throw std::runtime_error("the machine ran no layer '" + name + "'");
}

const uint64_t* find(const assay_count* counts, size_t count, const std::string& name) {
    for (size_t i = 0; i < count; ++i) {
        if (name == counts[i].name) {
            return &counts[i].value;
        }
    }
    return nullptr;
}

uint64_t number_of(const assay_layer_result& layer, const std::string& column) {
    if (column == "cycles") {
        return layer.cycles;
    }
    if (column == "io_cycles") {
        return layer.io_cycles;
    }
    const bool stall = column.rfind("stall_", 0) == 0;
    const uint64_t* value =
        stall ? find(layer.stall_cycles, layer.stall_count, column.substr(std::strlen("stall_")))
              : find(layer.counters, layer.counter_count, column);
    if (value == nullptr) {
        throw std::runtime_error("the machine has no counter '" + column + "'");
    }
    return *value;
}

} // namespace

Measured measure(const GoldenTable& table, size_t first) {
    Session s;
    load_hw(s, table.rows[first]);
    load_workload(s, table.rows[first]);
    set_bits(s, table.rows[first].bits);
    run(s, table, first);
    Measured measured;
    for (size_t i = first; i < end_of_run(table, first); ++i) {
        const assay_layer_result& layer = layer_of(*s.result, table.rows[i].layer);
        measured.emplace_back();
        for (const std::string& column : table.columns) {
            measured.back().push_back(number_of(layer, column));
        }
    }
    return measured;
}

} // namespace assay_test
