# shellcheck shell=bash disable=SC2154,SC2016
# The tables of docs/validation.md on machines of variable precision, one function each; sourced by
# scripts/validate, which sets root, build, tmp. Those that compare with published tables are printed
# by validation_report (tests/validation), whose numbers are what the tests compare.

report() { # TABLE COMMAND...
    local table=$1
    shift
    command_line "$@"
    ASSAY_BIN=$build/assay ASSAY_SOURCE_ROOT=$root "$build/tests/validation_report" "$table"
}

table_haq() {
    report haq "assay table --hw hw_configs/bismo_cloud.json --workload" \
        "traces/nets/mobilenet_v2.json --bits 1..8 --out haq.csv"
}

apq_command="assay run --hw hw_configs/bit_fusion_16x32.json --workload LAYERS"
table_apq() { report apq "$apq_command"; }
table_apq_six_bits() { report apq_six_bits "$apq_command"; }
table_apq_nets() { report apq_nets "$apq_command"; }

authors_command="assay run --hw hw_configs/bit_fusion_authors.json"
authors_command+=" --workload traces/bit_fusion/NETWORK.json"
table_sweep() { report sweep "$authors_command"; }
table_authors() {
    report authors "$authors_command; Eyeriss: assay run --hw hw_configs/eyeriss_168pe.json --set" \
        "rows=16 --set cols=16 --set clock_mhz=500 --set technology_nm=45 --set" \
        "dram_bits_per_cycle=192 --set dram_pj_per_bit=15 --set sum_words_per_cycle=0 --set" \
        "mapping_goal=cycles --set buffer_halves=2 --w-bits 16 --a-bits 16"
}

# Sums over the convolutions: images/s, images/s while computing, mW without DRAM, words per MAC.
eyeriss_row() { # NAME NETWORK BATCH FPS MILLIWATTS ACCESSES
    local hw=hw_configs/eyeriss_168pe.json
    measure op,cycles,issue_cycles,energy_j,macs,dram_read_bits,dram_write_bits,energy_j_dram \
        --workload "traces/nets/$2.json" --batch "$3" --no-outputs | awk -v name="$1" -v n="$3" \
        -v fps="$4" -v mw="$5" -v words="$6" '
        $1 ~ /^conv/ { c += $2; i += $3; e += $4 - $8; m += $5; d += $6 + $7 }
        END { f = n * 2e8 / c
            printf "| %s, batch %d | %s | %.2f | %+.1f %% | %.2f | %s | %.0f | %s | %.4f |\n", name, n,
                fps, f, 100 * (f / fps - 1), n * 2e8 / i, mw, 2e11 * e / c, words, d / 16 / m }'
}

table_eyeriss() {
    command_line "assay run --hw hw_configs/eyeriss_168pe.json --workload traces/nets/NETWORK.json --batch N"
    head_row "convolutions" "published frames/s" ours error "ours, computing only" "published mW" \
        ours "published DRAM accesses per MAC" ours
    eyeriss_row AlexNet alexnet 4 34.7 278 0.0029
    eyeriss_row VGG-16 vgg16 3 0.7 236 0.0035
}

# The third of four equal layers, whose input and output are in the unified buffer.
table_tpu() {
    local hw=hw_configs/tpu_v1.json batch i layers
    for i in 1 2 3 4; do
        layers+=",{\"name\": \"fc$i\", \"op\": \"linear\", \"out_features\": 2048}"
    done
    echo "{\"schema\": 1, \"name\": \"fc\", \"input\": {\"shape\": [2048, 1, 1]}, \"layers\": [${layers#,}]}" \
        >"$tmp/fc.json"
    command_line "assay run --hw $hw --batch N --workload" \
        "four linear layers of 2048 x 2048; the third"
    head_row "batch = MACs per byte of weights" "roofline, tera-operations/s" ours "share of it, %"
    for batch in 8 64 256 675 1024 1350 2048; do
        measure layer,cycles,macs --workload "$tmp/fc.json" --batch "$batch" --no-outputs |
            awk -v n="$batch" '$1 == "fc3" {
                peak = 2 * 65536 * 0.7e-3; roof = 2 * n * 34e-3; if (roof > peak) roof = peak
                t = 2 * $3 / $2 * 0.7e-3
                printf "| %d | %.1f | %.1f | %.0f |\n", n, roof, t, 100 * t / roof }'
    done
}

parent_cell() { # HW ARG...: microseconds, microjoules
    local hw=$1
    shift
    measure seconds,energy_j --no-outputs "$@" |
        awk '{ t += $1; e += $2 } END { printf " %.1f | %.1f |", 1e6 * t, 1e6 * e }'
}

sparse_row() { # NAME W A ARG...
    local name=$1 w=$2 a=$3
    shift 3
    printf '| %s, %s x %s bits |' "$name" "$w" "$a"
    parent_cell hw_configs/eie_64pe.json "$@"
    parent_cell hw_configs/sparse_fusion.json "$@" --w-bits "$w" --a-bits "$a"
    parent_cell hw_configs/bit_fusion_authors.json "$@" --w-bits "$w" --a-bits "$a" --set rows=8 \
        --set cols=8 --set batch=0 --set output_preload=false --set dram_bits_per_cycle=128
    echo
}

table_sparse_fusion() {
    local bits
    command_line "assay run --hw HW --workload … --w-bits W --a-bits A; Bit Fusion: --hw" \
        "hw_configs/bit_fusion_authors.json --set rows=8 --set cols=8 --set batch=0 --set" \
        "output_preload=false --set dram_bits_per_cycle=128"
    head_row "one image" "EIE, µs" µJ "sparse_fusion, µs" µJ "Bit Fusion 8 x 8, µs" µJ
    for bits in "8 8" "4 8" "4 4"; do
        # shellcheck disable=SC2086
        sparse_row "AlexNet FC7, traces/eie" $bits --workload traces/eie/alexnet_fc7.json
    done
    if [ -n "${ASSAY_DATA:-}" ]; then
        for bits in "8 8" "4 8" "4 4"; do
            # shellcheck disable=SC2086
            sparse_row "SqueezeNet, Deep Compression" $bits "${squeezenet[@]}"
        done
    fi
}
