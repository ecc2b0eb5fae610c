# shellcheck shell=bash disable=SC2154,SC2016
# The tables of docs/validation.md on searches, one function each; sourced by scripts/validate, which
# sets root, build, tmp, and takes at_once from validate_accuracy.sh.

report_program() { # PROGRAM of tests/
    quietly ninja -C "$build" "tests/$1"
}

# The bits of a policy's layers in the order of the file, as one string.
bits_of() { # POLICY.json
    sed -n 's/.*"w_bits": \([0-9]*\).*/\1/p' "$1" | tr -d '\n'
}

# Damage avoided (published as the objective) | used | limit, in MiB, 1e9 operations or ms.
hawq_cells() { # METRIC SUMMARY.json
    local unit
    case $1 in
    size) unit=1048576 ;;
    bops) unit=1e9 ;;
    *) unit=1e-3 ;;
    esac
    awk -v unit="$unit" '
        { value = $2; gsub(/[",]/, "", value) }
        $1 == "\"limit\":" { limit = value }
        $1 == "\"used\":" { used = value }
        $1 == "\"best\":" { of = "best" }
        /"name": "4 bits"/ { of = "four" }
        $1 == "\"reward\":" { reward[of] = value; of = "" }
        END { printf "%.6f | %.6f | %.6f", reward["best"] - reward["four"], used / unit,
                  limit / unit }' "$2"
}

hawq_row() { # NETWORK METRIC FRACTION
    local out=$tmp/hawq.$1.$2.$3
    "$build/assay" search --task hawq --algo exact --quiet --no-baselines \
        --sensitivity "$ASSAY_DATA/tables/hawq/hawq_v3_$1.csv" --ties "$1" --budget "$2=$3" \
        --out "$out" >/dev/null
    echo "| $1 | $2 | $3 | \`$(bits_of "$out/policy.json")\` | $(hawq_cells "$2" "$out/summary.json") |"
}

table_search_hawq() {
    local network metric fraction
    command_line "assay search --task hawq --algo exact --sensitivity" \
        "\$ASSAY_DATA/tables/hawq/hawq_v3_NETWORK.csv --ties NETWORK --budget METRIC=FRACTION --out DIR"
    head_row network budget "fraction" "bits, layer by layer" \
        "damage avoided" "used: MiB, 10⁹ bit operations, ms" "limit"
    for network in resnet18 resnet50; do
        for metric in size bops latency; do
            for fraction in 0.25 0.5 0.75; do
                hawq_row "$network" "$metric" "$fraction"
            done
        done
    done
}

table_search_limpq() {
    report_program search_report
    command_line "tests/search_report limpq"
    "$build/tests/search_report" limpq
}

table_search_haq_budget() {
    report_program search_report
    command_line "tests/search_report haq_loop; tests/search_report haq_refill"
    "$build/tests/search_report" haq_loop
    echo
    "$build/tests/search_report" haq_refill
}

# learn NAME ARG...: learning_table's line, kept.
learn() {
    local name=$1
    shift
    "$build/tests/learning_table" "$@" >"$tmp/learn.$name"
}

learned_cell() { # NAME: median (least .. most), within 1 %
    local median least most near
    read -r median least most near <"$tmp/learn.$1"
    echo "$median ($least … $most), $near"
}

learning_layers="20 35 50"
learning_seeds="1..10 101..110"

learning_runs() {
    local layers seeds
    for layers in $learning_layers; do
        for seeds in $learning_seeds; do
            echo "learn ddpg.$layers.$seeds ddpg $layers $seeds 600"
            echo "learn defects.$layers.$seeds ddpg $layers $seeds 600 original_defects=true"
            echo "learn random.$layers.$seeds random $layers $seeds 600"
        done
    done
}

table_search_learning() {
    local layers seeds
    report_program learning_table
    at_once < <(learning_runs)
    command_line "tests/learning_table ddpg|random LAYERS SEEDS 600 [original_defects=true]"
    head_row "best reward of 600 episodes / bound: median (least … most), within 1 %" seeds ddpg \
        "ddpg, defects of HAQ's code" random
    for layers in $learning_layers; do
        for seeds in $learning_seeds; do
            echo "| $layers layers | ${seeds/../–} | $(learned_cell "ddpg.$layers.$seeds") |" \
                "$(learned_cell "defects.$layers.$seeds") | $(learned_cell "random.$layers.$seeds") |"
        done
    done
}

engines="evolution cma_es nsga2"
engine_cases="20.600 20.5000 50.600" # layers, evaluations

engine_runs() {
    local case engine
    for case in $engine_cases; do
        for engine in $engines; do
            echo "learn $engine.$case $engine ${case%.*} 1..10 ${case#*.}"
        done
    done
}

table_search_engines() {
    local case engine cells
    report_program learning_table
    at_once < <(engine_runs)
    command_line "tests/learning_table ALGORITHM LAYERS 1..10 EVALUATIONS"
    head_row "best reward / bound: median (least … most), within 1 %" evaluations evolution CMA-ES \
        NSGA-II
    for case in $engine_cases; do
        cells=""
        for engine in $engines; do
            cells+=" $(learned_cell "$engine.$case") |"
        done
        echo "| ${case%.*} layers | ${case#*.} |$cells"
    done
}

table_search_speed() {
    command_line "assay bench"
    "$build/assay" bench | sed -n '/^searches, CPU/,/^signature/{/^signature/!s/^/    /p}'
}
