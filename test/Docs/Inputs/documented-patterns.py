# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints an attention for each pattern that docs/Patterns.md shows in its examples and in the
table of published models; the letters w and n of the text become numbers."""

import re
import sys

text = open(sys.argv[1]).read()
patterns = re.findall(r"^    pattern\((.*)\)$", text, re.MULTILINE)
models = text.split("## Published models")[1].split("\n## ")[0]
patterns += [p for p in re.findall(r"`([^`]*)`", models) if not p.startswith("sattn.")]
assert len(patterns) > 15

for index, pattern in enumerate(patterns):
    heads = 1
    if "per_head<" in pattern:
        inner = re.sub(r"<[^<>]*>", "", pattern.split("[", 1)[1])
        heads = inner.count(",") + 1
    pattern = re.sub(r"= n\b", "= 64", pattern)
    print(f"""func.func @pattern_{index}(%q: tensor<1x{heads}x512x16xf32>) -> tensor<1x{heads}x512x16xf32> {{
  %0 = sattn.attention ins(%q, %q, %q : tensor<1x{heads}x512x16xf32>, tensor<1x{heads}x512x16xf32>, tensor<1x{heads}x512x16xf32>)
    outs(%q : tensor<1x{heads}x512x16xf32>) pattern({pattern})
  return %0 : tensor<1x{heads}x512x16xf32>
}}""")
