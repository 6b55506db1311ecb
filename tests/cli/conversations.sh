# Conversations and messages, as people see them.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

scenario() {
    keep talk conversation create Breakfast --topics tea,kitchen --started-at 2025-03-09T08:00:00Z
    keep blue conversation append "$talk" 'Did you find my blue teapot?' --speaker Ada --event-at 2025-03-09T08:00:00Z
    run conversation append "$talk" 'It is in the cupboard above the stove.' --speaker Grace \
        --event-at 2025-03-09T08:01:00Z
    echo '[{"speaker": "Ada", "content": "Thank you!", "event_at": "2025-03-09T08:02:00Z"},
        {"role": "assistant", "content": "I have noted where the teapot is.", "event_at": "2025-03-09T08:03:00Z"}]' |
        run conversation append "$talk" --messages -
    run conversation append "$talk" --messages '[{"content": "a"}, {"content": ""}]'
    run conversation get "$talk"
    run window "$talk"
    run window "$talk" --last 2
    run window "$talk" --budget 12
    run list --kind message --limit 2 --order created --no-descending
    run message edit "$blue" --content 'Did you find my old blue teapot?'
    run history "$blue"
    run search 'where is the teapot?' --k 1
    run message forget "$blue"
    run get "$blue"
    run conversation update "$talk" --summary 'Ada looks for a teapot.'
    run conversation archive "$talk"
    keep empty conversation create
    run conversation list
    run list --kind conversation --limit 1 --no-descending
    run conversation forget "$talk"
    run conversation list
    run conversation list --descending=false --limit 1
    run window "$talk"
    run search 'teapot'
}

scenario >raw
plain <raw
