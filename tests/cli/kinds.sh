# Characters, props, agents, preferences, summaries, clusters and patterns, as people see them.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

scenario() {
    keep tale conversation create 'The mill'
    keep zoe character create 'Zoë Brook' --conversation-id "$tale" --description 'A keeper of bees' \
        --personality-traits 'patient,shy' --stats '{"courage": 3}'
    run character create 'Zoë Brook' --conversation-id "$tale"
    run character save 'Zoë Brook' --conversation-id "$tale" --current-mood glad --current-location mill
    run character create Tom --last-seen 2025-03-09T08:30:00Z
    run character list
    run character find zoe
    run character find %
    run character get "$zoe"
    run character archive "$zoe"
    run character list --is-active
    run character history "$zoe"
    echo '--- props'
    keep lamp prop create Lantern --category light --tags 'old,brass' --description 'Smells of oil'
    run prop create Axe --rarity rare
    run prop use "$lamp"
    run prop favorite "$lamp"
    run prop list
    run prop list --tags old --text OIL
    run prop favorite --remove "$lamp"
    run prop list --is-favorite
    echo '--- agents and preferences'
    keep scout agent create scout --system-prompt 'Find things.' --capabilities search
    run agent update "$scout" --no-enabled
    run agent list
    run agent list --enabled
    run agent get scout
    run preference set theme '{"dark": true}' --category ui
    run preference set size 12
    run preference set size 14
    run preference get size
    run preference list
    run preference delete size
    run preference list
    echo '--- what is made of memories'
    run summary create "$tale" 'They met at the mill.' --message-range-start 1 --message-range-end 4
    run summary list --conversation-id "$tale"
    run conversation get "$tale"
    run cluster create bees --topics 'bees,honey'
    run cluster list
    run pattern create workflow 'Tea, then letters' --frequency 3
    run pattern list
    run undo
    run pattern list
    run list --kind character --order name
    run recall 'who keeps bees' --kinds character,prop,summary
    run search 'the mill'
    run conversation forget "$tale"
    run summary list
    run character list
}

scenario >raw
plain <raw
