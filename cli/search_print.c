#include "search_print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "quantity.h"
#include "text_table.h"

typedef struct column {
    const char *title, *key;
    const char* unit; /* NULL: the number as it is */
    double scale;
} column;

static const column columns[] = {
    {"reward", "reward", NULL, 1},     {"accuracy", "accuracy", "%", 100},
    {"loss", "loss", NULL, 1},         {"latency", "seconds", "s", 1},
    {"energy", "energy_j", "J", 1},    {"size", "size_bytes", "B", 1},
    {"area mm2", "area_mm2", NULL, 1}, {"bops", "bops", "", 1},
};
enum {
    COLUMNS = sizeof columns / sizeof *columns
};

static double number(const assay_json* object, const char* key) {
    const assay_json* value = object != NULL ? assay_json_get(object, key) : NULL;
    return value != NULL && assay_json_kind_of(value) == ASSAY_JSON_NUMBER
               ? assay_json_number(value)
               : NAN;
}

static const char* string(const assay_json* object, const char* key) {
    const assay_json* value = object != NULL ? assay_json_get(object, key) : NULL;
    return value != NULL ? assay_json_string(value) : "";
}

static const assay_json* first_baseline(const assay_json* root) {
    const assay_json* list = assay_json_get(root, "baselines");
    return list != NULL ? assay_json_first(list) : NULL;
}

/* Columns of which nothing was measured are left out. */
static bool is_measured(const assay_json* root, const column* c) {
    bool found = isfinite(number(assay_json_get(root, "best"), c->key));
    for (const assay_json* m = first_baseline(root); m != NULL; m = assay_json_next(m)) {
        found = found || isfinite(number(m, c->key));
    }
    return found;
}

static void add_cell(cli_table* table, const column* c, double value) {
    if (!isfinite(value)) {
        cli_table_cell(table, "-");
    } else if (c->unit == NULL) {
        cli_table_cell(table, "%.6g", value);
    } else if (strcmp(c->unit, "%") == 0) {
        cli_table_cell(table, "%.2f %%", value * c->scale);
    } else {
        cli_table_cell(table, "%s", cli_si(value * c->scale, c->unit).text);
    }
}

static void add_row(cli_table* table, const assay_json* root, const char* name,
                    const assay_json* numbers, double evaluations) {
    const double limit = number(assay_json_get(root, "budget"), "limit");
    cli_table_cell(table, "%s", name);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (is_measured(root, &columns[i])) {
            add_cell(table, &columns[i], number(numbers, columns[i].key));
        }
    }
    if (isfinite(limit)) {
        double used = number(numbers, "budget_used");
        cli_table_cell(table, isfinite(used) ? "%s %%" : "-", cli_percent(used, limit).text);
    }
    cli_table_cell(table, "%.0f", evaluations);
}

static void add_rows(cli_table* table, const assay_json* root) {
    add_row(table, root, string(root, "algorithm"), assay_json_get(root, "best"),
            number(root, "evaluations"));
    for (const assay_json* m = first_baseline(root); m != NULL; m = assay_json_next(m)) {
        add_row(table, root, string(m, "name"), m, number(m, "evaluations"));
    }
}

static void print_table(const assay_json* root, cli_text* out) {
    cli_table* table = cli_table_new();
    cli_table_column(table, CLI_LEFT, "found by");
    for (size_t i = 0; i < COLUMNS; i++) {
        if (is_measured(root, &columns[i])) {
            cli_table_column(table, CLI_RIGHT, "%s", columns[i].title);
        }
    }
    if (isfinite(number(assay_json_get(root, "budget"), "limit"))) {
        cli_table_column(table, CLI_RIGHT, "of budget");
    }
    cli_table_column(table, CLI_RIGHT, "candidates");
    add_rows(table, root);
    cli_table_print(table, out);
    cli_table_free(&table);
}

static void print_head(const assay_json* root, cli_text* out) {
    const assay_json* budget = assay_json_get(root, "budget");
    cli_text_add(out, "%s by %s, seed %.0f: ", string(root, "task"), string(root, "algorithm"),
                 number(root, "seed"));
    if (isfinite(number(budget, "limit"))) {
        cli_text_add(out, "%s %.6g of at most %.6g", string(budget, "metric"),
                     number(budget, "used"), number(budget, "limit"));
    } else {
        cli_text_add(out, "no budget");
    }
    cli_text_add(out, " (%s)\n\n", string(root, "stop_reason"));
}

static void print_bound(const assay_json* root, cli_text* out) {
    double bound = number(root, "bound"), reward = number(assay_json_get(root, "best"), "reward");
    const assay_json* estimate = assay_json_get(root, "estimate");
    double best = number(estimate, "best"), most = number(estimate, "bound");
    if (isfinite(best) && isfinite(most)) {
        cli_text_add(out,
                     "\nby damages that are taken to add up, this one: %.3g, no policy "
                     "within the budget less than %.3g;\nthey do not quite add up, so that "
                     "no bound on the reward is known\n",
                     fabs(best), fabs(most));
        return;
    }
    if (!isfinite(bound)) {
        cli_text_add(out, "\nno bound is known\n");
        return;
    }
    cli_text_add(out, "\nno policy has a reward over %.6g; this one is ", bound);
    cli_text_add(out, bound > reward ? "%.3g below\n" : "as good as that\n", bound - reward);
}

static bool is_within(const assay_json* root, const assay_json* numbers) {
    const double limit = number(assay_json_get(root, "budget"), "limit");
    return !isfinite(limit) || number(numbers, "budget_used") <= limit;
}

/* Fixed widths, the machine as given: what a search must beat to be worth its time. */
static void print_best_reference(const assay_json* root, cli_text* out) {
    const assay_json* best = NULL;
    for (const assay_json* m = first_baseline(root); m != NULL; m = assay_json_next(m)) {
        bool better = best == NULL || number(m, "reward") > number(best, "reward");
        if (strcmp(string(m, "phase"), "reference") == 0 && is_within(root, m) && better) {
            best = m;
        }
    }
    if (best != NULL) {
        double gain = number(assay_json_get(root, "best"), "reward") - number(best, "reward");
        cli_text_add(out, "\nbest fixed one within the budget: %s, reward %.6g; found: %+.3g\n",
                     string(best, "name"), number(best, "reward"), gain);
    }
}

/* A search finds a policy, a machine or both. */
static bool is_there(const char* folder, const char* name) {
    cli_text path = {0};
    cli_text_add(&path, "%s/%s", folder, name);
    bool found = !path.failed && access(path.bytes, F_OK) == 0;
    cli_text_free(&path);
    return found;
}

static void print_files(const char* folder, cli_text* out) {
    static const char* const names[] = {"policy.json", "hw.json", "summary.json", "pareto.csv",
                                        "log.jsonl"};
    cli_text_add(out, "\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (is_there(folder, names[i])) {
            cli_text_add(out, "%s/%s\n", folder, names[i]);
        }
    }
}

assay_status search_print(const char* folder, cli_text* out, assay_report* report) {
    cli_text path = {0};
    assay_json_doc* doc = NULL;
    cli_text_add(&path, "%s/summary.json", folder);
    assay_status status = path.failed ? ASSAY_NO_MEMORY : assay_json_load(path.bytes, &doc, report);
    if (status == ASSAY_OK) {
        const assay_json* root = assay_json_root(doc);
        print_head(root, out);
        print_table(root, out);
        print_best_reference(root, out);
        print_bound(root, out);
        print_files(folder, out);
    }
    assay_json_free(&doc);
    cli_text_free(&path);
    return status;
}
