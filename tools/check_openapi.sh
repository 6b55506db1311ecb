#!/usr/bin/env bash
# Lints the OpenAPI document of a build with two linters, and holds its server to it (schemathesis).
# usage: check_openapi.sh MNEME; needs npm and python3 with venv; fetches what is pinned here into a temporary folder.
set -euo pipefail
mneme=$(realpath "$1")
port=17717
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
for tool in npm python3; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 0; }
done
cd "$folder"
npm install --silent --no-audit --no-fund @redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3
python3 -m venv python
python/bin/pip install --quiet schemathesis==4.32.5 openapi-spec-validator==0.9.0
"$mneme" --db "$folder/store.db" --model hash serve --listen "$port" &
server=$!
for _ in $(seq 50); do
    curl --silent --fail "http://127.0.0.1:$port/readyz" >/dev/null && break
    sleep 0.1
done
curl --silent --fail "http://127.0.0.1:$port/openapi.json" >openapi.json
echo 'extends: ["spectral:oas"]' >spectral.yaml
python/bin/openapi-spec-validator openapi.json
node_modules/.bin/redocly lint openapi.json
node_modules/.bin/spectral lint openapi.json -r spectral.yaml
python/bin/schemathesis run "http://127.0.0.1:$port/openapi.json" --max-examples 4 --phases fuzzing --no-color \
    -c not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance
