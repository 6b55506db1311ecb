# The labelled texts are what they say: ids once each, evidence that exists, a story that runs forward in time.
set -eu
data=$MNEME_SOURCE/tests/data
examples=$MNEME_SOURCE/examples

# value LINE NAME: a plain text member of one of our lines. ids LINE: the members of rel.
cat >labels.awk <<'AWK'
function value(line, name) {
    if (!match(line, "\"" name "\": \"[^\"]*\"")) return ""
    return substr(line, RSTART + length(name) + 5, RLENGTH - length(name) - 6)
}
function fault(what) { print FILENAME ":" FNR ": " what; faults++ }
FILENAME ~ /chat.json$/ {
    if (!/"content"/) next
    turns++
    seen["" SUBSEP turns] = 1
    if (value($0, "role") != "user" || value($0, "name") == "") fault("no turn between people")
    if (value($0, "created_at") <= last) fault("not after the turn before")
    last = value($0, "created_at")
    next
}
FILENAME ~ /docs.jsonl$/ {
    key = value($0, "ns") SUBSEP value($0, "id")
    if (key in seen) fault("this id again")
    seen[key] = 1
    next
}
{
    if (value($0, "q") == "" || value($0, "cat") == "") fault("no question or no category")
    if (!match($0, /"rel": \[[^]]*\]/)) fault("no evidence")
    count = split(substr($0, RSTART + 8, RLENGTH - 9), ids, /, */)
    if (count == 0) fault("no evidence")
    for (i = 1; i <= count; i++) {
        gsub(/"/, "", ids[i])
        if (!((value($0, "ns") SUBSEP ids[i]) in seen)) fault("no evidence " ids[i])
    }
    questions++
}
END {
    print questions " questions"
    exit faults > 0 || questions == 0
}
AWK
awk -f labels.awk "$examples/lighthouse.chat.json" "$examples/lighthouse.questions.jsonl"
awk -f labels.awk "$data/garden.docs.jsonl" "$data/garden.queries.jsonl"
