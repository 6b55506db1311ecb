#!/usr/bin/env python3
"""The peers of bench/embed: one library embedding the texts that bench/embed embeds, told as it tells its own.

    embed_peers.py PEER MODEL CACHE TEXTS      PEER is st, onnx or onnx_int8

MODEL is the folder of all-MiniLM-L6-v2; TEXTS a file of lines `TOKENS<tab>text`, 32 of each length; CACHE a folder for the
ONNX files, which are exported there once (fused for BERT; int8 per channel, dynamic). Prints `first` behind the first embedding,
then lines `name value`, one thread first, then all. Needs sentence-transformers, onnxruntime, onnx, tokenizers in the
Python that runs it; bench/README.md says how.
"""
import os
import resource
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
peer, model, cache, texts_path = sys.argv[1:5]
SECONDS = .1


def export():
    f32, int8 = os.path.join(cache, "model.onnx"), os.path.join(cache, "model_int8.onnx")
    if os.path.exists(int8):
        return f32, int8
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model
    from transformers import AutoModel

    os.makedirs(cache, exist_ok=True)
    bert = AutoModel.from_pretrained(model, attn_implementation="eager").eval()

    class States(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = bert

        def forward(self, ids, mask, types):
            return self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state

    raw = os.path.join(cache, "raw.onnx")
    ids = torch.ones(2, 8, dtype=torch.int64)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {name: {0: "batch", 1: "tokens"} for name in names + ["states"]}
    torch.onnx.export(States(), (ids, ids, ids * 0), raw, input_names=names, output_names=["states"], dynamic_axes=axes,
                      opset_version=17, dynamo=False)
    fused = optimize_model(raw, model_type="bert", num_heads=12, hidden_size=384, opt_level=1)
    fused.save_model_to_file(f32)
    quantize_dynamic(f32, int8, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Attention"],
                     extra_options={"DefaultTensorType": 1})
    return f32, int8


def open_st(threads):
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(threads)
    encoder = SentenceTransformer(model, device="cpu")
    return lambda texts: encoder.encode(texts, batch_size=32, show_progress_bar=False, normalize_embeddings=True)


def open_onnx(threads, path):
    import numpy
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(os.path.join(model, "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()

    def embed(texts):
        encoded = tokenizer.encode_batch(texts)
        ids = numpy.array([one.ids for one in encoded], dtype=numpy.int64)
        mask = numpy.array([one.attention_mask for one in encoded], dtype=numpy.int64)
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": numpy.zeros_like(ids)}
        names = {value.name for value in session.get_inputs()}
        states = session.run(None, {name: value for name, value in feed.items() if name in names})[0]
        pooled = (states * mask[:, :, None]).sum(1) / mask.sum(1)[:, None]
        return pooled / numpy.linalg.norm(pooled, axis=1, keepdims=True)

    return embed


def open_peer(threads):
    if peer == "st":
        return open_st(threads)
    return open_onnx(threads, os.path.join(cache, "model.onnx" if peer == "onnx" else "model_int8.onnx"))


def seconds_per_call(embed, texts, now=time.process_time):
    """The median over three calls and SECONDS, or the first where that alone takes as long."""
    begin = now()
    embed(texts)
    if now() - begin >= SECONDS:
        return now() - begin
    took, end = [], begin + SECONDS
    while len(took) < 3 or now() < end:
        start = now()
        embed(texts)
        took.append(now() - start)
    return sorted(took)[len(took) // 2]


def say(name, value):
    print(name, value, flush=True)


if peer == "export":
    export()
    sys.exit(0)
groups = {}
with open(texts_path, encoding="utf-8") as lines:
    for line in lines:
        tokens, text = line.rstrip("\n").split("\t")
        groups.setdefault(tokens, []).append(text)
encoder = open_peer(1)
encoder(["What does she like to drink?"])
print("first", flush=True)
say("first_cpu", time.process_time() * 1000)
say("first_rss", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
for tokens, texts in groups.items():
    say(f"one_{tokens}", seconds_per_call(encoder, texts[:1]) * 1000)
for tokens, texts in groups.items():
    say(f"batch_{tokens}", len(texts) / seconds_per_call(encoder, texts))
encoder = open_peer(os.cpu_count())
say("all_32", len(groups["32"]) / seconds_per_call(encoder, groups["32"], time.perf_counter))
