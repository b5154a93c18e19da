// The processor decides the vector width, by its name and not by the machine that compiles.
// RUN: sattn-opt %s -sattn-to-llvm="cpu=x86-64 threads=1" | FileCheck %s -DW=4
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell threads=1" | FileCheck %s -DW=8
// RUN: sattn-opt %s -sattn-to-llvm="cpu=znver3 threads=1" | FileCheck %s -DW=8
// RUN: sattn-opt %s -sattn-to-llvm="cpu=skylake-avx512 threads=1" | FileCheck %s -DW=16
// RUN: sattn-opt %s -sattn-to-llvm="cpu=znver5 threads=1" | FileCheck %s -DW=16
// RUN: sattn-opt %s -sattn-to-llvm="cpu=neoverse-v2 threads=1" | FileCheck %s -DW=4
// RUN: sattn-opt %s -sattn-to-llvm="cpu=apple-m1 threads=1" | FileCheck %s -DW=4
// RUN: sattn-opt %s -sattn-to-llvm="cpu=znver5 features=-avx512f threads=1" | FileCheck %s -DW=8
// RUN: sattn-opt %s -sattn-to-llvm="cpu=znver5 vector-width=8 threads=1" | FileCheck %s -DW=8
// The schedule of another processor: its vector width, for the features of this one.
// RUN: sattn-opt %s -sattn-to-llvm="cpu=haswell target-schedule=skylake-avx512 threads=1" | FileCheck %s -DW=16
// RUN: sattn-opt %s -sattn-to-llvm="cpu=znver5 target-schedule=haswell threads=1" | FileCheck %s -DW=8
// RUN: sattn-opt %s -sattn-to-llvm="cpu=znver5 features=+avx512f target-schedule=neoverse-n1 threads=1" | FileCheck %s -DW=4

!t = memref<1x2x256x64xf32>

func.func @causal(%q: !t, %k: !t, %v: !t, %out: !t) {
  sattn.attention ins(%q, %k, %v : !t, !t, !t) outs(%out : !t) pattern(causal)
  return
}
// CHECK-LABEL: llvm.func @causal(
// CHECK: llvm.intr.fmuladd{{.*}} -> vector<[[W]]xf32>
