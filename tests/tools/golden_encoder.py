#!/usr/bin/env python3
"""Makes the goldens of tests/data/encoder from its texts, by the reference libraries.

    python3 -m venv V && V/bin/pip install sentence-transformers
    V/bin/python tests/tools/golden_encoder.py MODEL

MODEL is the folder of a pulled all-MiniLM-L6-v2 (`mneme model info all-MiniLM-L6-v2` shows its path); nothing is
downloaded. tests/data/README.md describes the files. A text is `head`, then `text` as many `times` (1), then `tail`.
"""
import json
import os
import pathlib
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import numpy
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer

LAYERS_OF = "Ada drinks tea"
here = pathlib.Path(__file__).resolve().parent.parent / "data" / "encoder"


def texts():
    for line in (here / "texts.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield row.get("head", "") + row["text"] * row.get("times", 1) + row.get("tail", "")


def main(model):
    limit = json.loads((model / "sentence_bert_config.json").read_text())["max_seq_length"]
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True  # [SEP] in a text is text
    reference = SentenceTransformer(str(model), device="cpu")
    reference.eval()

    def features(ids):
        ids = torch.tensor([ids])
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids), "token_type_ids": torch.zeros_like(ids)}

    vectors = []
    with open(here / "tokens.jsonl", "w", encoding="utf-8") as out, torch.inference_mode():
        for text in texts():
            whole = tokenizer.encode(text).ids
            is_cut = len(whole) > limit
            ids = whole[: limit - 1] + whole[-1:] if is_cut else whole
            out.write(json.dumps({"ids": ids, "cut": is_cut}, separators=(",", ":")) + "\n")
            vector = reference(features(ids))["sentence_embedding"][0].numpy()
            if not any(special in text for special in ("[CLS]", "[SEP]", "[PAD]", "[MASK]", "[UNK]")):
                whole_library = reference.encode(text)
                assert numpy.dot(vector, whole_library) > 0.999999, text[:80]
            vectors.append(vector)
        # The embeddings' output and that of each layer, token after token, for one short text.
        bert = reference[0].auto_model
        hidden = bert(**features(tokenizer.encode(LAYERS_OF).ids), output_hidden_states=True).hidden_states
    scaled = numpy.rint(numpy.stack(vectors) * 32767).astype("<i2")
    scaled.tofile(here / "vectors.i16")
    numpy.concatenate([state[0].numpy() for state in hidden]).astype("<f4").tofile(here / "layers.f32")
    print(f"{len(vectors)} texts, {scaled.shape[1]} dimensions, {len(hidden) - 1} layers")


main(pathlib.Path(sys.argv[1]))
