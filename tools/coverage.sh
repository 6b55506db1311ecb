#!/bin/sh
# tools/coverage.sh BUILD: lines of src/ covered by the tests that ran in BUILD, least covered file first.
set -eu
find "$1/src" -name '*.gcda' -exec gcov --no-output {} + 2>/dev/null | awk '
    /^File / { gsub(/\x27/, "", $2); file = $2 }
    /^Lines executed:/ && file ~ /^src\/.*[.]c$/ {
        gsub(/^Lines executed:|%/, "")
        printf "%6.1f %% of %5d  %s\n", $1, $3, file | "sort -n"
        covered += $1 * $3 / 100
        lines += $3
        file = ""
    }
    END {
        close("sort -n")
        if (lines) printf "%6.1f %% of %5d  in all\n", 100 * covered / lines, lines
    }'
