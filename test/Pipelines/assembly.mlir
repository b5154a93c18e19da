// The multiply-add loops keep their accumulators in registers: no spill. In the update of full
// blocks (the first of the two) nothing selects lanes.
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu haswell | %python %source_root/utils/inner-loops.py --function softmax_update | FileCheck %s --check-prefix=AVX2
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu znver4 --query-tile 64 | %python %source_root/utils/inner-loops.py --function softmax_update | FileCheck %s --check-prefix=AVX512
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu skylake-avx512 --query-tile 64 | %python %source_root/utils/inner-loops.py --function softmax_update | FileCheck %s --check-prefix=AVX512
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu cooperlake --query-tile 64 | %python %source_root/utils/inner-loops.py --function softmax_update | FileCheck %s --check-prefix=AVX512
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu znver4 --query-tile 16 | %python %source_root/utils/inner-loops.py --function softmax_update | FileCheck %s --check-prefix=NARROW
// RUN: echo "f: ret" | not %python %source_root/utils/inner-loops.py 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: inner-loops.py: error: expected assembly with loops

!t = memref<1x2x4096x64xf32>

func.func @causal(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return
}
// Every loop of the update of full blocks, in order. Scores: 8 times 6 keys by 2 vectors.
// AVX2: sattn_softmax_update {{.*}} depth 3: {{.*}}, 96 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// Rescale of the accumulator, and of the block's weights.
// AVX2-NEXT: sattn_softmax_update {{.*}}, 0 multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX2-NEXT: sattn_softmax_update {{.*}}, 0 multiply-adds, {{.*}}, 0 spills, 0 selects
// Accumulation: 8 times 6 columns, the remainder of the keys, 4 columns, the remainder.
// AVX2-NEXT: sattn_softmax_update {{.*}} depth 4: {{.*}}, 96 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX2-NEXT: sattn_softmax_update {{.*}} depth 4: {{.*}}, 12 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX2-NEXT: sattn_softmax_update {{.*}} depth 3: {{.*}}, 64 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX2-NEXT: sattn_softmax_update {{.*}} depth 3: {{.*}}, 8 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// The masked update: its mask is applied to scores, once; where values are not finite, weights
// select lanes.
// AVX2-NEXT: sattn_softmax_update_0 {{.*}}
// AVX2: sattn_softmax_update_0 {{.*}} 48 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX2: sattn_softmax_update_0 {{.*}} depth 4: {{.*}} 48 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX2: sattn_softmax_update_0 {{.*}} {{[1-9][0-9]*}} selects

// 6 keys by 4 vectors.
// AVX512: sattn_softmax_update {{.*}} 96 zmm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX512-NEXT: sattn_softmax_update {{.*}}, 0 spills, 0 selects
// AVX512-NEXT: sattn_softmax_update {{.*}}, 0 spills, 0 selects
// AVX512-NEXT: sattn_softmax_update {{.*}} 96 zmm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX512-NEXT: sattn_softmax_update {{.*}}, 0 spills, 0 selects
// AVX512-NEXT: sattn_softmax_update {{.*}}, 0 spills, 0 selects
// AVX512-NEXT: sattn_softmax_update {{.*}}, 0 spills, 0 selects
// AVX512-NEXT: sattn_softmax_update_0

// Scores of one vector: three parts of 8 keys, each 8 columns at a time, without a remainder. Values: 2 times 24
// columns.
// NARROW-COUNT-3: sattn_softmax_update {{.*}} 64 zmm multiply-adds, {{.*}}, 0 spills, 0 selects
// NARROW-NEXT: sattn_softmax_update {{.*}}, 0 multiply-adds, {{.*}}, 0 spills, 0 selects
// NARROW-NEXT: sattn_softmax_update {{.*}}, 0 multiply-adds, {{.*}}, 0 spills, 0 selects
// NARROW-NEXT: sattn_softmax_update {{.*}} 48 zmm multiply-adds, {{.*}}, 0 spills, 0 selects
