#include "sweep_print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "text_table.h"

enum {
    REASONS_MAX = 8, /* of points that are not ok */
    FRONT_MAX = 20,  /* points of a front */
    EFFECTS_MAX = 4, /* options named per metric */
    ROWS_MAX = 40    /* points of a sweep that is shown whole */
};
static const double least_share = 0.005; /* that is worth naming */

/* Points of one machine, workload and policy. */
typedef struct cell {
    size_t hw, workload, policy;
    size_t ok, points;
    double least[2], greatest[2]; /* latency, energy */
    size_t fastest;
} cell;

typedef struct summary {
    assay_sweep* sweep;
    cell* cells; /* [cell_count] in the order of their first points */
    size_t cell_count;
    bool policies; /* some point has one */
} summary;

/* ---- Counting ---- */

static cell* cell_of(summary* s, const assay_sweep_point_info* p) {
    for (size_t i = 0; i < s->cell_count; i++) {
        cell* c = &s->cells[i];
        if (c->hw == p->hw_index && c->workload == p->workload_index &&
            c->policy == p->policy_index) {
            return c;
        }
    }
    cell* c = &s->cells[s->cell_count++];
    *c = (cell){.hw = p->hw_index,
                .workload = p->workload_index,
                .policy = p->policy_index,
                .least = {INFINITY, INFINITY},
                .greatest = {-INFINITY, -INFINITY}};
    return c;
}

static void add_point(summary* s, size_t point) {
    const assay_sweep_point_info info = assay_sweep_point(s->sweep, point);
    const assay_sweep_result r = assay_sweep_result_at(s->sweep, point);
    cell* c = cell_of(s, &info);
    c->points++;
    s->policies = s->policies || info.policy[0] != '\0';
    if (r.status != ASSAY_POINT_OK) {
        return;
    }
    const double costs[] = {r.totals.seconds, r.totals.energy_j};
    c->fastest = c->ok == 0 || costs[0] < c->least[0] ? point : c->fastest;
    c->ok++;
    for (size_t i = 0; i < 2; i++) {
        c->least[i] = costs[i] < c->least[i] ? costs[i] : c->least[i];
        c->greatest[i] = costs[i] > c->greatest[i] ? costs[i] : c->greatest[i];
    }
}

static void add_setting(assay_sweep* sweep, size_t point, cli_text* out) {
    char value[ASSAY_SWEEP_VALUE_TEXT];
    for (size_t v = 0; v < assay_sweep_options(sweep); v++) {
        if (assay_sweep_value(sweep, point, v, value)) {
            cli_text_add(out, "%s%s=%s", out->size > 0 ? ", " : "", assay_sweep_option(sweep, v),
                         value);
        }
    }
}

static void setting_cell(cli_table* table, assay_sweep* sweep, size_t point) {
    cli_text text = {0};
    add_setting(sweep, point, &text);
    cli_table_cell(table, "%s", cli_text_string(&text));
    cli_text_free(&text);
}

static void name_columns(const summary* s, cli_table* table) {
    cli_table_column(table, CLI_LEFT, "hw");
    cli_table_column(table, CLI_LEFT, "workload");
    if (s->policies) {
        cli_table_column(table, CLI_LEFT, "policy");
    }
}

static void name_cells(const summary* s, cli_table* table, size_t hw, size_t workload,
                       size_t policy) {
    cli_table_cell(table, "%s", assay_sweep_hw(s->sweep, hw));
    cli_table_cell(table, "%s", assay_sweep_workload(s->sweep, workload));
    if (s->policies) {
        cli_table_cell(table, "%s", assay_sweep_policy(s->sweep, policy));
    }
}

/* ---- Best points ---- */

static void range_cell(cli_table* table, const cell* c, size_t i, const char* unit) {
    if (c->ok == 0) {
        cli_table_cell(table, "-");
    } else {
        cli_table_cell(table, "%s .. %s", cli_si(c->least[i], unit).text,
                       cli_si(c->greatest[i], unit).text);
    }
}

static void print_cells(const summary* s, cli_text* out) {
    cli_table* table = cli_table_new();
    name_columns(s, table);
    cli_table_column(table, CLI_RIGHT, "ok");
    cli_table_column(table, CLI_RIGHT, "not");
    cli_table_column(table, CLI_LEFT, "latency");
    cli_table_column(table, CLI_LEFT, "energy");
    cli_table_column(table, CLI_LEFT, "fastest");
    for (size_t i = 0; i < s->cell_count; i++) {
        const cell* c = &s->cells[i];
        name_cells(s, table, c->hw, c->workload, c->policy);
        cli_table_cell(table, "%zu", c->ok);
        cli_table_cell(table, "%zu", c->points - c->ok);
        range_cell(table, c, 0, "s");
        range_cell(table, c, 1, "J");
        if (c->ok > 0) {
            setting_cell(table, s->sweep, c->fastest);
        } else {
            cli_table_cell(table, "-");
        }
    }
    cli_table_print(table, out);
    cli_table_free(&table);
}

/* ---- What went wrong ---- */

typedef struct reason {
    assay_point_status status;
    const char* error;
    size_t points;
} reason;

static size_t collect_reasons(const assay_sweep* sweep, reason* reasons) {
    size_t count = 0;
    for (size_t i = 0; i < assay_sweep_points(sweep); i++) {
        assay_sweep_result r = assay_sweep_result_at(sweep, i);
        size_t k = 0;
        if (r.status == ASSAY_POINT_OK) {
            continue;
        }
        while (k < count &&
               (reasons[k].status != r.status || strcmp(reasons[k].error, r.error) != 0)) {
            k++;
        }
        if (k == count && count < REASONS_MAX) {
            reasons[count++] = (reason){.status = r.status, .error = r.error};
        }
        if (k < REASONS_MAX) {
            reasons[k].points++;
        }
    }
    return count;
}

static void print_reasons(const assay_sweep* sweep, cli_text* out) {
    reason reasons[REASONS_MAX];
    size_t count = collect_reasons(sweep, reasons);
    if (count == 0) {
        return;
    }
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_RIGHT, "points");
    cli_table_column(table, CLI_LEFT, "status");
    cli_table_column(table, CLI_LEFT, "why");
    for (size_t i = 0; i < count; i++) {
        cli_table_cell(table, "%zu", reasons[i].points);
        cli_table_cell(table, "%s", assay_point_status_name(reasons[i].status));
        cli_table_cell(table, "%s", reasons[i].error);
    }
    cli_text_add(out, "\nnot ok%s\n", count == REASONS_MAX ? ", the first reasons" : "");
    cli_table_print(table, out);
    cli_table_free(&table);
}

/* ---- What matters ---- */

static bool same_row(const assay_sweep_effect* a, const assay_sweep_effect* b) {
    return a->hw_index == b->hw_index && a->workload_index == b->workload_index &&
           a->policy_index == b->policy_index && a->metric == b->metric;
}

/* The next greatest share below `limit`, of options that were not named yet. */
static const assay_sweep_effect* next_effect(const assay_sweep_effect* e, size_t count,
                                             const bool* named) {
    const assay_sweep_effect* best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!named[e[i].option] && (best == NULL || e[i].share > best->share)) {
            best = &e[i];
        }
    }
    return best != NULL && best->share >= least_share ? best : NULL;
}

static void effects_cell(cli_table* table, const assay_sweep* sweep, const assay_sweep_effect* e,
                         size_t count) {
    cli_text text = {0};
    bool named[1024] = {false};
    for (size_t i = 0; i < EFFECTS_MAX; i++) {
        const assay_sweep_effect* next = next_effect(e, count, named);
        if (next == NULL) {
            break;
        }
        named[next->option] = true;
        cli_text_add(&text, "%s%s %.0f %% (x%.3g, best %s)", i > 0 ? ", " : "",
                     assay_sweep_option(sweep, next->option), 100 * next->share, next->factor,
                     next->best);
    }
    cli_table_cell(table, "%s", text.size > 0 ? text.bytes : "none");
    cli_text_free(&text);
}

static void print_effects(const summary* s, const assay_sweep_effect* effects, size_t count,
                          cli_text* out) {
    if (count == 0) {
        return;
    }
    cli_table* table = cli_table_new();
    name_columns(s, table);
    cli_table_column(table, CLI_LEFT, "metric");
    cli_table_column(table, CLI_LEFT, "options that matter: share of variance (worst / best)");
    for (size_t begin = 0, end; begin < count; begin = end) {
        const assay_sweep_effect* e = &effects[begin];
        for (end = begin + 1; end < count && same_row(&effects[end], e); end++) {}
        name_cells(s, table, e->hw_index, e->workload_index, e->policy_index);
        cli_table_cell(table, "%s", assay_metric_name(e->metric));
        effects_cell(table, s->sweep, e, end - begin);
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

/* ---- Fronts ---- */

static void metric_cell(cli_table* table, assay_metric metric, const assay_run_totals* totals) {
    double value = assay_metric_of(metric, totals);
    if (metric == ASSAY_METRIC_AREA || metric == ASSAY_METRIC_UTILISATION) {
        cli_table_cell(table, "%.4g", value);
    } else {
        cli_table_cell(table, "%s", cli_si(value, assay_metric_unit(metric)).text);
    }
}

static void front_row(const summary* s, const sweep_request* request, size_t point,
                      cli_table* table) {
    const assay_sweep_point_info info = assay_sweep_point(s->sweep, point);
    const assay_sweep_result r = assay_sweep_result_at(s->sweep, point);
    name_cells(s, table, info.hw_index, info.workload_index, info.policy_index);
    for (size_t i = 0; i < request->pareto_count; i++) {
        metric_cell(table, request->pareto[i], &r.totals);
    }
    setting_cell(table, s->sweep, point);
}

static void print_front(const summary* s, const sweep_request* request, const bool* front,
                        cli_text* out) {
    cli_table* table = cli_table_new();
    size_t count = 0, shown = 0;
    name_columns(s, table);
    for (size_t i = 0; i < request->pareto_count; i++) {
        const char* unit = assay_metric_unit(request->pareto[i]);
        bool area = request->pareto[i] == ASSAY_METRIC_AREA;
        cli_table_column(table, CLI_RIGHT, "%s%s%s", assay_metric_name(request->pareto[i]),
                         area ? " " : "", area ? unit : "");
    }
    cli_table_column(table, CLI_LEFT, "options");
    for (size_t i = 0; i < assay_sweep_points(s->sweep); i++) {
        count += front[i];
        if (front[i] && shown < FRONT_MAX) {
            shown++;
            front_row(s, request, i, table);
        }
    }
    cli_text_add(out, "\n%zu points on the fronts", count);
    cli_text_add(out, count > shown ? ", the first ones:\n" : ":\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

/* ---- All ---- */

static void print_rows(const summary* s, cli_text* out) {
    cli_table* table = cli_table_new();
    name_columns(s, table);
    cli_table_column(table, CLI_LEFT, "status");
    cli_table_column(table, CLI_RIGHT, "latency");
    cli_table_column(table, CLI_RIGHT, "energy");
    cli_table_column(table, CLI_RIGHT, "area mm2");
    cli_table_column(table, CLI_LEFT, "options");
    for (size_t i = 0; i < assay_sweep_points(s->sweep); i++) {
        assay_sweep_result r = assay_sweep_result_at(s->sweep, i);
        const assay_sweep_point_info info = assay_sweep_point(s->sweep, i);
        name_cells(s, table, info.hw_index, info.workload_index, info.policy_index);
        cli_table_cell(table, "%s", assay_point_status_name(r.status));
        const assay_metric shown[] = {ASSAY_METRIC_LATENCY, ASSAY_METRIC_ENERGY, ASSAY_METRIC_AREA};
        for (size_t k = 0; k < sizeof shown / sizeof *shown; k++) {
            if (r.status == ASSAY_POINT_OK) {
                metric_cell(table, shown[k], &r.totals);
            } else {
                cli_table_cell(table, "-");
            }
        }
        setting_cell(table, s->sweep, i);
    }
    cli_text_add(out, "\n");
    cli_table_print(table, out);
    cli_table_free(&table);
}

void sweep_print_summary(assay_sweep* sweep, const sweep_request* request, const bool* front,
                         const assay_sweep_effect* effects, size_t effect_count, cli_text* out) {
    size_t points = assay_sweep_points(sweep);
    summary s = {.sweep = sweep, .cells = calloc(points + 1, sizeof *s.cells)};
    if (s.cells == NULL) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < points; i++) {
        add_point(&s, i);
    }
    print_cells(&s, out);
    print_reasons(sweep, out);
    if (points <= ROWS_MAX) {
        print_rows(&s, out);
    }
    print_effects(&s, effects, effect_count, out);
    if (front != NULL) {
        print_front(&s, request, front, out);
    }
    free(s.cells);
}
