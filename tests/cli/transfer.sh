# Import, export and eval, as people see them; what has been exported is restored exactly.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

cat >talk.json <<'J'
[
{"role": "user", "name": "Ada", "content": "Where is the blue teapot?", "created_at": "2025-03-09T08:00:00Z"},
{"role": "wizard", "content": "In a hat"},
{"role": "user", "name": "Grace", "content": "Above the stove.", "created_at": "2025-03-09T08:01:00Z"}
]
J
cat >records.jsonl <<'J'
{"content": "Ada drinks green tea", "type": "preference"}
{"content": ""}
no JSON
{"kind": "conversation", "title": "Breakfast"}
J
cat >dialogues.json <<'J'
[{"sample_id": "one", "conversation": {"session_1_date_time": "9:00 am on 1 June, 2023",
  "session_1": [{"speaker": "Ada", "text": "Hi!"}]}}]
J
printf 'Ada: Good morning!\nGrace: Good morning,\nAda.\n' >talk.txt

scenario() {
    run import talk.json
    run import talk.json --format chat
    run --json import talk.json
    run --user strict import talk.json --strict
    run --user strict list --kind message
    run import records.jsonl
    run import talk.txt
    printf 'Ada: From a pipe.\n' | run import - --format text
    run import none.json
    run --user all import dialogues.json
    run import dialogues.json
    run --user one import dialogues.json --one-user=false
    run import talk.json --format locomo
    run list --kind message --order created --no-descending
    run export --state
    run export --output whole.jsonl
    run --json export --output whole.jsonl
    run export --output no/such/folder/out
    [ ! -e whole.jsonl.part ] || fail 'something was left behind'
    run --db other.db import whole.jsonl
    run --db other.db import whole.jsonl
    run eval --docs none --queries none
}

scenario >raw
plain <raw
mneme export >whole
cmp whole whole.jsonl || fail 'another export into a file'
mneme --db other.db export | tail -n +2 >again
tail -n +2 whole | cmp - again || fail 'another export of what was restored'
mneme export --output - | cmp - whole || fail 'another export to -'
mneme call export | cmp - whole || fail 'another export by name'
status=0
mneme export --output /dev/full 2>err || status=$?
[ $status = 11 ] || fail "status $status of a full disk"
mneme --json eval --docs "$MNEME_SOURCE/tests/data/garden.docs.jsonl" \
    --queries "$MNEME_SOURCE/tests/data/garden.queries.jsonl" >out
grep -q '^{"queries":[0-9]*,"recall":0\.[0-9]*,"any":' out || fail "eval says: $(cat out)"
mneme --db none.db eval --docs "$MNEME_SOURCE/tests/data/garden.docs.jsonl" \
    --queries "$MNEME_SOURCE/tests/data/garden.queries.jsonl" >out
grep -q '^recall  *0\.[0-9]' out || fail "eval says: $(cat out)"
[ ! -e none.db ] || fail 'eval has made a store'
