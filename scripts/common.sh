# shellcheck shell=bash disable=SC2034
# Shared by scripts/run, scripts/test and .ci/run; sourced, not run. Expects `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Data sets are not part of the repository: $ASSAY_DATA, or shared/data next to the checkout.
find_data() {
    if [ -z "${ASSAY_DATA:-}" ] && [ -d "$root/../shared/data" ]; then
        ASSAY_DATA=$(cd "$root/../shared/data" && pwd)
    fi
    if [ -n "${ASSAY_DATA:-}" ]; then
        export ASSAY_DATA
    fi
}

# Runs a command whose output matters only when it fails.
quietly() {
    local log
    log=$(mktemp)
    if ! "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        rm -f "$log"
        echo "failed: $*" >&2
        return 1
    fi
    rm -f "$log"
}

# build_in DIR [meson setup option]...: everything.
build_in() {
    configure_in "$@"
    quietly ninja -C "$1"
}

# build_program DIR: only the program, which is all that a user needs, and its accuracy engine where
# there is libtorch.
build_program() {
    local targets=(assay) engine=accuracy/torch/libassay_torch.so
    configure_in "$1"
    if grep -q "^build $engine:" "$1/build.ninja"; then
        targets+=("$engine")
    fi
    quietly ninja -C "$1" "${targets[@]}"
}

configure_in() {
    local dir=$1 library=$root/report/web/node_modules/uplot/dist/uPlot.iife.min.js
    shift
    if [ ! -f "$dir/build.ninja" ]; then
        echo "building in ${dir#"$root"/} (the first time takes a while)" >&2
        quietly meson setup "$dir" "$root" "$@"
    elif [ -f "$library" ] && ! grep -q uPlot "$dir/build.ninja"; then
        quietly meson setup --reconfigure "$dir" "$root" # it came after the folder
    fi
}

count_in() { # PATTERN FILE: occurrences
    { grep -o -- "$1" "$2" || true; } | wc -l
}

# run_tests DIR: runs every test program, sets passed, failed and skipped (test cases, not programs).
# The counts come from GoogleTest's own result files; a program that left none has crashed, and one
# that ran nothing counts as a failure: SystemC's main() can take the place of a test's.
run_tests() {
    local dir=$1 program result cases bad left_out status=0
    passed=0 failed=0 skipped=0
    rm -rf "$dir/test-results"
    meson test -C "$dir" --no-rebuild --print-errorlogs </dev/null || status=$?
    for program in "$dir"/tests/*_test; do
        result="$dir/test-results/$(basename "$program").xml"
        if [ ! -f "$result" ]; then
            echo "$(basename "$program"): ended without a result file" >&2
            failed=$((failed + 1))
            continue
        fi
        cases=$(count_in 'status="run" result="completed"' "$result")
        left_out=$(count_in 'result="skipped"' "$result")
        bad=$(sed -n 's/^<testsuites .*failures="\([0-9]*\)".*/\1/p' "$result")
        if [ $((cases + left_out)) -eq 0 ]; then
            echo "$(basename "$program"): ran no test" >&2
            bad=1 cases=1
        fi
        passed=$((passed + cases - bad))
        failed=$((failed + bad))
        skipped=$((skipped + left_out))
    done
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        echo "meson test failed outside any test case" >&2
        failed=1
    fi
}
