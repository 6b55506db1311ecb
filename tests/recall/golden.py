#!/usr/bin/env python3
"""Makes the goldens of reference_test.c from the reference of the ranking recipe, a program that is not part of this repository.

usage: golden.py REFERENCE SET      writes tests/data/SET.golden.jsonl; needs numpy, and what the reference needs

The dense parts want vectors, and no model shall be needed: element j of document i (or of query i, both counted from 0 in
their file) is x / 2^23 - 1, x the upper 24 bits of splitmix64(stream * 2^52 + i * 2^12 + j), stream 1 for documents and 2 for
queries; rows are then divided by their length. reference_test.c computes the same.

A line: {query: its line number, ids, scores, parts}: the best five; parts in the order of recall.h, weighted. Left out are queries of
namespaces that mix messages and memories, where product and reference differ by design, and those without evidence.
"""
import json, os, subprocess, sys, tempfile
import numpy as np

DIMENSION, BEST = 16, 5
PARTS = ["near", "wide", "own_cos", "near_cos", "bigram", "reply", "asks", "speaker", "length", "time"]
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")


def vectors(stream, count):
    i = np.arange(count, dtype=np.uint64)[:, None]
    j = np.arange(DIMENSION, dtype=np.uint64)[None, :]
    with np.errstate(over="ignore"):
        z = (np.uint64(stream) << np.uint64(52)) + (i << np.uint64(12)) + j + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    rows = (z >> np.uint64(40)).astype(np.float32) / np.float32(1 << 23) - np.float32(1)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def main(reference, name):
    documents = [json.loads(line) for line in open(f"{DATA}/{name}.docs.jsonl")]
    queries = sum(1 for _ in open(f"{DATA}/{name}.queries.jsonl"))
    kinds = {}
    for document in documents:
        kinds.setdefault(document["ns"], set()).add(bool(document.get("who")))
    with tempfile.TemporaryDirectory() as folder:
        np.savez(f"{folder}/{name}.npz", E=vectors(1, len(documents)), Q=vectors(2, queries))
        dump = f"{folder}/dump.jsonl"
        subprocess.run([sys.executable, reference, name, "--data", DATA, "--vectors", folder, "--dump", dump], check=True)
        with open(f"{DATA}/{name}.golden.jsonl", "w") as out:
            for line in open(dump):
                found = json.loads(line)
                if len(kinds[found["ns"]]) > 1:
                    continue
                parts = [[round(p.get(name, 0), 4) + 0.0 for name in PARTS] for p in found["parts"][:BEST]]
                scores = [round(score, 4) for score in found["scores"][:BEST]]
                golden = dict(query=found["query"], ids=found["ids"][:BEST], scores=scores, parts=parts)
                out.write(json.dumps(golden, separators=(",", ":")) + "\n")


main(*sys.argv[1:])
