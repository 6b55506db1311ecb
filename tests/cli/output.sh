# What goes where: nothing is coloured in a pipe, an answer that cannot be written is an error, a reader who leaves is
# none, and a closed descriptor never becomes the store's.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"
escape=$(printf '\033')
long=$(printf 'a text %0200d' 0)
TERM=xterm
export TERM

mneme remember "$long" >/dev/null
mneme remember 'Grace found the blue teapot' >/dev/null
for command in help 'help recall' list 'recall teapot --explain' stats version operations 'user list' nothing; do
    mneme $command >out 2>err || [ "$command" = nothing ] || fail "$command"
    ! grep -qF "$escape" out err || fail "$command is coloured in a pipe"
done

refused() { # STATUS: the last command's; err has one line and perhaps a hint
    [ "$1" = 11 ] || fail "status $1 instead of 11"
    grep -q '^mneme: .standard output. cannot be written' err || fail "no word of it: $(cat err)"
    [ "$(grep -c '^mneme:' err)" = 1 ] || fail 'more than one line'
}
if [ -e /dev/full ]; then
    status=0
    mneme list >/dev/full 2>err || status=$?
    refused $status
    status=0
    mneme --json list >/dev/full 2>err || status=$?
    refused $status
fi
status=0
mneme help >&- 2>err || status=$?
refused $status
status=0
mneme remember 'written, though nobody hears of it' >&- 2>err || status=$?
refused $status
mneme remember 'no descriptor at all' <&- >&- 2>&- || true
[ "$(mneme list | grep -c '^[0-9a-f]')" = 4 ] || fail 'a memory was lost, or the store was written over'

# The shell's status of SIGPIPE is 141; nothing is said.
{
    status=0
    (sleep .3 && mneme help) 2>err || status=$?
    echo $status >status
} | true
leaves_quietly() {
    while [ ! -s status ]; do sleep .1; done
    [ "$(cat status)" = 141 ] || fail "a reader who leaves gives status $(cat status)"
    [ ! -s err ] || fail "and is told of: $(cat err)"
    rm status
}
leaves_quietly
mneme import "$MNEME_SOURCE/examples/lighthouse.chat.json" >/dev/null
{
    status=0
    mneme export 2>err || status=$?
    echo $status >status
} | head -n 1 >first
leaves_quietly
grep -q '^{"mneme":1,' first || fail 'the first line is lost'
mneme import "$MNEME_SOURCE/examples/lighthouse.chat.json" | grep -q 'known 282' || fail 'the store has suffered'
