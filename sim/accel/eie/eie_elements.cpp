// Layers that are no matrix product on EIE (contract §11): the PEs take activations from DRAM,
// element by element, and write them back, by the pipeline that tiled machines have for it.
#include "eie_layer.hpp"
#include "element_ops.hpp"

namespace assay::eie {
namespace {

// Of `total`, spread evenly over the PEs, the first of them one more.
uint64_t share_of(uint64_t total, uint64_t pe, uint64_t pes) {
    return total / pes + (pe < total % pes ? 1 : 0);
}

} // namespace

std::unique_ptr<tiled::Pipeline> make_elements(const Options& options, assay_model model) {
    if (!options.has_dram()) {
        return nullptr;
    }
    tiled::PipelineOptions pipeline;
    pipeline.channels = {dram_options(options)};
    return model == ASSAY_MODEL_EVENT ? tiled::make_event_pipeline(pipeline)
                                      : tiled::make_clocked_pipeline(pipeline, nullptr);
}

// Every PE does the same. An operation reads a register and writes one.
Counters EieMachine::element_counters(const tiled::ElementLoad& load,
                                      const tiled::PipelineCounters& measured) const {
    const uint64_t pes = options_.pe_count;
    const tiled::ArrayCycles& a = measured.array;
    Counters counters;
    counters.cycles = measured.cycles;
    counters.pe.resize(pes);
    counters.stall.resize(pes);
    for (uint64_t pe = 0; pe < pes; ++pe) {
        const uint64_t operations = share_of(load.operations, pe, pes);
        counters.pe[pe].act_src_reads = operations;
        counters.pe[pe].act_dst_writes = operations;
        counters.stall[pe].elements = a.issue;
        counters.stall[pe].fill = a.fill;
        counters.stall[pe].drain = a.drain;
        counters.stall[pe].dram = a.sum() - a.issue - a.fill - a.drain;
    }
    counters.total.pe_cycles = counters.cycles * pes;
    for (const DramCounters& channel : measured.channels) {
        counters.total.dram_read_bits += channel.read_bits;
        counters.total.dram_write_bits += channel.write_bits;
    }
    return counters;
}

assay_status EieMachine::run_other(const LayerTask& task, const std::vector<Place>&,
                                   LayerOutcome& out, assay_report*) {
    const tiled::ElementWork work = tiled::element_work(task.layer);
    const unsigned bits = element_bits(task);
    const uint64_t values = bits * task.batch;
    const tiled::ElementLoad load{work.inputs * values, 0, work.outputs * values,
                                  work.operations * task.batch, work.outputs * task.batch};
    out.a_bits = bits;
    tiled::PipelineCounters measured;
    if (work.outputs == 0) {
        add_note(out, tiled::movement_note(task.layer));
    } else if (elements_ == nullptr) {
        out.charged = false;
        add_note(out, "computed by the host: no cycles charged, the machine has no DRAM channel");
        return ASSAY_OK;
    } else {
        tiled::ElementSteps steps(load, options_.pe_count, 0, 0);
        const auto keep_going = [&] { return task.keep_going(task.context, 0); };
        elements_->trace().attach(task.timeline, {"DRAM 0"});
        if (!elements_->run([&](tiled::Step& step) { return steps.next(step); }, {}, nullptr,
                            keep_going, measured)) {
            return ASSAY_INTERRUPTED;
        }
    }
    report_outcome(nullptr, element_counters(load, measured), out);
    return ASSAY_OK;
}

} // namespace assay::eie
