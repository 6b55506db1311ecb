#!/bin/sh
# tools/sqlite.sh which        prints `system` or `package`: whose SQLite the build takes
# tools/sqlite.sh clients      prints the package clients that are there, best first
# tools/sqlite.sh fetch DIR    puts sqlite3.c and sqlite3.h into DIR, out of a package, verified
#
# SQLite 3.7.0 to 3.51.2 loses commits when one connection checkpoints while another writes (the WAL-reset bug), and
# that is the shape in which mneme uses it. So an affected system library is passed over, and the amalgamation is taken
# out of a package that carries it: nothing of the package is run, only two files of known content are kept.
set -eu

# A line each: client, package, version, the two files in it, their SHA-256. They hold SQLite 3.53.2, 3.54.1, 3.54.1.
sources() {
    cat <<TABLE
npm better-sqlite3 12.11.1 deps/sqlite3/sqlite3.c deps/sqlite3/sqlite3.h \
60d2f39a3726cd6b9021da6f4e868608d66fbb6528a9f513dc8ffcc640493422 \
9e69a1353a4288450b0d5239ede11fc7f1f4c8e5eb07491fc8317eacb5b7de7e
cargo libsqlite3-sys 0.39.1 sqlite3/sqlite3.c sqlite3/sqlite3.h \
0c657666d819f261cc4007526ad57e1669de9949df7a8ea847aa284a2bf0ee52 \
d6c84557261893439b341d2e6c35187ae3ea24fbfd843ad94616f72d89242b8c
go github.com/mattn/go-sqlite3 v1.14.53 sqlite3-binding.c sqlite3-binding.h \
758343f1464f3ee8c7c601d5b0cde415b52dcdf43a44ed884a62d19ec416e824 \
ca1f8da8e3e044c2856e51c9e2e7800d00bf0eca95443d65dd525c7c3afd6206
TABLE
}

fail() {
    echo "tools/sqlite.sh: $*" >&2
    exit 1
}

is_sound() { # VERSION
    case $1 in
    3.44.[6-9] | 3.44.[1-9][0-9]) return 0 ;;
    3.50.[7-9] | 3.50.[1-9][0-9]) return 0 ;;
    3.51.[0-2] | 3.52.0) return 1 ;; # 3.52.0 was withdrawn
    3.5[1-9].* | 3.[6-9][0-9].* | 3.[1-9][0-9][0-9].*) return 0 ;;
    *) return 1 ;;
    esac
}

choose() {
    version=$(pkg-config --modversion sqlite3 2>/dev/null) || version=none
    if is_sound "$version"; then echo system; else echo package; fi
}

clients() {
    sources | while read -r client rest; do
        if command -v "$client" >/dev/null; then echo "$client"; fi
    done
}

digest() { # FILE
    sha256sum "$1" | cut -d ' ' -f 1
}

# The clients. Each leaves the unpacked package in ./package of the current, empty folder.

unpack_npm() { # PACKAGE VERSION
    npm pack --silent "$1@$2" >/dev/null && tar -xzf ./*.tgz
}

unpack_cargo() {
    mkdir src && : >src/lib.rs
    printf '[package]\nname = "fetch"\nversion = "0.0.0"\n[dependencies]\n%s = "=%s"\n' "$1" "$2" >Cargo.toml
    cargo vendor --quiet vendor >/dev/null && mv "vendor/$1" package
}

unpack_go() {
    GOPATH=$PWD/go GOFLAGS=-modcacherw go mod download "$1@$2" && mv "go/pkg/mod/$1@$2" package
}

has_pinned() { # DIR: it holds the two files of one source
    if [ ! -f "$1/sqlite3.c" ] || [ ! -f "$1/sqlite3.h" ]; then return 1; fi
    sources | grep -q " $(digest "$1/sqlite3.c") $(digest "$1/sqlite3.h")\$"
}

fetch_from() { # CLIENT DIR, in an empty work folder; true if DIR has got its files
    sources | while read -r client package version source header source_sha header_sha; do
        [ "$client" = "$1" ] || continue
        if ! "unpack_$client" "$package" "$version"; then
            echo "tools/sqlite.sh: $client could not fetch $package $version" >&2
            return 1
        fi
        mv "package/$source" sqlite3.c && mv "package/$header" sqlite3.h
        for pair in "sqlite3.c $source_sha" "sqlite3.h $header_sha"; do
            file=${pair% *} expected=${pair#* } actual=$(digest "${pair% *}")
            [ "$actual" = "$expected" ] || {
                echo "tools/sqlite.sh: $file of $package $version ($client) is not the pinned one, so it is not used"
                echo "  expected sha256 $expected"
                echo "  but got         $actual"
            } >&2
            [ "$actual" = "$expected" ] || return 1
        done
        touch sqlite3.c sqlite3.h
        mv sqlite3.h sqlite3.c "$2/"
    done
}

fetch() { # DIR
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    if has_pinned "$dir"; then
        touch "$dir/sqlite3.c" "$dir/sqlite3.h"
        return
    fi
    found=$(clients)
    [ -n "$found" ] || fail "SQLite's source comes out of a package: npm, cargo or go is needed"
    work=$(mktemp -d "$dir/fetch.XXXXXX")
    trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    for client in $found; do
        mkdir "$work/$client"
        if (cd "$work/$client" && fetch_from "$client" "$dir"); then return; fi
    done
    fail "no SQLite source could be had by: $(echo $found)"
}

case ${1-} in
which) choose ;;
clients) clients ;;
fetch) fetch "${2:?fetch needs a folder}" ;;
*) sed -n '2,4s/^# //p' "$0" >&2 && exit 2 ;;
esac
