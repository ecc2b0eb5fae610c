# shellcheck shell=bash disable=SC2154,SC2016
# How scripts/validate measures and prints: runs of the program, their CSV and JSON, Markdown rows.
# Sourced by scripts/validate, which sets build, hw, layers, tmp.

# The nine layers, and the real one where there is data.
select_workloads() {
    local layer
    workloads=() names=()
    for layer in "${layers[@]}"; do
        workloads+=(--workload "traces/eie/$layer.json")
        names+=("$layer")
    done
    if [ -n "${ASSAY_DATA:-}" ]; then
        workloads+=(--workload "$real_fc8")
        names+=("**real AlexNet FC8**")
    fi
}

assay_run() { "$build/assay" run --hw "$hw" --quiet --cache "$tmp" "$@"; }

# measure COLUMN,... ARG...: one line per simulated layer with these columns of the CSV result.
measure() {
    local columns=$1
    shift
    assay_run --format csv "$@" | awk -v want="$columns" '
        function split_csv(text, out,    n, i, c, quoted) {
            n = 1; out[1] = ""
            for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                if (c == "\"") quoted = !quoted
                else if (c == "," && !quoted) out[++n] = ""
                else out[n] = out[n] c
            }
            return n
        }
        NR == 1 { n = split_csv($0, head); for (i = 1; i <= n; i++) at[head[i]] = i
                  count = split(want, wanted, ","); next }
        { split_csv($0, f)
          if (f[at["simulated"]] == 1)
              for (i = 1; i <= count; i++)
                  printf "%s%s", f[at[wanted[i]]], (i < count ? " " : "\n") }'
}

# total KEY ARG...: the number under KEY in "total" of the JSON result (or in SECTION.KEY).
total() {
    local section=total key=$1
    shift
    if [[ $key == *.* ]]; then
        section=${key%.*} key=${key#*.}
    fi
    assay_run --format json "$@" | awk -v section="\"$section\":" -v key="\"$key\":" '
        $1 == section && $2 == "{" { inside = 1 }
        inside && $1 == key && !done { sub(/,$/, "", $2); print $2; done = 1 }
        inside && $1 ~ /^}/ { inside = 0 }'
}

# calc FORMAT EXPRESSION
calc() { awk "BEGIN { printf \"$1\", $2 }"; }

percent_off() { calc '%+.1f %%' "100 * ($1 / $2 - 1)"; } # OURS PUBLISHED

# head CELL...: a table head; the first column is text, the others are numbers.
head_row() {
    local cell line="|---|"
    printf '|'
    for cell in "$@"; do
        printf ' %s |' "$cell"
    done
    shift
    for cell in "$@"; do
        line+="---:|"
    done
    printf '\n%s\n' "$line"
}

command_line() { printf '`%s`\n\n' "${*% }"; }

# pivot VALUES COLUMNS AWK SETTING...: rows are the workloads, columns the values; a cell is what
# the awk program prints for the measured columns. SETTING is KEY=EXPRESSION, with @ for the value.
pivot() {
    local values=$1 columns=$2 program=$3 value setting args
    shift 3
    printf '%s\n' "${names[@]}" >"$tmp/column.0"
    local files=("$tmp/column.0")
    for value in $values; do
        args=()
        for setting in "$@"; do
            setting=${setting//@/$value}
            args+=(--set "${setting%%=*}=$((${setting#*=}))")
        done
        measure "$columns" "${workloads[@]}" "${args[@]}" | awk "$program" >"$tmp/column.$value"
        files+=("$tmp/column.$value")
    done
    # shellcheck disable=SC2086
    head_row layer $values
    paste -d'|' "${files[@]}" | sed 's/|/ | /g; s/^/| /; s/$/ |/'
}
