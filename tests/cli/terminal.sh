# On a terminal there are styles, unless they are not wanted; lines end at its edge; stored text has no say in either.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"
command -v script >/dev/null || { echo 'script (bsdutils) is not there'; exit 77; }
escape=$(printf '\033')
TERM=xterm
export TERM

on_terminal() { # COMMAND...: what a terminal of 60 columns is sent
    script -qec "stty cols 60; $*" /dev/null </dev/null | tr -d '\r'
}
mneme remember "$(printf 'a \033[31mred\007 text that is very much longer than sixty columns are wide')" >/dev/null
mneme remember "$(printf 'the second, with \302\233 in it')" >/dev/null

on_terminal mneme list >out
grep -qF "${escape}[2mid" out || fail 'no styles on a terminal'
! grep -qF "${escape}[31m" out || fail 'a memory has set a colour'
! grep -q "$(printf '\007')" out || fail 'a memory has rung the bell'
! grep -qF "$(printf '\302\233')" out || fail 'a memory has sent a control sequence'
grep -q "$(printf '\342\200\246')\$" out || fail 'a line was not cut'
NO_COLOR=1 on_terminal mneme list >out
! grep -qF "$escape" out || fail 'styles in spite of NO_COLOR'
TERM=dumb on_terminal mneme list >out
! grep -qF "$escape" out || fail 'styles on a terminal that has none'
on_terminal mneme --json list >out
! grep -qF "$escape" out || fail 'styles in JSON'
on_terminal mneme nothing >out
grep -qF "${escape}[31mmneme: " out || fail 'an error without styles'
on_terminal mneme recall text >out
[ "$(sed "s/$escape\[[0-9;]*m//g" out | awk 'length > most { most = length } END { print most }')" -le 60 ] ||
    fail 'a text goes over the edge'
