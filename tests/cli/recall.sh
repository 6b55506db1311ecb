# Recall, its reasons, and context, as people see them.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

remember() {
    mneme remember "$@" >remembered
}
ask() {
    run recall "$@" --reference-time 2025-06-01T00:00:00Z --no-note-use
}

scenario() {
    remember 'Grace found the blue teapot behind the flour, where nobody had looked for it since the winter' \
        --event-at 2025-03-09T08:30:00Z --subject Grace
    remember 'The workshop key hangs under the stairs' --event-at 2025-02-01T00:00:00Z --importance .9
    remember 'Ada drinks green tea in the morning' --type preference --event-at 2025-01-01T00:00:00Z
    keep old remember 'The teapot is white' --event-at 2024-01-01T00:00:00Z
    mneme supersede "$old" 'The teapot is blue' --event-at 2025-05-01T00:00:00Z >remembered
    keep talk conversation create Breakfast
    echo '[{"speaker": "Ada", "content": "Where did you put the teapot?", "event_at": "2025-03-09T08:00:00Z"},
        {"speaker": "Grace", "content": "Above the stove, as always.", "event_at": "2025-03-09T08:01:00Z"}]' |
        mneme conversation append "$talk" --messages - >remembered
    ask 'Where was the teapot?' --k 3
    ask 'Where was the teapot?' --k 2 --explain
    ask 'Where is the teapot?' --kinds message --k 1 --neighbours 1 --explain
    ask 'What colour is the teapot?' --kinds memory --include-superseded --k 5
    ask '' --k 2
    ask 'teapot' --type preference --min-coverage .5
    ask 'tea' --filter '{"and": [{"type": "preference"}, {"event_at": {"lt": "2025-02-01T00:00:00Z"}}]}'
    COLUMNS=50 ask 'key' --k 1
    echo 'tea' | run recall - --k 1 --type preference --reference-time 2025-06-01T00:00:00Z --no-note-use
}

scenario >raw
plain <raw
