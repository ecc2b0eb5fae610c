#include "sweep_output.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

/* ---- CSV ---- */

static void add_field(cli_text* out, const char* field) {
    cli_text_add_csv(out, field);
    cli_text_add(out, ",");
}

static void add_real(cli_text* out, double value) {
    char text[32];
    assay_format_real(value, text, sizeof text);
    cli_text_add(out, "%s,", text);
}

static void add_header(const assay_sweep* sweep, cli_text* out) {
    for (size_t v = 0; v < assay_sweep_options(sweep); v++) {
        add_field(out, assay_sweep_option(sweep, v));
    }
    cli_text_add(out, "hw,workload,policy,status,cycles,seconds,energy_j,area_mm2,utilisation,"
                      "dram_bytes,error\n");
}

static void add_totals(const assay_run_totals* t, cli_text* out) {
    cli_text_add(out, "%" PRIu64 ",", t->cycles);
    add_real(out, t->seconds);
    add_real(out, t->energy_j);
    add_real(out, t->area_mm2);
    add_real(out, t->utilisation);
    cli_text_add(out, "%" PRIu64 ",", t->dram_bytes);
}

static void add_row(assay_sweep* sweep, size_t point, cli_text* out) {
    const assay_sweep_point_info info = assay_sweep_point(sweep, point);
    const assay_sweep_result result = assay_sweep_result_at(sweep, point);
    char value[ASSAY_SWEEP_VALUE_TEXT];
    for (size_t v = 0; v < assay_sweep_options(sweep); v++) {
        assay_sweep_value(sweep, point, v, value);
        add_field(out, value);
    }
    add_field(out, info.hw);
    add_field(out, info.workload);
    add_field(out, info.policy);
    add_field(out, assay_point_status_name(result.status));
    if (result.status == ASSAY_POINT_OK) {
        add_totals(&result.totals, out);
    } else {
        cli_text_add(out, ",,,,,,");
    }
    cli_text_add_csv(out, result.error);
    cli_text_add(out, "\n");
}

/* ---- JSON lines ---- */

static void write_value(assay_json_writer* w, assay_sweep* sweep, size_t point, size_t option) {
    const char* name = assay_sweep_option(sweep, option);
    char text[ASSAY_SWEEP_VALUE_TEXT];
    if (!assay_sweep_value(sweep, point, option, text)) {
        assay_json_write_real(w, name, NAN); /* null */
    } else if (assay_sweep_option_is_number(sweep, option)) {
        assay_json_write_real(w, name, strtod(text, NULL));
    } else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        assay_json_write_bool(w, name, text[0] == 't');
    } else {
        assay_json_write_string(w, name, text);
    }
}

static void write_totals(assay_json_writer* w, const assay_sweep_result* result) {
    const assay_run_totals* t = &result->totals;
    bool ok = result->status == ASSAY_POINT_OK;
    if (ok) {
        assay_json_write_uint(w, "cycles", t->cycles);
    } else {
        assay_json_write_real(w, "cycles", NAN);
    }
    assay_json_write_real(w, "seconds", ok ? t->seconds : NAN);
    assay_json_write_real(w, "energy_j", ok ? t->energy_j : NAN);
    assay_json_write_real(w, "area_mm2", ok ? t->area_mm2 : NAN);
    assay_json_write_real(w, "utilisation", ok ? t->utilisation : NAN);
    if (ok) {
        assay_json_write_uint(w, "dram_bytes", t->dram_bytes);
    } else {
        assay_json_write_real(w, "dram_bytes", NAN);
    }
}

static void add_line(assay_sweep* sweep, size_t point, cli_text* out) {
    const assay_sweep_point_info info = assay_sweep_point(sweep, point);
    const assay_sweep_result result = assay_sweep_result_at(sweep, point);
    assay_json_writer* w = assay_json_writer_new(0);
    if (w == NULL) {
        out->failed = true;
        return;
    }
    assay_json_begin_object(w, NULL);
    for (size_t v = 0; v < assay_sweep_options(sweep); v++) {
        write_value(w, sweep, point, v);
    }
    assay_json_write_string(w, "hw", info.hw);
    assay_json_write_string(w, "workload", info.workload);
    assay_json_write_string(w, "policy", info.policy);
    assay_json_write_string(w, "status", assay_point_status_name(result.status));
    write_totals(w, &result);
    assay_json_write_string(w, "error", result.error);
    assay_json_write_string(w, "hw_hash", assay_sweep_hw_hash(sweep, point));
    assay_json_write_string(w, "workload_hash", info.workload_hash);
    assay_json_write_string(w, "policy_hash", info.policy_hash);
    assay_json_end_object(w);
    size_t size = 0;
    const char* text = assay_json_writer_text(w, &size);
    out->failed = out->failed || text == NULL;
    cli_text_append(out, text != NULL ? text : "", text != NULL ? size : 0);
    cli_text_add(out, size > 0 && text[size - 1] == '\n' ? "" : "\n");
    assay_json_writer_free(&w);
}

void sweep_print_points(assay_sweep* sweep, const bool* selected, sweep_format format,
                        cli_text* out) {
    if (format == SWEEP_CSV) {
        add_header(sweep, out);
    }
    for (size_t i = 0; i < assay_sweep_points(sweep) && !out->failed; i++) {
        if (selected != NULL && !selected[i]) {
            continue;
        }
        if (format == SWEEP_CSV) {
            add_row(sweep, i, out);
        } else {
            add_line(sweep, i, out);
        }
    }
}

/* ---- Effects ---- */

void sweep_print_effects(assay_sweep* sweep, const assay_sweep_effect* effects, size_t count,
                         cli_text* out) {
    cli_text_add(out, "hw,workload,policy,metric,option,points,levels,share,factor,best\n");
    for (size_t i = 0; i < count; i++) {
        const assay_sweep_effect* e = &effects[i];
        add_field(out, assay_sweep_hw(sweep, e->hw_index));
        add_field(out, assay_sweep_workload(sweep, e->workload_index));
        add_field(out, assay_sweep_policy(sweep, e->policy_index));
        add_field(out, assay_metric_name(e->metric));
        add_field(out, assay_sweep_option(sweep, e->option));
        cli_text_add(out, "%zu,%zu,", e->points, e->levels);
        add_real(out, e->share);
        add_real(out, e->factor);
        cli_text_add_csv(out, e->best);
        cli_text_add(out, "\n");
    }
}
