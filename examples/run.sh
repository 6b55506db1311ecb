#!/bin/sh
# The main job: a story is remembered, questions about it are answered from memory, with reasons.
#
#   MNEME   the binary (default: mneme)          first argument: the store (default: data/mneme.db)
#
# The story is imported when the store is made; later runs keep the store and whatever has been added to it.
set -eu

mneme=${MNEME:-mneme}
case $mneme in
    /*) ;;
    */*) mneme=$PWD/$mneme ;;
esac
cd "$(dirname "$0")/.."
mneme=${mneme#"$PWD"/}
db=${1:-data/mneme.db}
story=examples/lighthouse.chat.json
export MNEME_DB="$db"

if ! command -v "$mneme" >/dev/null; then
    echo "run.sh: there is no '$mneme'; build it with 'make', or name it in MNEME" >&2
    exit 3
fi

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

if [ -e "$db" ]; then
    say "Keeping the store $db (delete it to start afresh)"
else
    say "Making $db and importing a story of 282 turns, $story"
    mkdir -p "$(dirname "$db")"
    # A store without its story would be kept by the next run.
    trap 'rm -f "$db" "$db-wal" "$db-shm"' EXIT
    "$mneme" import "$story" --format chat
    trap - EXIT
fi

while IFS= read -r question; do
    say "$question"
    "$mneme" recall "$question" --k 3 --explain </dev/null
done <<'QUESTIONS'
What had Nell promised Ivo, and did she keep it?
Which day of the week was the ninth of November 1974?
Who ended up with the tin of smoked tea?
Where is the 1974 logbook after the archive has examined it?
Why did the light go out for nineteen minutes in 1974?
What stopped the old weather instrument from moving?
When is Nell coming back to the island?
QUESTIONS

question='What does Mags not know about the night of the wreck?'
say "A context for a language model, at most 400 tokens: $question"
"$mneme" context "$question" --budget 400

say 'Try next'
cat <<EOT
  $mneme --db $db recall "Who has the compass now?" --k 5 --explain
  $mneme --db $db remember "Ivo has begun to learn the accordion" --subject Ivo --tags music
  $mneme --db $db recall "What is Ivo learning to play?" --k 3
  $mneme --db $db --json search "the night of the gale"
  $mneme --db $db stats
  $mneme help
The 71 questions of examples/lighthouse.questions.jsonl have their answers and evidence beside them.
EOT
