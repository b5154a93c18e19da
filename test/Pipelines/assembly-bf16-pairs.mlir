// With avx512_bf16, pairs are multiplied and summed by one instruction in both products, where that is faster than two
// multiply-adds of f32. Others convert results by its instruction all the same.
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu znver4 | %python %source_root/utils/inner-loops.py --function 'softmax_update$' --text | FileCheck %s --check-prefix=PAIRS
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu cooperlake | %python %source_root/utils/inner-loops.py --function 'softmax_update$' --text | FileCheck %s --check-prefix=PAIRS
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu sapphirerapids | FileCheck %s --check-prefix=SLOW-DOT
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu sapphirerapids | %python %source_root/utils/inner-loops.py --function 'softmax_update$' --text | FileCheck %s --check-prefix=WIDENED
// RUN: sattn-run %s --emit=asm --threads 1 --target-cpu sapphirerapids --target-schedule cooperlake | FileCheck %s --check-prefix=DOT

!t = memref<1x1x4096x64xbf16>

func.func @dense(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(dense)
  return
}
// Scores: 4 times 6 keys by 4 vectors of queries, each element of a key broadcast once.
// PAIRS: sattn_softmax_update {{.*}} 96 zmm multiply-adds, 40 loads, 0 spills, 0 selects
// PAIRS-NOT: vfmadd
// PAIRS: vdpbf16ps
// Accumulation: the same with columns for keys.
// PAIRS: sattn_softmax_update {{.*}} 96 zmm multiply-adds, 40 loads, 0 spills, 0 selects
// PAIRS-NOT: vfmadd
// PAIRS: vdpbf16ps

// SLOW-DOT-NOT: vdpbf16ps
// SLOW-DOT: vcvtneps2bf16
// SLOW-DOT-NOT: vdpbf16ps
// WIDENED: sattn_softmax_update {{.*}} zmm multiply-adds, {{.*}} 0 spills, 0 selects
// WIDENED: vfmadd
// DOT: vdpbf16ps
