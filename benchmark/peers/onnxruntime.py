# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ONNX Runtime: com.microsoft MultiHeadAttention, and GroupQueryAttention where heads are
grouped or the window is causal."""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper

from peers.base import Declined, Peer

types = {"f32": TensorProto.FLOAT, "f16": TensorProto.FLOAT16}


def merged(array):
    """[B, H, rows, D] as [B, rows, H * D]."""
    batch, heads, rows, size = array.shape
    return np.ascontiguousarray(array.transpose(0, 2, 1, 3)).reshape(batch, rows, heads * size)


class OnnxRuntime(Peer):
    def load(self, case, arrays, folder):
        if case.dtype not in types:
            raise Declined(f"its operators on CPUs have no {case.dtype}")
        kind, window = case.pattern.kind, case.pattern
        self.grouped = case.heads != case.kv_heads or kind == "window"
        if kind == "other" or (kind == "window" and window.right != 0):
            raise Declined("it has no such pattern")
        if self.grouped and kind == "dense" and not case.is_decode:
            raise Declined("its GroupQueryAttention is causal")
        if kind == "causal" and not self.grouped and case.batch * case.heads * \
                case.queries * case.keys > 2**30:
            raise Declined("it would need the whole score matrix")
        query, key, value = arrays
        if self.grouped and case.is_decode:
            # All keys but the last are the past, in the buffer that the operator extends.
            self.past = {"past_key": key.copy(), "past_value": value.copy()}
            key, value = key[:, :, -1:], value[:, :, -1:]
        self.feeds = {"query": merged(query), "key": merged(key), "value": merged(value)}

    def build(self, case):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        # Threads that wait for work would take time from whoever runs next.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(
            self.model(case).SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        for name, array in self.feeds.items():
            self.binding.bind_cpu_input(name, array)
        self.result = np.empty_like(self.feeds["query"])
        self.bind_output("output", self.result)
        if self.grouped and case.is_decode:
            for name, array in self.past.items():
                self.binding.bind_cpu_input(name, array)
                self.bind_output(name.replace("past", "present"), array)
        elif self.grouped:
            self.present = [np.empty((case.batch, case.kv_heads, case.keys, case.head_size),
                                     self.result.dtype) for _ in range(2)]
            self.bind_output("present_key", self.present[0])
            self.bind_output("present_value", self.present[1])
        self.shape = (case.batch, case.queries, case.heads, case.head_size)

    def bind_output(self, name, array):
        self.binding.bind_output(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)

    def model(self, case):
        element = types[case.dtype]
        named = ["query", "key", "value"]
        outputs = ["output"]
        constants = []
        if self.grouped:
            named += list(getattr(self, "past", ["", ""])) + ["lengths", "total"]
            outputs += ["present_key", "present_value"]
            last = np.full(case.batch, case.keys - 1, np.int32)
            constants = [helper.make_tensor("lengths", TensorProto.INT32, last.shape, last),
                         helper.make_tensor("total", TensorProto.INT32, (), [case.keys])]
            attributes = {"num_heads": case.heads, "kv_num_heads": case.kv_heads}
            if case.pattern.kind == "window":
                attributes["local_window_size"] = case.pattern.left + 1
            operator = "GroupQueryAttention"
        else:
            attributes = {"num_heads": case.heads,
                          "unidirectional": int(case.pattern.kind == "causal")}
            operator = "MultiHeadAttention"
        node = helper.make_node(operator, named, outputs, domain="com.microsoft",
                                scale=case.scale, **attributes)
        arrays = {**self.feeds, **getattr(self, "past", {})}
        graph = helper.make_graph(
            [node], "attention",
            [helper.make_tensor_value_info(name, element, array.shape)
             for name, array in arrays.items()],
            [helper.make_tensor_value_info(name, element, None) for name in outputs], constants)
        return helper.make_model(graph, ir_version=9, opset_imports=[
            helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)])

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def output(self):
        return np.ascontiguousarray(
            self.result.reshape(self.shape).transpose(0, 2, 1, 3).astype(np.float32))
