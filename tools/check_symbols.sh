#!/bin/sh
# tools/check_symbols.sh HEADER ARCHIVE SHARED: each library exports exactly the functions that the header declares.
set -eu
declared=$(sed -n 's/^MNEME_API .*[ *]\(mneme_[a-z0-9_]*\)(.*/\1/p' "$1" | sort)
status=0

compare() { # LIBRARY, its exports on stdin
    exported=$(sort)
    [ "$exported" != "$declared" ] || return 0
    echo "$1 does not export what $2 declares (< declared, > exported):"
    work=$(mktemp -d)
    echo "$declared" >"$work/declared"
    echo "$exported" >"$work/exported"
    diff "$work/declared" "$work/exported" | grep '^[<>]' || true
    rm -r "$work"
    return 1
}

[ -n "$declared" ] || { echo "$1 declares nothing"; exit 1; }
nm --extern-only --defined-only "$2" | awk 'NF == 3 { print $3 }' | compare "$2" "$1" || status=1
nm --dynamic --defined-only "$3" | awk 'NF == 3 { print $3 }' | compare "$3" "$1" || status=1
exit $status
