/* What others need for MobileNet-V1, 224 x 224: CPU seconds of one run of each tool's own or
 * nearest configuration, measured elsewhere, on two other shared cores (docs/performance.md). The
 * work is not the same from tool to tool; the order of magnitude is what can be compared. */
#ifndef ASSAY_CLI_BENCH_PEERS_H
#define ASSAY_CLI_BENCH_PEERS_H

typedef struct bench_peer {
    const char* name;
    double cpu_s;
} bench_peer;

enum {
    BENCH_PEERS = 3
};
extern const bench_peer bench_peers[BENCH_PEERS];

#endif
