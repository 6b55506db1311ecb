# examples/hello.c against an installed mneme, found by pkg-config: as C and as C++, with the shared library and with
# the archive.
set -eu
. "$MNEME_SOURCE/tests/cli/setup"
command -v pkg-config >/dev/null || { echo 'pkg-config is not there'; exit 77; }
root=$PWD/root prefix=/opt/mneme
hello=$MNEME_SOURCE/examples/hello.c
make --silent --no-print-directory -C "$MNEME_SOURCE" MODE="$MNEME_MODE" DESTDIR="$root" PREFIX=$prefix install \
    >install.log
for page in man1/mneme.1 man3/mneme.3; do
    grep -q '^\.SH NAME' "$root$prefix/share/man/$page" || fail "$page is not installed"
done

export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_PATH="$root$prefix/lib/pkgconfig" LD_LIBRARY_PATH="$root$prefix/lib"
flags=$(pkg-config --cflags --libs mneme)
archive="$(pkg-config --cflags mneme) $root$prefix/lib/libmneme.a"
archive="$archive $(sed -n 's/^Libs.private: *//p' "$root$prefix/lib/pkgconfig/mneme.pc")"

says() { # PROGRAM: runs it on a store of its own and looks at what it says
    "./$1" "$1.db" >"$1.out" || fail "$1 fails"
    grep -qxF 'Grace found the blue teapot behind the flour' "$1.out" || fail "$1 says: $(cat "$1.out")"
    grep -q "^because of the word 'teapot': score 0\.[0-9]*," "$1.out" || fail "$1 gives no reason"
    [ "$(mneme --db "$1.db" --user ada list | grep -c '^[0-9a-f]')" = 3 ] || fail "$1 has not remembered three things"
}
$CC ${MNEME_CFLAGS-} -std=c11 -Wall -Wextra -Werror "$hello" $flags -o c_shared
says c_shared
$CC ${MNEME_CFLAGS-} -std=c11 -Wall -Wextra -Werror "$hello" $archive -o c_archive
says c_archive
cxx=$(command -v g++ || command -v clang++) || { echo 'no C++ compiler; C is well'; exit 0; }
case $CC in *clang*) cxx=$(command -v clang++ || echo "$cxx") ;; esac
"$cxx" ${MNEME_CFLAGS-} -std=c++17 -Wall -Werror -x c++ "$hello" -x none $flags -o cxx_shared
says cxx_shared
"$cxx" ${MNEME_CFLAGS-} -std=c++17 -Wall -Werror -x c++ "$hello" -x none $archive -o cxx_archive
says cxx_archive
