# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""IREE: iree_linalg_ext.attention compiled for this processor, with a mask where the
pattern is not dense."""

import iree.compiler as compiler
import iree.runtime as runtime
import numpy as np

from peers.base import Declined, Peer

mask_limit = 2**26  # elements of a mask


class Iree(Peer):
    def load(self, case, arrays, folder):
        if case.dtype == "bf16":
            raise Declined("its Python arrays have no bf16")
        if case.heads != case.kv_heads:
            raise Declined("its operation has no grouped heads")
        if case.pattern.kind != "dense" and case.queries * case.keys > mask_limit:
            raise Declined("its mask has n * n elements")
        batch = case.batch * case.heads
        self.arrays = [array.reshape(batch, -1, case.head_size) for array in arrays]
        self.shape = (case.batch, case.heads, case.queries, case.head_size)

    def module(self, case, masked):
        batch, queries, keys, size = case.batch * case.heads, case.queries, case.keys, case.head_size
        q, k, o = (f"tensor<{batch}x{rows}x{size}x{case.dtype}>" for rows in (queries, keys, queries))
        mask_type = f"tensor<{batch}x{queries}x{keys}xi1>"
        space = "affine_map<(b, m, n, k1, k2) -> "
        maps = ["(b, m, k1)>", "(b, k2, k1)>", "(b, k2, n)>", "()>"]
        maps += ["(b, m, k2)>"] * masked + ["(b, m, n)>"]
        return f"""
func.func @attention(%q: {q}, %k: {k}, %v: {k}{f", %mask: {mask_type}" if masked else ""}) -> {o} {{
  %scale = arith.constant {case.scale:.9e} : {case.dtype}
  %empty = tensor.empty() : {o}
  %result = iree_linalg_ext.attention
      {{indexing_maps = [{", ".join(space + m for m in maps)}]}}
      ins(%q, %k, %v, %scale{", %mask" if masked else ""} : {q}, {k}, {k}, {case.dtype}{", " + mask_type if masked else ""})
      outs(%empty : {o}) {{
    ^bb0(%score: f32):
      iree_linalg_ext.yield %score : f32
  }} -> {o}
  return %result : {o}
}}"""

    def build(self, case):
        masked = case.pattern.kind != "dense"
        arrays = list(self.arrays)
        if masked:
            mask = case.pattern.dense_mask(case.heads, case.queries, case.keys)
            arrays.append(np.broadcast_to(mask, (case.batch, case.heads, *mask.shape[1:]))
                          .reshape(-1, *mask.shape[1:]).astype(np.bool_))
        text = self.module(case, masked)
        code = self.compile(text)
        driver = "local-sync" if self.threads == 1 else "local-task"
        config = runtime.Config(driver)
        instance = config.vm_instance
        module = runtime.VmModule.copy_buffer(instance, code)
        self.function = runtime.load_vm_module(module, config)["attention"]
        self.buffers = [runtime.asdevicearray(config.device, array) for array in arrays]

    def compile(self, text):
        options = ["--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3"]
        bracketed = text.replace("{indexing_maps", "<{indexing_maps").replace(")>]}", ")>]}>")
        failure = None
        for attempt in (bracketed, text):
            try:
                return compiler.compile_str(attempt, target_backends=["llvm-cpu"], extra_args=options)
            except compiler.CompilerToolError as error:
                failure = failure or error
        lines = [line for line in str(failure).split("\n") if "error:" in line]
        raise RuntimeError(lines[0] if lines else "iree-compile failed")

    def run(self):
        self.result = self.function(*self.buffers)

    def output(self):
        return self.result.to_host().astype(np.float32).reshape(self.shape)
