# The program under valgrind: nothing leaks, nothing is read before it is written (which the sanitizers do not see).
set -eu
[ -x "$MNEME" ] || { echo 'no program yet'; exit 77; }
command -v valgrind >/dev/null || { echo 'valgrind is not installed'; exit 77; }
case $MNEME_MODE in asan | tsan) echo "not in MODE=$MNEME_MODE"; exit 77 ;; esac
export MNEME_DB=$PWD/store.db

watched() {
    status=0
    valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible "$MNEME" "$@" \
        >out 2>said || status=$?
    [ $status = 0 ] || { echo "mneme $*: exit status $status"; cat out said; exit 1; }
}

watched version
watched remember 'Ada drinks green tea in the morning' --type preference --tags tea
watched remember 'The workshop key hangs under the stairs' --key workshop
watched remember 'The workshop key hangs by the door' --key workshop
watched --json recall 'What does Ada drink?' --k 2
grep -q 'green tea' out
watched list
watched get --key workshop
watched stats
watched context 'What does Ada drink?' --budget 200
watched export
cp out all.jsonl
MNEME_DB=$PWD/other.db
watched import all.jsonl --format mneme
printf 'Ada: Where is the key?\nGrace: By the door.\n' >talk.txt
watched import talk.txt --format text
watched search 'key'
