# shellcheck shell=bash disable=SC2154,SC2016
# The tables of docs/validation.md on accuracy, one function each; sourced by scripts/validate, which
# sets root, build, tmp. Those that train take minutes on one core, so runs go side by side and keep
# their results in $tmp.

# acc NAME ARG...: `assay accuracy`, its result kept as NAME; a second time it is not run again.
acc() {
    local file=$tmp/accuracy.$1.json
    shift
    [ -s "$file" ] || "$build/assay" accuracy "$@" --quiet --format json --out "$file"
}

value() { # NAME KEY: a number of a kept result
    sed -n 's/^ *"'"$2"'": \([-0-9.e+]*\),\{0,1\}$/\1/p' "$tmp/accuracy.$1.json"
}

percent() { calc %.2f "100 * $(value "$1" top1)"; } # NAME

at_once() { # [FUNCTION ARG...] from the input, a line each, as many as there are cores
    local line running=0
    while read -r line; do
        # shellcheck disable=SC2086
        $line &
        running=$((running + 1))
        if [ "$running" -ge "$(nproc)" ]; then
            wait -n
            running=$((running - 1))
        fi
    done
    wait
}

# NETWORK DATA PUBLISHED FIGURE [WEIGHTS]: FIGURE is what was measured for the files on these images,
# in another framework. Where batch norms are at hand, WEIGHTS has them.
network_row() {
    local name=net.$1 weights=() unfolded="–"
    if [ $# -gt 4 ]; then
        weights=(--weights "$ASSAY_DATA/models/$5")
        acc "$name.unfolded" --network "$1" --split all "${weights[@]}" --no-fold
        unfolded=$(percent "$name.unfolded")
    fi
    acc "$name" --network "$1" --split all "${weights[@]}"
    echo "| $1 | $2 | $(value "$name" images) | $3 | $4 | $unfolded | $(percent "$name") |" \
        "$(calc %+.2f "$(percent "$name") - $4") |"
}

table_accuracy_networks() {
    command_line "assay accuracy --network NETWORK --split all [--weights" \
        "\$ASSAY_DATA/models/resnet20_cifar10_bn.safetensors [--no-fold]]"
    head_row "network, top-1 in %" data images "published, all 10,000" "measured for the files" \
        "ours, batch norms apart" "ours, folded" difference
    network_row resnet20 CIFAR-10 91.78 91.5 resnet20_cifar10_bn.safetensors
    network_row resnet32 CIFAR-10 92.78 92.8
    network_row resnet56 CIFAR-10 93.62 92.6
    network_row mlperf_resnet8_cifar10 CIFAR-10 – 88.1
    network_row mlperf_resnet8large_cifar10 CIFAR-10 – 91.5
    network_row mlperf_dscnn_kws "Speech Commands" – 90.1
    network_row lstm_mnist MNIST – 98.53
    network_row mlperf_resnet8_cifar10_int8 CIFAR-10 – 87.7
    network_row mlperf_dscnn_kws_int8 "Speech Commands" – 90.2
    network_row mobilenetv1_025_128_u8 ImageNet – 45.6
}

# Widths of weights, of activations or of both; the other operand stays as it is.
widths_policy() { # w|a|wa BITS
    local keys=""
    [[ $1 != *w* ]] || keys+=", \"w_bits\": $2"
    [[ $1 != *a* ]] || keys+=", \"a_bits\": $2"
    echo "{\"schema\": 1, \"default\": {${keys#, }}}" >"$tmp/$1$2.json"
}

percent_of_both() { # NAME: of a network, its search and its final split
    calc '%.1f (%.1f, %.1f)' "50 * ($(value "$1.search" top1) + $(value "$1.final" top1)), \
        100 * $(value "$1.search" top1), 100 * $(value "$1.final" top1)"
}

# Without training a split costs little, and the two are shown apart.
accuracy_bits_runs() {
    local bits which split
    for split in search final; do
        echo "acc r20.float.$split --network resnet20 --split $split"
    done
    for bits in 8 7 6 5 4 3 2; do
        for which in w a wa; do
            widths_policy "$which" "$bits"
            for split in search final; do
                echo "acc r20.$which$bits.$split --network resnet20 --split $split" \
                    "--policy $tmp/$which$bits.json"
            done
        done
    done
}

table_accuracy_bits() {
    local bits
    command_line "assay accuracy --network resnet20 --split search|final" \
        "--bits B; weights or activations alone: --policy FILE.json, in which" \
        '"default" has "w_bits" or "a_bits" alone'
    at_once < <(accuracy_bits_runs)
    head_row "all (search, final), top-1 in %" weights activations both
    echo "| float | | | $(percent_of_both r20.float) |"
    for bits in 8 7 6 5 4 3 2; do
        echo "| $bits | $(percent_of_both "r20.w$bits") | $(percent_of_both "r20.a$bits") |" \
            "$(percent_of_both "r20.wa$bits") |"
    done
}

accuracy_finetune_runs() {
    local bits which
    for bits in 8 7 6 5 4 3 2; do
        for which in w a wa; do
            widths_policy "$which" "$bits"
            echo "acc r20.tuned.$which$bits --network resnet20 --split all" \
                "--policy $tmp/$which$bits.json --finetune 1"
        done
    done
}

table_accuracy_finetune() {
    local bits
    command_line "assay accuracy --network resnet20 --split all --finetune 1" \
        "--bits B; weights or activations alone: --policy FILE.json, in which" \
        '"default" has "w_bits" or "a_bits" alone'
    at_once < <(accuracy_finetune_runs)
    head_row "1000 images, top-1 in %" weights activations both
    for bits in 8 7 6 5 4 3 2; do
        echo "| $bits | $(percent "r20.tuned.w$bits") | $(percent "r20.tuned.a$bits") |" \
            "$(percent "r20.tuned.wa$bits") |"
    done
}

glyphs_row() { # NETWORK
    local bits cells
    acc "$1.float" --network "$1" --split all
    cells=" $(percent "$1.float") |"
    for bits in 8 4 2; do
        acc "$1.$bits" --network "$1" --split all --bits "$bits"
        cells+=" $(percent "$1.$bits") |"
    done
    echo "| $1 | $(value "$1.float" images) |$cells"
}

table_accuracy_glyphs() {
    command_line "assay accuracy --network NETWORK --split all [--bits B]"
    head_row "network, top-1 in %" images float "8 bits" "4 bits" "2 bits"
    glyphs_row glyphs_resnet
    glyphs_row glyphs_mobile
}

# One row per stage of a compressed network: the size against 32 bits per weight.
stage_rows() { # TITLE REPORT
    awk -v title="$1" '
        { value = $2; gsub(/[",]/, "", value) }
        $1 == "\"stage\":" { stage = value }
        $1 == "\"search\":" || $1 == "\"final\":" { split_name = $1 }
        $1 == "\"top1\":" { top1[split_name] = 100 * value }
        $1 == "\"bits\":" && stage != "" { bytes = int((value + 7) / 8) }
        $1 == "\"ratio\":" && stage != "" {
            printf "| %s | %s | %d | %.1f | %.2f | %.2f |\n", title, stage, bytes, value,
                top1["\"search\":"], top1["\"final\":"]
            title = stage = ""
        }' "$2"
}

# The same layers on EIE: layers, cycles, outputs that differ of those compared.
eie_row() { # TITLE WORKLOAD
    "$build/assay" run --hw hw_configs/eie_64pe.json --workload "$2" --check --quiet \
        --cache "$tmp" --format json | awk -v title="$1" '
        $1 == "\"total\":" { inside = 1 }
        inside && $1 == "\"cycles\":" { cycles = $2 + 0; inside = 0 }
        $1 == "\"compared\":" { compared = $2 + 0 }
        $1 == "\"mismatches\":" { mismatches = $2 + 0 }
        END { printf "| %s | %d | %d | %d |\n", title, cycles, compared, mismatches }'
}

compressed() { # TITLE FOLDER ARG...
    local title=$1 out=$tmp/compressed.$2 report
    shift 2
    "$build/assay" compress "$@" --quiet --out "$out" >/dev/null
    for report in "$out"/*.report.json; do
        stage_rows "$title" "$report"
        eie_row "$title" "${report%.report.json}.json" >>"$tmp/compressed.eie"
    done
}

table_accuracy_compression() {
    local lenet=$tmp/lenet5.safetensors
    command_line "assay train --network lenet5 --epochs 3 --out lenet5.safetensors; assay compress" \
        "--network lenet5 --weights lenet5.safetensors --rate 0.01 --epochs 3 [--codebook-bits 4];" \
        "assay compress --network resnet20 --density 0.5 --codebook-bits 4 --epochs 1"
    "$build/assay" train --network lenet5 --epochs 3 --quiet --out "$lenet" >/dev/null
    : >"$tmp/compressed.eie"
    head_row network stage bytes "times smaller" "top-1 search, %" "final, %"
    compressed "LeNet-5, as published" lenet5 --network lenet5 --weights "$lenet" --rate 0.01 \
        --epochs 3
    compressed "LeNet-5, codebooks of 4 bits" lenet5_4 --network lenet5 --weights "$lenet" \
        --rate 0.01 --epochs 3 --codebook-bits 4
    compressed "ResNet-20" resnet20 --network resnet20 --density 0.5 --codebook-bits 4 --epochs 1
    echo
    command_line "assay run --hw hw_configs/eie_64pe.json --workload NETWORK.json --check"
    head_row "on EIE, one image" cycles "outputs compared" different
    cat "$tmp/compressed.eie"
}

# Value and rank of each layer of a kept sensitivity table: NAME<TAB>VALUE (RANK).
ranked() { # METHOD
    tail -n +2 "$tmp/sensitivity.$1.csv" | awk -F, '{ print $9 "\t" $2 "\t" NR }' |
        sort -t "$(printf '\t')" -k2,2gr |
        awk -F '\t' '{ printf "%d\t%s\t%.3g (%d)\n", $3, $1, $2, NR }' | sort -n | cut -f 2,3
}

table_accuracy_sensitivity() {
    local method
    command_line "assay sensitivity --network resnet20 --method trace|eigenvalue|fisher|kl"
    for method in trace eigenvalue fisher kl; do
        "$build/assay" sensitivity --network resnet20 --method "$method" --quiet \
            --out "$tmp/sensitivity.$method.csv"
        ranked "$method" >"$tmp/ranked.$method"
    done
    head_row "layer of ResNet-20: value (rank)" "trace / weights" eigenvalue Fisher "KL at 4 bits"
    join -t "$(printf '\t')" "$tmp/ranked.trace" "$tmp/ranked.eigenvalue" --nocheck-order |
        join -t "$(printf '\t')" - "$tmp/ranked.fisher" --nocheck-order |
        join -t "$(printf '\t')" - "$tmp/ranked.kl" --nocheck-order |
        sed 's/\t/ | /g; s/^/| /; s/$/ |/'
}

table_accuracy_speed() {
    command_line "assay bench"
    "$build/assay" bench | sed -n '/^accuracy of/,/^signature/{/^signature/!s/^/    /p}'
}
