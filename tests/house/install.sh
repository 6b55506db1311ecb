# `make uninstall` takes away exactly what `make install` has put into a place. (That it can be linked with there is
# tests/cli/example.sh's matter.)
set -eu
[ -x "$MNEME" ] || { echo 'no program yet'; exit 77; }
root=$PWD/root prefix=/opt/mneme
in_source() {
    make --silent --no-print-directory -C "$MNEME_SOURCE" MODE="$MNEME_MODE" DESTDIR="$root" PREFIX=$prefix "$@"
}

mkdir -p "$root$prefix/bin"
echo 'a neighbour' >"$root$prefix/bin/neighbour"
in_source install
for file in bin/mneme include/mneme.h lib/libmneme.a lib/libmneme.so lib/libmneme.so.0 lib/libmneme.so.0.1.0 \
    lib/pkgconfig/mneme.pc share/man/man1/mneme.1 share/man/man3/mneme.3; do
    [ -s "$root$prefix/$file" ] || { echo "$file is not installed"; exit 1; }
done
readelf -d "$root$prefix/lib/libmneme.so" | grep -q 'SONAME.*\[libmneme.so.0\]' || { echo 'another soname'; exit 1; }
"$root$prefix/bin/mneme" version | grep -qF 0.1.0 || { echo 'another version'; exit 1; }

in_source uninstall
left=$(cd "$root" && find . ! -type d)
[ "$left" = ".$prefix/bin/neighbour" ] || { echo "uninstall leaves: $left"; exit 1; }
