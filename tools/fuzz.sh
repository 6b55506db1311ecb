#!/bin/sh
# tools/fuzz.sh BUILD SECONDS NAME...: fuzzes each target from its corpus; inputs that crash stay in build/fuzz/found.
# What a fuzzer learns stays in BUILD; what is worth keeping is copied to tests/fuzz/corpus/NAME by hand.
set -eu
build=$1 seconds=$2
shift 2
found=$build/found
mkdir -p "$found"
status=0
for name; do
    learnt=$build/corpus/$name
    mkdir -p "$learnt"
    log=$build/$name.log
    if "$build/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$found/$name-" "$learnt" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in ${seconds} s, all well"
    else
        tail -n 40 "$log"
        echo "[FAIL] fuzz/$name: see $found"
        status=1
    fi
done
exit $status
