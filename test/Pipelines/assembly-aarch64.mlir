// NEON code, made on any machine: 6 keys (or columns) by 4 vectors of queries in 24 accumulators, each
// multiplied by an element of a register, without a spill. Full blocks (the first of the two updates) have
// no mask.
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu neoverse-n1 | %python %source_root/utils/inner-loops.py --function softmax_update | FileCheck %s
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu cortex-a76 | %python %source_root/utils/inner-loops.py --function softmax_update | FileCheck %s
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu apple-m1 | %python %source_root/utils/inner-loops.py --function softmax_update | FileCheck %s
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu neoverse-n1 | %python %source_root/utils/inner-loops.py --function softmax_update$ --text | FileCheck %s --check-prefix=TEXT

!t = memref<1x2x4096x64xf32>

func.func @causal(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return
}
// Scores: 6 keys by 4 vectors.
// CHECK: sattn_softmax_update {{.*}} depth 3: {{3[0-9]}} instructions, 24 neon multiply-adds, {{.*}}, 0 spills, 0 selects
// Rescale of the accumulator, and of the block's weights.
// CHECK-NEXT: sattn_softmax_update {{.*}}, 0 multiply-adds, {{.*}}, 0 spills, 0 selects
// CHECK-NEXT: sattn_softmax_update {{.*}}, 0 multiply-adds, {{.*}}, 0 spills, 0 selects
// Accumulation: 4 times 6 columns, the remainder of the keys, 4 columns, the remainder.
// CHECK-NEXT: sattn_softmax_update {{.*}} depth 4: {{1[34][0-9]}} instructions, 96 neon multiply-adds, {{.*}}, 0 spills, 0 selects
// CHECK-NEXT: sattn_softmax_update {{.*}} depth 4: {{.*}}, 24 neon multiply-adds, {{.*}}, 0 spills, 0 selects
// CHECK-NEXT: sattn_softmax_update {{.*}} depth 3: {{.*}}, 64 neon multiply-adds, {{.*}}, 0 spills, 0 selects
// CHECK-NEXT: sattn_softmax_update {{.*}} depth 3: {{.*}}, 16 neon multiply-adds, {{.*}}, 0 spills, 0 selects
// The masked update: its inner loops are the same, half as long.
// CHECK-NEXT: sattn_softmax_update_0 {{.*}}
// CHECK: sattn_softmax_update_0 {{.*}} depth 3: {{.*}}, 24 neon multiply-adds, {{.*}}, 0 spills, 0 selects
// CHECK: sattn_softmax_update_0 {{.*}} depth 4: {{.*}}, 48 neon multiply-adds, {{.*}}, 0 spills, 0 selects

// TEXT: sattn_softmax_update {{.*}}, 24 neon multiply-adds
// TEXT-NOT: {{dup|ld1r}}
// TEXT-COUNT-24: fmla{{.}}{{v[0-9]+}}.4s, {{v[0-9]+}}.4s, {{v[0-9]+}}.s[{{[0-3]}}]
// TEXT: sattn_softmax_update {{.*}}, 0 multiply-adds
// TEXT: sattn_softmax_update {{.*}}, 96 neon multiply-adds
// TEXT-NOT: {{dup|ld1r}}
// TEXT-COUNT-96: fmla{{.}}{{v[0-9]+}}.4s, {{v[0-9]+}}.4s, {{v[0-9]+}}.s[{{[0-3]}}]
