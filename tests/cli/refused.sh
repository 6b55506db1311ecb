# Bad input for every command: the error names the field and its rule, and the store is as before.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

mneme remember 'Ada drinks green tea' --key tea --tags a >out
mneme --json get --key tea >record
memory=$(sed 's/.*"id":"\([^"]*\)".*/\1/' record)
mneme remember Porto --namespace profile --key home >out
keep talk conversation create Breakfast
keep message conversation append "$talk" 'Good morning' --origin-key one
keep link link "$memory" "$talk"
nobody=00000000-0000-7000-8000-000000000000
mneme export >before 2>out || { echo 'there is no export yet'; exit 77; }

# refuse STATUS FIELD RULE WORDS...
refuse() {
    expected=$1 field=$2 rule=$3
    shift 3
    status=0
    mneme "$@" >out 2>err </dev/null || status=$?
    [ $status = "$expected" ] || fail "mneme $*: status $status instead of $expected: $(cat out err)"
    [ ! -s out ] || fail "mneme $*: an answer: $(cat out)"
    case $rule in
    '') grep -q "^mneme: .*($field)\$" err ;;
    *) grep -q "^mneme: .*($field, $rule)\$" err ;;
    esac || fail "mneme $*: other words than ($field, $rule): $(cat err)"
    mneme export >after || fail "mneme $*: no export any more"
    cmp -s before after || fail "mneme $*: the store has changed: $(diff before after)"
}

refuse 2 content required remember
refuse 2 content min_length remember ''
refuse 2 content utf8 remember "$(printf 'caf\351')"
refuse 2 importance max remember x --importance 1.5
refuse 2 importance type remember x --importance nan
refuse 2 importance_level max remember x --importance-level 6
refuse 2 importance_level conflict remember x --importance-level 4 --importance .5
refuse 2 tier choice remember x --tier forever
refuse 7 type max_length remember x --type "$(printf 'a%050d' 0)"
refuse 2 tags min_length remember x --tags 'a,'
refuse 2 metadata json remember x --metadata '{"a": NaN}'
refuse 2 metadata duplicate remember x --metadata '{"a": 1, "a": 2}'
refuse 2 event_at format remember x --event-at 2025-02-29T00:00:00Z
refuse 2 valid_to min remember x --valid-from 2025-02-02T00:00:00Z --valid-to 2025-02-01T00:00:00Z
refuse 2 ttl format remember x --ttl soon
refuse 2 id read_only remember x --id $nobody
refuse 2 access_count read_only remember x --access-count 3
refuse 2 vector type remember x --vector '["a"]' --space s
refuse 2 conversation_id format remember x --conversation-id y
refuse 5 version version remember other --key tea --version 7
refuse 2 k min recall x --k 0
refuse 2 k max recall x --k 1001
refuse 2 kinds choice recall x --kinds person
refuse 2 colour unknown recall x --filter '{"colour": "red"}'
refuse 2 filter json recall x --filter '{'
refuse 2 neighbours max recall x --neighbours 9
refuse 2 as_of format recall x --as-of yesterday
refuse 2 budget min context x --budget 0
refuse 2 id required get
refuse 2 id format get tea
refuse 4 id '' get $nobody
refuse 2 key conflict get "$memory" --key tea
refuse 2 kind choice list --kind person
refuse 2 order choice list --order colour
refuse 2 limit max list --limit 1001
refuse 2 cursor cursor list --cursor bm90IG91cnM
refuse 2 cursor cursor map --cursor bm90IG91cnM
refuse 2 id required update --content x
refuse 4 id '' update $nobody --content x
refuse 2 content required update "$memory" --content=
refuse 2 namespace fixed update "$memory" --namespace other
refuse 5 version version update "$memory" --content x --version 7
refuse 4 id '' supersede $nobody x
refuse 2 tags required tag "$memory"
refuse 4 id '' tag $nobody a
refuse 4 id '' tag --remove $nobody a
refuse 2 to required link "$memory"
refuse 4 to '' link "$memory" $nobody
refuse 2 weight max link "$memory" "$talk" --weight 2
refuse 4 id '' link --remove --id $nobody
refuse 2 of format link --of x
refuse 2 ttl conflict expire "$memory" --ttl 1d --expires-at 2030-01-01T00:00:00Z
refuse 4 id '' expire $nobody --ttl 1d
refuse 4 id '' touch $nobody --ttl 1d
refuse 4 id '' forget $nobody
refuse 4 id '' restore $nobody
refuse 4 id '' purge $nobody
refuse 4 id '' history $nobody
refuse 4 id '' undo $nobody
refuse 2 importance min conversation create --importance -1
refuse 7 title max_length conversation create "$(printf '%0600d' 0)"
refuse 2 conversation_id required conversation append
refuse 4 conversation_id '' conversation append $nobody x
refuse 2 role choice conversation append "$talk" x --role god
refuse 2 content conflict conversation append "$talk" x --messages '[{"content": "y"}]'
refuse 2 content min_length conversation append "$talk" --messages '[{"content": "y"}, {"content": ""}]'
refuse 4 id '' conversation get $nobody
refuse 4 id '' conversation update $nobody --title x
refuse 4 id '' conversation archive $nobody
refuse 4 id '' conversation forget $nobody
refuse 4 id '' conversation forget "$memory"
refuse 4 id '' message edit $nobody --content x
refuse 2 content min_length message edit "$message" --content ''
refuse 4 id '' message forget $nobody
refuse 4 conversation_id '' window $nobody
refuse 2 last min window "$talk" --last 0
refuse 2 by choice window "$talk" --by size
refuse 2 text required search
refuse 2 k max search x --k 101
refuse 2 name min_length user create ''
refuse 2 name control user create "$(printf 'a\001b')"
refuse 2 path required import
refuse 2 format choice import x --format xml
status=0
mneme --json remember - --importance 7 <. >out || status=$?
[ $status = 11 ] || fail "status $status of a folder as standard input: $(cat out)"
grep -q '^{"error":{"code":"STORAGE","message":"standard input cannot be read: .*","errors":\[\]}}$' out ||
    fail "other words for a folder as standard input: $(cat out)"
