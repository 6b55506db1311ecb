# Which SQLite the build takes, and that a source of unknown content is never taken. Needs no network.
set -eu
sqlite=$MNEME_SOURCE/tools/sqlite.sh
mkdir bin
path=$PWD/bin:$PATH

choice() { # VERSION CHOICE
    printf '#!/bin/sh\necho %s\n' "$1" >bin/pkg-config
    chmod +x bin/pkg-config
    actual=$(PATH=$path "$sqlite" which)
    [ "$actual" = "$2" ] || { echo "SQLite $1: takes the $actual's"; exit 1; }
}
for version in 3.7.0 3.40.1 3.44.5 3.45.0 3.46.1 3.50.6 3.51.0 3.51.2 3.52.0 none ''; do choice "$version" package; done
for version in 3.44.6 3.50.7 3.51.3 3.52.1 3.53.2 3.60.0; do choice $version system; done

# Package clients that deliver something else.
for client in npm cargo go; do
    cat >bin/$client <<'SH'
#!/bin/sh
mkdir -p package/deps/sqlite3 vendor/libsqlite3-sys/sqlite3 "go/pkg/mod/github.com/mattn/go-sqlite3@v1.14.53"
for place in package/deps/sqlite3/sqlite3 vendor/libsqlite3-sys/sqlite3/sqlite3 \
    "go/pkg/mod/github.com/mattn/go-sqlite3@v1.14.53/sqlite3-binding"; do
    echo 'int evil;' >"$place.c"
    echo 'int evil;' >"$place.h"
done
tar -czf other.tgz package
SH
    chmod +x bin/$client
done
if PATH=$path "$sqlite" fetch got >said 2>&1; then echo 'takes any file'; exit 1; fi
for client in npm cargo go; do
    grep -q "($client) is not the pinned one" said || { echo "does not say what $client delivered:"; cat said; exit 1; }
done
[ -z "$(ls -A got)" ] || { echo "leaves behind: $(ls -A got)"; exit 1; }

# Clients that fail are named.
printf '#!/bin/sh\nexit 1\n' | tee bin/npm bin/cargo >bin/go
if PATH=$path "$sqlite" fetch got >said 2>&1; then echo 'takes nothing for something'; exit 1; fi
grep -q 'no SQLite source could be had by: npm cargo go' said

# What is there already is not fetched again.
source=$MNEME_SOURCE/build/sqlite
[ -f "$source/sqlite3.c" ] || exit 0
mkdir kept
cp "$source/sqlite3.c" "$source/sqlite3.h" kept/
PATH=$path "$sqlite" fetch kept
echo >>kept/sqlite3.h
if PATH=$path "$sqlite" fetch kept >/dev/null 2>&1; then echo 'keeps a file that was changed'; exit 1; fi
