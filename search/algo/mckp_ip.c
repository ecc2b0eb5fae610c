/* Multiple-choice knapsack problems by COIN-OR CBC, as an integer program of its own: nothing is
 * merged or left out before, so that the answers are an independent check of ours. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <Cbc_C_Interface.h>

#include "mckp.h"

/* Column o: option o is taken. Rows: one option of each item; limits; tied items take the same. */
typedef struct program {
    const assay_separable* p;
    size_t rows, columns, entries;
    CoinBigIndex* start;            /* [columns + 1] */
    int* row;                       /* [entries] */
    double* entry;                  /* [entries] */
    double *low, *high, *objective; /* [columns] */
    double *row_low, *row_high;     /* [rows] */
    double scale[ASSAY_LIMITS_MAX]; /* of a limit's row, so that it ends at 1000 */
    double unit;                    /* of the objective */
    size_t* tied_to;                /* [items] the first item with the same tie */
    size_t* tie_row;                /* [items] first row of its equalities with tied_to */
} program;

enum {
    ROW_LIMIT = 1000 /* CBC's tolerances are absolute: 1e-7 of a row */
};

/* CBC proves to 1e-5 of the objective's unit: the greatest value becomes 1e6. */
static const double greatest_value = 1e6;

/* ---- Building ---- */

static void count_rows(program* m) {
    const assay_separable* p = m->p;
    m->rows = p->items + p->limits;
    for (size_t i = 0; i < p->items; i++) {
        m->tied_to[i] = i;
        m->tie_row[i] = m->rows;
        for (size_t j = 0; p->tie != NULL && j < i && m->tied_to[i] == i; j++) {
            m->tied_to[i] = p->tie[j] == p->tie[i] ? j : i;
        }
        m->rows += m->tied_to[i] != i ? p->start[i + 1] - p->start[i] : 0;
    }
}

static bool reserve_items(program* m) {
    m->tied_to = calloc(m->p->items + 1, sizeof *m->tied_to);
    m->tie_row = calloc(m->p->items + 1, sizeof *m->tie_row);
    return m->tied_to && m->tie_row;
}

static bool reserve_columns(program* m) {
    /* Of a column: its item, its limits, its tie, and the ties of all items to it. */
    size_t most = m->columns * (1 + m->p->limits) + 2 * m->rows;
    m->start = calloc(m->columns + 1, sizeof *m->start);
    m->row = calloc(most + 1, sizeof *m->row);
    m->entry = calloc(most + 1, sizeof *m->entry);
    m->low = calloc(m->columns + 1, sizeof *m->low);
    m->high = calloc(m->columns + 1, sizeof *m->high);
    m->objective = calloc(m->columns + 1, sizeof *m->objective);
    m->row_low = calloc(m->rows + 1, sizeof *m->row_low);
    m->row_high = calloc(m->rows + 1, sizeof *m->row_high);
    return m->start && m->row && m->entry && m->low && m->high && m->objective && m->row_low &&
           m->row_high;
}

static void release(program* m) {
    free(m->start);
    free(m->row);
    free(m->entry);
    free(m->low);
    free(m->high);
    free(m->objective);
    free(m->row_low);
    free(m->row_high);
    free(m->tied_to);
    free(m->tie_row);
}

static void add_entry(program* m, size_t row, double value) {
    m->row[m->entries] = (int)row;
    m->entry[m->entries++] = value;
}

static void add_ties(program* m, size_t item, size_t option) {
    if (m->tied_to[item] != item) {
        add_entry(m, m->tie_row[item] + option, 1);
    }
    for (size_t j = item + 1; m->p->tie != NULL && j < m->p->items; j++) {
        if (m->tied_to[j] == item) {
            add_entry(m, m->tie_row[j] + option, -1);
        }
    }
}

static void add_column(program* m, size_t item, size_t column) {
    const assay_separable* p = m->p;
    bool allowed = p->value[column] != -INFINITY;
    m->high[column] = allowed ? 1 : 0;
    m->objective[column] = allowed ? -p->value[column] * m->unit : 0;
    add_entry(m, item, 1);
    for (size_t k = 0; k < p->limits; k++) {
        add_entry(m, p->items + k, p->cost[k][column] * m->scale[k]);
    }
    add_ties(m, item, column - p->start[item]);
    m->start[column + 1] = (CoinBigIndex)m->entries;
}

static void set_scales(program* m) {
    double greatest = 0;
    for (size_t o = 0; o < m->columns; o++) {
        if (m->p->value[o] != -INFINITY) {
            greatest = fmax(greatest, fabs(m->p->value[o]));
        }
    }
    m->unit = greatest > 0 ? greatest_value / greatest : 1;
    for (size_t k = 0; k < m->p->limits; k++) {
        m->scale[k] = m->p->limit[k] > 0 ? ROW_LIMIT / m->p->limit[k] : 1;
    }
}

static void build(program* m) {
    const assay_separable* p = m->p;
    set_scales(m);
    for (size_t i = 0; i < p->items; i++) {
        m->row_low[i] = m->row_high[i] = 1;
        for (size_t o = p->start[i]; o < p->start[i + 1]; o++) {
            add_column(m, i, o);
        }
    }
    for (size_t k = 0; k < p->limits; k++) {
        m->row_low[p->items + k] = -DBL_MAX;
        m->row_high[p->items + k] = p->limit[k] * m->scale[k];
    }
}

/* ---- Solving ---- */

static void read_choice(const program* m, const double* x, size_t* choice) {
    const assay_separable* p = m->p;
    for (size_t i = 0; i < p->items; i++) {
        choice[i] = 0;
        for (size_t o = p->start[i]; o < p->start[i + 1]; o++) {
            if (x[o] > x[p->start[i] + choice[i]]) {
                choice[i] = o - p->start[i];
            }
        }
    }
}

/* By the problem's own numbers: CBC's are scaled, and exact to its tolerances only. */
static void sum_up(const assay_separable* p, const size_t* choice, assay_mckp_result* out) {
    out->value = p->base;
    out->feasible = true;
    memset(out->used, 0, sizeof out->used);
    for (size_t i = 0; i < p->items; i++) {
        size_t at = p->start[i] + choice[i];
        out->value += p->value[at];
        for (size_t k = 0; k < p->limits; k++) {
            out->used[k] += p->cost[k][at];
            out->feasible = out->feasible && out->used[k] <= p->limit[k];
        }
    }
}

static Cbc_Model* load(const program* m, double limit_s) {
    Cbc_Model* model = Cbc_newModel();
    if (model == NULL) {
        return NULL;
    }
    Cbc_setParameter(model, "logLevel", "0");
    Cbc_setParameter(model, "ratioGap", "0");
    Cbc_setParameter(model, "allowableGap", "0");
    Cbc_setMaximumSeconds(model, limit_s);
    Cbc_loadProblem(model, (int)m->columns, (int)m->rows, m->start, m->row, m->entry, m->low,
                    m->high, m->objective, m->row_low, m->row_high);
    for (size_t o = 0; o < m->columns; o++) {
        Cbc_setInteger(model, (int)o);
    }
    return model;
}

/* False: CBC stopped without an answer. */
static bool solve_once(const program* m, double limit_s, size_t* choice, assay_mckp_result* out) {
    Cbc_Model* model = load(m, limit_s);
    if (model == NULL) {
        return false;
    }
    Cbc_solve(model);
    bool infeasible = Cbc_isProvenInfeasible(model) != 0;
    const double* x = infeasible ? NULL : Cbc_bestSolution(model);
    out->nodes = (uint64_t)Cbc_getNodeCount(model);
    out->proven = infeasible || Cbc_isProvenOptimal(model) != 0;
    out->bound = infeasible ? -INFINITY : m->p->base - Cbc_getBestPossibleObjValue(model) / m->unit;
    if (x != NULL) {
        read_choice(m, x, choice);
        sum_up(m->p, choice, out);
    }
    Cbc_deleteModel(model);
    return x != NULL;
}

/* An answer that is over a limit by CBC's tolerance: the limit's row ends that much earlier. */
static void tighten(program* m, const assay_mckp_result* out) {
    for (size_t k = 0; k < m->p->limits; k++) {
        double excess = (out->used[k] - m->p->limit[k]) * m->scale[k];
        if (excess > 0) {
            m->row_high[m->p->items + k] -= 2 * excess;
        }
    }
}

static void solve(program* m, double limit_s, size_t* choice, assay_mckp_result* out) {
    for (int tries = 0; tries < 3 && !out->feasible; tries++) {
        if (tries > 0) {
            tighten(m, out);
        }
        if (!solve_once(m, limit_s, choice, out)) {
            break;
        }
    }
    if (out->feasible && out->proven) {
        out->bound = out->value;
    }
    if (!out->feasible) {
        out->value = -INFINITY;
    }
}

assay_status assay_mckp_solve_ip(const assay_separable* problem, double limit_s, size_t* choice,
                                 assay_mckp_result* out, assay_report* report) {
    *out = (assay_mckp_result){.value = -INFINITY, .bound = INFINITY};
    program m = {.p = problem, .columns = problem->start[problem->items]};
    assay_status status = ASSAY_NO_MEMORY;
    if (reserve_items(&m)) {
        count_rows(&m);
        if (m.columns > INT_MAX / 8 || m.rows > INT_MAX / 8) {
            assay_report_add(report, "%zu options are too many for CBC", m.columns);
            status = ASSAY_BAD_INPUT;
        } else if (reserve_columns(&m)) {
            build(&m);
            solve(&m, limit_s, choice, out);
            status = ASSAY_OK;
        }
    }
    release(&m);
    return status;
}
