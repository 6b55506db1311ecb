# What `make install` puts into a place compiles, links and runs there, with the shared library and with the archive;
# `make uninstall` takes away exactly that.
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
    lib/pkgconfig/mneme.pc; do
    [ -s "$root$prefix/$file" ] || { echo "$file is not installed"; exit 1; }
done
readelf -d "$root$prefix/lib/libmneme.so" | grep -q 'SONAME.*\[libmneme.so.0\]' || { echo 'another soname'; exit 1; }
"$root$prefix/bin/mneme" version | grep -qF 0.1.0 || { echo 'another version'; exit 1; }

cat >program.c <<'C'
#include <mneme.h>
#include <stdio.h>
int main(void)
{
    return puts(mneme_version()) < 0;
}
C
export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_PATH="$root$prefix/lib/pkgconfig"
flags=$(pkg-config --cflags --libs mneme)
static_libs=$(sed -n 's/^Libs.private: *//p' "$root$prefix/lib/pkgconfig/mneme.pc")
version=$(pkg-config --modversion mneme)
$CC $MNEME_CFLAGS program.c $flags -o with_shared
[ "$(LD_LIBRARY_PATH="$root$prefix/lib" ./with_shared)" = "$version" ]
$CC $MNEME_CFLAGS -I"$root$prefix/include" program.c "$root$prefix/lib/libmneme.a" $static_libs -o with_archive
[ "$(./with_archive)" = "$version" ]

in_source uninstall
left=$(cd "$root" && find . ! -type d)
[ "$left" = ".$prefix/bin/neighbour" ] || { echo "uninstall leaves: $left"; exit 1; }
