// Machines behind the C ABI: the SystemC context, and the walk over a workload's layers.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "abi.hpp"
#include "content_hash.hpp"
#include "context.hpp"
#include "contract.h"
#include "graph.hpp"
#include "quote.h"
#include "revision.hpp"

using namespace assay;

struct assay_machine {
    ContextScope context; // first: outlives the machine's modules
    assay_hw hw;
    assay_model model;
    std::unique_ptr<Machine> machine;
};

namespace {

constexpr uint64_t settings_cookie = 0x61737361795f3031; // "assay_01"

// One machine per process at a time: SystemC's state is global, so this flag has to be.
bool machine_is_open = false;

bool selected(const assay_run_settings& settings, const std::string& layer) {
    if (settings.layers == nullptr) {
        return true;
    }
    for (const char* const* name = settings.layers; *name != nullptr; ++name) {
        if (layer == *name) {
            return true;
        }
    }
    return false;
}

// Every name of --layer must be one of the workload's layers.
assay_status check_selection(const assay_workload& workload, const assay_run_settings& settings,
                             assay_report* report) {
    assay_status status = ASSAY_OK;
    for (const char* const* name = settings.layers; name != nullptr && *name != nullptr; ++name) {
        const bool known = std::any_of(workload.layers.begin(), workload.layers.end(),
                                       [&](const Layer& l) { return l.name == *name; });
        if (!known) {
            assay_report_add(
                report,
                "no layer \"%.80s\" in workload %s (it has %zu layers, the first is \"%s\")", *name,
                workload.name.c_str(), workload.layers.size(),
                workload.layers.empty() ? "" : workload.layers[0].name.c_str());
            status = ASSAY_BAD_INPUT;
        }
    }
    return status;
}

// A policy that is followed in part would give figures of another network.
assay_status check_policy(const assay_workload& workload, const assay_policy* policy,
                          assay_report* report) {
    assay_status status = ASSAY_OK;
    for (size_t i = 0; policy != nullptr && i < workload.layers.size(); ++i) {
        const assay_layer_policy at = assay_policy_at(policy, i);
        const bool pruned = at.w_density > 0 && at.w_density < 1;
        const char* key = pruned                 ? "w_density"
                          : at.codebook_bits > 0 ? "codebook_bits"
                          : at.keep_channels > 0 ? "keep_channels"
                                                 : nullptr;
        if (key != nullptr) {
            assay_report_add(report,
                             "policy: layer %s: no machine follows %s; `assay accuracy` does, and "
                             "`assay compress` writes the compressed network for machines of "
                             "sparse weights",
                             assay_quote(workload.layers[i].name.c_str()).text, key);
            status = ASSAY_BAD_INPUT;
        }
    }
    return status;
}

// Weights of every matrix layer are known: outputs mean something.
bool has_values(const assay_workload& workload) {
    return std::none_of(workload.layers.begin(), workload.layers.end(),
                        [](const Layer& l) { return is_matrix(l.op) && l.weights.drawn(); });
}

uint64_t batch_of(uint64_t asked, const Machine& machine, const assay_workload& workload) {
    return asked > 0 ? asked : machine.batch() > 0 ? machine.batch() : workload.batch;
}

// Of the first `count` layers.
size_t matrix_layers(const assay_workload& workload, size_t count) {
    const auto begin = workload.layers.begin();
    return static_cast<size_t>(std::count_if(begin, begin + static_cast<std::ptrdiff_t>(count),
                                             [](const Layer& l) { return is_matrix(l.op); }));
}

// One run of a workload on a machine: tensors flow from layer to layer in fixed point, if their
// values are known and somebody wants them.
class Run {
  public:
    Run(Machine& machine, const assay_workload& workload, const assay_run_settings& settings,
        ResultBuilder& builder)
        : machine_(machine), workload_(workload), settings_(settings), builder_(builder),
          batch_(batch_of(settings.batch, machine, workload)),
          values_(machine.computes_values() &&
                  (machine.timing_needs_values() ||
                   (has_values(workload) && (settings.outputs || settings.check)))),
          tensors_(workload.layers.size()), places_(workload.layers.size(), Place::dram),
          users_(workload.layers.size()), users_left_(workload.layers.size(), 0),
          timeline_(settings.timeline, settings.timeline_user) {
        for (size_t i = 0; i < workload.layers.size(); ++i) {
            for (int input : workload.layers[i].inputs) {
                if (input >= 0 && !workload.layers[i].own_input) {
                    users_[static_cast<size_t>(input)].push_back(i);
                    ++users_left_[static_cast<size_t>(input)];
                }
            }
        }
    }

    assay_status layers(assay_report* report) {
        assay_status worst = ASSAY_OK;
        for (index_ = 0; index_ < workload_.layers.size(); ++index_) {
            if (!tell(0)) {
                return ASSAY_INTERRUPTED;
            }
            const Layer& next = workload_.layers[index_];
            timeline_.enter(next.name, now_);
            const assay_status status = layer(next, report);
            if (status != ASSAY_OK && status != ASSAY_MISMATCH) {
                return status;
            }
            worst = std::max(worst, status);
            release_inputs(next);
        }
        if (!tell(0) && timeline_.stopped()) {
            return ASSAY_INTERRUPTED;
        }
        const assay_status settled = settle(report);
        return settled != ASSAY_OK ? settled : worst;
    }

  private:
    bool tell(double fraction) const {
        if (timeline_.stopped()) {
            return false;
        }
        if (settings_.progress == nullptr) {
            return true;
        }
        const bool more = index_ < workload_.layers.size();
        return settings_.progress(settings_.user, index_, workload_.layers.size(), fraction,
                                  more ? workload_.layers[index_].name.c_str() : "");
    }

    static bool keep_going(void* context, double fraction) {
        return static_cast<const Run*>(context)->tell(fraction);
    }

    // Layers that are no matrix product need the data of all their inputs; a matrix layer has one.
    assay_status layer(const Layer& layer, assay_report* report) {
        return is_matrix(layer.op) ? matrix_layer(layer, report) : other_layer(layer, report);
    }

    LayerTask task_for(const Layer& layer, const FixedTensor& input, bool simulate) const {
        const bool used = values_ && users_left_[index_] > 0;
        return {layer,
                input,
                batch_,
                width(settings_.policy ? assay_policy_w_bits(settings_.policy, index_) : 0,
                      layer.w_bits),
                width(settings_.policy ? assay_policy_a_bits(settings_.policy, index_) : 0,
                      layer.a_bits),
                place_of_input(layer),
                stays_in_registers(index_),
                leaves_the_chip(index_),
                simulate,
                (values_ && settings_.outputs) || used,
                settings_.check && simulate,
                settings_.cache_dir,
                keep_going,
                const_cast<Run*>(this),
                matrix_layers(workload_, index_),
                matrix_layers(workload_, workload_.layers.size()),
                settings_.per_pe,
                simulate ? timeline() : nullptr};
    }

    Timeline* timeline() const { return settings_.timeline != nullptr ? &timeline_ : nullptr; }

    void keep(const Layer& layer, LayerOutcome&& outcome) {
        if (timeline() != nullptr && outcome.charged) {
            const uint64_t end = now_ + outcome.cycles + outcome.io_cycles;
            timeline_.enter(layer.name, now_);
            timeline_.slice("layer", layer.name, 0, end - now_,
                            {{"cycles", outcome.cycles},
                             {"io_cycles", outcome.io_cycles},
                             {"macs", layer.macs() * batch_},
                             {"w_bits", outcome.w_bits},
                             {"a_bits", outcome.a_bits},
                             {"dram_bits", outcome.dram_bits}});
            now_ = end;
        }
        done_.push_back({&layer, outcome.charged, std::move(outcome)});
    }

    static unsigned width(unsigned by_policy, unsigned by_workload) {
        return by_policy > 0 ? by_policy : by_workload;
    }

    assay_status other_layer(const Layer& layer, assay_report* report) {
        LayerOutcome outcome;
        if (values_) {
            FixedTensor own;
            tensors_[index_] = host_op(layer, inputs_of(layer, own));
        }
        std::vector<Place> places;
        for (int id : layer.inputs) {
            places.push_back(id < 0 ? Place::given : places_[static_cast<size_t>(id)]);
        }
        const bool simulate = selected(settings_, layer.name);
        const FixedTensor none;
        const assay_status status =
            machine_.run_other(task_for(layer, none, simulate), places, outcome, report);
        if (status != ASSAY_OK) {
            return status;
        }
        places_[index_] = outcome.output_place;
        if (simulate) {
            keep(layer, std::move(outcome));
        }
        return ASSAY_OK;
    }

    assay_status matrix_layer(const Layer& layer, assay_report* report) {
        LayerOutcome outcome;
        const bool simulate = selected(settings_, layer.name);
        FixedTensor own;
        const FixedTensor& input = input_of(layer, own);
        const LayerTask task = task_for(layer, input, simulate);
        if (!simulate && !task.outputs && machine_.timing_needs_values()) {
            return ASSAY_OK; // nobody asks for anything of it
        }
        const assay_status status = machine_.run(task, outcome, report);
        if (status != ASSAY_OK && status != ASSAY_MISMATCH) {
            return status;
        }
        tensors_[index_] = std::move(outcome.output);
        places_[index_] = outcome.output_place;
        if (simulate) {
            keep(layer, std::move(outcome));
        }
        return status;
    }

    // When all layers are known: what they cost each other, then the result.
    assay_status settle(assay_report* report) {
        std::vector<LayerOutcome*> simulated; // with weights
        for (Done& done : done_) {
            if (done.simulated && is_matrix(done.layer->op)) {
                simulated.push_back(&done.outcome);
            }
        }
        if (!simulated.empty()) {
            const assay_status status = machine_.settle(simulated, report);
            if (status != ASSAY_OK) {
                return status;
            }
        }
        for (Done& done : done_) {
            if (done.simulated && settings_.log != nullptr && !done.outcome.note.empty()) {
                settings_.log(settings_.user, done.layer->name.c_str(), done.outcome.note.c_str());
            }
            builder_.add(*done.layer, done.simulated, std::move(done.outcome));
        }
        return ASSAY_OK;
    }

    Place place_of_input(const Layer& layer) const {
        if (layer.own_input || layer.detached || layer.inputs.empty() || layer.inputs[0] < 0) {
            return Place::given;
        }
        return places_[static_cast<size_t>(layer.inputs[0])];
    }

    // Tensors stay on chip from a layer to the ones right after it; the host, and layers further
    // on, find theirs in DRAM. So the memory never holds more than a layer's input and output.
    bool leaves_the_chip(size_t id) const {
        const std::vector<size_t>& users = users_[id];
        if (users.empty()) { // EIE's last output waits for its host; a network's result leaves
            return machine_.elements_on_chip() || id + 1 < workload_.layers.size();
        }
        for (size_t i = 0; i < users.size(); ++i) {
            const Layer& user = workload_.layers[users[i]];
            // A concatenation's inputs lie in DRAM, and a product takes its second operand from
            // there, like weights.
            const bool second = user.op == Op::matmul && user.inputs.size() > 1 &&
                                user.inputs[1] == static_cast<int>(id);
            const bool on_chip =
                !second &&
                (is_matrix(user.op) || (machine_.elements_on_chip() && !is_movement(user.op)));
            if (users[i] != id + 1 + i || !on_chip) {
                return true;
            }
        }
        return false;
    }

    // One vector for one reader: the registers that it was summed in are the next layer's input.
    bool stays_in_registers(size_t id) const {
        const std::vector<size_t>& users = users_[id];
        if (users.empty()) {
            return true;
        }
        const Layer& next = workload_.layers[users[0]];
        return users.size() == 1 && users[0] == id + 1 && is_matrix(next.op) &&
               matrix_cols(next) == workload_.layers[id].out.size() && next.out.h * next.out.w == 1;
    }

    // `own` stays empty if no values are wanted, or none are known.
    const FixedTensor& input_of(const Layer& layer, FixedTensor& own) {
        if (!values_) {
            return own;
        }
        if (layer.own_input || layer.detached) {
            own = machine_.quantise(layer.own_input ? *layer.own_input : detached_input(layer),
                                    layer);
            return own;
        }
        return tensor(layer.inputs.empty() ? -1 : layer.inputs[0], layer);
    }

    const FixedTensor& tensor(int id, const Layer& consumer) {
        if (id >= 0) {
            return tensors_[static_cast<size_t>(id)];
        }
        if (input_.values.empty()) {
            input_ = machine_.quantise(workload_.input, consumer);
        }
        return input_;
    }

    // `own` holds what a layer that stands alone reads.
    std::vector<const FixedTensor*> inputs_of(const Layer& layer, FixedTensor& own) {
        std::vector<const FixedTensor*> inputs;
        if (layer.detached) {
            own = machine_.quantise(detached_input(layer), layer);
            inputs.push_back(&own);
        }
        for (int id : layer.inputs) {
            inputs.push_back(&tensor(id, layer));
        }
        return inputs;
    }

    // A tensor is dropped after its last reader: whole networks fit in little memory.
    void release_inputs(const Layer& layer) {
        for (int id : layer.inputs) {
            if (id >= 0 && !layer.own_input && --users_left_[static_cast<size_t>(id)] == 0) {
                tensors_[static_cast<size_t>(id)] = FixedTensor();
            }
        }
    }

    Machine& machine_;
    const assay_workload& workload_;
    const assay_run_settings& settings_;
    ResultBuilder& builder_;
    const uint64_t batch_;
    const bool values_;
    std::vector<FixedTensor> tensors_;
    std::vector<Place> places_;
    std::vector<std::vector<size_t>> users_; // of each layer's output, in order
    std::vector<size_t> users_left_;
    struct Done {
        const Layer* layer;
        bool simulated;
        LayerOutcome outcome;
    };
    std::vector<Done> done_;
    FixedTensor input_;
    size_t index_ = 0;
    mutable Timeline timeline_;
    uint64_t now_ = 0; // on the timeline: cycles of the layers so far
};

// SystemC ends the process when it cannot open the file, whose name it ends in ".vcd" if ours does
// not.
assay_status check_vcd(const std::string& path, assay_report* report) {
    const std::string ending = ".vcd";
    const bool ends = path.size() > ending.size() &&
                      path.compare(path.size() - ending.size(), ending.size(), ending) == 0;
    const std::string name = ends ? path : path + ending;
    FILE* file = fopen(name.c_str(), "w");
    if (file == nullptr) {
        assay_report_add(report, "%s: cannot open for writing: %s", name.c_str(), strerror(errno));
        return ASSAY_IO;
    }
    fclose(file);
    return ASSAY_OK;
}

} // namespace

const char* assay_model_name(assay_model model) {
    return model == ASSAY_MODEL_CLOCKED ? "clocked" : "event";
}

assay_run_settings assay_default_run_settings(void) {
    assay_run_settings settings{};
    settings.outputs = true;
    settings.per_pe = true;
    settings.cookie = settings_cookie;
    return settings;
}

assay_status assay_machine_open(const assay_hw* hw, assay_model model, const char* vcd_path,
                                assay_machine** out, assay_report* report) {
    ASSAY_REQUIRE(hw != nullptr && out != nullptr && report != nullptr);
    *out = nullptr;
    if (assay_hw_check(hw, report) != ASSAY_OK) {
        return ASSAY_BAD_INPUT;
    }
    if (vcd_path != nullptr && model != ASSAY_MODEL_CLOCKED) {
        assay_report_add(report, "waveforms need the clocked model");
        return ASSAY_BAD_INPUT;
    }
    if (hw->accelerator->by_place && model == ASSAY_MODEL_CLOCKED) {
        assay_report_add(report, "a table has no clocked model and no waveforms");
        return ASSAY_BAD_INPUT;
    }
    if (machine_is_open) {
        assay_report_add(report, "a machine is already open in this process");
        return ASSAY_BAD_INPUT;
    }
    const assay_status status = guarded(report, [&] {
        const assay_status writable = vcd_path != nullptr ? check_vcd(vcd_path, report) : ASSAY_OK;
        if (writable != ASSAY_OK) {
            return writable;
        }
        auto machine = std::make_unique<assay_machine>();
        machine->hw = *hw;
        machine->model = model;
        machine->machine = hw->accelerator->open(machine->hw.options(), model, vcd_path);
        *out = machine.release();
        return ASSAY_OK;
    });
    machine_is_open = status == ASSAY_OK;
    return status;
}

void assay_machine_close(assay_machine** machine) {
    ASSAY_REQUIRE(machine != nullptr);
    if (*machine != nullptr) {
        delete *machine;
        machine_is_open = false;
    }
    *machine = nullptr;
}

bool assay_machine_has_timeline(const assay_machine* machine) {
    ASSAY_REQUIRE(machine != nullptr);
    return machine->machine->has_timeline();
}

assay_status assay_machine_run(assay_machine* machine, const assay_workload* workload,
                               const assay_run_settings* settings, assay_result** out,
                               assay_report* report) {
    ASSAY_REQUIRE(machine != nullptr && workload != nullptr && settings != nullptr);
    ASSAY_REQUIRE(out != nullptr && report != nullptr);
    ASSAY_REQUIRE(settings->cookie == settings_cookie); // not from assay_default_run_settings
    *out = nullptr;
    return guarded(report, [&] {
        assay_status status = std::max(check_selection(*workload, *settings, report),
                                       check_policy(*workload, settings->policy, report));
        if (settings->timeline != nullptr && !machine->machine->has_timeline()) {
            assay_report_add(report, "the %s model of %s has no timeline",
                             assay_model_name(machine->model), machine->hw.accelerator->info.name);
            status = ASSAY_BAD_INPUT;
        }
        if (status != ASSAY_OK) {
            return status;
        }
        ResultBuilder builder(machine->hw, *workload, machine->model, settings->check,
                              batch_of(settings->batch, *machine->machine, *workload));
        status = Run(*machine->machine, *workload, *settings, builder).layers(report);
        if (status == ASSAY_OK || status == ASSAY_MISMATCH) {
            *out = builder.finish(*machine->machine);
        }
        return status;
    });
}

assay_status assay_machine_measure(assay_machine* machine, const assay_workload* workload,
                                   size_t layer, unsigned w_bits, unsigned a_bits, uint64_t batch,
                                   assay_measurement* out, assay_report* report) {
    ASSAY_REQUIRE(machine != nullptr && workload != nullptr && out != nullptr && report != nullptr);
    ASSAY_REQUIRE(layer < workload->layers.size() && is_matrix(workload->layers[layer].op));
    *out = {};
    return guarded(report, [&] {
        const Layer& shape = workload->layers[layer];
        Machine& silicon = *machine->machine;
        FixedTensor input;
        if (silicon.timing_needs_values()) {
            input =
                silicon.quantise(shape.own_input ? *shape.own_input : detached_input(shape), shape);
        }
        const auto never_stop = [](void*, double) { return true; };
        const LayerTask task{shape,
                             input,
                             batch_of(batch, silicon, *workload),
                             w_bits,
                             a_bits,
                             Place::given,
                             false,
                             true,
                             true,
                             false,
                             false,
                             nullptr,
                             never_stop,
                             nullptr,
                             matrix_layers(*workload, layer),
                             matrix_layers(*workload, workload->layers.size()),
                             false};
        LayerOutcome outcome;
        const assay_status status = silicon.run(task, outcome, report);
        if (status == ASSAY_OK) {
            out->cycles = outcome.cycles;
            out->dram_bits = outcome.dram_bits;
            out->macs = shape.macs() * task.batch;
            out->seconds = static_cast<double>(outcome.cycles) / silicon.clock_hz();
            for (const Amount& part : outcome.energy) {
                out->energy_j += part.value;
            }
        }
        return status;
    });
}

assay_status assay_measurement_key(const assay_hw* hw, assay_model model,
                                   const assay_workload* workload, size_t layer, unsigned w_bits,
                                   unsigned a_bits, uint64_t batch, char out[ASSAY_KEY_TEXT]) {
    ASSAY_REQUIRE(hw != nullptr && workload != nullptr && layer < workload->layers.size());
    ContentHash hash;
    hash.string("version", assay_version());
    hash.string("revision", ASSAY_SOURCE_REVISION);
    hash.string("model", assay_model_name(model));
    hash.string("hw", hw->hash);
    hash.string("layer", layer_hash(workload->layers[layer]));
    hash.uint("w_bits", w_bits);
    hash.uint("a_bits", a_bits);
    hash.uint("batch", batch);
    hash.uint("own_batch", workload->batch);
    if (hw->accelerator->by_place) {
        hash.string("name", workload->layers[layer].name);
        hash.uint("index", matrix_layers(*workload, layer));
        hash.uint("layers", matrix_layers(*workload, workload->layers.size()));
    }
    snprintf(out, ASSAY_KEY_TEXT, "%s", hash.text().c_str());
    return ASSAY_OK;
}
