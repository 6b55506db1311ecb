#!/bin/sh
# tools/run_tests.sh BUILD [FILTER]: runs what `make test` has built in BUILD, as far as its name contains FILTER:
#   unit    the Criterion program of all tests/**/*_test.c, a process per test
#   shell   tests/*/*.sh, each in an empty folder of its own: exit 0 passes, 77 skips; where NAME.stdout lies beside
#           the script, its standard output has to equal it (MNEME_GOLDEN=write rewrites that file instead)
#   fuzz    each fuzz target's corpus, replayed
# Prints what fails and what is skipped, and last the count. tests/README.md has the environment of a shell test.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here"
work=${MNEME_TEST_WORK-}

run_shell_test() { # SCRIPT: leaves its output and exit status in $work/results
    name=$(basename "$(dirname "$1")")/$(basename "$1" .sh)
    result=$work/results/$(echo "$name" | tr / .)
    folder=$work/shell/$name
    golden=${1%.sh}.stdout
    mkdir -p "$folder/home"
    status=0
    (
        cd "$folder"
        unset MNEME_DB MNEME_USER MAKEFLAGS MFLAGS MAKELEVEL
        HOME=$folder/home XDG_DATA_HOME=$folder/home TMPDIR=$folder MNEME_MODEL=hash
        export HOME XDG_DATA_HOME TMPDIR MNEME_MODEL
        exec timeout "${MNEME_TEST_SECONDS-300}" sh "$here/$1" </dev/null >"$result.stdout" 2>"$result.out"
    ) || status=$?
    if [ -f "$golden" ] && [ $status = 0 ]; then
        if [ "${MNEME_GOLDEN-}" = write ]; then
            cp "$result.stdout" "$golden"
        else
            diff -u "$golden" "$result.stdout" >>"$result.out" || status=1
        fi
    else
        cat "$result.stdout" >>"$result.out"
    fi
    rm -rf "$folder"
    echo "$status $name" >"$result.status"
}

if [ "${1-}" = --one ]; then
    run_shell_test "$2"
    exit 0
fi

build=$(cd "$1" && pwd)
filter=${2-}
passed=0 failed=0 skipped=0
work=$(mktemp -d)
memory=$(mktemp -d /dev/shm/mneme-XXXXXX 2>/dev/null || echo "$work")
trap 'chmod -R u+rwx "$work"; rm -rf "$work" "$memory"' EXIT
trap 'exit 130' INT TERM
mkdir "$work/results" "$work/tmp" "$work/data"

# Tests ask for a pulled model by this name alone; what else the user's data folder has is out of their sight.
: "${MNEME_TEST_MODEL=${XDG_DATA_HOME:-$HOME/.local/share}/mneme/models/all-MiniLM-L6-v2}"
[ -f "$MNEME_TEST_MODEL/model.safetensors" ] || MNEME_TEST_MODEL=''
XDG_DATA_HOME=$work/data
unset MNEME_DB MNEME_USER MNEME_MODEL
export MNEME_TEST_MODEL XDG_DATA_HOME

LC_ALL=C.UTF-8 TZ=UTC
MNEME=$build/mneme MNEME_SO=$build/libmneme.so MNEME_INCLUDE=$here/include MNEME_SOURCE=$here
MNEME_TEST_WORK=$work MNEME_TEST_MEMORY=$memory
export LC_ALL TZ MNEME MNEME_SO MNEME_INCLUDE MNEME_SOURCE MNEME_TEST_WORK MNEME_TEST_MEMORY
export LSAN_OPTIONS="suppressions=$here/tests/lsan.supp:print_suppressions=0:${LSAN_OPTIONS-}"
export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS-}" UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS-}"
export TSAN_OPTIONS="suppressions=$here/tests/tsan/tsan.supp:${TSAN_OPTIONS-}"

run_unit() {
    status=0 prefix=''
    : >"$work/unit.json"
    # ThreadSanitizer of gcc 12 knows no addresses as random as those of newer kernels.
    if [ "${MNEME_MODE-}" = tsan ] && setarch -R true 2>/dev/null; then prefix='setarch -R'; fi
    TMPDIR=$work/tmp $prefix "$build/unit" --timeout "${MNEME_TEST_SECONDS-120}" --json="$work/unit.json" \
        ${filter:+--filter "*$filter*"} >"$work/unit.out" 2>&1 || status=$?
    grep -v '^\[====\] Synthesis' "$work/unit.out" || true
    # Criterion calls skipped what the filter has left out, too; only tests that ask for it count.
    awk -F '"' '
        $2 == "name" { if (/^      "/) suite = $4; else test = $4 }
        $2 == "status" { is_skipped = $4 == "SKIPPED" }
        $2 == "messages" && is_skipped && $4 != "The test was skipped." { print "[SKIP] " suite "/" test ": " $4 }
        ' "$work/unit.json" >"$work/skipped" || true
    cat "$work/skipped"
    count() { sed -n "s/^  \"$1\": \([0-9]*\),.*/\1/p" "$work/unit.json" | grep . || echo 0; }
    unit_failed=$(count failed)
    if [ $status != 0 ] && [ "$unit_failed" = 0 ]; then
        echo "[FAIL] unit: the test program ended with status $status"
        unit_failed=1
    fi
    passed=$((passed + $(count passed)))
    skipped=$((skipped + $(wc -l <"$work/skipped")))
    failed=$((failed + unit_failed))
}

run_shell() {
    for script in tests/*/*.sh; do
        case $script in
        *"$filter"*) [ ! -f "$script" ] || echo "$script" ;;
        esac
    done | xargs -r -n 1 -P "$(nproc)" tools/run_tests.sh --one
    for result in "$work"/results/*.status; do
        [ -f "$result" ] || continue
        read -r status name <"$result"
        output=${result%.status}.out
        case $status in
        0) passed=$((passed + 1)) ;;
        77)
            skipped=$((skipped + 1))
            echo "[SKIP] $name: $(tail -n 1 "$output")"
            ;;
        *)
            failed=$((failed + 1))
            echo "[FAIL] $name: exit status $status"
            tail -n 40 "$output" | sed 's/^/    /'
            ;;
        esac
    done
}

run_fuzz() {
    for source in tests/fuzz/*_fuzz.c; do
        name=$(basename "$source" _fuzz.c)
        case fuzz/$name in
        *"$filter"*) [ -f "$source" ] || continue ;;
        *) continue ;;
        esac
        if timeout 120 "$build/fuzz/$name" "tests/fuzz/corpus/$name" >"$work/fuzz.out" 2>&1; then
            passed=$((passed + 1))
        else
            failed=$((failed + 1))
            echo "[FAIL] fuzz/$name"
            tail -n 40 "$work/fuzz.out" | sed 's/^/    /'
        fi
    done
}

[ ! -x "$build/unit" ] || run_unit
run_shell
run_fuzz
status=0
[ $failed = 0 ] || status=1
if [ $((passed + failed + skipped)) = 0 ]; then
    echo "no test has a name that contains '$filter'"
    status=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
exit $status
