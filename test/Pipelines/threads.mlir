// threads=1 has no OpenMP at all; otherwise tiles are taken a few at a time, by as many threads as asked for.
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell threads=1" | FileCheck %s --check-prefix=ONE
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell threads=2" | FileCheck %s --check-prefix=TWO
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell" | FileCheck %s --check-prefix=ANY

!t = memref<1x2x256x64xf32>

func.func @causal(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return
}
// ONE-LABEL: llvm.func @causal(
// ONE-NOT: omp.
// TWO-LABEL: llvm.func @causal(
// TWO: %[[TWO:.*]] = llvm.mlir.constant(2 : i32)
// TWO: omp.parallel num_threads(%[[TWO]] : i32)
// Buffers of a tile are the thread's.
// TWO: llvm.alloca
// TWO: omp.wsloop schedule(dynamic = %{{.*}})
// TWO-NOT: llvm.alloca
// TWO-LABEL: llvm.func @_mlir_ciface_causal(
// ANY-LABEL: llvm.func @causal(
// ANY: omp.parallel {
// ANY: omp.wsloop schedule(dynamic = %{{.*}})
