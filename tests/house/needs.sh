# What tools/needs.sh says and does on a machine that lacks things.
set -eu
mkdir bin
for command in sh grep ls id sed cut sha256sum cat; do ln -s "$(command -v $command)" bin/; done
cat >try.sh <<SH
cd "$MNEME_SOURCE"
. tools/needs.sh
needs_client() { :; }
needs_is_there() { case \$1 in make | jansson.h) return 1 ;; esac; }
needs compiler make jansson utf8proc
echo started
SH

run() { # STATUS WORDS: with the commands of bin/ alone
    status=0
    PATH=$PWD/bin sh try.sh >said 2>&1 </dev/null || status=$?
    [ $status = "$1" ] || { echo "ends with $status, not $1:"; cat said; exit 1; }
    grep -q "$2" said || { echo "does not say '$2':"; cat said; exit 1; }
}

run 3 '^missing: make jansson$'
run 3 'no Debian.*: make libjansson-dev$'

# With apt-get, as a user without sudo.
printf '#!/bin/sh\n[ "$*" != "show make libjansson-dev" ] || exit 0\necho "apt $*" >>"%s/calls"\n' "$PWD" >bin/apt-get
cp bin/apt-get bin/apt-cache
printf '#!/bin/sh\necho 1000\n' >bin/id.new
chmod +x bin/apt-get bin/apt-cache bin/id.new
rm bin/id
mv bin/id.new bin/id
run 3 '^    apt-get install -y --no-install-recommends make libjansson-dev$'
[ ! -e calls ] || { echo "and yet ran: $(cat calls)"; exit 1; }

# As root.
printf '#!/bin/sh\necho 0\n' >bin/id
for command in mktemp rm; do ln -s "$(command -v $command)" bin/; done
run 0 '^started$'
[ "$(cat calls)" = 'apt install -y --no-install-recommends make libjansson-dev' ] || { cat calls; exit 1; }
