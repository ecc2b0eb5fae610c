# shellcheck shell=bash disable=SC2154
# Part of scripts/validate: what a sweep costs.

# Seconds of a sweep of the example with a fresh store: JOBS STORE
sweep_seconds() {
    local begin end
    begin=$(date +%s.%N)
    "$build/assay" sweep scripts/examples/sweep_pe_bandwidth.json --no-cache --jobs "$1" \
        --store "$2" --out "$tmp/sweep.csv" >"$tmp/sweep.txt" 2>"$tmp/sweep.err"
    end=$(date +%s.%N)
    awk -v b="$begin" -v e="$end" 'BEGIN { print e - b }'
}

# One worker and two by turns, three times; the least of each, which other work on the machine
# disturbed least.
table_sweep_engine() {
    local i one=() two=() busy again points
    for i in 1 2 3; do
        one+=("$(sweep_seconds 1 "$tmp/one-$i.sqlite")")
        two+=("$(sweep_seconds 2 "$tmp/two-$i.sqlite")")
    done
    busy=$(sed -n 's/.*workers, busy \([0-9.]*\) %.*/\1/p' "$tmp/sweep.err")
    again=$(sweep_seconds 2 "$tmp/two-1.sqlite")
    points=$(($(wc -l <"$tmp/sweep.csv") - 1))
    command_line "assay sweep scripts/examples/sweep_pe_bandwidth.json"
    awk -v points="$points" -v busy="$busy" -v again="$again" -v one="${one[*]}" -v two="${two[*]}" '
        function least(list, n, v, i, m) {
            n = split(list, v, " ")
            m = v[1]
            for (i = 2; i <= n; i++) { if (v[i] < m) m = v[i] }
            return m + 0
        }
        BEGIN {
            a = least(one); b = least(two)
            print "| | |\n|---|---:|"
            printf "| points | %d |\n", points
            printf "| one worker | %.1f s |\n| two workers | %.1f s |\n", a, b
            printf "| of the ideal | %.1f %% |\n", 100 * a / (2 * b)
            printf "| two workers, busy (last run) | %s %% |\n", busy
            printf "| again, all points known | %.3f s |\n", again
            printf "| of the first time | %.2f %% |\n", 100 * again / b
        }'
}
