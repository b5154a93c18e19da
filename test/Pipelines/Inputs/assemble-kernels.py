# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Assembles one kernel of each tile shape, element type and kind of pattern for all GPUs, and prints
what ptxas says of it:

    assemble-kernels.py PTXAS FOLDER

A line is NAME sm_N: REGISTERS registers, BYTES of local memory, BYTES spilled. It exits with 1 and a
line on standard error for each kernel that uses local memory, for whatever reason.

PTX is made for the first GPU of each line of CHIPS; those that follow have the same, which is checked
first. Kernels for f16 have other conversions and products than those for bf16 and are the same besides;
they are assembled for the oldest and the newest GPU, and what patterns and modifiers add for three.
"""
import concurrent.futures
import os
import re
import subprocess
import sys

CHIPS = {"sm_80": ["sm_80"], "sm_86": ["sm_86", "sm_89"], "sm_90": ["sm_90", "sm_100", "sm_120"]}
F16_CHIPS = {"sm_80": ["sm_80"], "sm_90": ["sm_120"]}
PATTERN_CHIPS = {"sm_80": ["sm_80"], "sm_90": ["sm_90", "sm_120"]}
USED = re.compile(r"Compiling entry function '(\w+)_kernel\w*' for '(\w+)'.*?(\d+) bytes stack frame, "
                  r"(\d+) bytes spill stores.*?Used (\d+) registers", re.DOTALL)


def attention(name, element, size, pattern="causal", modify="", operands=(), rows="?", heads=(4, 2)):
    """A function; `operands` are (name, type) pairs of what the pattern reads."""
    query, keys = (f"memref<1x{count}x{length}x{size}x{element}>"
                   for count, length in ((heads[0], rows), (heads[1], "?")))
    read = "".join(f", %{operand}: {type_}" for operand, type_ in operands)
    types = " : " + ", ".join(type_ for _, type_ in operands) if operands else ""
    return (f"func.func @{name}(%q: {query}, %k: {keys}, %v: {keys}, %out: {query}{read}) {{\n"
            f"  sattn.attention ins(%q, %k, %v : {query}, {keys}, {keys}) outs(%out : {query})\n"
            f"    {modify} pattern({pattern}{types})\n  return\n}}\n")


def list_modules():
    """(options of sattn-run, functions, GPUs)."""
    for element, chips in (("bf16", CHIPS), ("f16", F16_CHIPS)):
        yield [], "".join(attention(f"{element}_{size}", element, size)
                          for size in (32, 64, 96)), chips
        yield [], "".join(attention(f"{element}_{size}", element, size)
                          for size in (128, 256)), chips
        yield ["--query-tile", "128", "--warps", "4"], "".join(
            attention(f"{element}_{size}_rows_128", element, size) for size in (64, 128)), chips
    yield ["--query-tile", "128", "--warps", "8"], attention("bf16_128_warps_8", "bf16", 128), CHIPS
    yield ["--blocks", "216"], "".join(attention(f"bf16_{size}_persistent", "bf16", size)
                                       for size in (64, 128)), CHIPS
    yield [], attention("f32_64", "f32", 64), CHIPS
    yield ["--query-tile", "32"], attention("f32_128", "f32", 128), CHIPS
    yield [], attention("f32_256", "f32", 256), CHIPS
    bigbird, tokens = "bigbird<block = 64, random_blocks = 3>", "random<per_row = 64>"
    yield [], (attention("f32_256_bigbird", "f32", 256, bigbird) + attention("f32_256_tokens", "f32", 256, tokens)
               + attention("f32_256_alibi", "f32", 256, modify="modify(alibi)")), PATTERN_CHIPS
    yield [], "".join(attention(f"f32_256_bigbird_rows_{rows}{suffix}", "f32", 256, bigbird, modify, rows=rows, heads=(8, 8))
                      for rows in (1, 2) for suffix, modify in (("", ""), ("_alibi", "modify(alibi)"))), PATTERN_CHIPS
    yield [], "".join(attention(f"tokens_{size}", "bf16", size, tokens) for size in (128, 256)), PATTERN_CHIPS
    yield ["--query-tile", "128"], (
        attention("longformer_128_rows_128", "bf16", 128, "longformer<window = 512, global = 1>")
        + attention("tokens_128_rows_128", "bf16", 128, tokens)), PATTERN_CHIPS
    for size in (32, 64, 96, 128, 256):
        yield ["--allow-tf32"], "".join(attention(f"tf32_{pattern}_{size}", "f32", size, pattern)
                                        for pattern in ("causal", "dense")), CHIPS
    for size in (64, 128):
        yield ["--allow-tf32"], (
            attention(f"tf32_bigbird_{size}", "f32", size, bigbird)
            + attention(f"tf32_row_{size}", "f32", size, "dense", rows=1, heads=(32, 8))
            + attention(f"tf32_window_{size}", "f32", size, "causal and window<left = 1023>")
            + attention(f"tf32_alibi_{size}", "f32", size, modify="modify(alibi)")), PATTERN_CHIPS
    yield ["--allow-tf32"], "".join(
        attention(f"tf32_bigbird_{size}_rows_2{suffix}", "f32", size, bigbird, modify,
                  rows=2, heads=(32, 8))
        for size in (128, 256) for suffix, modify in (("", ""), ("_alibi", "modify(alibi)"))), PATTERN_CHIPS
    yield [], "".join(attention(f"row_{size}", "bf16", size, "dense", rows=1, heads=(32, 8))
                      for size in (64, 128)), CHIPS
    yield [], (attention("bigbird_row_256", "bf16", 256, bigbird, rows=1, heads=(32, 8))
               + "".join(attention(f"few_rows_{size}", "bf16", size, rows=4, heads=(32, 8)) for size in (64, 128))), PATTERN_CHIPS
    yield [], "".join(attention(f"dense_{size}", "bf16", size, "dense") for size in (64, 96, 128)), CHIPS
    yield ["--query-tile", "128", "--warps", "4"], (
        attention("dense_128_rows_128", "bf16", 128, "dense")
        + attention("window_128_rows_128", "bf16", 128, "causal and window<left = 1023>")), CHIPS
    yield [], "".join(attention(f"longformer_{size}", "bf16", size, "longformer<window = 512, global = 1>")
                      for size in (64, 128)), CHIPS
    yield [], "".join(attention(f"block_local_{size}", "bf16", size, "block_local<size = 256>")
                      for size in (64, 128)), CHIPS
    yield [], attention("per_head_64", "bf16", 64, "per_head<[causal, causal and window<left = 255>, dense, "
                        "window<left = 127, right = 127>]>"), CHIPS
    yield [], "".join(attention(f"bigbird_{size}", "bf16", size, bigbird)
                      for size in (64, 128, 256)), CHIPS
    strided = "causal and (window<left = 127> or strided<stride = 128>)"
    yield [], attention("strided_256", "bf16", 256, strided), CHIPS
    blocks = [("begin", "memref<1x4x?xi32>"), ("blocks", "memref<?xi32>")]
    for size in (64, 128):
        yield [], (attention(f"strided_{size}", "bf16", size, strided)
                   + attention(f"alibi_{size}", "bf16", size, modify="modify(alibi)")), PATTERN_CHIPS
        yield [], (attention(f"softcap_{size}", "bf16", size, modify="modify(softcap<cap = 50.0>)")
                   + attention(f"block_list_{size}", "bf16", size,
                               "block_list<block = [64, 64]>(%begin, %blocks)",
                               operands=blocks)), PATTERN_CHIPS


def make_ptx(source, options, chip):
    target = os.path.splitext(source)[0] + f"-{chip}.ptx"
    subprocess.run(["sattn-run", source, "--emit=ptx", "--chip", chip, *options, "--output-file",
                    target], check=True)
    return target


def check_headers(folder):
    source = os.path.join(folder, "header.mlir")
    with open(source, "w") as file:
        file.write(attention("header", "bf16", 32))

    def body(chip):
        with open(make_ptx(source, [], chip)) as file:
            return [line for line in file if not line.startswith((".version", ".target"))]

    for chips in CHIPS.values():
        first, *others = pool.map(body, chips)
        if any(other != first for other in others):
            sys.exit(f"assemble-kernels.py: expected the same PTX for {', '.join(chips)}")


def assemble(job):
    number, options, functions, chips, made_for = job
    source = os.path.join(sys.argv[2], f"{number}-{made_for}.mlir")
    with open(source, "w") as file:
        file.write(functions)
    ptx = make_ptx(source, options, made_for)
    found = []
    for chip in chips[made_for]:
        report = subprocess.run([sys.argv[1], "-v", f"-arch={chip}", ptx, "-o", os.devnull],
                                check=True, capture_output=True, text=True).stderr
        kernels = USED.findall(report)
        if len(kernels) < functions.count("func.func"):
            sys.exit(f"assemble-kernels.py: expected figures of all kernels, but got\n{report}")
        found += kernels
    return found


with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
    check_headers(sys.argv[2])
    jobs = [(number, *module, made_for) for number, module in enumerate(list_modules())
            for made_for in module[2]]
    found = [kernel for kernels in pool.map(assemble, jobs) for kernel in kernels]
for name, chip, local, spilled, registers in sorted(found):
    print(f"{name} {chip}: {registers} registers, {local} bytes of local memory, {spilled} spilled")
bad = [kernel for kernel in found if int(kernel[2])]
for name, chip, local, spilled, _ in bad:
    print(f"assemble-kernels.py: {name} for {chip}: expected no local memory, but got {local} bytes, "
          f"{spilled} bytes spilled", file=sys.stderr)
sys.exit(1 if bad else 0)
