# tools/needs.sh: sourced by ./run and ./test from the checkout's root. `needs TOOL...` makes sure that what the build
# needs is there: names what is missing and installs that, and no more, where apt-get is; else says what to run and
# ends with status 3. Each TOOL is a row of the table.

# What, how it is seen (a command, a header or a file), the Debian package that has it.
needs_table() {
    cat <<'TABLE'
compiler      ${CC:-gcc}             gcc
make          make                   make
libc          stdio.h                libc6-dev
jansson       jansson.h              libjansson-dev
libstemmer    libstemmer.h           libstemmer-dev
utf8proc      utf8proc.h             libutf8proc-dev
libcrypto     openssl/evp.h          libssl-dev
libcurl       curl/curl.h            libcurl4-openssl-dev
microhttpd    microhttpd.h           libmicrohttpd-dev
libzip        zip.h                  libzip-dev
criterion     criterion/criterion.h  libcriterion-dev
pip           pip                    python3-pip
npm           npm                    npm
authorities   /etc/ssl/certs/ca-certificates.crt  ca-certificates
c++           g++                    g++
clang         clang                  clang
clang-tidy    clang-tidy             clang-tidy
clang-format  clang-format           clang-format
fuzzer        /usr/lib/llvm-14/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a  libclang-rt-14-dev
valgrind      valgrind               valgrind
TABLE
}

needs_is_there() { # SEEN
    case $1 in
    /*) [ -n "$(ls $1 2>/dev/null)" ] ;;
    *.h)
        for needs_folder in /usr/include /usr/local/include /usr/include/*-linux-gnu; do
            [ ! -e "$needs_folder/$1" ] || return 0
        done
        echo "#include <$1>" | ${CC:-gcc} -E - >/dev/null 2>&1
        ;;
    pip) python3 -m pip --version >/dev/null 2>&1 ;;
    '${CC:-gcc}') command -v "${CC:-gcc}" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# SQLite's source is fetched once, by a package client; only then, and if none is there, is one needed.
needs_client() {
    [ ! -f build/sqlite/sqlite3.c ] && [ "$(tools/sqlite.sh which)" = package ] || return 0
    echo authorities
    [ -n "$(tools/sqlite.sh clients)" ] || echo npm
}

needs() {
    needs_packages='' needs_names=''
    for needs_tool in "$@" $(needs_client); do
        needs_row=$(needs_table | grep "^$needs_tool ")
        read -r needs_name needs_seen needs_package <<ROW
$needs_row
ROW
        needs_is_there "$needs_seen" || {
            needs_names="$needs_names $needs_name" needs_packages="$needs_packages $needs_package"
        }
    done
    [ -z "$needs_packages" ] || needs_install
}

needs_install() {
    echo "missing:$needs_names" >&2
    if ! command -v apt-get >/dev/null; then
        echo "This is no Debian, so nothing is installed. Debian calls them:$needs_packages" >&2
        exit 3
    fi
    needs_apt="apt-get install -y --no-install-recommends$needs_packages"
    if [ "$(id -u)" = 0 ]; then
        needs_sudo=''
    elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        needs_sudo='sudo '
    else
        echo "To install them, run this as root and then start again:" >&2
        echo "    $needs_apt" >&2
        exit 3
    fi
    echo "installing:$needs_packages" >&2
    needs_log=$(mktemp)
    if ! needs_try; then
        cat "$needs_log" >&2
        echo "could not run: $needs_sudo$needs_apt" >&2
        exit 3
    fi
    rm "$needs_log"
}

# The lists of packages may be absent or old.
needs_try() {
    export DEBIAN_FRONTEND=noninteractive
    if apt-cache show $needs_packages >/dev/null 2>&1 && $needs_sudo$needs_apt >"$needs_log" 2>&1 </dev/null; then
        return
    fi
    ${needs_sudo}apt-get update >>"$needs_log" 2>&1 && $needs_sudo$needs_apt >>"$needs_log" 2>&1 </dev/null
}
