// Processors without bfloat16 instructions get none: keys and values are widened, and multiplied as f32.
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu skylake-avx512 --query-tile 64 > %t.s
// RUN: FileCheck %s --implicit-check-not=bf16 < %t.s
// RUN: %python %source_root/utils/inner-loops.py --function softmax_update$ %t.s | FileCheck %s --check-prefixes=LOOPS,AVX512
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu haswell > %t.s
// RUN: FileCheck %s --implicit-check-not=bf16 < %t.s
// RUN: %python %source_root/utils/inner-loops.py --function softmax_update$ %t.s | FileCheck %s --check-prefixes=LOOPS,AVX2
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu neoverse-n1 > %t.s
// RUN: FileCheck %s --implicit-check-not=bfdot --implicit-check-not=bfcvt --implicit-check-not=bfm < %t.s
// RUN: %python %source_root/utils/inner-loops.py --function softmax_update$ %t.s | FileCheck %s --check-prefixes=LOOPS,NEON

!t = memref<1x2x4096x64xbf16>

func.func @causal(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return
}
// CHECK: causal:
// The loops over f32 copies of a block hold as many multiply-adds as those of f32 inputs.
// LOOPS: sattn_softmax_update
// AVX512: {{.*}} 96 zmm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX2: {{.*}} 96 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// NEON: {{.*}} 24 neon multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX512: {{.*}} 96 zmm multiply-adds, {{.*}}, 0 spills, 0 selects
// AVX2: {{.*}} 96 ymm multiply-adds, {{.*}}, 0 spills, 0 selects
// NEON: {{.*}} 96 neon multiply-adds, {{.*}}, 0 spills, 0 selects
