# The shell examples of README.md run: every block that is marked `sh runnable`, in one shell, in their order.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"
unset MNEME_DB
sed -n '/^```sh runnable$/,/^```$/p' "$MNEME_SOURCE/README.md" | sed '/^```/d' >examples.sh
[ "$(wc -l <examples.sh)" -ge 20 ] || fail 'README.md has no examples that run'
mneme --db export.db remember x >out
mneme --db export.db export >out 2>&1 || { echo 'there is no export yet'; exit 77; }
ln -s "$MNEME_SOURCE/examples" examples
mkdir tests
ln -s "$MNEME_SOURCE/tests/data" tests/data
sh -eu examples.sh >out 2>err </dev/null || fail "status $?, after: $(tail -n 3 out err)"
[ -s everything.jsonl ] || fail 'nothing was exported'
grep -q 'Grace found the blue teapot behind the flour' out || fail 'the teapot was not found'
grep -q '^exit status 2$' out || fail 'an error has another status'
