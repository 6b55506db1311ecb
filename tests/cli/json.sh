# With --json every answer of every command, errors included, is one JSON object on one line of standard output, and
# nothing else is printed; the exit status is that of the error's code.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

one_object() { # WORDS...: runs it with --json; $status and out are what came of it
    status=0
    mneme --json "$@" >out 2>err <"${input-/dev/null}" || status=$?
    [ ! -s err ] || fail "$*: standard error has: $(cat err)"
    [ "$(wc -l <out)" = 1 ] || fail "$*: $(wc -l <out) lines"
    # mneme's own reader takes an object and nothing else as metadata.
    mneme --db other.db --json remember x --dedupe none --metadata "$(cat out)" >read 2>&1 ||
        fail "$*: no object: $(cat out)"
    if [ $status = 0 ]; then
        ! grep -q '^{"error":' out || fail "$*: an error with status 0"
    else
        grep -q '^{"error":{"code":"[A-Z_]*","message":"..*","errors":\[.*\]}}$' out || fail "$*: no error: $(cat out)"
    fi
}
good() {
    one_object "$@"
    [ $status = 0 ] || fail "$*: status $status, $(cat out)"
}
bad() { # STATUS CODE FIELD RULE WORDS...
    expected=$1 code=$2 field=$3 rule=$4
    shift 4
    one_object "$@"
    [ $status = "$expected" ] || fail "$*: status $status instead of $expected, $(cat out)"
    grep -qF "\"code\":\"$code\"" out || fail "$*: another code: $(cat out)"
    [ -z "$field$rule" ] || grep -qF "\"field\":\"$field\",\"pointer\":\"/$field\",\"rule\":\"$rule\"" out ||
        fail "$*: another field or rule: $(cat out)"
}
id() { sed -n 's/^{"id":"\([^"]*\)".*/\1/p' out; }

good remember 'Ada drinks green tea' --key tea --tags a
tea=$(id)
good remember 'Grace plays the cello'
cello=$(id)
good get "$tea"
good list
good map
good recall 'green tea' --explain
good recall ''
good update "$tea" --confidence .5
good supersede "$cello" 'Grace plays the viola'
viola=$(id)
good tag "$tea" b
good tag --remove "$tea" b
good link "$tea" "$viola"
link=$(id)
good link --of "$tea"
good link --remove --id "$link"
good expire "$tea" --ttl 1d
good undo
good touch "$tea" --ttl 2d
good history "$tea"
good forget "$viola"
good restore "$viola"
good purge "$viola"
good conversation create Breakfast
talk=$(id)
good conversation append "$talk" 'Good morning'
message=$(id)
good conversation get "$talk"
good conversation list
good conversation update "$talk" --title Supper
good message edit "$message" --content 'Good evening'
good window "$talk"
good search 'good evening'
good message forget "$message"
good conversation archive "$talk"
good conversation forget "$talk"
good namespace list
good user create grace
good user show
good user list
good stats
good version
good help
good operations
good help remember
good remember --help
good call stats
printf 'Ada: Good morning\nGrace: Good morning, Ada\n' >talk.txt
good import talk.txt --format text

# Every command refuses what it does not know, and explains itself.
mneme --json help | tr '{' '\n' | sed -n 's/^"command":"\([^"]*\)".*/\1/p' >commands
while read -r command; do
    good help ${command%% --*}
    case $command in
    help) ;;
    call) bad 2 INVALID operation required $command --bogus=1 ;;
    operations) bad 2 INVALID bogus unknown $command --bogus=1 ;;
    *) bad 2 INVALID bogus unknown $command --bogus=1 ;;
    esac
done <commands

bad 2 INVALID command required
bad 2 INVALID command unknown frobnicate
bad 2 INVALID content min_length remember ''
bad 2 INVALID importance max remember x --importance 7
bad 2 INVALID access_count read_only update "$tea" --access-count 7
bad 2 INVALID namespace fixed update "$tea" --namespace other
bad 4 NOT_FOUND id '' get 00000000-0000-7000-8000-000000000000
bad 4 NOT_FOUND operation unknown call memory.nothing
bad 5 CONFLICT version version update "$tea" --confidence .1 --version 77
head -c 300000 /dev/zero | tr '\0' a >long
input=long
bad 7 LIMIT content max_length remember -
unset input
bad 14 UNSUPPORTED '' '' --db postgresql://host/db list
bad 4 NOT_FOUND '' '' --db none.db list
head -c 5000 /dev/zero | tr '\0' x >broken.db
bad 11 STORAGE '' '' --db broken.db list
