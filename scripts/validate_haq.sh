# shellcheck shell=bash disable=SC2154
# The tables of docs/validation.md on the policies of traces/policies; sourced by scripts/validate,
# which sets root, build, tmp.

# shellcheck source=scripts/policy_list.sh
source "$root/scripts/policy_list.sh"

percent_right() { # SPLIT POLICY
    "$build/assay" accuracy --network "$policy_network" --policy "$2" --split "$1" --quiet \
        --format json | sed -n 's/.*"top1": \([0-9.e-]*\).*/\1/p' | awk '{ printf "%.1f", 100 * $1 }'
}

whole_seconds() { # MACHINE [OPTION...]: latency of the whole network
    "$build/assay" run --hw "hw_configs/$1.json" --workload "traces/nets/$policy_network.json" \
        --no-outputs --quiet --format json "${@:2}" |
        awk '/"total"/ { inside = 1 } inside && /"seconds"/ { gsub(/[",]/, ""); print $2; exit }'
}

# Fixed widths as a policy: the ends keep 8 bits, as in the search. "4/8 bits", "6 bits".
fixed_policy() { # NAME
    local w=${1%% *} a
    a=${w#*/} w=${w%/*}
    cat <<JSON
{"schema": 1, "default": {"w_bits": $w, "a_bits": $a}, "layers": {
  "conv1": {"w_bits": 8, "a_bits": 8}, "linear": {"w_bits": 8, "a_bits": 8}}}
JSON
}

# NAME|accuracy in %|used: of the phases reference (the best within the limit) and exact.
baselines_of() { # SUMMARY.json
    awk '
        { key = $1; gsub(/[":]/, "", key); value = $0; sub(/^[^:]*: /, "", value)
          gsub(/[",]/, "", value) }
        key == "limit" { limit = value + 0 }
        key == "name" { name = value }
        key == "phase" { phase = value }
        key == "accuracy" { accuracy = value + 0 }
        key == "budget_used" {
            if (name != "" && phase == "reference" && value <= limit && accuracy > best) {
                best = accuracy; fixed = name; used = value / limit
            }
            if (name == "exact" || phase == "exact" || phase == "search") { exact = accuracy }
        }
        /"best": \{/ { name = ""; phase = "search" }
        END { printf "%s|%.1f|%.0f|%.1f", fixed, 100 * best, 100 * used, 100 * exact }' "$1"
}

# One search by exact tells fixed widths, and the optimum of the measured damages.
haq_row() { # MACHINE METRIC=FRACTION
    local out=$tmp/haq.$1.$2 file fixed best used exact
    file=$(policy_file "$1" "$2")
    "$build/assay" search --task haq --algo exact --no-baselines --quiet --network "$policy_network" \
        --hw "hw_configs/$1.json" --budget "$2" --out "$out" >/dev/null
    IFS='|' read -r fixed best used exact <<<"$(baselines_of "$out/summary.json")"
    fixed_policy "$fixed" >"$tmp/fixed.json"
    echo "| $1, $2 | $(percent_right search "$file") | $(percent_right final "$file") |" \
        "$fixed ($used %) | $best | $(percent_right final "$tmp/fixed.json") | $exact |" \
        "$(percent_right final "$out/policy.json") |"
}

table_haq_policies() {
    local search
    command_line "$(policy_command MACHINE METRIC=FRACTION) --out DIR; then --algo exact;" \
        "assay accuracy --split search|final --policy POLICY"
    head_row "machine, budget; top-1 in %" "HAQ, search" final \
        "best fixed within (of the budget)" search final "exact, search" final
    for search in "${policy_searches[@]}"; do
        # shellcheck disable=SC2086
        haq_row $search
    done
}

table_haq_specialisation() {
    local search machine machines="bit_fusion_8x16 bismo_edge bismo_cloud" cells full
    command_line "assay run --hw MACHINE --workload traces/nets/$policy_network.json --policy POLICY" \
        "--no-outputs, against --w-bits 8 --a-bits 8"
    # shellcheck disable=SC2086
    head_row "latency of the whole network, of all at 8 bits; found for" $machines
    for search in "${policy_searches[@]}"; do
        cells=""
        for machine in $machines; do
            full=$(whole_seconds "$machine" --w-bits 8 --a-bits 8)
            # shellcheck disable=SC2086
            cells+=" $(awk -v a="$(whole_seconds "$machine" --policy "$(policy_file $search)")" \
                -v b="$full" 'BEGIN { printf "%.3f", a / b }') |"
        done
        echo "| ${search/ /, } |$cells"
    done
}

seeds_of_haq="1 2 3 4 5 6 7 8 9 10"
haq_engines="ddpg evolution random"

seed_run() { # ALGORITHM SEED
    "$build/assay" search --task haq --algo "$1" --seed "$2" --network glyphs_mobile --jobs 1 \
        --hw hw_configs/bit_fusion_16x32.json --budget latency=0.6 --evaluations 200 \
        --set images=300 --no-baselines --quiet --out "$tmp/seed.$1.$2" >/dev/null
}

seed_runs() {
    local seed engine
    for seed in $seeds_of_haq; do
        for engine in $haq_engines; do
            echo "seed_run $engine $seed"
        done
    done
}

# The found candidate's accuracy in %, seed by seed: median (least ... most).
seeds_cell() { # ALGORITHM
    local seed
    for seed in $seeds_of_haq; do
        sed -n '/"best": {/,/}/s/.*"accuracy": \([0-9.]*\).*/\1/p' "$tmp/seed.$1.$seed/summary.json"
    done | sort -n | awk '
        { v[NR] = 100 * $1 }
        END { printf "%.1f (%.1f … %.1f)", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2, v[1], v[NR] }'
}

table_haq_seeds() {
    local engine
    at_once < <(seed_runs)
    command_line "assay search --task haq --algo ALGORITHM --seed 1..10 --network glyphs_mobile" \
        "--hw hw_configs/bit_fusion_16x32.json --budget latency=0.6 --evaluations 200 --set images=300"
    head_row "top-1 in % of what 200 candidates found: median (least … most) of ten seeds" ""
    for engine in $haq_engines; do
        echo "| $engine | $(seeds_cell "$engine") |"
    done
}
