# The store as a whole: users, namespaces, counts, version, and what help says.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"

scenario() {
    echo '--- nothing is made by looking'
    run list
    [ ! -e "$MNEME_DB" ] || fail 'a store was made'
    run --db no/such/folder/test.db remember x
    run --db postgresql://host/db list
    mneme remember 'Ada drinks green tea' --type preference >remembered
    mneme remember 'x' --namespace notes --tier episodic >remembered
    mneme --user grace remember 'y' >remembered
    run namespace list
    run --user nobody namespace list
    run --user nobody list
    run user create lovelace
    run user create lovelace
    run user show
    run --user nobody user show
    run user list
    run user list --limit 1
    MNEME_USER=grace run list
    MNEME_USER=grace run --user default list --namespace notes
    run stats
    run --user '' list
    echo 'not a store, and long enough to be looked at by somebody who wants to know' >other.db
    run --db other.db list
    run --db other.db remember x
    mneme version | grep -c '^[a-z]*  *[^ ]'
    mneme --version | head -n 1 | sed 's/[0-9][0-9.]*/N/'
    mneme --db none.db version >version.out
    [ ! -e none.db ] || fail 'version made a store'
}

scenario >raw
plain <raw
