# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the files of errors.test.

usage: bad-files.py FOLDER
"""
import json
import pathlib
import struct
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])


def config(name, **values):
    (folder / f"{name}.json").write_text(json.dumps(values))


(folder / "empty.json").write_text("")
(folder / "broken.json").write_text('{"model_type": ')
(folder / "list.json").write_text("[1, 2]")
(folder / "deep.json").write_text("[" * 100000)
(folder / "folder.json").mkdir()
config("neither", layers=3)
config("unknown", model_type="mamba")
config("typed", model_type=7)
config("window", model_type="mistral", sliding_window="4096")
config("negative", model_type="mistral", sliding_window=-1)
config("huge", model_type="mistral", num_hidden_layers=10**15)
config("types", model_type="qwen2", num_hidden_layers=2, layer_types=["full_attention", "mamba"])
config("short", model_type="qwen2", num_hidden_layers=3, layer_types=["full_attention"])
config("odd", model_type="longformer", attention_window=33)
config("text", model_type="gemma3", text_config=[])
config("neo", model_type="gpt_neo", attention_types=[["global", 3]])
config("bird", model_type="big_bird", attention_type="sparse")
config("layers", model_type="gemma2", num_hidden_layers=4)
config("mode", mode="spiral")
config("block", mode="fixed", block=0)
config("global", mode="bslongformer", global_block_indices="all")
config("ends", mode="bslongformer", global_block_indices=[3], global_block_end_indices=[3])
config("listed", mode="variable", local_window_blocks=[1, 2])
config("places", mode="fixed", num_different_global_patterns=9, different_layout_per_head=True)
config("horizontal", mode="fixed", horizontal_global_attention=True, attention="unidirectional")
config("inner", sparse_attention="fixed")


def header(name, text):
    text = text.encode()
    (folder / f"{name}.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text)


(folder / "text.npy").write_text("hello")
header("claims", "{'descr': '|b1', 'fortran_order': False, 'shape': (1000000, 1000000), }\n")
header("negative", "{'descr': '|b1', 'fortran_order': False, 'shape': (-1, 4), }\n")
header("object", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n")
np.save(folder / "cut.npy", np.ones((8, 8), bool))
(folder / "cut.npy").write_bytes((folder / "cut.npy").read_bytes()[:-1])
np.save(folder / "floats.npy", np.full((4, 4), 0.5, np.float32))
np.save(folder / "row.npy", np.ones(4, bool))
np.save(folder / "batches.npy", np.ones((2, 1, 4, 4), bool))
np.save(folder / "none.npy", np.ones((0, 4), bool))
np.save(folder / "heads.npy", np.ones((0, 4, 4), bool))
np.save(folder / "large.npy", np.ones((1, 20000, 1), bool))
np.save(folder / "bytes.npy", np.full((4, 4), 2, np.uint8))
np.save(folder / "signed.npy", np.full((4, 4), -1, np.int8))
np.save(folder / "mask.npy", np.ones((4, 4), bool))
np.save(folder / "three.npy", np.ones((1, 1, 4, 3), np.int32))
np.save(folder / "four.npy", np.ones((1, 1, 4, 4), np.int32))
np.save(folder / "one.npy", np.ones((1, 2, 4, 1), np.int32))
np.save(folder / "keyless.npy", np.ones((1, 1, 0, 1), np.int32))
np.save(folder / "flat.npy", np.ones((4, 2), np.int32))
