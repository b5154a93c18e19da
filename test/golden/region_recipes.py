# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cases whose source is a predicate of one pair (mask_mod), once more as a mask region: a run
after those that recipes.py and mask_recipes.py have in closed form."""

import numpy as np

from recipes import Run, recipes


def also(name, pattern, region, live, tables=None):
    """Adds a run to a case. `tables(case)`: arrays that the region reads, by name."""
    closed_form = recipes[name]

    def runs(case):
        return closed_form(case) + [
            Run(pattern, lambda h, i, j: live(case, h, i, j), region=region,
                operands=tables(case) if tables else {})]

    recipes[name] = runs


def same_document(case, h, i, j):
    ids = case["segment_ids"]
    return ids[i] == ids[j]


SAME_DOCUMENT = """
  %x = tensor.extract %ids[%i] : tensor<90xi64>
  %y = tensor.extract %ids[%j] : tensor<90xi64>
  %live = arith.cmpi eq, %x, %y : i64
"""


def segment_ids(case):
    return {"ids": case["segment_ids"]}


also("torch-flex/document-90", "region", SAME_DOCUMENT, same_document, segment_ids)
also("torch-flex/document-causal-90", "causal and region", SAME_DOCUMENT,
     lambda case, h, i, j: same_document(case, h, i, j) & (j <= i), segment_ids)

also("torch-flex/per-head-100", "causal and region", """
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %d = arith.subi %i, %j : index
  %next = arith.addi %h, %c1 : index
  %reach = arith.muli %next, %c8 : index
  %live = arith.cmpi slt, %d, %reach : index
""", lambda case, h, i, j: (i - j >= 0) & (i - j < 8 * (h + 1)))

also("torch-flex-mixed/blocks-or-columns-77", "region", """
  %c0 = arith.constant 0 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %before = arith.cmpi sle, %j, %i : index
  %a = arith.divsi %i, %c16 : index
  %c = arith.divsi %j, %c16 : index
  %same = arith.cmpi eq, %a, %c : index
  %rest = arith.remsi %j, %c8 : index
  %column = arith.cmpi eq, %rest, %c0 : index
  %either = arith.ori %same, %column : i1
  %live = arith.andi %before, %either : i1
""", lambda case, h, i, j: (j <= i) & ((i // 16 == j // 16) | (j % 8 == 0)))

# A neighborhood of 3 x 3 on a grid of 8 x 8: the window's start is clamped to [0, 5].
also("torch-flex/natten-8x8-k3", "region", "".join(f"""
  %i{n} = arith.{op} %i, %c8 : index
  %j{n} = arith.{op} %j, %c8 : index
  %low{n} = arith.subi %i{n}, %c1 : index
  %at{n} = arith.maxsi %low{n}, %c0 : index
  %start{n} = arith.minsi %at{n}, %c5 : index
  %d{n} = arith.subi %j{n}, %start{n} : index
  %in{n} = arith.cmpi ult, %d{n}, %c3 : index
""" for n, op in ((0, "divsi"), (1, "remsi"))).replace("%i0 =", """%c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c8 = arith.constant 8 : index
  %i0 =""") + "  %live = arith.andi %in0, %in1 : i1\n",
     lambda case, h, i, j: np.logical_and(*(
         (j_at - np.clip(i_at - 1, 0, 5) >= 0) & (j_at - np.clip(i_at - 1, 0, 5) < 3)
         for i_at, j_at in ((i // 8, j // 8), (i % 8, j % 8)))))


def related(case):
    """[nodes, nodes]: whether the second is an ancestor of the first, or itself."""
    parents = case.call["parents"]
    table = np.eye(len(parents), dtype=bool)
    for node, parent in enumerate(parents):
        if parent >= 0:
            table[node] |= table[parent]
    return table


# The region reads the tree at j - 6: it is not asked about the prefix.
also("attn-gym-mask/draft-tree-6x12", "prefix<len = 6> or region", """
  %prefix = arith.constant 6 : index
  %node = arith.subi %j, %prefix : index
  %live = tensor.extract %tree[%i, %node] : tensor<6x6xi1>
""", lambda case, h, i, j: (j < 6) | related(case)[i, np.maximum(j - 6, 0)],
     lambda case: {"tree": related(case)})

also("attn-gym-mask/video-temporal-74", "global<first = 10> or region", """
  %prompt = arith.constant 10 : index
  %frame = arith.constant 16 : index
  %reach = arith.constant 8 : i64
  %a = arith.subi %i, %prompt : index
  %c = arith.subi %j, %prompt : index
  %x = arith.remsi %a, %frame : index
  %y = arith.remsi %c, %frame : index
  %d = arith.subi %x, %y : index
  %e = arith.index_cast %d : index to i64
  %f = math.absi %e : i64
  %live = arith.cmpi slt, %f, %reach : i64
""", lambda case, h, i, j: (i < 10) | (j < 10) | (abs((i - 10) % 16 - (j - 10) % 16) < 8))
