#!/bin/sh
# tools/check_layers.sh [ROOT]: the rule of layers (tools/check_layers.awk), and a README.md in each source folder.
# Prints each breach as file:line: reason.
set -eu
tools=$(cd "$(dirname "$0")" && pwd)
cd "${1-.}"
status=0
for folder in src/*/; do
    [ -f "${folder}README.md" ] || { echo "${folder}README.md: is missing"; status=1; }
done
find src -name '*.[ch]' | sort | xargs awk -f "$tools/c_tokens.awk" | awk -f "$tools/check_layers.awk" || status=1
exit $status
