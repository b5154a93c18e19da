// The inner loops keep their accumulators in registers and have no spills, for AVX2 and AVX-512.
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell threads=1" | mlir-translate --mlir-to-llvmir -o %t.avx2.ll
// RUN: opt -O3 -disable-loop-unrolling -mtriple=x86_64-linux-gnu -mcpu=haswell %t.avx2.ll | llc -O3 -mtriple=x86_64-linux-gnu -mcpu=haswell -o %t.avx2.s
// RUN: FileCheck %s --check-prefix=AVX2 < %t.avx2.s
// RUN: sattn-opt %s -sattn-to-llvm="cpu=znver4 threads=1" | mlir-translate --mlir-to-llvmir -o %t.avx512.ll
// RUN: opt -O3 -disable-loop-unrolling -mtriple=x86_64-linux-gnu -mcpu=znver4 %t.avx512.ll | llc -O3 -mtriple=x86_64-linux-gnu -mcpu=znver4 -o %t.avx512.s
// RUN: FileCheck %s --check-prefix=AVX512 < %t.avx512.s
// RUN: sattn-opt %s -sattn-to-llvm="cpu=skylake-avx512 threads=1" | mlir-translate --mlir-to-llvmir -o %t.skylake.ll
// RUN: opt -O3 -disable-loop-unrolling -mtriple=x86_64-linux-gnu -mcpu=skylake-avx512 -mattr=-prefer-256-bit %t.skylake.ll | llc -O3 -mtriple=x86_64-linux-gnu -mcpu=skylake-avx512 -mattr=-prefer-256-bit -o %t.skylake.s
// RUN: FileCheck %s --check-prefix=AVX512 < %t.skylake.s

!t = memref<1x2x256x64xf32>

func.func @causal(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return
}
// The inner loops of the update of full blocks: scores and accumulator, 8 iterations at a time of
// 6 keys by 2 vectors. Nothing but loads and multiply-adds; no mask, nothing spilled.
// AVX2-LABEL: sattn_softmax_update:
// AVX2: Inner Loop Header
// AVX2-NOT: {{Spill|Reload|vblend|vpcmp|vpand}}
// AVX2-COUNT-96: vfmadd231ps {{.*}}%ymm
// AVX2-NOT: {{Spill|Reload|vblend|vpcmp|vpand|vfmadd}}
// AVX2: j{{[a-z]+}} .LBB
// AVX2: vroundps
// AVX2: Inner Loop Header
// AVX2-COUNT-96: vfmadd231ps {{.*}}%ymm

// 6 keys by 4 vectors.
// AVX512-LABEL: sattn_softmax_update:
// AVX512: Inner Loop Header
// AVX512-NOT: {{Spill|Reload|%k[0-7]}}
// AVX512-COUNT-192: vfmadd231ps {{.*}}%zmm
// AVX512-NOT: {{Spill|Reload|%k[0-7]|vfmadd}}
// AVX512: j{{[a-z]+}} .LBB
