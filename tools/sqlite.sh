#!/bin/sh
# tools/sqlite.sh which        prints `system` or `package`: whose SQLite the build takes
# tools/sqlite.sh fetch DIR    puts sqlite3.c and sqlite3.h into DIR, out of a package, verified
#
# SQLite 3.7.0 to 3.51.2 can lose commits when one connection checkpoints while another writes ("WAL-reset bug").
set -eu

sound() { # VERSION
    case $1 in
    3.44.[6-9] | 3.44.[1-9][0-9]) return 0 ;;
    3.50.[7-9] | 3.50.[1-9][0-9]) return 0 ;;
    3.51.[3-9] | 3.51.[1-9][0-9]) return 0 ;;
    3.52.0) return 1 ;;
    3.5[2-9].* | 3.[6-9][0-9].* | 3.[1-9][0-9][0-9].*) return 0 ;;
    *) return 1 ;;
    esac
}

which_one() {
    version=$(pkg-config --modversion sqlite3 2>/dev/null) || version=none
    if sound "$version"; then echo system; else echo package; fi
}

fetch() { # DIR
    dir=$1
    mkdir -p "$dir"
    work=$(mktemp -d "$dir/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && npm pack --silent better-sqlite3@12.11.1 >/dev/null && tar -xzf ./*.tgz package/deps/sqlite3)
    want=60d2f39a3726cd6b9021da6f4e868608d66fbb6528a9f513dc8ffcc640493422
    got=$(sha256sum "$work/package/deps/sqlite3/sqlite3.c" | cut -d' ' -f1)
    [ "$got" = "$want" ] || { echo "sqlite3.c is not the pinned one: $got" >&2; exit 1; }
    mv "$work/package/deps/sqlite3/sqlite3.h" "$work/package/deps/sqlite3/sqlite3.c" "$dir/"
    touch "$dir/sqlite3.h" "$dir/sqlite3.c"
}

case ${1-} in
which) which_one ;;
fetch) fetch "${2:?DIR}" ;;
*) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
