# Writing memories and changing them, as people see it.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

scenario() {
    run remember 'Ada drinks green tea in the morning' --type preference --subject Ada --tags tea
    run remember 'Ada  drinks green tea in the morning' --type preference --subject Ada --tags morning
    run remember Lisbon --namespace profile --key home
    run remember Porto --namespace profile --key home --importance-level 4
    run remember Porto --namespace profile --key home
    run map --namespace profile
    run map
    run list
    run list --namespace profile --order importance --no-descending
    run list --limit 1
    run list --type fact
    run get --namespace profile --key home
    echo 'two lines
of text' | run remember - --event-at 2025-03-09T08:30:00+02:00 --metadata '{"a": {"b": [1, 2]}}'
    echo '--- change and look back'
    keep cello remember 'Grace plays the cello' --tags 'music,grace'
    run update "$cello" --content 'Grace plays the viola' --confidence .9
    run update "$cello" --subject Grace --tags= --version 2
    run update "$cello" --subject=
    run get "$cello"
    run history "$cello"
    run undo "$cello"
    run undo
    run get "$cello" --evidence
    run supersede "$cello" 'Grace plays the violin' --event-at 2025-01-01T00:00:00Z
    run list --include-superseded
    echo '--- tags, links, time to live'
    keep kettle remember 'the kettle is on' --ttl 10m
    run tag "$kettle" kitchen hot
    run tag --remove "$kettle" hot
    run tag "$kettle" hot --remove
    keep link link "$kettle" "$cello" --relation about --weight .5
    run link "$kettle" "$cello" --relation about --weight .5
    run link --of "$kettle"
    run get "$link"
    run link --remove "$kettle" "$cello" --relation about
    run link --of "$kettle"
    run touch "$kettle" --ttl 1h
    run expire "$kettle" --expires-at=
    run expire "$kettle" --expires-at 2001-01-01T00:00:00Z
    run get "$kettle"
    echo '--- forget'
    run forget "$cello"
    run get "$cello"
    run get "$cello" --include-deleted
    run restore "$cello"
    run forget --namespace profile --key home
    run map --namespace profile
    run purge "$cello"
    run restore "$cello"
}

scenario >raw
plain <raw
