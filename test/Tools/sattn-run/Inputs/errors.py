# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs sattn-run on bad input: errors.py FOLDER FUNCTIONS.mlir."""

import os
import platform
import shutil
import struct
import subprocess
import sys

import numpy as np

folder, functions = sys.argv[1:]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(folder)


def path(name):
    return os.path.join(folder, name)


def array(name, shape, dtype=np.float32):
    np.save(path(name), np.zeros(shape, dtype))
    return path(name)


def raw(name, data):
    with open(path(name), "wb") as file:
        file.write(data)
    return path(name)


def npy(name, header, data=b""):
    text = header.encode() + b"\n"
    return raw(name, b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data)


good = [array("q.npy", (1, 2, 8, 16)), array("k.npy", (1, 2, 8, 16)), array("v.npy", (1, 2, 8, 16))]
q, k, v = good
failures = 0


def expect(message, *arguments, inputs=good, file=(), pattern="dense"):
    """`message` must be in the only line on standard error."""
    global failures
    out = path("out.npy")
    command = ["sattn-run", *file]
    if pattern is not None:
        command += ["--pattern", pattern]
    if inputs is not None:
        command += ["--inputs", *inputs]
    if "--output" not in arguments:
        command += ["--output", out]
    done = subprocess.run(command + list(arguments), capture_output=True, text=True)
    lines = done.stderr.splitlines()
    right = (done.returncode == 1 and len(lines) == 1 and not done.stdout
             and lines[0].startswith("sattn-run: error: ") and message in lines[0]
             and not os.path.exists(out))
    if not right:
        failures += 1
        print("FAILED", " ".join(command)[:300], list(arguments), "\n  exit code", done.returncode,
              "\n  expected:", message, "\n  got:", done.stderr[:1000], done.stdout[:200])


# The command line.
expect("'query-tile' to be 1 or a multiple of the vector width", "--query-tile", "3")
expect("'vector-width' to be 4, 8 or 16", "--vector-width", "5")
expect("unknown target feature '+nonsense'", "--target-features", "+avx2,+nonsense")
expect("start with '+' or '-', but got 'foo'", "--target-features", "foo")
expect("unknown processor 'foo'", "--target-cpu", "foo")
expect("unknown processor 'pentium4'", "--target-cpu", "pentium4")
other = "haswell" if platform.machine() == "aarch64" else "neoverse-n1"
expect(f"processor '{other}' is of another architecture than this machine", "--target-cpu", other)
if platform.machine() == "x86_64":
    # XOP went out of production in 2015.
    expect("this machine cannot run code for 'bdver2': it has no ", "--target-cpu", "bdver2")
expect("unknown processor 'bar'", "--target-schedule", "bar")
expect("'query-tile' to be 1 or a multiple of the vector width (16)", "--target-schedule", "znver4", "--query-tile", "8")
expect("cannot write", "--output", path("no/such/folder/o.npy"))
expect("cannot write", "--lse", path("no/such/folder/l.npy"))

# The pattern.
expect("column 1: unknown pattern 'bogus'", pattern="bogus")
expect("'left' to be non-negative, but got -1", pattern="window<left = -1>")
expect("column 11: expected a pattern", pattern="causal and")
expect("query to have 3 heads", pattern="per_head<[causal, dense, none]>")
expect("column 6: unbalanced '>'", pattern="dense> dense")
expect("expected a pattern nested at most 200 deep, but got a deeper one", pattern="(" * 1000 + "dense" + ")" * 1000)
expect("column 401: unknown pattern 'bogus'", pattern="causal or " * 40 + "bogus")
expect("expected key to have at most 4 rows, as many as 'pattern' describes, but got 8",
       pattern="block_mask<block = [4, 4], layout = dense<true> : tensor<1x1xi1>>")
expect("query to have 1 head, as many as", pattern="per_head<[causal]>")
expect("column 7: expected 'and', 'or' or the end of the pattern", pattern="causal causal")
expect("unknown pattern '#foo.bar'", pattern="#foo.bar")

# The arrays.
expect("cannot read", inputs=[path("none.npy"), k, v])
expect("cannot read", inputs=[folder, k, v])
expect("cannot read", inputs=[raw("empty.npy", b""), k, v])
expect("cannot read", inputs=[raw("magic.npy", b"not an array at all"), k, v])
descr = "{'descr': '%s', 'fortran_order': %s, 'shape': %s}"
expect("cannot read", inputs=[npy("fortran.npy", descr % ("<f4", "True", "(1, 2, 8, 16)"), bytes(1024)), k, v])
expect("cannot read", inputs=[npy("object.npy", descr % ("|O", "False", "(1, 2, 8, 16)"), bytes(1024)), k, v])
expect("cannot read", inputs=[npy("huge.npy", descr % ("<f4", "False", "(1, 2, 99999999999, 99999999999)")), k, v])
expect("cannot read", inputs=[npy("negative.npy", descr % ("<f4", "False", "(1, -2, 8, 16)")), k, v])
expect("cannot read", inputs=[npy("short.npy", descr % ("<f4", "False", "(1, 2, 8, 16)"), bytes(100)), k, v])
expect("cannot read", inputs=[npy("big.npy", descr % (">f4", "False", "(1, 2, 8, 16)"), bytes(1024)), k, v])
expect("f32, f16 or bf16", inputs=[array("int.npy", (1, 2, 8, 16), np.int32), k, v])
expect("[B, H, rows, D] or [H, rows, D]", inputs=[array("rank2.npy", (8, 16)), k, v])
expect("rank 4 like the query", inputs=[q, array("rank3.npy", (2, 8, 16)), v])
expect("f32 like the query", inputs=[q, array("half.npy", (1, 2, 8, 16), np.float16), v])
expect("head size 16 like the query", inputs=[q, array("d8.npy", (1, 2, 8, 8)), v])
expect("row count 8 like the key", inputs=[q, k, array("n9.npy", (1, 2, 9, 16))])
expect("multiple of the key's", inputs=[array("h3.npy", (1, 3, 8, 16)), k, v])
vast = "(0, 2, 1099511627776, 16)"
expect("at most 1073741824 rows", inputs=[npy(f"vast{n}.npy", descr % ("<f4", "False", vast)) for n in "qkv"])
wide = [array(f"wide{n}.npy", (1, 1, 2, 5000)) for n in "qkv"]
expect("4096", inputs=wide)

# The file.
expect(f"cannot read '{path('none.mlir')}': no such file or directory", file=[path("none.mlir")], pattern=None)
expect(f"cannot read '{folder}': is a directory", file=[folder], pattern=None)
# Score modifiers.
halves = array("half.npy", (4,), np.float64)
expect("unknown modifier 'louder'", "--modify", "louder")
expect("expected ')' after the arrays of a modifier in --modify", "--modify", "softcap(")
expect("cannot read", "--modify", "softcap(none.npy)")
expect("to be f32, f16 or bf16, but", "--modify", f"softcap({halves})")
expect("expected --modify without a .mlir file", "--modify", "softcap<cap = 5>", file=[functions],
       pattern=None)
expect("expected --sink without a .mlir file", "--sink", q, file=[functions], pattern=None)
expect("expected sink to be a memref of one f32, f16 or bf16 for each of 2 heads", "--sink",
       array("sink.npy", (3,)))
expect("expected --score-array with a .mlir file", "--score-array", q)
expect("to take 3 arrays after query, key and value, but its number of arguments is 5", "--entry", "memrefs",
       "--score-array", q, "--score-array", q, "--score-array", q, file=[functions], pattern=None)
expect("expected argument 4 of 'memrefs'", "--entry", "memrefs",
       "--score-array", array("odd.npy", (3,)), file=[functions], pattern=None)

raw("syntax.mlir", b"func.func @f(")
expect("syntax.mlir:1:", file=[path("syntax.mlir")], pattern=None)
raw("binary.mlir", bytes(range(256)))
expect("binary.mlir:1:2: unexpected character", file=[path("binary.mlir")], pattern=None)
raw("nothing.mlir", b"module {}")
expect(f"expected a function in '{path('nothing.mlir')}', but there is none", file=[path("nothing.mlir")], pattern=None)
raw("nested.mlir", b"module { module { func.func @f() { return } } }")
expect(f"expected a function in the outermost module of '{path('nested.mlir')}', but all are in a module inside of it",
       file=[path("nested.mlir")], pattern=None)
shape = "memref<1x2x8x16xf32>"
for name, first, message in [
        ("strided", "memref<1x2x8x16xf32, strided<[256, 16, 32, 1]>>", "argument 1 of 'f' to accept an array in C order"),
        ("offset", "memref<1x2x8x16xf32, strided<[256, 128, 16, 1], offset: 8>>", "argument 1 of 'f' to accept an array in C order"),
        ("space", "memref<1x2x8x16xf32, 257>", "argument 1 of 'f' to accept an array in C order")]:
    raw(f"{name}.mlir", f"func.func @f(%q: {first}, %k: {shape}, %v: {shape}, %o: {shape}) {{ return }}".encode())
    expect(message, file=[path(f"{name}.mlir")], pattern=None)
raw("undefined.mlir", f"""func.func private @elsewhere()
func.func @f(%q: {shape}, %k: {shape}, %v: {shape}, %o: {shape}) {{
  call @elsewhere() : () -> ()
  return
}}""".encode())
expect("'elsewhere' is declared but not defined", file=[path("undefined.mlir")], pattern=None)

# A full disk behind standard output.
with open("/dev/full", "w") as full:
    done = subprocess.run(["sattn-run", "--pattern", "dense", "--inputs", *good, "--json"],
                          stdout=full, stderr=subprocess.PIPE, text=True)
if done.returncode != 1 or done.stderr.count("\n") != 1 or "cannot write to standard output" not in done.stderr:
    failures += 1
    print("FAILED full disk:", done.returncode, done.stderr)

print(f"{failures} failures")
sys.exit(failures != 0)
