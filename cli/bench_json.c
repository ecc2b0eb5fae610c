#include "bench_peers.h"
#include "bench_print.h"
#include "bench_targets.h"
#include "format.h"

static void write_sample(assay_json_writer* w, const char* key, const bench_sample* sample) {
    assay_json_begin_object(w, key);
    assay_json_write_uint(w, "runs", sample->runs);
    assay_json_write_real(w, "min_s", sample->min_s);
    assay_json_write_real(w, "median_s", sample->median_s);
    assay_json_write_real(w, "spread", sample->spread);
    assay_json_end_object(w);
}

static void write_ratios(assay_json_writer* w, const bench_figures* f) {
    bench_target targets[BENCH_TARGETS];
    const size_t count = bench_read_targets(f, targets);
    assay_json_begin_array(w, "ratios");
    for (size_t i = 0; i < count; i++) {
        assay_json_begin_object(w, NULL);
        assay_json_write_string(w, "name", targets[i].name);
        assay_json_write_string(w, "unit", targets[i].unit);
        assay_json_write_real(w, "value", targets[i].value);
        assay_json_write_real(w, "target", targets[i].target);
        assay_json_write_bool(w, "met", bench_met(&targets[i]));
        assay_json_end_object(w);
    }
    assay_json_end_array(w);
}

static void write_layer(assay_json_writer* w, const bench_layer* layer) {
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "name", layer->name);
    assay_json_write_uint(w, "bits", layer->bits);
    assay_json_write_uint(w, "cycles", layer->cycles);
    write_sample(w, "event", &layer->event);
    write_sample(w, "clocked", &layer->clocked);
    assay_json_end_object(w);
}

static void write_machine(assay_json_writer* w, const bench_machine* m) {
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "hw", m->hw);
    assay_json_write_string(w, "setting", m->setting);
    assay_json_write_bool(w, "skipped", m->skipped);
    if (!m->skipped) {
        assay_json_write_real(w, "geomean", m->geomean);
        assay_json_write_real(w, "minimum", m->minimum);
        assay_json_write_string(w, "signature", m->signature);
        assay_json_begin_array(w, "layers");
        for (size_t i = 0; i < m->count; i++) {
            write_layer(w, &m->layers[i]);
        }
        assay_json_end_array(w);
    }
    assay_json_end_object(w);
}

static void write_machines(assay_json_writer* w, const bench_figures* f) {
    assay_json_begin_array(w, "machines");
    for (size_t i = 0; i < BENCH_MACHINES; i++) {
        write_machine(w, &f->machines[i]);
    }
    assay_json_end_array(w);
}

static void write_query(assay_json_writer* w, const bench_query* q) {
    assay_json_begin_object(w, "first_query");
    assay_json_write_uint(w, "runs", q->runs);
    assay_json_write_real(w, "load_s", q->load_s);
    assay_json_write_real(w, "open_s", q->open_s);
    assay_json_write_real(w, "answer_s", q->answer_s);
    assay_json_write_real(w, "slowest_s", q->slowest_s);
    assay_json_write_real(w, "whole_s", q->whole_s);
    assay_json_end_object(w);
}

static void write_table(assay_json_writer* w, const bench_table* t) {
    assay_json_begin_object(w, "table");
    assay_json_write_uint(w, "jobs", t->jobs);
    assay_json_write_uint(w, "entries", t->entries);
    assay_json_write_uint(w, "simulated", t->simulated);
    assay_json_write_real(w, "seconds", t->seconds);
    assay_json_end_object(w);
}

/* Seconds of elsewhere: only ratios of orders of magnitude mean anything. */
static void write_peers(assay_json_writer* w) {
    assay_json_begin_array(w, "peers_measured_elsewhere");
    for (size_t i = 0; i < BENCH_PEERS; i++) {
        assay_json_begin_object(w, NULL);
        assay_json_write_string(w, "name", bench_peers[i].name);
        assay_json_write_real(w, "cpu_s", bench_peers[i].cpu_s);
        assay_json_end_object(w);
    }
    assay_json_end_array(w);
}

static void write_network(assay_json_writer* w, const bench_network* n) {
    if (n->skipped) {
        return;
    }
    write_query(w, &n->query);
    if (n->table.measured) {
        write_table(w, &n->table);
    }
    assay_json_begin_object(w, "store");
    assay_json_write_uint(w, "entries", n->lookup.entries);
    assay_json_write_real(w, "key_s", n->lookup.key_s);
    assay_json_write_real(w, "get_s", n->lookup.get_s);
    assay_json_end_object(w);
    write_peers(w);
}

static void write_accuracy(assay_json_writer* w, const bench_accuracy* a) {
    assay_json_begin_object(w, "accuracy");
    assay_json_write_bool(w, "skipped", a->skipped);
    if (!a->skipped) {
        assay_json_write_uint(w, "rounds", a->rounds);
        assay_json_write_uint(w, "images", a->images);
        assay_json_write_real(w, "open_s", a->open_s);
        assay_json_write_real(w, "float_s", a->float_s);
        assay_json_write_real(w, "quantised_s", a->quantised_s);
        assay_json_write_real(w, "candidate_s", a->candidate_s);
        assay_json_write_real(w, "reuse_s", a->reuse_s);
        assay_json_write_uint(w, "reused_layers", a->reused);
        assay_json_write_uint(w, "layers", a->layers);
    }
    assay_json_end_object(w);
}

static void write_search(assay_json_writer* w, const bench_search* s) {
    assay_json_begin_object(w, "search");
    assay_json_write_uint(w, "evolution_candidates", s->candidates);
    assay_json_write_real(w, "evolution_s", s->evolution_s);
    assay_json_write_uint(w, "ddpg_episodes", s->episodes);
    assay_json_write_real(w, "ddpg_s", s->ddpg_s);
    assay_json_write_uint(w, "table_candidates", s->table.candidates);
    assay_json_write_real(w, "table_s", s->table.seconds);
    if (!s->exact.skipped) {
        assay_json_write_real(w, "exact_slowest_s", s->exact.slowest_s);
    }
    assay_json_end_object(w);
}

static void write_first(assay_json_writer* w, const bench_figures* f) {
    assay_json_begin_object(w, "first_run");
    assay_json_write_real(w, "generate_s", f->first.generate_s);
    assay_json_write_real(w, "encode_s", f->first.encode_s);
    assay_json_write_real(w, "simulate_s", f->first.simulate_s);
    assay_json_end_object(w);
}

void bench_print_json(const bench_figures* f, cli_text* out) {
    assay_json_writer* w = assay_json_writer_new(2);
    if (w == NULL) {
        out->failed = true;
        return;
    }
    assay_json_begin_object(w, NULL);
    assay_json_write_string(w, "assay", assay_version());
    write_sample(w, "event_timing", &f->timing);
    write_sample(w, "event_outputs", &f->outputs);
    write_sample(w, "clocked", &f->clocked);
    write_sample(w, "reference", &f->reference);
    write_ratios(w, f);
    write_machines(w, f);
    write_first(w, f);
    write_network(w, &f->network);
    write_accuracy(w, &f->accuracy);
    write_search(w, &f->search);
    assay_json_write_string(w, "signature", f->signature);
    assay_json_end_object(w);
    cli_json_finish(&w, out);
}
