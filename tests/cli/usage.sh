# What help says, and what is said to a command line that is not understood.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

scenario() {
    run help
    run help remember
    run recall --help
    run link --remove -h
    run help conversation append
    run conversation append --help --bogus
    echo '--- not understood'
    run
    run --json
    run recal tea
    run remeber x
    run conversation
    run conversation lst
    run frobnicate
    run help recal
    run remember x --importnace .8
    run remember x --colour red --importance 7
    run remember x --importance high
    run remember x --subject
    run remember x --subject --pinned
    run remember x --subject a --subject b
    run remember two words
    run remember -x
    run remember x --pinned=perhaps
    run remember x --tags 'a,,b'
    run remember x --metadata '{'
    run remember x --metadata 7
    run remember x --expires-at 2026-02-30T00:00:00Z
    run remember x --explain
    run --colour list
    run list extra
    run recall x --k 0
    run call
    run call memory.nothing
    run call stats '{'
    run call stats '{}' more
    run help list recall
    [ ! -e "$MNEME_DB" ] || fail 'a store was made'
}

scenario >raw
plain <raw
# What the manual page is made of names every command and every option of its own.
mneme help --man >manual
for command in $(mneme --json help | tr '{' '\n' | sed -n 's/.*"command":"\([a-z]*\).*/\1/p' | sort -u); do
    grep -q "^\.SS $command\|^\.B $command" manual || fail "the manual does not know $command"
done
grep -qF -- '.B \-\-explain' manual || fail 'the manual does not know --explain'
