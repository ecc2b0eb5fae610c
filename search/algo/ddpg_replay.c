#include "ddpg_replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"

static float* floats(size_t rows, size_t columns) {
    return columns > SIZE_MAX / sizeof(float) / rows ? NULL : calloc(rows * columns, sizeof(float));
}

assay_status ddpg_replay_open(ddpg_replay* replay, size_t capacity, size_t features) {
    ASSAY_REQUIRE(capacity > 1 && features > 0);
    *replay = (ddpg_replay){.capacity = capacity, .features = features};
    replay->state = floats(capacity, features);
    replay->action = floats(capacity, 1);
    replay->reward = floats(capacity, 1);
    replay->more = floats(capacity, 1);
    bool all = replay->state && replay->action && replay->reward && replay->more;
    return all ? ASSAY_OK : ASSAY_NO_MEMORY;
}

void ddpg_replay_close(ddpg_replay* replay) {
    free(replay->state);
    free(replay->action);
    free(replay->reward);
    free(replay->more);
    *replay = (ddpg_replay){0};
}

void ddpg_replay_add(ddpg_replay* replay, const float* state, float action, float reward,
                     bool last) {
    size_t at = replay->at;
    double left = replay->reward[at]; /* 0 in a place that is still free */
    replay->reward_sum += reward - left;
    replay->square_sum += (double)reward * reward - left * left;
    memcpy(replay->state + at * replay->features, state, replay->features * sizeof *state);
    replay->action[at] = action;
    replay->reward[at] = reward;
    replay->more[at] = last ? 0 : 1;
    replay->at = (at + 1) % replay->capacity;
    replay->count += replay->count < replay->capacity;
}

void ddpg_replay_rewards(const ddpg_replay* replay, double* mean, double* deviation) {
    double n = (double)replay->count;
    *mean = replay->reward_sum / n;
    double variance = replay->square_sum / n - *mean * *mean;
    double rounding = 1e-12 * replay->square_sum / n;
    *deviation = variance > rounding ? sqrt(variance) : 0;
}

assay_status ddpg_batch_open(ddpg_batch* batch, size_t rows, size_t features) {
    ASSAY_REQUIRE(rows > 0 && features > 0);
    *batch = (ddpg_batch){.rows = rows};
    batch->index = calloc(rows, sizeof *batch->index);
    batch->state = floats(rows, features);
    batch->next = floats(rows, features);
    batch->action = floats(rows, 1);
    batch->reward = floats(rows, 1);
    batch->more = floats(rows, 1);
    bool all = batch->index && batch->state && batch->next && batch->action && batch->reward &&
               batch->more;
    return all ? ASSAY_OK : ASSAY_NO_MEMORY;
}

void ddpg_batch_close(ddpg_batch* batch) {
    free(batch->index);
    free(batch->state);
    free(batch->next);
    free(batch->action);
    free(batch->reward);
    free(batch->more);
    *batch = (ddpg_batch){0};
}

static bool is_drawn(const size_t* index, size_t count, size_t wanted) {
    for (size_t i = 0; i < count; ++i) {
        if (index[i] == wanted) {
            return true;
        }
    }
    return false;
}

static void copy_record(ddpg_batch* batch, size_t row, const ddpg_replay* replay, size_t at) {
    size_t features = replay->features, after = (at + 1) % replay->capacity;
    memcpy(batch->state + row * features, replay->state + at * features, features * sizeof(float));
    memcpy(batch->next + row * features, replay->state + after * features,
           features * sizeof(float));
    batch->action[row] = replay->action[at];
    batch->reward[row] = replay->reward[at];
    batch->more[row] = replay->more[at];
}

void ddpg_batch_draw(ddpg_batch* batch, const ddpg_replay* replay, assay_rng* rng) {
    ASSAY_REQUIRE(replay->count > 1);
    size_t oldest = replay->count < replay->capacity ? 0 : replay->at, drawable = replay->count - 1;
    for (size_t row = 0; row < batch->rows; ++row) {
        size_t index;
        do {
            index = assay_rng_below(rng, drawable);
        } while (drawable >= batch->rows && is_drawn(batch->index, row, index));
        batch->index[row] = index;
        copy_record(batch, row, replay, (oldest + index) % replay->capacity);
    }
}
