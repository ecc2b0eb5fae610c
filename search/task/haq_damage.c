#include "haq_damage.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABEL_BYTES = 96
};

double haq_damage_at(const haq_damage* damage, size_t layer, haq_bits bits) {
    return damage->weights[layer * HAQ_WIDTHS + bits.w] +
           damage->activations[layer * HAQ_WIDTHS + bits.a];
}

static assay_status make(const haq_layers* layers, haq_damage* out) {
    size_t size = layers->count * HAQ_WIDTHS;
    out->weights = calloc(size, sizeof *out->weights);
    out->activations = calloc(size, sizeof *out->activations);
    if (out->weights != NULL && out->activations != NULL) {
        return ASSAY_OK;
    }
    haq_damage_free(out);
    return ASSAY_NO_MEMORY;
}

void haq_damage_free(haq_damage* damage) {
    free(damage->weights);
    free(damage->activations);
    *damage = (haq_damage){NULL, NULL};
}

/* ---- A guess ---- */

assay_status haq_damage_guess(const haq_layers* layers, haq_damage* out) {
    assay_status status = make(layers, out);
    double params = 0, macs = 0;
    for (size_t i = 0; i < layers->count; i++) {
        params += layers->layers[i].params;
        macs += layers->layers[i].macs;
    }
    for (size_t i = 0; i < layers->count && status == ASSAY_OK; i++) {
        const haq_layer* l = &layers->layers[i];
        for (int b = 1; b < HAQ_WIDTHS; b++) {
            double error = ldexp(1, -2 * b);
            out->weights[i * HAQ_WIDTHS + (size_t)b] = params > 0 ? error * l->params / params : 0;
            out->activations[i * HAQ_WIDTHS + (size_t)b] = macs > 0 ? error * l->macs / macs : 0;
        }
    }
    return status;
}

/* ---- By evaluation ---- */

/* One evaluation: everything at the reference but one width. */
typedef struct trial {
    double* result; /* in the table; NULL: the reference itself */
    assay_layer_policy* policy;
    char label[LABEL_BYTES];
} trial;

typedef struct trials {
    const haq_layers* layers;
    const assay_search_settings* settings;
    trial* all;
    assay_layer_policy* policies; /* [count][layers->total] */
    assay_accuracy_question* questions;
    assay_accuracy_result* answers;
    size_t count;
} trials;

static size_t capacity_for(const haq_layers* layers) {
    size_t count = 1;
    for (size_t i = 0; i < layers->count; i++) {
        const haq_layer* l = &layers->layers[i];
        count += l->high.w - l->low.w + 1 + l->high.a - l->low.a + 1;
    }
    return count;
}

static bool reserve(trials* t) {
    size_t capacity = capacity_for(t->layers);
    t->all = calloc(capacity, sizeof *t->all);
    t->policies = calloc(capacity, t->layers->total * sizeof *t->policies);
    t->questions = calloc(capacity, sizeof *t->questions);
    t->answers = calloc(capacity, sizeof *t->answers);
    return t->all != NULL && t->policies != NULL && t->questions != NULL && t->answers != NULL;
}

static void release(trials* t) {
    free(t->all);
    free(t->policies);
    free(t->questions);
    free(t->answers);
}

static const haq_bits reference = {HAQ_REFERENCE_BITS, HAQ_REFERENCE_BITS};

static trial* add(trials* t, double* result) {
    trial* added = &t->all[t->count];
    added->result = result;
    added->policy = t->policies + t->count * t->layers->total;
    for (size_t i = 0; i < t->layers->count; i++) {
        added->policy[t->layers->layers[i].index] = haq_layer_policy(t->layers, reference);
    }
    t->count++;
    return added;
}

static void add_weights(trials* t, haq_damage* out, size_t layer) {
    const haq_layer* l = &t->layers->layers[layer];
    for (unsigned w = l->low.w; w <= l->high.w && l->low.w < l->high.w; w++) {
        if (w != HAQ_REFERENCE_BITS) {
            trial* added = add(t, &out->weights[layer * HAQ_WIDTHS + w]);
            added->policy[l->index] =
                haq_layer_policy(t->layers, (haq_bits){w, HAQ_REFERENCE_BITS});
            snprintf(added->label, LABEL_BYTES, "%.60s, %u bits of weights", l->name, w);
        }
    }
}

static void add_activations(trials* t, haq_damage* out, size_t layer) {
    const haq_layer* l = &t->layers->layers[layer];
    for (unsigned a = l->low.a; a <= l->high.a && l->low.a < l->high.a; a++) {
        if (a != HAQ_REFERENCE_BITS) {
            trial* added = add(t, &out->activations[layer * HAQ_WIDTHS + a]);
            added->policy[l->index] =
                haq_layer_policy(t->layers, (haq_bits){HAQ_REFERENCE_BITS, a});
            snprintf(added->label, LABEL_BYTES, "%.60s, %u bits of activations", l->name, a);
        }
    }
}

static void add_all(trials* t, haq_damage* out) {
    snprintf(add(t, NULL)->label, LABEL_BYTES, "%d bits", HAQ_REFERENCE_BITS);
    for (size_t i = 0; i < t->layers->count; i++) {
        add_weights(t, out, i);
        add_activations(t, out, i);
    }
    for (size_t i = 0; i < t->count; i++) {
        t->questions[i] = (assay_accuracy_question){true, t->all[i].policy, t->all[i].label};
    }
}

static bool on_progress(void* user, size_t done) {
    const trials* t = user;
    const assay_search_progress progress = {
        .phase = "sensitivity", .done = done, .total = t->count, .best_reward = NAN};
    return t->settings->progress == NULL || t->settings->progress(t->settings->user, &progress);
}

static double badness(const assay_accuracy_result* r) {
    return isfinite(r->divergence) ? r->divergence : isfinite(r->loss) ? r->loss : 1 - r->top1;
}

/* A width that failed to be evaluated counts as the next one above it. */
static void make_monotone(double* by_bits) {
    double most = 0;
    for (size_t b = HAQ_WIDTHS - 1; b >= 1; b--) {
        most = fmax(most, by_bits[b]);
        by_bits[b] = most;
    }
}

static assay_status take(const trials* t, haq_damage* out, assay_report* report) {
    double original = badness(&t->answers[0]);
    if (!isfinite(original)) {
        assay_report_add(report,
                         "the network at %d bits cannot be evaluated: there are no "
                         "sensitivities (--set sensitivity=proxy needs none)",
                         HAQ_REFERENCE_BITS);
        return ASSAY_IO;
    }
    for (size_t i = 1; i < t->count; i++) {
        *t->all[i].result = badness(&t->answers[i]) - original;
    }
    for (size_t i = 0; i < t->layers->count; i++) {
        make_monotone(out->weights + i * HAQ_WIDTHS);
        make_monotone(out->activations + i * HAQ_WIDTHS);
    }
    return ASSAY_OK;
}

assay_status haq_damage_measure(const haq_layers* layers, assay_accuracy_pool* pool,
                                const assay_search_settings* settings, haq_damage* out,
                                assay_report* report) {
    trials t = {.layers = layers, .settings = settings};
    assay_status status = make(layers, out);
    if (status == ASSAY_OK && !reserve(&t)) {
        status = ASSAY_NO_MEMORY;
    }
    if (status == ASSAY_OK) {
        add_all(&t, out);
        status =
            assay_accuracy_pool_ask(pool, t.questions, t.count, on_progress, &t, t.answers, report);
    }
    status = status == ASSAY_OK ? take(&t, out, report) : status;
    release(&t);
    if (status != ASSAY_OK) {
        haq_damage_free(out);
    }
    return status;
}
