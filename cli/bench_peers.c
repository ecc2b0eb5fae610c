#include "bench_peers.h"

const bench_peer bench_peers[BENCH_PEERS] = {
    {"SCALE-Sim v3, weight stationary", 210},
    {"SCALE-Sim v1, output stationary", 68},
    {"SCALE-Sim v1, weight stationary", 54},
};
