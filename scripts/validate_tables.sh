# shellcheck shell=bash disable=SC2154,SC2016
# The tables of docs/validation.md, one function each; sourced by scripts/validate, which sets root,
# build, hw, layers, tmp. Published numbers stand here next to what they are compared with: Han et
# al., EIE, ISCA 2016 (Tables II, IV, V), and runs of the EIE co-author's simulator.

table_anchor() {
    local w64 w32 clocked c
    c=cycles,theoretical_cycles,entries,stored_entries,entries_max_pe,ptr_reads,spmat_reads
    c+=,stall_drain,stall_fill,seconds,padding_entries
    read -ra w64 < <(measure $c --workload "$real_fc8")
    read -ra w32 < <(measure $c --workload "$real_fc8" --set spmat_width_bits=32)
    read -ra clocked < <(measure $c --workload "$real_fc8" --model clocked)
    command_line "assay run --hw $hw --workload \$ASSAY_DATA/eie/alexnet_fc8_64pe.safetensors" \
        "[--model clocked] [--set spmat_width_bits=32]"
    head_row quantity published ours
    echo "| cycles, event model | 7926 | ${w64[0]} |"
    echo "| cycles, clocked model | 7926 | ${clocked[0]} |"
    echo "| time, µs (Table IV: 9.9) | 9.908 | $(calc %.4f "1e6 * ${w64[9]}") |"
    echo "| theoretical cycles: entries / 64 | 7089.8 | $(calc %.1f "${w64[2]} / 64") → ${w64[1]} |"
    echo "| theoretical time, µs (Table IV: 8.9) | 8.862 | $(calc %.3f "${w64[2]} / 64 / 800") |"
    echo "| entries in the fullest PE | 7778 | ${w64[4]} |"
    echo "| stored entries | 1051991 | ${w64[3]} |"
    echo "| padding entries | 0 | ${w64[10]} |"
    echo "| pointer reads | 112640 | ${w64[5]} |"
    echo "| sparse-matrix reads, 64 bit | 100900 | ${w64[6]} |"
    echo "| sparse-matrix reads, 32 bit | 158921 | ${w32[6]} |"
    echo "| load-balance efficiency | 0.895 | $(calc %.3f "${w64[2]} / 64 / ${w64[0]}") |"
    echo "| cycles before the first issue slot | | $((w64[8] / 64)) of fill, 1 of scan |"
    echo "| last entry issued in cycle | | $((w64[0] - w64[7] / 64 - 1)) |"
    echo "| cycles from there to empty pipelines | | $((w64[7] / 64)) |"
}

# Table IV; the rows other than AlexNet's were not at hand while the machine was written.
published_theoretical=(28.1 11.7 8.9) published_actual=(30.3 12.2 9.9)
# The paper's CPU (dense, batch 1), against which its Fig. 6 states a mean speed-up of 189.
cpu_dense="7516.2 6187.1 1134.9 35022.8 5372.8 774.2 605.0 1361.4 470.5"

seed_range() { # LAYER: smallest, mean and largest time over ten draws, in us
    local seed
    for seed in 101 102 103 104 105 106 107 108 109 110; do
        measure cycles --workload "traces/eie/$1.json" --seed "$seed" --no-outputs
    done | awk '{ t = $1 / 800; s += t; if (NR == 1 || t < lo) lo = t; if (t > hi) hi = t }
        END { printf "%.2f … %.2f (%.2f)", lo, hi, s / NR }'
}

table_nine() {
    local i v theory actual trace times=()
    command_line "assay run --hw $hw --workload traces/eie/LAYER.json [--seed 101 … 110]"
    head_row layer "theoretical µs" published error "actual µs" published error \
        "10 seeds, µs (mean)" "efficiency %" "padding %"
    for i in "${!layers[@]}"; do
        trace=traces/eie/${layers[i]}.json
        read -ra v < <(measure entries,cycles,padding_entries --workload "$trace")
        theory=$(calc %.2f "${v[0]} / 64 / 800") actual=$(calc %.2f "${v[1]} / 800")
        times+=("$actual")
        printf '| %s | %s |' "${layers[i]}" "$theory"
        if [ "$i" -lt ${#published_actual[@]} ]; then
            printf ' %s | %s | %s | %s | %s |' "${published_theoretical[i]}" \
                "$(percent_off "$theory" "${published_theoretical[i]}")" "$actual" \
                "${published_actual[i]}" "$(percent_off "$actual" "${published_actual[i]}")"
        else
            printf ' not used | | %s | not used | |' "$actual"
        fi
        printf ' %s | %s | %s |\n' "$(seed_range "${layers[i]}")" \
            "$(calc %.1f "100 * ${v[0]} / 64 / ${v[1]}")" "$(calc %.1f "100 * ${v[2]} / ${v[0]}")"
    done
    echo
    echo "$cpu_dense ${times[*]}" | awk '{
        for (i = 1; i <= 9; i++) s += log($i / $(i + 9))
        g = exp(s / 9)
        printf "Geometric mean of the speed-ups over the paper'"'"'s CPU (Table IV, dense, batch 1): published "
        printf "(Fig. 6) 189, ours %.0f (%+.1f %%).\n", g, 100 * (g / 189 - 1) }'
}

# A copy of a trace with other densities.
with_densities() { # LAYER WEIGHTS ACTIVATIONS
    sed -E "/\"weights\"/s/(\"density\": )[0-9.]+/\1$2/; /\"activations\"/s/(\"density\": )[0-9.]+/\1$3/" \
        "traces/eie/$1.json" >"$tmp/$1.json"
    echo "$tmp/$1.json"
}

density_row() { # NAME WEIGHTS ACTIVATIONS PUBLISHED THEORETICAL-PUBLISHED WORKLOAD
    measure entries,cycles --workload "$6" | awk -v name="$1" -v w="$2" -v a="$3" -v actual="$4" \
        -v theory="$5" '{ t = $1 / 51200; c = $2 / 800
            printf "| %s | %s | %s | %.2f | %+.1f %% | %.2f | %+.1f %% |\n", name, w, a, t,
                100 * (t / theory - 1), c, 100 * (c / actual - 1) }'
}

table_density() {
    local d
    command_line "assay run --hw $hw --workload" \
        "a copy of traces/eie/LAYER.json with these densities"
    head_row layer weights activations "theoretical µs" error "actual µs" error
    for d in "0.085 0.3505" "0.09 0.351" "0.095 0.3515"; do
        density_row alexnet_fc6 "${d% *}" "${d#* }" 30.3 28.1 \
            "$(with_densities alexnet_fc6 "${d% *}" "${d#* }")"
    done
    for d in "0.085 0.3525" "0.09 0.353" "0.095 0.3535"; do
        density_row alexnet_fc7 "${d% *}" "${d#* }" 12.2 11.7 \
            "$(with_densities alexnet_fc7 "${d% *}" "${d#* }")"
    done
    for d in "0.25 0.375" "0.257 0.429"; do
        density_row alexnet_fc8 "${d% *}" "${d#* }" 9.9 8.9 \
            "$(with_densities alexnet_fc8 "${d% *}" "${d#* }")"
    done
    if [ -n "${ASSAY_DATA:-}" ]; then
        density_row "**real AlexNet FC8**" 0.257 0.429 9.9 8.9 "$real_fc8"
    fi
}

# A copy of a trace without the spread of real matrices: what the reference runs used.
without_spread() { # LAYER
    sed -E 's/"(row|column)_spread": [0-9.]+/"\1_spread": 0/g' "traces/eie/$1.json" >"$tmp/$1.json"
    echo "$tmp/$1.json"
}

# The reference simulator has no batches: everything in one, everything resident.
one_batch=(act_registers=1024 spmat_bytes=1048576 ptr_bits=32 ptr_bytes=65536 act_sram_bytes=65536)

# compare_iid LAYER "VALUE:REFERENCE ..." SETTING...: one row; a cell is ours, the reference, error.
compare_iid() {
    local layer=$1 pairs=$2 pair args setting cycles us
    shift 2
    printf '| %s |' "$layer"
    for pair in $pairs; do
        args=()
        for setting in "${one_batch[@]}" "$@"; do
            args+=(--set "${setting//@/${pair%:*}}")
        done
        cycles=$(measure cycles --workload "$(without_spread "$layer")" --no-outputs "${args[@]}")
        us=$(calc %.2f "$cycles / 800")
        printf ' %s / %s (%s) |' "$us" "${pair#*:}" "$(percent_off "$us" "${pair#*:}")"
    done
    echo
}

table_iid_depth() {
    command_line "assay run … --set queue_depth=D $(printf -- '--set %s ' "${one_batch[@]}")"
    head_row "layer: ours / reference, µs" "D = 1" 3 7 15 63
    compare_iid alexnet_fc6 "1:33.87 3:29.86 7:28.69 15:28.12 63:28.00" queue_depth=@
    compare_iid alexnet_fc7 "1:15.22 3:13.36 7:12.88 15:12.66 63:12.62" queue_depth=@
    compare_iid alexnet_fc8 "1:10.90 3:8.79 7:8.22 15:7.93 63:7.85" queue_depth=@
}

table_iid_pes() {
    command_line "assay run … --set pe_count=N $(printf -- '--set %s ' "${one_batch[@]}")"
    head_row "layer: ours / reference, µs" "N = 16" 32 64 128 256
    compare_iid alexnet_fc6 "16:117.7 32:58.22 64:28.69 128:14.32 256:7.94" pe_count=@
    compare_iid alexnet_fc7 "16:52.82 32:26.06 64:12.88 128:6.43 256:3.55" pe_count=@
    compare_iid alexnet_fc8 "16:30.75 32:15.75 64:8.22 128:4.54 256:2.83" pe_count=@
}

table_depth() {
    select_workloads
    command_line "assay run --hw $hw --workload … --set queue_depth=D; efficiency in %"
    pivot "1 2 4 7 8 16 32 64 128 256" entries,cycles '{ printf "%.1f\n", 100 * $1 / 64 / $2 }' \
        queue_depth=@
}

width_rows() { # NAME "REFERENCE READS" WORKLOAD...
    local name=$1 widths=(32 64 128 256 512) reads i
    read -ra reads <<<"$2"
    shift 2
    for i in "${!widths[@]}"; do
        measure spmat_reads,energy_j_spmat_read,energy_j "$@" --set "spmat_width_bits=${widths[i]}" |
            awk -v name="$name, ${widths[i]} bit" -v reference="${reads[i]}" '
                { n += $1; e += $2; all += $3 }
                END { printf "| %s | %s | %d | %.1f | %.0f | %.0f |\n", name, reference, n,
                      1e12 * e / n, 1e9 * e, 1e9 * all }'
    done
}

table_width() {
    command_line "assay run --hw $hw --workload … --set spmat_width_bits=W"
    head_row "layers, width" "words read, reference simulator" "words read, ours" "pJ per word" \
        "spmat_read, nJ" "whole layer, nJ"
    if [ -n "${ASSAY_DATA:-}" ]; then
        width_rows "real FC8" "158921 100900 – – –" --workload "$real_fc8"
    fi
    width_rows "AlexNet FC6–8" "805254 514522 329161 198391 106810" \
        --workload traces/eie/alexnet_fc6.json --workload traces/eie/alexnet_fc7.json \
        --workload traces/eie/alexnet_fc8.json
}

# Sparse-matrix SRAM 16 MiB, 4096 activations and 128 KiB of activation SRAM over all PEs.
constant_total=(pe_count=@ spmat_bytes=16777216/@ act_registers=4096/@ act_sram_bytes=131072/@)
pe_counts="1 2 4 8 16 32 64 128 256"

table_pes() {
    select_workloads
    command_line "assay run … --set pe_count=N --set spmat_bytes=16777216/N" \
        "--set act_registers=4096/N --set act_sram_bytes=131072/N"
    pivot "$pe_counts" cycles '{ print $1 }' "${constant_total[@]}" >"$tmp/cycles.md"
    awk -F' \\| ' 'NR <= 2 { print; next }
        { sub(/^\| /, "", $1); sub(/ \|$/, "", $NF); printf "| %s | 1", $1
          for (i = 3; i <= NF; i++) printf " | %.1f", $2 / $i
          print " |" }' "$tmp/cycles.md"
}

table_padding() {
    select_workloads
    command_line "the same runs; padding % of issued entries / load-balance efficiency %"
    pivot "$pe_counts" padding_entries,entries,pe_cycles \
        '{ printf "%.0f / %.0f\n", 100 * $1 / $2, 100 * $2 / $3 }' "${constant_total[@]}"
}

table_per_pe() {
    local names workloads
    names=(alexnet_fc7 alexnet_fc8 neuraltalk_lstm)
    workloads=(--workload traces/eie/alexnet_fc7.json --workload traces/eie/alexnet_fc8.json
        --workload traces/eie/neuraltalk_lstm.json)
    command_line "assay run … --set pe_count=N; cycles, and where the weights are"
    pivot "1 4 16 32 64 128 256" cycles,io_cycles,stall_dram '{
        print $1 ($3 > 0 ? " streamed" : $2 > 0 ? " I/O mode" : "") }' pe_count=@
}

table_power() {
    local parts published columns=seconds,energy_j part i cells
    parts=(spmat_read ptr_read arithmetic act_rw act_queue clock leakage lnzd)
    published=(4.955 1.807 1.162 1.122 0.112 "1.874, inside the rows" "inside the rows"
        "0.008, outside the PE")
    for part in "${parts[@]}"; do
        columns+=,energy_j_$part
    done
    cells=("mW per PE" "Table II" "alexnet_fc6" "alexnet_fc7" ${ASSAY_DATA:+"real FC8"})
    command_line "assay run --hw $hw --workload … --format csv; energy_j_… / seconds / 64"
    head_row "${cells[@]}"
    measure "$columns" --workload traces/eie/alexnet_fc6.json \
        --workload traces/eie/alexnet_fc7.json ${ASSAY_DATA:+--workload "$real_fc8"} >"$tmp/power"
    for i in "${!parts[@]}"; do
        awk -v c=$((i + 3)) -v name="${parts[i]}" -v published="${published[i]}" '
            BEGIN { printf "| %s | %s |", name, published }
            { printf " %.3f |", 1e3 * $c / $1 / 64 } END { print "" }' "$tmp/power"
    done
    awk 'BEGIN { printf "| **one PE** | **9.157** |" } { printf " **%.3f** |", 1e3 * $2 / $1 / 64 }
        END { print "" }' "$tmp/power"
    awk 'BEGIN { printf "| **64 PEs, W** | **0.59** |" } { printf " **%.3f** |", $2 / $1 }
        END { print "" }' "$tmp/power"
}
table_area() {
    local parts published i mm2 um2 trace=(--workload traces/eie/alexnet_fc8.json)
    parts=(spmat_read ptr_read arithmetic act_rw act_queue clock filler)
    published=(469412 121849 3110 18934 758 "" 23961)
    command_line "assay run --hw $hw --workload traces/eie/alexnet_fc8.json" \
        "--format json; area_mm2 / 64"
    head_row "µm² per PE" "Table II" ours error
    for i in "${!parts[@]}"; do
        mm2=$(total "area_mm2.${parts[i]}" "${trace[@]}")
        um2=$(calc %.0f "1e6 * $mm2 / 64")
        if [ -n "${published[i]}" ]; then
            echo "| ${parts[i]} | ${published[i]} | $um2 | $(percent_off "$um2" "${published[i]}") |"
        else
            echo "| ${parts[i]} | 866, inside the rows | $um2 | |"
        fi
    done
    mm2=$(total area_mm2 "${trace[@]}")
    um2=$(calc %.0f "1e6 * ($mm2 - $(total area_mm2.lnzd "${trace[@]}")) / 64")
    echo "| **one PE** | **638024** | **$um2** | $(percent_off "$um2" 638024) |"
    echo "| **64 PEs, mm²** | **40.8** | **$(calc %.1f "$mm2")** | $(percent_off "$mm2" 40.8) |"
}

table_projection() {
    local scaled=(--workload traces/eie/alexnet_fc7.json --set technology_nm=28
        --set clock_mhz=1200 --set pe_count=256) plain=(--workload traces/eie/alexnet_fc7.json)
    local mm2 watts fps
    command_line "assay run --hw $hw --workload traces/eie/alexnet_fc7.json" \
        "[--set technology_nm=28 --set clock_mhz=1200 --set pe_count=256]"
    head_row "AlexNet FC7 (Table V)" published ours error
    fps=$(calc %.0f "1 / $(total seconds "${plain[@]}")")
    echo "| 64 PEs, 45 nm: frames/s | 81967 | $fps | $(percent_off "$fps" 81967) |"
    mm2=$(total area_mm2 "${scaled[@]}") watts=$(total power_w "${scaled[@]}")
    fps=$(calc %.0f "1 / $(total seconds "${scaled[@]}")")
    echo "| 256 PEs, 28 nm: frames/s | 426230 | $fps | $(percent_off "$fps" 426230) |"
    echo "| 256 PEs, 28 nm: mm² | 63.8 | $(calc %.1f "$mm2") | $(percent_off "$mm2" 63.8) |"
    echo "| 256 PEs, 28 nm: W | 2.36 | $(calc %.2f "$watts") | $(percent_off "$watts" 2.36) |"
}

table_vgg_fc6() {
    local v trace=(--workload traces/eie/vgg_fc6.json)
    read -ra v < <(measure cycles,io_cycles,segments,batches,io_bits,energy_j,io_energy_j "${trace[@]}")
    command_line "assay run --hw $hw --workload traces/eie/vgg_fc6.json"
    head_row quantity ours
    echo "| batches of activations / segments of weights | ${v[3]} / ${v[2]} |"
    echo "| computing: cycles, energy | ${v[0]}, $(calc '%.1f µJ' "1e6 * ${v[5]}") |"
    echo "| I/O mode: cycles, energy, bits from DRAM | ${v[1]}, $(calc '%.0f µJ' "1e6 * ${v[6]}"), ${v[4]} |"
}

squeezenet_row() { # NAME ARG...
    local name=$1 file="$tmp/squeezenet.json"
    shift
    assay_run "${squeezenet[@]}" --check --format json "$@" >"$file"
    awk -v name="$name" '
        $1 == "\"total\":" { inside = 1 }
        inside && /^    / { gsub(/[",:]/, "", $0); t[$1] = $2 }
        inside && /^  }/ { inside = 0 }
        $1 == "\"compared\":" { compared = $2 + 0 }
        $1 == "\"mismatches\":" { mismatches = $2 + 0 }
        END { printf "| %s | %d | %.2f | %.2f | %.3f | %.1f | %.1f | %d / %d |\n", name, t["cycles"],
              1e3 * t["seconds"], 1e3 * t["energy_j"], t["power_w"], 100 * t["utilisation"],
              t["dram_bytes"] / 1e6, mismatches, compared }' "$file"
}

table_squeezenet() {
    command_line "assay run --hw $hw --workload \$ASSAY_DATA/deep_compression/compressed_SqueezeNet.net" \
        "--input \$ASSAY_DATA/imagenet_samples/imagenet100_224x224x3_u8_nhwc.bin" \
        "--check [--set codebook_bits=8]"
    head_row "26 convolutions, one image" cycles ms mJ W "utilisation %" "DRAM MB" \
        "differing / compared outputs"
    squeezenet_row "4-bit codebooks, as published"
    squeezenet_row "8-bit codebooks, as stored" --set codebook_bits=8
}

table_speed() {
    command_line "assay bench"
    "$build/assay" bench | sed -n '/^ratio of/,/^$/p; /^first run/p' | sed 's/^/    /; s/ *$//'
    echo
    command_line "assay run --hw $hw --workload traces/eie/alexnet_fc6.json" \
        "--timing [--no-cache | again with a cache]"
    "$build/assay" run --hw "$hw" --quiet --workload traces/eie/alexnet_fc6.json --no-cache \
        --timing 2>&1 >/dev/null | sed 's/^/    no cache: /'
    for _ in 1 2; do
        assay_run --workload traces/eie/alexnet_fc6.json --timing 2>&1 >/dev/null
    done | sed -n '2s/^/    cached:   /p'
}
