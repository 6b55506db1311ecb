#!/bin/sh
# tools/measure.sh FILE...: functions over 70 lines, 6 parameters, 4 levels or a cognitive complexity of 25, and files
# over 800 lines. A report for reviewers, who ask: would each part have a name? No gate.
set -eu
checks='{Checks: "-*,readability-function-size,readability-function-cognitive-complexity", CheckOptions: [
  {key: readability-function-size.LineThreshold, value: "70"},
  {key: readability-function-size.StatementThreshold, value: "1000"},
  {key: readability-function-size.ParameterThreshold, value: "6"},
  {key: readability-function-size.NestingThreshold, value: "4"},
  {key: readability-function-cognitive-complexity.Threshold, value: "25"},
  {key: readability-function-cognitive-complexity.DescribeBasicIncrements, value: "false"}]}'
printf '%s\n' "$@" | xargs -n 8 -P "$(nproc)" sh -c '
    checks=$1
    shift
    clang-tidy --quiet --config="$checks" "$@" -- -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Ibuild/release \
        -isystem build/sqlite 2>/dev/null' measure "$checks" |
    grep -E 'warning|note' | sed "s,^$(pwd)/,," || true
wc -l "$@" | awk '$1 > 800 && $2 != "total" { print $2 ": " $1 " lines" }'
