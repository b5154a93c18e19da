# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Functions in a score region become vector code, never calls in a loop: score-functions.py PREFIX."""

import re
import subprocess
import sys

import numpy as np

prefix = sys.argv[1]
random = np.random.default_rng(4)
paths = [f"{prefix}-{name}.npy" for name in "qkv"]
for path in paths:
    np.save(path, random.standard_normal((1, 1, 50, 16)).astype(np.float32))
t = "tensor<1x1x50x16xf32>"


def write(lines):
    with open(f"{prefix}.mlir", "w") as file:
        file.write(f"""func.func @f(%q: {t}, %k: {t}, %v: {t}) -> {t} {{
  %o = tensor.empty() : {t}
  %y = arith.constant 0.75 : f32
  %r = sattn.attention ins(%q, %k, %v : {t}, {t}, {t}) outs(%o : {t}) pattern(causal) score {{
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    {lines}
    sattn.yield %x : f32
  }}
  return %r : {t}
}}
""")


# Where the argument may be any number, and where it is positive.
anywhere = ["absf", "atan", "cbrt", "ceil", "cos", "cosh", "erf", "erfc", "exp", "exp2", "expm1",
            "floor", "round", "roundeven", "sin", "sinh", "asinh", "tan", "tanh", "trunc"]
positive = ["log", "log10", "log1p", "log2", "rsqrt", "sqrt"]
sized = ["acos", "asin", "atanh"]  # below 1
lines = ["%one = arith.constant 1.0 : f32", "%half = arith.constant 0.5 : f32",
         "%ss = math.absf %s : f32", "%p = arith.addf %ss, %half : f32",
         "%t = math.tanh %s : f32", "%u = arith.mulf %t, %half : f32",
         "%a = arith.remf %s, %y : f32", "%c = math.atan2 %s, %p : f32",
         "%d = math.powf %p, %y : f32", "%g = math.acosh %p : f32"]
total = ["a", "c", "d", "g"]
for argument, names in (("s", anywhere), ("p", positive), ("u", sized)):
    for name in names:
        lines.append(f"%f_{name} = math.{name} %{argument} : f32")
        total.append(f"f_{name}")
for number, name in enumerate(total):
    before = f"sum{number - 1}" if number else "s"
    lines.append(f"%sum{number} = arith.addf %{before}, %{name} : f32")
lines.append(f"%x = arith.addf %sum{len(total) - 1}, %one : f32")
write("\n    ".join(lines))
for cpu in ("haswell", "skylake-avx512"):
    done = subprocess.run(["sattn-run", f"{prefix}.mlir", "--emit=asm", "--threads", "1",
                           "--target-cpu", cpu], check=True, capture_output=True, text=True)
    # Memory, and the refusal to run on another processor.
    allowed = {"malloc", "free", "memcpy", "memset", "aligned_alloc", "dprintf", "exit"}
    called = set(re.findall(r"call\w*\s+(\w+)@PLT", done.stdout)) - allowed
    assert not called, called
    assert len(done.stdout) > 10000

for line in ("%p = math.absf %s : f32\n    %l = math.log10 %p : f32\n    %x = arith.negf %l : f32",
             "%x = arith.remf %s, %y : f32",
             "%inf = arith.constant 0x7F800000 : f32\n    %x = arith.remf %s, %inf : f32"):
    write(line)
    subprocess.run(["sattn-run", f"{prefix}.mlir", "--inputs", *paths, "--verify"], check=True)
